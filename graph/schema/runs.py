"""Clustering runs: trained, watched, canceled, read."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from domain import models
from domain.services import customers, links, pictures, runs
from domain.terms.pictures import MEDIA_TYPES
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
from graph.schema.algorithms import Algorithm
from graph.schema.changes import SegmentChange
from graph.schema.customers import Assignment, Customer
from graph.schema.datasets import Dataset
from graph.schema.dendrograms import Dendrogram
from graph.schema.findings import RunFindings
from graph.schema.parameters import parameters_json
from graph.schema.pictures import Picture, PictureFormat, PictureKind, PictureTheme
from graph.schema.recommendations import Recommendation
from graph.schema.segments import Segment
from graph.schema.states import JobStatus, RunFailure, RunProgress, RunStage

if TYPE_CHECKING:
    from graph.schema.models import ModelVersion

Unset = strawberry.UNSET
Id = Annotated[strawberry.ID, strawberry.argument(description="The run.")]


@strawberry.type(description="A training of a dataset: how it goes, and what it found.", directives=[USER])
class ClusteringRun(RunFindings, Node):
    algorithm: Algorithm = strawberry.field(description="How the customers are grouped.")
    status: JobStatus = strawberry.field(description="Where it is in its life.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When a worker began.")
    finished_at: datetime | None = strawberry.field(description="When it ended, in whatever way.")

    @classmethod
    def of(cls, row: models.ClusteringRun) -> "ClusteringRun":
        """Wrap a row that has its job with it."""
        return cls(
            id=global_id("ClusteringRun", row.id),
            row=row,
            algorithm=row.algorithm,
            status=row.job.status,
            created_at=row.created_at,
            started_at=row.job.started_at,
            finished_at=row.job.finished_at,
        )

    @strawberry.field(description="The dataset that it clusters.")
    async def dataset(self, info: Info) -> Dataset:
        return Dataset.of(await info.context.loaders.the_dataset(self.row.dataset_id))

    @strawberry.field(
        description="Every setting in force, defaults included, in the shape of TrainClusteringInput: enough "
        "to repeat the run."
    )
    def parameters(self) -> JSON:
        match_to = self.row.match_to_id
        return JSON(
            parameters_json(
                self.row.parameters,
                global_id("Dataset", self.row.dataset_id),
                global_id("ClusteringRun", match_to) if match_to else None,
            )
        )

    @strawberry.field(description="How far it is.")
    def progress(self) -> RunProgress:
        job = self.row.job
        return RunProgress(stage=RunStage(job.stage), fraction=job.fraction, message=job.message)

    @strawberry.field(description="Why it failed; null unless it did.")
    def failure(self) -> RunFailure | None:
        job = self.row.job
        if job.failure_code is None:
            return None
        return RunFailure(code=job.failure_code, message=job.failure_message or "")

    @strawberry.field(description="The groups it found, by index; empty until it succeeded.")
    async def segments(self, info: Info) -> list[Segment]:
        rows = await info.context.loaders.segments_of_run.load(self.row.id)
        return [Segment.of(row) for row in rows]

    @strawberry.field(
        description="Which segment each customer is in, in the order of the file, of all or of one segment; "
        "at most 10,000 a page. Empty until it succeeded."
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
    ) -> Connection[Assignment]:
        window = Window.of(first, after, last, before, LARGEST_ROW_PAGE)
        dataset = await info.context.loaders.the_dataset(self.row.dataset_id)
        of_run = await info.context.loaders.segments_of_run.load(self.row.id)
        by_index = {row.index: row for row in of_run}
        chosen = None
        total = dataset.row_count if self.status is JobStatus.SUCCEEDED else 0
        if isinstance(segment_id, str):
            key = key_of("Segment", segment_id)
            chosen = next((row for row in of_run if row.id == key), None)
            total = chosen.size if chosen else 0

        async def read(offset: int, limit: int) -> list[Assignment]:
            rows = await customers.assigned(info.context.runtime, self.row, dataset, chosen, offset, limit)
            return [
                Assignment(
                    customer=Customer.of(row.customer),
                    segment=Segment.of(by_index[row.segment_index])
                    if row.segment_index is not None
                    else None,
                    unassigned=row.unassigned,
                    confidence=row.confidence,
                )
                for row in rows
            ]

        return await row_page(total, window, read)

    @strawberry.field(
        description="What became of the segments of the run that it continues; empty for a first run, and "
        "until it succeeded."
    )
    def segment_changes(self) -> list[SegmentChange]:
        return [SegmentChange.of(change, self.row) for change in self.row.changes or ()]

    @strawberry.field(description="What to do about each segment, by segment; empty until it succeeded.")
    async def recommendations(self, info: Info) -> list[Recommendation]:
        loaders = info.context.loaders
        of_run = await loaders.segments_of_run.load(self.row.id)
        found = await loaders.recommendations_of_segment.load_many([row.id for row in of_run])
        return [
            Recommendation.of(row, segment)
            for segment, rows in zip(of_run, found, strict=True)
            for row in rows
        ]

    @strawberry.field(description="The versions of models that it is, the oldest first.")
    async def model_versions(
        self, info: Info
    ) -> list[Annotated["ModelVersion", strawberry.lazy("graph.schema.models")]]:
        from graph.schema.models import ModelVersion

        rows = await info.context.loaders.versions_of_run.load(self.row.id)
        return [ModelVersion.of(row) for row in rows]

    @strawberry.field(
        description="Its tree of merges, the top of it; null unless it is hierarchical and succeeded."
    )
    async def dendrogram(self, info: Info) -> Dendrogram | None:
        found = await pictures.dendrogram(info.context.runtime, self.row)
        if found is None:
            return None
        of_run = await info.context.loaders.segments_of_run.load(self.row.id)
        # Without any, the run has just been deleted.
        return Dendrogram.of(found, of_run) if of_run else None

    @strawberry.field(description="A picture of it; null where the kind does not apply to it, or not yet.")
    async def picture(
        self,
        info: Info,
        kind: Annotated[PictureKind, strawberry.argument(description="What it shows.")],
        format: Annotated[
            PictureFormat, strawberry.argument(description="Its file format.")
        ] = PictureFormat.SVG,
        theme: Annotated[
            PictureTheme, strawberry.argument(description="The page it stands on.")
        ] = PictureTheme.LIGHT,
    ) -> Picture | None:
        if not pictures.applies(self.row, kind):
            return None
        dataset = await info.context.loaders.the_dataset(self.row.dataset_id)
        shown = pictures.legend(await info.context.loaders.segments_of_run.load(self.row.id))
        context = info.context
        address = links.PictureAddress(self.row.id, kind, format, theme)
        token = links.sign(context.runtime, address, context.viewer.account_id)
        return Picture(
            url=context.url(f"/files/{token}"),
            media_type=MEDIA_TYPES[format],
            alt=pictures.describe(self.row, kind, dataset.name, shown),
        )


@strawberry.type
class RunQuery:
    @strawberry.field(description="A clustering run by its id; null when there is none.", directives=[USER])
    async def clustering_run(self, info: Info, id: Id) -> ClusteringRun | None:
        key = key_of("ClusteringRun", id)
        row = await info.context.loaders.run.load(key) if key else None
        return ClusteringRun.of(row) if row else None

    @strawberry.field(
        description="Clustering runs that fit, the newest first; at most 100 a page.", directives=[USER]
    )
    async def clustering_runs(
        self,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
        dataset_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only runs on this dataset.")
        ] = Unset,
        status: Annotated[
            JobStatus | None, strawberry.argument(description="Only runs in this state.")
        ] = Unset,
        algorithm: Annotated[
            Algorithm | None, strawberry.argument(description="Only runs of this algorithm.")
        ] = Unset,
    ) -> Connection[ClusteringRun]:
        window = Window.of(first, after, last, before, LARGEST_PAGE)
        query = runs.newest_first(None, status or None, algorithm or None)
        if isinstance(dataset_id, str):
            # The id of something else is the id of no dataset, which has no runs.
            query = query.filter(dataset_id=key_of("Dataset", dataset_id))
        return await keyset_page(query, window, ClusteringRun.of)


@strawberry.type
class RunSubscription:
    @strawberry.subscription(
        description="A run as it is, then each newer state of it, until it ends; a slow reader gets the "
        "newest. Null, once, for a run that is not there, or not any more.",
        directives=[USER],
    )
    async def run(self, info: Info, id: Id) -> AsyncGenerator[ClusteringRun | None, None]:
        async for row in runs.watch(info.context.runtime, key_of("ClusteringRun", id)):
            yield ClusteringRun.of(row) if row else None
