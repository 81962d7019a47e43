"""Segments in motion: who moved between two runs, versions of a model, or datasets."""

from typing import Annotated

import strawberry

from domain.services import comparisons, segmentations
from domain.services.comparisons import Comparison
from graph.resolving.access import USER
from graph.resolving.context import Info
from graph.resolving.relay import (
    LARGEST_ROW_PAGE,
    After,
    Before,
    Connection,
    First,
    Last,
    Window,
    key_of,
    row_page,
)
from graph.resolving.unset import given
from graph.schema.comparisons import MigrationRow, migration_rows
from graph.schema.customers import Customer
from graph.schema.dataset_predictions import DatasetPrediction
from graph.schema.datasets import Dataset
from graph.schema.runs import ClusteringRun
from graph.schema.segments import Segment

Unset = strawberry.UNSET
NONE_SUCH = -2
"""An index that no segment has, nor who is in none."""


@strawberry.input(one_of=True, description="Who is in which segment: exactly one field is given.")
class SegmentationInput:
    run_id: strawberry.ID | None = strawberry.field(
        default=Unset, description="The customers of a run's dataset in the segments that it found."
    )
    model_version_id: strawberry.ID | None = strawberry.field(
        default=Unset, description="The same of the run that is this version of a model."
    )
    dataset_prediction_id: strawberry.ID | None = strawberry.field(
        default=Unset, description="The customers of a dataset in the segments that they were placed in."
    )
    dataset_id: strawberry.ID | None = strawberry.field(
        default=Unset, description="The customers of a dataset in its newest run that succeeded."
    )

    async def found(self) -> segmentations.Segmentation | None:
        """Find it; None unless it is there and has succeeded."""
        for text, kind, find in (
            (given(self.run_id), "ClusteringRun", segmentations.of_run),
            (given(self.model_version_id), "ModelVersion", segmentations.of_model_version),
            (given(self.dataset_prediction_id), "DatasetPrediction", segmentations.of_dataset_prediction),
        ):
            if text is not None:
                return await find(key_of(kind, text))
        return await segmentations.of_dataset(key_of("Dataset", given(self.dataset_id)))


@strawberry.type(description="One of the two that customers moved between.", directives=[USER])
class Segmentation:
    found: strawberry.Private[segmentations.Segmentation]

    @strawberry.field(description="The run whose segments they are.")
    def run(self) -> ClusteringRun:
        return ClusteringRun.of(self.found.run)

    @strawberry.field(description="The dataset whose customers they are.")
    def dataset(self) -> Dataset:
        return Dataset.of(self.found.dataset)

    @strawberry.field(description="What placed them; null where they are the run's own.")
    async def dataset_prediction(self, info: Info) -> DatasetPrediction | None:
        key = self.found.prediction and self.found.prediction.id
        row = await info.context.loaders.dataset_prediction.load(key) if key else None
        return DatasetPrediction.of(row) if row else None


@strawberry.type(description="A customer who moved.", directives=[USER])
class MovedCustomer:
    customer: Customer = strawberry.field(description="The customer, as the dataset moved from has it.")
    origin: Segment | None = strawberry.field(
        name="from", description="The segment it was in; null where it was in none."
    )
    target: Segment | None = strawberry.field(
        name="to", description="The segment it is in; null where it is in none."
    )


@strawberry.type(
    description="How customers moved from one segmentation to another. Two segments are the same where they "
    "have the same `index`, as they have in one run and where one run continues the other.",
    directives=[USER],
)
class SegmentMigration:
    comparison: strawberry.Private[Comparison]
    here: strawberry.Private[dict[int, Segment]]
    there: strawberry.Private[dict[int, Segment]]
    origin: Segmentation = strawberry.field(name="from", description="Where they moved from.")
    target: Segmentation = strawberry.field(name="to", description="Where they moved to.")
    common_count: int = strawberry.field(
        description="Customers in both: the same rows of one dataset, or the same identifiers in two."
    )
    moved_count: int = strawberry.field(
        description="Those in both who moved: to another segment, out of all segments, or into one."
    )
    stayed_count: int = strawberry.field(
        description="Those in both who are where they were, in a segment or in none: with those who moved "
        "they sum to `commonCount`."
    )
    adjusted_rand_index: float | None = strawberry.field(
        description="Agreement over the customers with a segment in both, 1 where the segments are the same, "
        "about 0 where they agree by chance; null where there are none. Hubert and Arabie 1985."
    )
    rows: list[MigrationRow] = strawberry.field(
        description="The segments moved from, by index, and last the customers without one."
    )

    @strawberry.field(
        description="Those in both who moved, in the order of the dataset moved from; at most 10,000 a page."
    )
    async def moved(
        self,
        info: Info,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
        from_segment_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only who was in this segment.")
        ] = Unset,
        to_segment_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only who is in this segment.")
        ] = Unset,
    ) -> Connection[MovedCustomer]:
        window = Window.of(first, after, last, before, LARGEST_ROW_PAGE)
        runtime, comparison = info.context.runtime, self.comparison
        origin, target = _index(self.here, from_segment_id), _index(self.there, to_segment_id)
        total = await comparisons.count_moved(runtime, comparison, origin, target)

        async def read(offset: int, limit: int) -> list[MovedCustomer]:
            found = await comparisons.moved(
                runtime, comparison, self.origin.found, origin, target, offset, limit
            )
            return [
                MovedCustomer(
                    customer=Customer.of(each.customer),
                    origin=None if each.origin is None else self.here.get(each.origin),
                    target=None if each.target is None else self.there.get(each.target),
                )
                for each in found
            ]

        return await row_page(total, window, read)


@strawberry.type
class MigrationQuery:
    @strawberry.field(
        description="Tell how customers moved from one segmentation to another; null unless both are there "
        "and have succeeded. Counted when first asked for.",
        directives=[USER],
    )
    async def segment_migration(
        self,
        info: Info,
        origin: Annotated[
            SegmentationInput, strawberry.argument(name="from", description="Where they moved from.")
        ],
        target: Annotated[
            SegmentationInput, strawberry.argument(name="to", description="Where they moved to.")
        ],
    ) -> SegmentMigration | None:
        before, after = await origin.found(), await target.found()
        if before is None or after is None:
            return None
        found = await comparisons.counted(info.context.runtime, before, after)
        if found is None:
            return None
        of_run = info.context.loaders.segments_of_run
        mine, others = await of_run.load_many([before.run.id, after.run.id])
        here = {row.index: Segment.of(row) for row in mine}
        there = {row.index: Segment.of(row) for row in others}
        agreement = found.agreement
        return SegmentMigration(
            comparison=found,
            here=here,
            there=there,
            origin=Segmentation(found=before),
            target=Segmentation(found=after),
            common_count=agreement.common_count,
            moved_count=agreement.moved_count,
            stayed_count=agreement.stayed_count,
            adjusted_rand_index=agreement.adjusted_rand_index,
            rows=migration_rows(agreement, here, there),
        )


def _index(segments: dict[int, Segment], segment_id: object) -> int | None:
    """Read a filter: the segment's index, NONE_SUCH for an id of no such segment; None where left out."""
    if not isinstance(segment_id, str):
        return None
    return next((index for index, each in segments.items() if each.id == segment_id), NONE_SUCH)
