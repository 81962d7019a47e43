"""Remembered predictions as records of an export, read from the database page by page."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from tortoise.queryset import QuerySet

from domain.errors import NotFound
from domain.models import ClusteringRun, ModelVersion, RememberedPrediction, Segment
from domain.services import remembering
from domain.services.remembering import HistoryFilter
from domain.services.runtime import Runtime
from domain.terms.auditing import Subject
from domain.terms.exports import ExportedRecords, ExportRequest
from domain.terms.segments import UnassignedReason

_PATH = ("input", "of", "predictions")
_PAGE = 500
"""So many are read before others have their turn: what the database gives is decoded on the event loop."""

_NAMES = (
    "key",
    "segment",
    "segment_index",
    "unassigned",
    "confidence",
    "distance",
    "runner_up",
    "predicted_at",
)
_NUMERIC = ("segment_index", "confidence", "distance")

_Segments: TypeAlias = dict[UUID, tuple[int | None, str | None]]
"""Index and name of segments."""

_NONE = (None, None)


class _Row(NamedTuple):
    """What is read of a remembered prediction: no model, of which making one takes much longer."""

    id: UUID
    attributes: dict[str, Any]
    customer_key: str | None
    segment_id: UUID | None
    runner_up_id: UUID | None
    unassigned: UnassignedReason | None
    confidence: float | None
    distance: float | None
    predicted_at: datetime


async def subject_of(request: ExportRequest) -> Subject:
    """Tell whose predictions are wanted: of a version, of a run, or all. Raises NotFound."""
    if request.source_given and not await _is_there(ModelVersion, request.source_id):
        raise NotFound("there is no such version of a model", (*_PATH, "modelVersionId"))
    if request.run_given and not await _is_there(ClusteringRun, request.run_id):
        raise NotFound("there is no such run", (*_PATH, "runId"))
    if request.source_id is not None:
        return Subject("ModelVersion", request.source_id)
    if request.run_id is not None:
        return Subject("ClusteringRun", request.run_id)
    return Subject("User", request.by.account_id)


async def gather(runtime: Runtime, request: ExportRequest, key: str) -> ExportedRecords:
    """Write all that the caller may see and that fits, the newest first, to a key of the storage.

    One after the other in this process: many at once would leave nothing of the event loop to others.
    """
    async with runtime.gathering, _output(runtime, key) as output:
        async for page, segments in _pages(request):
            await asyncio.to_thread(_write, output, page, segments)
    return ExportedRecords(key, _NAMES, _NUMERIC)


@asynccontextmanager
async def _output(runtime: Runtime, key: str) -> AsyncIterator[Any]:
    """Open a file of the storage as `open_output` does, in threads."""
    opening = runtime.storage.open_output(key)
    output = await asyncio.to_thread(opening.__enter__)
    try:
        yield output
    except BaseException as error:
        await asyncio.to_thread(opening.__exit__, type(error), error, error.__traceback__)
        raise
    await asyncio.to_thread(opening.__exit__, None, None, None)


async def _pages(request: ExportRequest) -> AsyncIterator[tuple[list[_Row], _Segments]]:
    """Read page by page, each with the segments that were met so far."""
    wanted = HistoryFilter(version_id=request.source_id, run_id=request.run_id)
    query = remembering.remembered(request.by, wanted).limit(_PAGE)
    segments: _Segments = {}
    page = await _read(query)
    while page:
        named = {key for each in page for key in (each.segment_id, each.runner_up_id) if key}
        if unknown := named - segments.keys():
            found = await Segment.filter(id__in=list(unknown)).values_list("id", "index", "name")
            segments |= {key: (index, name) for key, index, name in found}
        yield page, segments
        page = await _read(query.filter(id__lt=page[-1].id))


async def _read(query: QuerySet[RememberedPrediction]) -> list[_Row]:
    return [_Row(*each) for each in await query.values_list(*_Row._fields)]


def _write(output: Any, page: list[_Row], segments: _Segments) -> None:
    """Write a page as JSON, a line each. Blocks."""
    lines = (json.dumps(_record(row, segments), ensure_ascii=False) for row in page)
    output.write("".join(f"{line}\n" for line in lines).encode(errors="replace"))


def _record(row: _Row, segments: _Segments) -> dict[str, object]:
    index, name = segments.get(row.segment_id, _NONE) if row.segment_id else _NONE
    _, runner_up = segments.get(row.runner_up_id, _NONE) if row.runner_up_id else _NONE
    return {
        "values": row.attributes,
        "key": row.customer_key,
        "segment": name,
        "segment_index": index,
        "unassigned": row.unassigned,
        "confidence": row.confidence,
        "distance": row.distance,
        "runner_up": runner_up,
        "predicted_at": row.predicted_at.isoformat(),
    }


async def _is_there(kind: type[ModelVersion | ClusteringRun], key: UUID | None) -> bool:
    return key is not None and await kind.exists(id=key)
