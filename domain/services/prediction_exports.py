"""Remembered predictions as records of an export, read from the database page by page."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from domain.errors import NotFound
from domain.models import ClusteringRun, ModelVersion, RememberedPrediction, Segment
from domain.services import remembering
from domain.services.remembering import HistoryFilter
from domain.services.runtime import Runtime
from domain.terms.auditing import Subject
from domain.terms.exports import ExportedRecords, ExportRequest

_PATH = ("input", "of", "predictions")
_PAGE = 5_000
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
    """Write all that the caller may see and that fits, the newest first, to a key of the storage."""
    async with _output(runtime, key) as output:
        async for page in _pages(request):
            lines = [json.dumps(record, ensure_ascii=False) for record in page]
            await asyncio.to_thread(
                output.write, "".join(f"{line}\n" for line in lines).encode(errors="replace")
            )
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


async def _pages(request: ExportRequest) -> AsyncIterator[Iterator[dict[str, object]]]:
    wanted = HistoryFilter(version_id=request.source_id, run_id=request.run_id)
    query = remembering.remembered(request.by, wanted)
    segments: dict[UUID, Segment] = {}
    page = await query.limit(_PAGE)
    while page:
        named = {key for each in page for key in (each.segment_id, each.runner_up_id) if key}
        if unknown := named - segments.keys():
            segments |= {each.id: each for each in await Segment.filter(id__in=list(unknown))}
        yield (_record(each, segments) for each in page)
        page = await query.filter(id__lt=page[-1].id).limit(_PAGE)


def _record(row: RememberedPrediction, segments: dict[UUID, Segment]) -> dict[str, object]:
    segment = segments.get(row.segment_id) if row.segment_id else None
    runner_up = segments.get(row.runner_up_id) if row.runner_up_id else None
    return {
        "values": row.attributes,
        "key": row.customer_key,
        "segment": segment and segment.name,
        "segment_index": segment and segment.index,
        "unassigned": row.unassigned,
        "confidence": row.confidence,
        "distance": row.distance,
        "runner_up": runner_up and runner_up.name,
        "predicted_at": row.predicted_at.isoformat(),
    }


async def _is_there(kind: type[ModelVersion | ClusteringRun], key: UUID | None) -> bool:
    return key is not None and await kind.exists(id=key)
