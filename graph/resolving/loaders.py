"""One DataLoader a relation: what a list's items refer to is read in one query."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader
from tortoise.queryset import QuerySet

from domain.errors import Conflict
from domain.models import (
    Account,
    ApiKey,
    Audience,
    ClusteringRun,
    Dataset,
    DatasetPrediction,
    ModelVersion,
    ProfilePlacement,
    Promotion,
    Recommendation,
    RegisteredModel,
    Segment,
    TrainingComparison,
)
from domain.services import (
    audiences,
    competitions,
    dataset_predictions,
    models,
    profile_searching,
    runs,
    standings,
)
from domain.services.audiences import Membership
from domain.services.standings import Placed

T = TypeVar("T")


class Loaders:
    """The loaders of one operation."""

    def __init__(self) -> None:
        self.dataset: DataLoader[UUID, Dataset | None] = DataLoader(_one(Dataset.all))
        self.run: DataLoader[UUID, ClusteringRun | None] = DataLoader(_one(runs.newest_first))
        self.segment: DataLoader[UUID, Segment | None] = DataLoader(_one(Segment.all))
        self.recommendation: DataLoader[UUID, Recommendation | None] = DataLoader(_one(Recommendation.all))
        self.api_key: DataLoader[UUID, ApiKey | None] = DataLoader(_one(ApiKey.all))
        self.account: DataLoader[UUID, Account | None] = DataLoader(_one(Account.all))
        self.training_comparison: DataLoader[UUID, TrainingComparison | None] = DataLoader(
            _one(TrainingComparison.all)
        )
        self.dataset_prediction: DataLoader[UUID, DatasetPrediction | None] = DataLoader(
            _one(dataset_predictions.newest_first)
        )
        self.audience: DataLoader[UUID, Audience | None] = DataLoader(_one(Audience.all))
        self.membership_of_audience: DataLoader[UUID, Membership] = DataLoader(audiences.memberships)
        self.runs_of_comparison: DataLoader[UUID, list[ClusteringRun]] = DataLoader(competitions.runs_of)
        self.newest_placement: DataLoader[UUID, ProfilePlacement | None] = DataLoader(
            _one(profile_searching.newest_placements, "profile_id")
        )
        self.model: DataLoader[UUID, RegisteredModel | None] = DataLoader(_one(RegisteredModel.all))
        self.model_version: DataLoader[UUID, ModelVersion | None] = DataLoader(_one(ModelVersion.all))
        self.numbered_version: DataLoader[tuple[UUID, int], ModelVersion | None] = DataLoader(models.numbered)
        self.versions_of_run: DataLoader[UUID, list[ModelVersion]] = DataLoader(
            _many(lambda: ModelVersion.all().order_by("id"), "run_id")
        )
        self.newest_promotion: DataLoader[UUID, Promotion | None] = DataLoader(standings.newest_promotions)
        self.placed_by_version: DataLoader[UUID, Placed] = DataLoader(standings.placed_by_versions)
        self.placed_by_model: DataLoader[UUID, Placed] = DataLoader(standings.placed_by_models)
        self.segments_of_run: DataLoader[UUID, list[Segment]] = DataLoader(
            _many(lambda: Segment.all().order_by("index"), "run_id")
        )
        self.recommendations_of_segment: DataLoader[UUID, list[Recommendation]] = DataLoader(
            _many(lambda: Recommendation.filter(position__gte=0).order_by("position"), "segment_id")
        )

    async def the_segment(self, key: UUID) -> Segment:
        """Load a segment that something else refers to."""
        return _there(await self.segment.load(key))

    async def the_run(self, key: UUID) -> ClusteringRun:
        """Load a run that something else refers to."""
        return _there(await self.run.load(key))

    async def the_model(self, key: UUID) -> RegisteredModel:
        """Load the model of a version."""
        return _there(await self.model.load(key))

    async def the_model_version(self, key: UUID) -> ModelVersion:
        """Load a version that something else refers to."""
        return _there(await self.model_version.load(key))

    async def the_account(self, key: UUID) -> Account:
        """Load the account of what is its own."""
        return _there(await self.account.load(key))

    async def the_dataset(self, key: UUID) -> Dataset:
        """Load a dataset that something else refers to."""
        return _there(await self.dataset.load(key))


def _there(row: T | None) -> T:
    # Only a deletion between two reads of one operation can take away what a row refers to.
    if row is None:
        raise Conflict("what this belongs to has just been deleted: ask again")
    return row


def _one(
    query: Callable[[], QuerySet[Any]], column: str = "id"
) -> Callable[[Sequence[UUID]], Awaitable[list[Any]]]:
    async def load(keys: Sequence[UUID]) -> list[Any]:
        rows = await query().filter(**{f"{column}__in": list(keys)})
        found = {getattr(row, column): row for row in rows}
        return [found.get(key) for key in keys]

    return load


def _many(
    query: Callable[[], QuerySet[Any]], column: str
) -> Callable[[Sequence[UUID]], Awaitable[list[list[Any]]]]:
    async def load(keys: Sequence[UUID]) -> list[list[Any]]:
        found: dict[UUID, list[Any]] = defaultdict(list)
        for row in await query().filter(**{f"{column}__in": list(keys)}):
            found[getattr(row, column)].append(row)
        return [found[key] for key in keys]

    return load
