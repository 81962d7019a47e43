"""Models: runs with a name and a version, one of which is the champion."""

from datetime import datetime, timedelta
from typing import Annotated

import strawberry

from domain import models
from domain.services import models as services
from domain.services import promotions
from domain.services.identities import now
from domain.services.standings import Placed
from domain.terms import registering as terms
from domain.terms import segments as segment_terms
from graph.resolving.access import USER
from graph.resolving.context import Context, Info
from graph.resolving.enums import describe
from graph.resolving.relay import (
    LARGEST_PAGE,
    After,
    Before,
    Connection,
    First,
    Last,
    Node,
    Window,
    global_id,
    keyset_page,
)
from graph.schema.metrics import ClusteringMetrics
from graph.schema.runs import ClusteringRun

describe(
    terms.PromotionKind,
    "How a version became champion.",
    PROMOTED="It was promoted.",
    ROLLED_BACK="Those after it were taken back.",
)
PromotionKind = terms.PromotionKind
Unset = strawberry.UNSET
_DAY = timedelta(days=1)


@strawberry.type(
    description="How a version of a model does; of a model, its champion, and what all its versions placed.",
    directives=[USER],
)
class ModelStatus:
    run: strawberry.Private[models.ClusteringRun | None]
    placed: strawberry.Private[Placed]
    champion_since: datetime | None = strawberry.field(
        description="Since when it is the champion without a break; null where it is not."
    )

    @strawberry.field(
        graphql_type=ClusteringMetrics | None,
        description="How good its run is: silhouette, stability, confidence; null without a champion.",
    )
    def metrics(self) -> segment_terms.ClusteringMetrics | None:
        return self.run.metrics if self.run else None

    @strawberry.field(description="Days that it has been the champion without a break; null where it is not.")
    def days_in_service(self) -> float | None:
        return (now() - self.champion_since) / _DAY if self.champion_since else None

    @strawberry.field(description="When its run was trained; null without a champion.")
    def trained_at(self) -> datetime | None:
        return self.run.job.finished_at if self.run else None

    @strawberry.field(description="Days since its run was trained; null without a champion.")
    def training_age_in_days(self) -> float | None:
        trained = self.run.job.finished_at if self.run else None
        return (now() - trained) / _DAY if trained else None

    @strawberry.field(
        description="Predictions that were to be remembered and still are. How many were made without that, "
        "nobody counts."
    )
    def remembered_prediction_count(self) -> int:
        return self.placed.remembered

    @strawberry.field(description="Whole datasets that it placed.")
    def dataset_prediction_count(self) -> int:
        return self.placed.datasets

    @strawberry.field(description="The newest of those predictions; null where there is none.")
    def last_predicted_at(self) -> datetime | None:
        return self.placed.last_at


@strawberry.type(description="A run as a version of a model. It never changes.", directives=[USER])
class ModelVersion(Node):
    row: strawberry.Private[models.ModelVersion]
    version: int = strawberry.field(description="Its number, from 1 in each model, never given again.")
    note: str | None = strawberry.field(description="What was noted when it was registered.")
    created_at: datetime = strawberry.field(description="When it was registered.")

    @classmethod
    def of(cls, row: models.ModelVersion) -> "ModelVersion":
        """Wrap a row."""
        return cls(
            id=global_id("ModelVersion", row.id),
            row=row,
            version=row.version,
            note=row.note,
            created_at=row.created_at,
        )

    @strawberry.field(description="The model.")
    async def model(self, info: Info) -> "Model":
        return Model.of(await info.context.loaders.the_model(self.row.model_id))

    @strawberry.field(description="The run.")
    async def run(self, info: Info) -> ClusteringRun:
        return ClusteringRun.of(await info.context.loaders.the_run(self.row.run_id))

    @strawberry.field(description="Whether it is the champion of its model.")
    async def is_champion(self, info: Info) -> bool:
        return (await info.context.loaders.the_model(self.row.model_id)).champion_id == self.row.id

    @strawberry.field(
        description="SHA-256 of the stored file by which it places customers: checked whenever it is read."
    )
    async def checksum(self, info: Info) -> str | None:
        checksum: str | None = (await info.context.loaders.the_run(self.row.run_id)).scorer_checksum
        return checksum

    @strawberry.field(description="How it does.")
    async def status(self, info: Info) -> ModelStatus:
        loaders = info.context.loaders
        model = await loaders.the_model(self.row.model_id)
        champion = model.champion_id == self.row.id
        return ModelStatus(
            run=await loaders.the_run(self.row.run_id),
            placed=await loaders.placed_by_version.load(self.row.id),
            champion_since=await _champion_since(info.context, model) if champion else None,
        )


