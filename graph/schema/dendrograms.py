"""The tree of merges of a hierarchical run, as numbers to draw it from."""

import strawberry

from domain import models
from domain.terms.pictures import DendrogramFigure
from graph.resolving.access import USER
from graph.schema.segments import Segment


@strawberry.type(description="A merge of two nodes into one.", directives=[USER])
class DendrogramMerge:
    left: int = strawberry.field(
        description="A node: 0..n-1 are the n `leaves`, n is the first merge, n + 1 the second, and so on."
    )
    right: int = strawberry.field(description="The other node.")
    height: float = strawberry.field(description="How far apart the two are, by the linkage.")
    size: int = strawberry.field(description="How many customers are in it.")


@strawberry.type(description="A leaf: customers that were merged below what is shown.", directives=[USER])
class DendrogramLeaf:
    size: int = strawberry.field(description="How many customers are in it.")
    segment: Segment = strawberry.field(description="Their segment.")


@strawberry.type(
    description="The top of a tree of merges, its lower part folded into at most 40 leaves.",
    directives=[USER],
)
class Dendrogram:
    leaves: list[DendrogramLeaf] = strawberry.field(description="The leaves, by number.")
    merges: list[DendrogramMerge] = strawberry.field(description="The merges, the lowest first.")
    cut: float = strawberry.field(
        description="The height at which it is cut into the segments: merges below it are within segments, "
        "those above it between them."
    )

    @classmethod
    def of(cls, figure: DendrogramFigure, segments: list[models.Segment]) -> "Dendrogram":
        """Name the segments of a figure's leaves."""
        by_index = {row.index: row for row in segments}
        leaves = zip(figure.leaf_sizes.tolist(), figure.leaf_segments.tolist(), strict=True)
        return cls(
            leaves=[DendrogramLeaf(size=size, segment=Segment.of(by_index[index])) for size, index in leaves],
            merges=[
                DendrogramMerge(left=int(left), right=int(right), height=height, size=int(size))
                for left, right, height, size in figure.merges.tolist()
            ],
            cut=figure.cut,
        )
