"""What was said of customers, kept where that was asked for, and for so many days."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from tortoise.expressions import F
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from domain.errors import NotFound
from domain.models import ClusteringRun, Dataset, ModelVersion, RememberedPrediction, Segment
from domain.services import locks
from domain.services.identities import new_id, now
from domain.services.runtime import Runtime
from domain.tables.records_to_score import key_of
from domain.terms.access import Role, Viewer
from domain.terms.predictions import Placement

_BATCH = 1_000
_WHOLE = re.compile(r"(-?[0-9]+)\.0*")
_CHUNK = 200
"""So many rows are handed to the database before others have their turn on the event loop."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of which records, by a run, or by a version of a model that is that run.

    `columns` are those that decided.
    """

    run: ClusteringRun
    version: ModelVersion | None
    segments: Mapping[int, Segment]
    columns: Sequence[str]
    customers: Sequence[object]
    placements: Sequence[Placement]
    by: UUID | None


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """Which remembered predictions are wanted; None wants all."""

    version_id: UUID | None = None
    run_id: UUID | None = None
    segment_id: UUID | None = None
    by: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def key_hash(key: str) -> str:
    """Hash a customer's key, as it is looked for.

    Whether its column is one of numbers is not known here: "17.0" is the same as "17".
    """
    found = _WHOLE.fullmatch(key.strip())
    key = found[1] if found else key.strip()
    return sha256(key.encode(errors="backslashreplace")).hexdigest()


async def remember(said: Said) -> None:
    """Keep what was said of those who were placed, all of it or none.

    Raises NotFound where the run, or the version, has been deleted meanwhile.
    """
    dataset = await Dataset.filter(id=said.run.dataset_id).values("identifier")
    # Down to the parameters, in a thread, and before the transaction, in which others can't write to SQLite.
    rows = await asyncio.to_thread(_rows, said, dataset[0]["identifier"] if dataset else None)
    statement = RememberedPrediction.bulk_create([]).sql()
    async with in_transaction() as connection:
        if said.version is not None and not await _hold_version(said.version.id):
            raise NotFound("the version has just been deleted", ["input", "modelVersionId"])
        if not await locks.hold_run(said.run.id):
            raise NotFound("the run has just been deleted", ["input", "runId"])
        for start in range(0, len(rows), _CHUNK):
            await connection.execute_many(statement, rows[start : start + _CHUNK])
            await asyncio.sleep(0)


def remembered(viewer: Viewer, wanted: HistoryFilter) -> QuerySet[RememberedPrediction]:
    """All that a viewer may see and that fits, the newest first."""
    filters = {
        "model_version_id": wanted.version_id,
        "run_id": wanted.run_id,
        "segment_id": wanted.segment_id,
        "predicted_by": wanted.by,
        "predicted_at__gte": wanted.since,
        "predicted_at__lt": wanted.until,
    }
    given = {name: value for name, value in filters.items() if value is not None}
    return visible_to(viewer).filter(**given).order_by("-id")


def visible_to(viewer: Viewer) -> QuerySet[RememberedPrediction]:
    """All that a viewer may see: a USER what it asked for itself, others everything."""
    if viewer.role.includes(Role.ANALYST):
        return RememberedPrediction.all()
    return RememberedPrediction.filter(predicted_by=viewer.account_id)


def of_key(key: str) -> QuerySet[RememberedPrediction]:
    """What was said of whoever has this key, the newest first."""
    return RememberedPrediction.filter(key_hash=key_hash(key)).order_by("-id")


async def clear_predictions(runtime: Runtime) -> int:
    """Delete what was remembered longer ago than it is to be kept, and answer how much it was."""
    before = now() - timedelta(days=runtime.settings.prediction_retention_days)
    return await _clear(RememberedPrediction.filter(predicted_at__lt=before).order_by("predicted_at"))


async def forget_runs(run_ids: Iterable[UUID]) -> None:
    """Delete all that runs said, themselves or as versions. Belongs into no transaction: it may be much."""
    for run_id in run_ids:
        await _clear(RememberedPrediction.filter(run_id=run_id).order_by("id"))


async def forget_versions(version_ids: Iterable[UUID]) -> None:
    """Delete all that versions of models said. Belongs into no transaction: it may be much."""
    for version_id in version_ids:
        await _clear(RememberedPrediction.filter(model_version_id=version_id).order_by("id"))


async def _clear(unwanted: QuerySet[RememberedPrediction]) -> int:
    cleared = 0
    # A batch at a time: others read and write in between.
    while ids := await unwanted.limit(_BATCH).values_list("id", flat=True):
        await RememberedPrediction.filter(id__in=list(ids)).delete()
        cleared += len(ids)
    return cleared


async def _hold_version(version_id: UUID) -> bool:
    return bool(await ModelVersion.filter(id=version_id).update(version=F("version")))


def _rows(said: Said, identifier: str | None) -> list[list[object]]:
    """Write rows as the parameters of bulk_create's statement. Blocks."""
    known = RememberedPrediction._meta  # noqa: SLF001  # the one that knows the order of its columns
    fields = [known.fields_map[name] for name in known.fields_db_projection]
    return [
        [field.to_db_value(getattr(row, field.model_field_name), row) for field in fields]
        for row in _remembered(said, identifier)
    ]


def _remembered(said: Said, identifier: str | None) -> Iterator[RememberedPrediction]:
    moment = now()
    for record, placement in zip(said.customers, said.placements, strict=True):
        if placement.mistakes or not isinstance(record, dict):
            continue
        key = key_of(record, identifier)
        yield RememberedPrediction(
            id=new_id(),
            run_id=said.run.id,
            model_version_id=said.version and said.version.id,
            segment_id=_segment_id(said, placement.segment),
            runner_up_id=_segment_id(said, placement.runner_up),
            unassigned=placement.unassigned,
            confidence=placement.confidence,
            distance=placement.distance,
            customer_key=key,
            key_hash=None if key is None else key_hash(key),
            attributes={name: record.get(name) for name in said.columns},
            predicted_at=moment,
            predicted_by=said.by,
        )


def _segment_id(said: Said, index: int | None) -> UUID | None:
    return None if index is None else said.segments[index].id