@strawberry.type(description="That a version became the champion of its model.", directives=[USER])
class Promotion:
    row: strawberry.Private[models.Promotion]
    kind: PromotionKind = strawberry.field(description="How.")
    undone: bool = strawberry.field(description="Whether a rollback has taken it back since.")
    note: str | None = strawberry.field(description="What was noted.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: models.Promotion) -> "Promotion":
        """Wrap a row."""
        return cls(row=row, kind=row.kind, undone=row.undone, note=row.note, at=row.at)

    @strawberry.field(description="The version.")
    async def version(self, info: Info) -> ModelVersion:
        return ModelVersion.of(await info.context.loaders.the_model_version(self.row.version_id))


@strawberry.type(
    description="A name under which runs are registered as versions; the champion is the one in service.",
    directives=[USER],
)
class Model(Node):
    row: strawberry.Private[models.RegisteredModel]
    name: str = strawberry.field(description="Its name; no two differ in case only.")
    description: str | None = strawberry.field(description="What it is for.")
    created_at: datetime = strawberry.field(description="When its first version was registered.")

    @classmethod
    def of(cls, row: models.RegisteredModel) -> "Model":
        """Wrap a row."""
        return cls(
            id=global_id("Model", row.id),
            row=row,
            name=row.name,
            description=row.description,
            created_at=row.created_at,
        )

    @strawberry.field(description="The version in service; null until one is promoted.")
    async def champion(self, info: Info) -> ModelVersion | None:
        if self.row.champion_id is None:
            return None
        row = await info.context.loaders.model_version.load(self.row.champion_id)
        return ModelVersion.of(row) if row else None

    @strawberry.field(description="Since when the champion is in service; null where there is none.")
    async def champion_since(self, info: Info) -> datetime | None:
        return await _champion_since(info.context, self.row)

    @strawberry.field(description="Its versions, the newest first; at most 100 a page.")
    async def versions(
        self,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
    ) -> Connection[ModelVersion]:
        window = Window.of(first, after, last, before, LARGEST_PAGE)
        return await keyset_page(services.versions_of(self.row.id), window, ModelVersion.of)

    @strawberry.field(description="The version of this number; null when there is none.")
    async def version(
        self, info: Info, number: Annotated[int, strawberry.argument(description="Its number.")]
    ) -> ModelVersion | None:
        row = await info.context.loaders.numbered_version.load((self.row.id, number))
        return ModelVersion.of(row) if row else None

    @strawberry.field(
        description="How its versions became champion, the newest first; at most 100 a page. Nothing is told "
        "of versions that were deleted."
    )
    async def history(
        self,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
    ) -> Connection[Promotion]:
        window = Window.of(first, after, last, before, LARGEST_PAGE)
        return await keyset_page(promotions.history(self.row.id), window, Promotion.of)

    @strawberry.field(description="How its champion does, and what all its versions placed.")
    async def status(self, info: Info) -> ModelStatus:
        loaders, key = info.context.loaders, self.row.champion_id
        champion = await loaders.model_version.load(key) if key else None
        return ModelStatus(
            run=await loaders.the_run(champion.run_id) if champion else None,
            placed=await loaders.placed_by_model.load(self.row.id),
            champion_since=await _champion_since(info.context, self.row),
        )


async def _champion_since(context: Context, model: models.RegisteredModel) -> datetime | None:
    newest = await context.loaders.newest_promotion.load(model.id) if model.champion_id else None
    return newest.at if newest else None
