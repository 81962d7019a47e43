"""Joins the nouns into the schema."""

from typing import Annotated

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from graph.resolving.context import Info
from graph.resolving.relay import Node, parse_id
from graph.resolving.scalars import BIG_INT, BigInt
from graph.resolving.uploads import UPLOAD, Upload
from graph.schema.comparisons import ComparisonQuery
from graph.schema.datasets import Dataset, DatasetQuery
from graph.schema.previews import PreviewMutation
from graph.schema.recommendations import Recommendation
from graph.schema.reviewing import RecommendationMutation
from graph.schema.runs import ClusteringRun, RunQuery, RunSubscription
from graph.schema.segments import Segment, SegmentMutation, SegmentQuery
from graph.schema.training import RunMutation
from graph.schema.uploading import DatasetMutation


def _merged(name: str, description: str, *parts: type) -> type:
    merged = merge_types(name, parts)
    merged.__strawberry_definition__.description = description  # type: ignore[attr-defined]  # just put there
    return merged


@strawberry.type
class NodeQuery:
    @strawberry.field(description="Any object by its id; null when there is none.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The object.")]
    ) -> Node | None:
        loaders = info.context.loaders
        parsed = parse_id(id)
        if parsed is None:
            return None
        type_name, key = parsed
        if type_name == "Dataset" and (dataset := await loaders.dataset.load(key)):
            return Dataset.of(dataset)
        if type_name == "ClusteringRun" and (run := await loaders.run.load(key)):
            return ClusteringRun.of(run)
        if type_name == "Segment" and (segment := await loaders.segment.load(key)):
            return Segment.of(segment)
        if type_name == "Recommendation" and (advice := await loaders.recommendation.load(key)):
            return Recommendation.of(advice, await loaders.the_segment(advice.segment_id))
        return None


Query = _merged(
    "Query", "What can be read.", NodeQuery, DatasetQuery, RunQuery, SegmentQuery, ComparisonQuery
)
Mutation = _merged(
    "Mutation",
    "What can be changed.",
    DatasetMutation,
    PreviewMutation,
    RunMutation,
    SegmentMutation,
    RecommendationMutation,
)
Subscription = _merged("Subscription", "What can be watched.", RunSubscription)

schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Dataset, ClusteringRun, Segment, Recommendation],
    config=StrawberryConfig(scalar_map={BigInt: BIG_INT, Upload: UPLOAD}),
)


def exported() -> str:
    """Write the schema as clients' tools read it."""
    # Strawberry writes this directive for tools that don't know it yet, but not what it means.
    described = '"""Exactly one field of this input is given."""\ndirective @oneOf '
    return schema.as_str().replace("directive @oneOf ", described, 1) + "\n"
