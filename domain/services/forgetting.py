"""What else quotes a person's cells, besides the tables: it forgets those that only this person had.

Figures of all customers, such as a column's mean or its smallest value, stay.
"""

import asyncio
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from itertools import chain, count
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import structlog
from tortoise import Tortoise
from tortoise.transactions import in_transaction

from domain.models import ClusteringRun, Dataset, Recommendation, Segment
from domain.models.connection import Dialect, dialect_of
from domain.services import locks, runs, trainings
from domain.services.runtime import Runtime
from domain.storage import artifacts
from domain.storage.cells import as_text, in_one_piece, truths
from domain.storage.tables import StoredTable, open_current
from domain.terms.columns import Column, ColumnRole
from domain.terms.imports import ImportReport, ImportWarning, ImportWarningCode
from domain.terms.jobs import JobStatus
from domain.terms.wording import shorten, tidy

ERASED = "(erased)"
"""What stands where a text was that only an erased person had."""

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

_LONGEST_LEVEL = 100
"""So much of a category is told of a segment."""

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
    for run in await runs.newest_first(dataset.id, JobStatus.SUCCEEDED):
        quoted = _quoted(run, own)
        if quoted is not None:
            await _forget_in_run(runtime, run, quoted)


async def compact(runtime: Runtime) -> None:
    """Have SQLite keep no byte of what was changed or deleted; PostgreSQL does so in its own time.

    Writes the database anew. Where others read all the while, their last reads are waited
    for a little, and the rest is left to the next erasure.
    """
    if dialect_of(runtime.settings.database) is not Dialect.SQLITE:
        return
    connection = Tortoise.get_connection("default")
    # A transaction would not let it.
    await connection.execute_script("VACUUM")
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


def _quoted(run: ClusteringRun, own: Mapping[str, str]) -> re.Pattern[str] | None:
    """Make a pattern of the categories that a run may quote; None where there is none."""
    categories = [each.name for each in run.parameters.columns if each.role is ColumnRole.CATEGORICAL]
    texts = {form for name in categories if name in own for form in _forms(own[name])}
    if not texts:
        return None
    listed = "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))
    # Whole words: a category called "a" is in every sentence.
    return re.compile(rf"(?<!\w)(?:{listed})(?!\w)", re.IGNORECASE)


def _forms(text: str) -> Iterator[str]:
    """Write a category in the ways in which it may be quoted: in SQL, and on one line."""
    yield text
    yield text.replace("'", "''")
    if told := shorten(tidy(text), _LONGEST_LEVEL):
        yield told


async def _forget_in_run(runtime: Runtime, run: ClusteringRun, quoted: re.Pattern[str]) -> None:
    async with in_transaction():
        if not await locks.hold_run(run.id):
            return
        of_run = await Segment.filter(run_id=run.id).order_by("index")
        taken = {segment.name for segment in of_run}
        for segment in of_run:
            await _rewrite(segment, quoted, ("characteristics", "rule", "name", "generated_name"), taken)
            taken.add(segment.name)
        for advice in await Recommendation.filter(segment__run_id=run.id):
            await _rewrite(advice, quoted, ("title", "action", "rationale", "channel", "measure", "figures"))
    await asyncio.to_thread(_forget_in_files, runtime, run, quoted)


async def _rewrite(
    row: Segment | Recommendation,
    quoted: re.Pattern[str],
    names: Sequence[str],
    taken: Collection[str] = (),
) -> None:
    """Save those fields of a row that quote something, without it; a name stays one of its own."""
    changed = []
    for name in names:
        before = getattr(row, name)
        after = without(before, quoted)
        if after == before:
            continue
        if name == "name":
            numbered = (f"{after} ({number})" for number in count(2))
            after = next(each for each in chain([after], numbered) if each not in taken)
        setattr(row, name, after)
        changed.append(name)
    if changed:
        await row.save(update_fields=changed)


def without(value: Any, quoted: re.Pattern[str]) -> Any:
    """Put ERASED in place of what is quoted in texts, and in tuples and dataclasses of texts."""
    if isinstance(value, str):
        return quoted.sub(ERASED, value)
    if isinstance(value, tuple):
        return tuple(without(each, quoted) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        told = {field.name: without(getattr(value, field.name), quoted) for field in fields(value)}
        return replace(value, **told)
    return value


def _forget_in_files(runtime: Runtime, run: ClusteringRun, quoted: re.Pattern[str]) -> None:
    storage = runtime.storage
    with suppress(FileNotFoundError):
        figures = artifacts.load_figures(storage, trainings.figures_key(run))
        if figures.profile is not None:
            profile = replace(figures.profile, features=without(figures.profile.features, quoted))
            artifacts.dump_figures(storage, trainings.figures_key(run), replace(figures, profile=profile))
    # What became rows is not read again, and pictures are drawn again when somebody asks.
    for name in ("outcome.json", "pictures"):
        storage.delete(f"{run.folder}/{name}")
