"""Segments: the groups that a run found."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from domain import models
from domain.services import customers, segments
from domain.terms import segments as terms
from domain.terms import stability as stability_terms
from graph.resolving.access import ANALYST, USER
from graph.resolving.context import Info
from graph.resolving.enums import describe
from graph.resolving.errors import UserError
from graph.resolving.mutations import mutation
from graph.resolving.relay import (
    LARGEST_ROW_PAGE,
    After,
    Before,
    Connection,
    First,
    Last,
    Node,
    Window,
    global_id,
    key_of,
    row_page,
)
from graph.schema.characteristics import Characteristic
from graph.schema.customers import Customer
from graph.schema.metrics import FeatureImportance
from graph.schema.recommendations import Recommendation

if TYPE_CHECKING:
    from graph.schema.runs import ClusteringRun

describe(
    stability_terms.StabilityReading,
    "What a segment's stability over resamples means. Hennig 2008.",
    DISSOLVED="To 0.5: it does not come back when customers are drawn again.",
    DOUBTFUL="Below 0.75: there is a pattern, but who belongs to it is doubtful.",
    STABLE="From 0.75: it comes back.",
)
StabilityReading = stability_terms.StabilityReading
Unset = strawberry.UNSET
Id = Annotated[strawberry.ID, strawberry.argument(description="The segment.")]


@strawberry.type(description="A numeric column and a value of it.", directives=[USER])
class FeatureValue:
    feature: str = strawberry.field(description="The column.")
    value: float = strawberry.field(description="The value, in the column's own unit.")


@strawberry.type(description="A short rule that finds most of a segment by its columns.", directives=[USER])
class SegmentRule:
    text: str = strawberry.field(description="The rule in words.")
    sql: str = strawberry.field(description="The rule as a SQL condition.")
    precision: float = strawberry.field(
        description="Of the customers that the rule finds, the share that is of the segment, 0..1."
    )
    coverage: float = strawberry.field(description="The share of the segment that the rule finds, 0..1.")


@strawberry.type(
    description="A group of customers that a run found, and what sets it apart.", directives=[USER]
)
class Segment(Node):
    row: strawberry.Private[models.Segment]
    index: int = strawberry.field(
        description="Its number: by size, the largest first, in a first run; afterwards the number of the "
        "segment that it continues, new ones taking the lowest free one."
    )
    name: str = strawberry.field(
        description="Its name: given by renameSegment, else generated; unique in its run."
    )
    generated_name: str = strawberry.field(description="The name made from its characteristics.")
    color: str = strawberry.field(
        description="Its colour, #rrggbb: the same in every picture, and kept over retraining."
    )
    size: int = strawberry.field(description="How many customers are in it.")
    share: float = strawberry.field(
        description="Its share of the clustered customers, 0..1: of those who are in a segment. Noise and "
        "those who were kept out don't count."
    )
    silhouette: float | None = strawberry.field(description="Mean silhouette of its customers, -1..1.")
    stability: float | None = strawberry.field(
        description="Mean Jaccard similarity to its likes in resamples, 0..1. Hennig 2007."
    )

    @strawberry.field(description="What `stability` means; null where it is unknown.")
    def stability_reading(self) -> StabilityReading | None:
        known = self.row.stability
        return None if known is None else stability_terms.read_stability(known)

    @classmethod
    def of(cls, row: models.Segment) -> "Segment":
        """Wrap a row."""
        return cls(
            id=global_id("Segment", row.id),
            row=row,
            index=row.index,
            name=row.name,
            generated_name=row.generated_name,
            color=row.color,
            size=row.size,
            share=row.share,
            silhouette=row.silhouette,
            stability=row.stability,
        )

    @strawberry.field(description="The run that found it.")
    async def run(self, info: Info) -> Annotated["ClusteringRun", strawberry.lazy("graph.schema.runs")]:
        from graph.schema.runs import ClusteringRun

        return ClusteringRun.of(await info.context.loaders.the_run(self.row.run_id))

    @strawberry.field(
        description="The earlier run's segment that it continues; null where it is new, and where that run "
        "was deleted."
    )
    async def previous(self, info: Info) -> "Segment | None":
        if self.row.previous_id is None:
            return None
        row = await info.context.loaders.segment.load(self.row.previous_id)
        return Segment.of(row) if row else None

    @strawberry.field(
        graphql_type=list[FeatureValue],
        description="Its customers' mean of each numeric column, over the values present, in the column's "
        "own unit.",
    )
    def centroid(self) -> tuple[terms.FeatureValue, ...]:
        return self.row.centroid

    @strawberry.field(
        graphql_type=list[Characteristic], description="What sets it apart, the most telling first."
    )
    def characteristics(self) -> tuple[terms.Characteristic, ...]:
        return self.row.characteristics

    @strawberry.field(
        graphql_type=SegmentRule | None,
        description="A short rule that finds most of it; null where none does better than chance.",
    )
    def rule(self) -> terms.SegmentRule | None:
        return self.row.rule

    @strawberry.field(
        graphql_type=list[FeatureImportance],
        description="How much each column decides who is in it, the most first; they sum to 1. Empty for "
        "runs of an older release.",
    )
    def feature_importance(self) -> tuple[terms.FeatureImportance, ...]:
        return self.row.feature_importance or ()

    @strawberry.field(description="Its customers, the most typical first; at most 10,000 a page.")
    async def customers(
        self,
        info: Info,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
    ) -> Connection[Customer]:
        window = Window.of(first, after, last, before, LARGEST_ROW_PAGE)
        run = await info.context.loaders.the_run(self.row.run_id)
        dataset = await info.context.loaders.the_dataset(run.dataset_id)

        async def read(offset: int, limit: int) -> list[Customer]:
            rows = await customers.of_segment(info.context.runtime, run, dataset, self.row, offset, limit)
            return [Customer.of(row) for row in rows]

        return await row_page(self.row.size, window, read)

    @strawberry.field(description="What to do about it, the best first.")
    async def recommendations(self, info: Info) -> list[Recommendation]:
        rows = await info.context.loaders.recommendations_of_segment.load(self.row.id)
        return [Recommendation.of(row, self.row) for row in rows]


@strawberry.input(description="A segment's new name.")
class RenameSegmentInput:
    id: strawberry.ID = strawberry.field(description="The segment.")
    name: str = strawberry.field(description="The name, at most 200 characters, unique in the run.")


@strawberry.type(description="What came of a renaming.", directives=[ANALYST])
class RenameSegmentPayload:
    segment: Segment | None = strawberry.field(default=None, description="The segment.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then the name is as it was."
    )


@strawberry.type
class SegmentQuery:
    @strawberry.field(description="A segment by its id; null when there is none.", directives=[USER])
    async def segment(self, info: Info, id: Id) -> Segment | None:
        key = key_of("Segment", id)
        row = await info.context.loaders.segment.load(key) if key else None
        return Segment.of(row) if row else None


@strawberry.type
class SegmentMutation:
    @mutation(ANALYST)
    async def rename_segment(self, info: Info, input: RenameSegmentInput) -> RenameSegmentPayload:
        """Give a segment a name, which stays with its people when the dataset is trained again."""
        row = await segments.rename(key_of("Segment", input.id), input.name)
        return RenameSegmentPayload(segment=Segment.of(row))
