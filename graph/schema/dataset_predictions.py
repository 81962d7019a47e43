"""Whole datasets placed in the segments of a run: how it goes, and who is where."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from domain import models
from domain.services import dataset_predictions, placed_customers, segmentations
from graph.resolving.access import USER
from graph.resolving.context import Info
from graph.resolving.relay import (
    LARGEST_PAGE,
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
    keyset_page,
    row_page,
)
from graph.schema.datasets import Dataset
from graph.schema.placed import (
    DatasetPredictionProgress,
    PredictedAssignment,
    PredictedSegmentCount,
    PredictionStage,
    UnassignedCount,
    UnseenCategory,
)
from graph.schema.runs import ClusteringRun
from graph.schema.segments import Segment
from graph.schema.states import JobStatus, RunFailure

if TYPE_CHECKING:
    from graph.schema.models import ModelVersion

Unset = strawberry.UNSET
Id = Annotated[strawberry.ID, strawberry.argument(description="The dataset prediction.")]


@strawberry.type(
    description="A whole dataset placed in the segments of a run: how it goes, and who is where.",
    directives=[USER],
)
class DatasetPrediction(Node):
    row: strawberry.Private[models.DatasetPrediction]
    status: JobStatus = strawberry.field(description="Where it is in its life.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When a worker began.")
    finished_at: datetime | None = strawberry.field(description="When it ended, in whatever way.")

    @classmethod
    def of(cls, row: models.DatasetPrediction) -> "DatasetPrediction":
        """Wrap a row that has its job with it."""
        return cls(
            id=global_id("DatasetPrediction", row.id),
            row=row,
            status=row.job.status,
            created_at=row.created_at,
            started_at=row.job.started_at,
            finished_at=row.job.finished_at,
        )

    @strawberry.field(description="The run whose segments its customers are in.")
    async def run(self, info: Info) -> ClusteringRun:
        return ClusteringRun.of(await info.context.loaders.the_run(self.row.run_id))

    @strawberry.field(description="The version of a model that was asked; null where a run was asked itself.")
    async def model_version(
        self, info: Info
    ) -> Annotated["ModelVersion", strawberry.lazy("graph.schema.models")] | None:
        from graph.schema.models import ModelVersion

        key = self.row.model_version_id
        row = await info.context.loaders.model_version.load(key) if key else None
        return ModelVersion.of(row) if row else None

    @strawberry.field(description="The dataset that is placed.")
    async def dataset(self, info: Info) -> Dataset:
        return Dataset.of(await info.context.loaders.the_dataset(self.row.dataset_id))

    @strawberry.field(description="How far it is.")
    def progress(self) -> DatasetPredictionProgress:
        job = self.row.job
        return DatasetPredictionProgress(
            stage=PredictionStage(job.stage), fraction=job.fraction, message=job.message
        )

    @strawberry.field(description="Why it failed; null unless it did.")
    def failure(self) -> RunFailure | None:
        job = self.row.job
        if job.failure_code is None:
            return None
        return RunFailure(code=job.failure_code, message=job.failure_message or "")

    @strawberry.field(
        description="How many customers are in each segment of the run, by index; empty until it succeeded."
    )
    async def counts(self, info: Info) -> list[PredictedSegmentCount]:
        counted = self.row.outcome.counts if self.row.outcome else ()
        segments, total = await self._segments(info), sum(each.count for each in counted)
        return [
            PredictedSegmentCount(
                segment=segments[each.index], count=each.count, share=each.count / total if total else 0.0
            )
            for each in counted
            # Without any, the run has just been deleted.
            if each.index in segments
        ]

    @strawberry.field(
        description="How many customers are in no segment, by reason; empty until it succeeded."
    )
    def unassigned(self) -> list[UnassignedCount]:
        found = self.row.outcome.unassigned if self.row.outcome else {}
        return [UnassignedCount(reason=reason, count=count) for reason, count in found.items()]

    @strawberry.field(
        description="The categories that the training did not see, the most frequent first, at most 50; "
        "empty until it succeeded."
    )
    def unseen_categories(self) -> list[UnseenCategory]:
        found = self.row.outcome.unseen if self.row.outcome else ()
        return [
            UnseenCategory(column=each.column, category=each.category, count=each.count) for each in found
        ]

    @strawberry.field(
        description="The mean confidence, 0..1, of those who are in a segment; null until it succeeded, and "
        "where nobody is in one."
    )
    def mean_confidence(self) -> float | None:
        return self.row.outcome.mean_confidence if self.row.outcome else None

    @strawberry.field(
        description="Where each customer was placed, in the order of the file, of all or of one segment; at "
        "most 10,000 a page. Empty until it succeeded."
    )
    async def assignments(
        self,
        info: Info,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
        segment_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only the customers of this segment.")
        ] = Unset,
    ) -> Connection[PredictedAssignment]:
        window = Window.of(first, after, last, before, LARGEST_ROW_PAGE)
        segments = await self._segments(info)
        outcome, chosen = self.row.outcome, None
        total = outcome.row_count if outcome else 0
        if isinstance(segment_id, str):
            chosen = next((each.index for each in segments.values() if each.id == segment_id), None)
            counts = outcome.counts if outcome else ()
            total = sum(each.count for each in counts if each.index == chosen)

        async def read(offset: int, limit: int) -> list[PredictedAssignment]:
            found = await segmentations.of_dataset_prediction(self.row.id)
            if found is None:
                return []
            rows = await placed_customers.placed(info.context.runtime, found, chosen, offset, limit)
            return [PredictedAssignment.of(row, segments) for row in rows]

        return await row_page(total, window, read)

    async def _segments(self, info: Info) -> dict[int, Segment]:
        rows = await info.context.loaders.segments_of_run.load(self.row.run_id)
        return {row.index: Segment.of(row) for row in rows}


@strawberry.type
class DatasetPredictionQuery:
    @strawberry.field(
        description="A dataset prediction by its id; null when there is none.", directives=[USER]
    )
    async def dataset_prediction(self, info: Info, id: Id) -> DatasetPrediction | None:
        key = key_of("DatasetPrediction", id)
        row = await info.context.loaders.dataset_prediction.load(key) if key else None
        return DatasetPrediction.of(row) if row else None

    @strawberry.field(
        description="Dataset predictions that fit, the newest first; at most 100 a page.", directives=[USER]
    )
    async def dataset_predictions(
        self,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
        model_version_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only by this version of a model.")
        ] = Unset,
        run_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only by this run, itself or as a version of a model."),
        ] = Unset,
        dataset_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only of this dataset.")
        ] = Unset,
        status: Annotated[
            JobStatus | None, strawberry.argument(description="Only those in this state.")
        ] = Unset,
    ) -> Connection[DatasetPrediction]:
        window = Window.of(first, after, last, before, LARGEST_PAGE)
        query = dataset_predictions.newest_first(status=status or None)
        for column, key in (
            ("model_version_id", _wanted("ModelVersion", model_version_id)),
            ("run_id", _wanted("ClusteringRun", run_id)),
            ("dataset_id", _wanted("Dataset", dataset_id)),
        ):
            if key is not None:
                query = query.filter(**{f"{column}__in": key})
        return await keyset_page(query, window, DatasetPrediction.of)


@strawberry.type
class DatasetPredictionSubscription:
    @strawberry.subscription(
        description="A dataset prediction as it is, then each newer state of it, until it ends; a slow "
        "reader gets the newest. Null, once, for one that is not there, or not any more.",
        directives=[USER],
    )
    async def dataset_prediction(self, info: Info, id: Id) -> AsyncGenerator[DatasetPrediction | None, None]:
        key = key_of("DatasetPrediction", id)
        async for row in dataset_predictions.watch(info.context.runtime, key):
            yield DatasetPrediction.of(row) if row else None


def _wanted(kind: str, text: object) -> list[UUID] | None:
    """Read a filter: the keys to look for, none where the id is of something else; None where left out."""
    if not isinstance(text, str):
        return None
    key = key_of(kind, text)
    return [key] if key else []
