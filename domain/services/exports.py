"""Exports: tables that a worker writes for somebody to take away, and that go after a while."""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from pydantic import TypeAdapter

from domain.engine.engine import Unreachable, WorkerLost
from domain.errors import Conflict, DomainError, NotFound, refuse_if_any
from domain.models import Dataset
from domain.services import export_checks, export_sources, links, prediction_exports, segments
from domain.services.export_sources import Source
from domain.services.identities import new_id, now
from domain.services.runtime import EXPORT_PROGRAM, Runtime
from domain.services.traces import EXPORTS
from domain.storage import artifacts
from domain.storage.files import Version
from domain.terms.auditing import Subject
from domain.terms.columns import ColumnRole
from domain.terms.exports import (
    ExportAddress,
    ExportedCustomers,
    ExportedRecords,
    ExportFormat,
    ExportKind,
    ExportOrder,
    ExportOutcome,
    ExportRequest,
    ExportSegment,
    ExportUse,
)
from domain.terms.jobs import Lane

CHANGED = "what the export is of has just been changed: ask again"
_LONGEST_NAME = 80
_TRIES = 3
_SILENT_SECONDS = 1_800
"""So long a folder may be there before it says when it was used: until the next clearing."""

_CONTENT: TypeAdapter[ExportedCustomers] = TypeAdapter(ExportedCustomers)


@dataclass(frozen=True, slots=True)
class Export:
    """A file that can be taken away by whoever has the `token`, until it expires."""

    address: ExportAddress
    outcome: ExportOutcome
    token: str
    expires_at: datetime


async def create(runtime: Runtime, request: ExportRequest) -> Export:
    """Have a worker write what is asked for; an equal file that is there is taken again.

    Raises Refused with every mistake, and Conflict where no worker could write it.
    """
    mistakes = export_checks.holdout_mistakes(request)
    if request.kind is ExportKind.PREDICTIONS:
        refuse_if_any([*mistakes, *export_checks.prediction_mistakes(request)])
        return await _of_predictions(runtime, request)
    try:
        source = await export_sources.find(request)
    except DomainError as mistake:
        refuse_if_any([*mistakes, mistake])
        raise
    refuse_if_any([*mistakes, *export_checks.column_mistakes(request.columns, source.segmentation.dataset)])
    return await _of_customers(runtime, request, source)


async def outcome_of(runtime: Runtime, address: ExportAddress) -> ExportOutcome | None:
    """Read what speaks for a file; None where it is gone."""
    return await asyncio.to_thread(_outcome, runtime, _folder(address.export_key), address.export_key)


async def clear_old(runtime: Runtime) -> int:
    """Delete exports whose addresses have expired long ago, and answer how many there were."""
    kept = 2 * runtime.settings.signed_url_seconds + 3_600
    before = now().timestamp() - max(kept, links.lifetime(runtime).total_seconds())
    return await asyncio.to_thread(_clear, runtime, before)


async def _of_customers(runtime: Runtime, request: ExportRequest, source: Source) -> Export:
    """Write the customers; again where the table has changed meanwhile, as by an erasure."""
    dataset = source.segmentation.dataset
    content = await _content(request, source)
    for _ in range(_TRIES):
        version = await _version(runtime, dataset)
        seen = hashlib.sha256(_CONTENT.dump_json(content) + f"{request.format}{version}".encode())
        folder = f"{EXPORTS}/{seen.hexdigest()}"
        order = _order(folder, content, request.format)
        await asyncio.to_thread(_use, runtime, folder)
        outcome = await asyncio.to_thread(_outcome, runtime, folder, order.export_key)
        if outcome is None:
            await runtime.sharing.once(folder, partial(_write, runtime, folder, order))
            outcome = await asyncio.to_thread(_outcome, runtime, folder, order.export_key)
        if outcome is not None and version == await _version(runtime, dataset):
            return _export(runtime, request, order, outcome, source.name, source.subject)
        await asyncio.to_thread(runtime.storage.delete, folder)
    raise Conflict("the dataset changes all the time: ask again in a while", ["input", "of"])


async def _of_predictions(runtime: Runtime, request: ExportRequest) -> Export:
    """Write what was remembered: always anew, since by now it may be something else."""
    subject = await prediction_exports.subject_of(request)
    folder = f"{EXPORTS}/{new_id()}"
    await asyncio.to_thread(_use, runtime, folder)
    try:
        content = await prediction_exports.gather(runtime, request, f"{folder}/records.jsonl")
        order = _order(folder, content, request.format)
        await _write(runtime, folder, order)
        outcome = await asyncio.to_thread(
            artifacts.load, runtime.storage, f"{folder}/outcome.json", ExportOutcome
        )
        await asyncio.to_thread(runtime.storage.delete, content.records_key)
        # Gone with all exports where somebody was erased meanwhile, who may be in what was gathered before.
        await asyncio.to_thread(artifacts.load, runtime.storage, _use_key(folder), ExportUse)
    except BaseException as error:
        await asyncio.shield(asyncio.to_thread(runtime.storage.delete, folder))
        if isinstance(error, FileNotFoundError):
            raise Conflict(CHANGED, ["input", "of"]) from None
        raise
    return _export(runtime, request, order, outcome, "predictions", subject)


