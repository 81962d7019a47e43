"""What else quotes a person's cells, besides the tables: it forgets those that only this person had.

Figures of all customers, such as a column's mean or its smallest value, stay.
"""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import structlog
from tortoise import Tortoise
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from domain.errors import Conflict
from domain.models import ClusteringRun, Dataset, Recommendation, Segment
from domain.models.connection import Dialect, dialect_of
from domain.services import forgetting_scorers, locks, runs, trainings
from domain.services.runtime import Runtime
from domain.services.unsaying import feature, forget_in_advice, forget_in_segment
from domain.storage import artifacts
from domain.storage.cells import as_text, in_one_piece, truths
from domain.storage.tables import StoredTable, open_current
from domain.terms.columns import Column, ColumnRole
from domain.terms.imports import ImportReport, ImportWarning, ImportWarningCode
from domain.terms.jobs import JobStatus
from domain.terms.personal_data import ERASED

FORGOTTEN = "what it was about is not told any more, because somebody was erased"

_OF_THE_FILE = frozenset(
    {
        ImportWarningCode.HEADER_RENAMED,
        ImportWarningCode.EMPTY_COLUMN,
        ImportWarningCode.COLUMN_LEFT_OUT,
        ImportWarningCode.SHEETS_LEFT_OUT,
        ImportWarningCode.IDENTIFIER_NOT_USED,
    }
)
"""The warnings that quote names of columns and sheets, and no cell."""

_TRIES = 20

log = structlog.get_logger(__name__)


async def forget(runtime: Runtime, dataset: Dataset, row: int) -> None:
    """Have a dataset's own row, and those of its runs, quote nothing that only this customer had.

    `row` is the customer's, counted from 0, and still in the table. Of a dataset that is being
    deleted nothing is done.
    """
    try:
        own = await asyncio.to_thread(_own_texts, runtime, dataset, row)
    except FileNotFoundError:
        return
    async with in_transaction():
        current = await locks.held(dataset.id)
        if current is None:
            return
        current.columns = tuple(_column(column, own, current) for column in current.columns)
        current.import_report = _report(current.import_report, current)
        await current.save(update_fields=["columns", "import_report"])
    for run in await runs.newest_first(dataset.id, JobStatus.SUCCEEDED).only("id"):
        await _forget_in_run(runtime, run.id, own)
    # What came to nothing is not read again, and its worker may have written what it found.
    for status in (JobStatus.FAILED, JobStatus.CANCELED):
        for run in await runs.newest_first(dataset.id, status).only("id"):
            await asyncio.to_thread(runtime.storage.delete, run.folder)
    await forgetting_scorers.forget_in_placed(runtime, dataset.id, own)


async def compact(runtime: Runtime) -> None:
    """Have SQLite keep no byte of what was changed or deleted; PostgreSQL does so in its own time.

    Writes the database anew, and has this process's other queries wait for that. Where others
    read all the while, their last reads are waited for a little, and the rest is left to the
    next erasure. Raises Conflict where others write all the while.
    """
    if dialect_of(runtime.settings.database) is not Dialect.SQLITE:
        return
    connection = Tortoise.get_connection("default")
    try:
        # A transaction would not let it.
        await connection.execute_script("VACUUM")
    except OperationalError as error:
        if "locked" not in str(error):
            raise
        raise Conflict("others write all the time: send the request again in a while", ["input"]) from error
    for _ in range(_TRIES):
        (told,) = await connection.execute_query_dict("PRAGMA wal_checkpoint(TRUNCATE)")
        if not told["busy"]:
            return
        await asyncio.sleep(0.1)
    log.warning("the database's log still has what was erased: others have been reading it")


def _own_texts(runtime: Runtime, dataset: Dataset, row: int) -> dict[str, str]:
    """Find the cells that only this row has, by column, as they are written. Blocks."""
    table = open_current(runtime.storage, dataset.table_key)
    cells = table.take(np.array([row], np.int64))
    own: dict[str, str] = {}
    for name in table.column_names:
        cell = in_one_piece(cells.column(name))
        text = as_text(cell)[0].as_py()
        if text is not None and _is_alone(table, name, cell[0]):
            own[name] = text
    return own


