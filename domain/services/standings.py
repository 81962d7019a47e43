"""How models do: how much they placed, and since when their champions are in service."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.functions import Count, Max

from domain.models import DatasetPrediction, Promotion, RememberedPrediction
from domain.terms.jobs import JobStatus

_VERSION = "model_version_id"
_MODEL = "model_version__model_id"


@dataclass(frozen=True, slots=True)
class Placed:
    """How much was placed by a version or a model: what is still remembered, and whole datasets.

    `last_at` is the newest of either; None where there is none.
    """

    remembered: int = 0
    datasets: int = 0
    last_at: datetime | None = None


async def placed_by_versions(version_ids: Sequence[UUID]) -> list[Placed]:
    """Count what each of some versions placed."""
    return await _placed(_VERSION, version_ids)


async def placed_by_models(model_ids: Sequence[UUID]) -> list[Placed]:
    """Count what all versions of each of some models placed."""
    return await _placed(_MODEL, model_ids)


async def newest_promotions(model_ids: Sequence[UUID]) -> list[Promotion | None]:
    """Find how the champions of some models became that; None where there was never one."""
    latest = Promotion.filter(model_id__in=list(model_ids)).annotate(latest=Max("at")).group_by("model_id")
    moments = [row["latest"] for row in await latest.values("model_id", "latest")]
    newest: dict[UUID, Promotion] = {}
    for each in await Promotion.filter(model_id__in=list(model_ids), at__in=moments).order_by("id"):
        # One of another model may have happened at the very moment of an older one of this.
        before = newest.get(each.model_id)
        if before is None or before.at <= each.at:
            newest[each.model_id] = each
    return [newest.get(key) for key in model_ids]


async def _placed(column: str, keys: Sequence[UUID]) -> list[Placed]:
    given = {f"{column}__in": list(keys)}
    remembered = await (
        RememberedPrediction.filter(**given)
        .annotate(count=Count("id"), last=Max("predicted_at"))
        .group_by(column)
        .values_list(column, "count", "last")
    )
    datasets = await (
        DatasetPrediction.filter(**given, job__status=JobStatus.SUCCEEDED)
        .annotate(count=Count("id"), last=Max("created_at"))
        .group_by(column)
        .values_list(column, "count", "last")
    )
    rows = {key: (count, last) for key, count, last in remembered}
    tables = {key: (count, last) for key, count, last in datasets}
    found = []
    for key in keys:
        (rows_count, rows_last), (tables_count, tables_last) = (
            rows.get(key, (0, None)),
            tables.get(key, (0, None)),
        )
        last_at = max((last for last in (rows_last, tables_last) if last is not None), default=None)
        found.append(Placed(rows_count, tables_count, last_at))
    return found