async def _content(request: ExportRequest, source: Source) -> ExportedCustomers:
    found = source.segmentation
    names = [column.name for column in found.dataset.columns]
    return ExportedCustomers(
        table_key=found.dataset.table_key,
        identifier=found.dataset.identifier,
        assignments_key=found.assignments_key,
        scores_key=found.scores_key,
        segments=tuple(ExportSegment(each.index, each.name) for each in await segments.of_run(found.run.id)),
        columns=tuple(names if request.columns is None else request.columns),
        numeric=tuple(each.name for each in found.dataset.columns if each.role is ColumnRole.NUMERIC),
        segment=source.segment.index if source.segment else None,
        holdout=source.holdout,
    )


async def _write(runtime: Runtime, folder: str, order: ExportOrder) -> None:
    await asyncio.to_thread(artifacts.dump, runtime.storage, f"{folder}/order.json", order)
    try:
        await runtime.engine.run(EXPORT_PROGRAM, folder, lane=Lane.QUICK)
    except WorkerLost:
        raise Conflict("the export's worker died: ask again") from None
    except Unreachable:
        raise Conflict("no worker can be reached: ask again in a while") from None
    except FileNotFoundError:
        # Of what it is was deleted meanwhile, or the exports were, because somebody was erased.
        raise Conflict(CHANGED, ["input", "of"]) from None


async def _version(runtime: Runtime, dataset: Dataset) -> Version:
    try:
        return await asyncio.to_thread(runtime.storage.version, dataset.table_key)
    except FileNotFoundError:
        raise NotFound("the dataset has just been deleted", ["input", "of"]) from None


def _order(
    folder: str, content: ExportedCustomers | ExportedRecords, file_format: ExportFormat
) -> ExportOrder:
    return ExportOrder(content, file_format, f"{folder}/export.{file_format.lower()}")


def _export(
    runtime: Runtime,
    request: ExportRequest,
    order: ExportOrder,
    outcome: ExportOutcome,
    name: str,
    subject: Subject,
) -> Export:
    file_name = f"{file_stem(name)}.{request.format.lower()}"
    address = ExportAddress(order.export_key, file_name, request.format, subject.kind, subject.id)
    token = links.sign(runtime, address, request.by.account_id)
    link = links.verify_export(runtime, token)
    return Export(address, outcome, token, link.expires_at if link else now())


def file_stem(name: str) -> str:
    """Make a name one that files can have on every system."""
    plain = re.sub(r"[^\w .()-]+", "-", name).strip(" .-")
    return plain[:_LONGEST_NAME].strip(" .-") or "customers"


def _use(runtime: Runtime, folder: str) -> None:
    artifacts.dump(runtime.storage, _use_key(folder), ExportUse(now().timestamp()))


def _use_key(folder: str) -> str:
    return f"{folder}/use.json"


def _outcome(runtime: Runtime, folder: str, export_key: str) -> ExportOutcome | None:
    try:
        outcome = artifacts.load(runtime.storage, f"{folder}/outcome.json", ExportOutcome)
    except FileNotFoundError:
        return None
    return outcome if runtime.storage.exists(export_key) else None


def _clear(runtime: Runtime, before: float) -> int:
    """Delete what was not given out since; what was begun says so first. Blocks."""
    cleared = 0
    for name in runtime.storage.children(EXPORTS):
        folder = f"{EXPORTS}/{name}"
        try:
            is_old = artifacts.load(runtime.storage, _use_key(folder), ExportUse).at < before
        except FileNotFoundError:
            is_old = _is_abandoned(runtime, folder)
        if is_old:
            runtime.storage.delete(folder)
            cleared += 1
    return cleared


def _is_abandoned(runtime: Runtime, folder: str) -> bool:
    """Tell whether a folder that does not say when it was used was found so a while ago already."""
    # It may be about to say so. Nobody does in its place: without it an export knows that it was erased.
    key, at = f"{folder}/found.json", now().timestamp()
    try:
        return artifacts.load(runtime.storage, key, ExportUse).at < at - _SILENT_SECONDS
    except FileNotFoundError:
        artifacts.dump(runtime.storage, key, ExportUse(at))
        return False


def _folder(export_key: str) -> str:
    return export_key.rpartition("/")[0]