def _is_alone(table: StoredTable, column: str, cell: pa.Scalar) -> bool:
    rows = 0
    for group in table.batches([column]):
        rows += int(truths(pc.equal(in_one_piece(group.column(0)), cell)).sum())
        if rows > 1:
            return False
    return True


def _column(column: Column, own: Mapping[str, str], dataset: Dataset) -> Column:
    text = own.get(column.name)
    kept = tuple(each for each in column.top_values if each.value != text)
    return replace(column, top_values=kept, role_reason=_unquoted(column.role_reason, dataset))


def _report(report: ImportReport, dataset: Dataset) -> ImportReport:
    """Quote no cell any more: the file's cells may have been written otherwise than the table's."""
    return replace(
        report,
        warnings=tuple(_warning(warning, dataset) for warning in report.warnings),
        rejected_rows=tuple(
            replace(rejected, reason=_unquoted(rejected.reason, dataset)) for rejected in report.rejected_rows
        ),
    )


def _warning(warning: ImportWarning, dataset: Dataset) -> ImportWarning:
    about = f'column "{warning.column}": '
    if warning.code in _OF_THE_FILE or '"' not in warning.message.removeprefix(about):
        return warning
    about = about if warning.column is not None else ""
    return replace(warning, message=f"{about}{FORGOTTEN}")


def _unquoted(text: str, dataset: Dataset) -> str:
    """Take out what is quoted, from the first quotation mark to the last, unless it is a column's name."""
    names = {column.name for column in dataset.columns}
    return re.sub(
        '"(.*)"', lambda found: found[0] if found[1] in names else f'"{ERASED}"', text, flags=re.DOTALL
    )


async def _forget_in_run(runtime: Runtime, run_id: UUID, own: Mapping[str, str]) -> None:
    run = await ClusteringRun.get_or_none(id=run_id).only("id", "parameters")
    gone = _categories(run, own) if run else {}
    if run is None or not gone:
        return
    async with in_transaction():
        if not await locks.hold_run(run.id):
            return
        of_run = await Segment.filter(run_id=run.id).order_by("index")
        for segment in of_run:
            before = segment.characteristics
            changed = forget_in_segment(segment, gone, [each.name for each in of_run])
            if changed:
                await segment.save(update_fields=changed)
            for advice in await Recommendation.filter(segment_id=segment.id):
                if changed := forget_in_advice(advice, gone, before):
                    await advice.save(update_fields=changed)
    await asyncio.to_thread(_forget_in_files, runtime, run, gone)
    await forgetting_scorers.forget_in_scorer(runtime, run.id, gone)


def _categories(run: ClusteringRun, own: Mapping[str, str]) -> dict[str, str]:
    """Find the categories that a run may quote."""
    names = [each.name for each in run.parameters.columns if each.role is ColumnRole.CATEGORICAL]
    return {name: own[name] for name in names if name in own}


def _forget_in_files(runtime: Runtime, run: ClusteringRun, gone: Mapping[str, str]) -> None:
    storage, figures_key = runtime.storage, trainings.figures_key(run)
    with suppress(FileNotFoundError):
        figures = artifacts.load_figures(storage, figures_key)
        if figures.profile is not None:
            features = tuple(feature(title, gone) for title in figures.profile.features)
            if features != figures.profile.features:
                profile = replace(figures.profile, features=features)
                artifacts.dump_figures(storage, figures_key, replace(figures, profile=profile))
    # What became rows is not read again, and pictures are drawn again when somebody asks.
    for name in ("outcome.json", "pictures"):
        storage.delete(f"{run.folder}/{name}")
    # What a worker that was killed had begun of them: nobody writes them any more.
    for key in (figures_key, f"{run.folder}/outcome.json"):
        storage.delete_drafts(key)
