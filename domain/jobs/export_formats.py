"""The formats of exports: each writes batches of rows as they come, and keeps none of them."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from domain.errors import TooLarge
from domain.jobs.formulas import made_safe, name_made_safe
from domain.terms.exports import LARGEST_SHEET_ROWS, ExportFormat

Write: TypeAlias = Callable[[pa.Table], None]
"""Writes a batch of rows, which has the columns that the file was opened with."""

LARGEST_SHEET_COLUMNS = 16_384
LONGEST_SHEET_TEXT = 32_767
"""What a cell of a workbook holds, in characters."""

_FORMAT = ["input", "format"]
_AS_ANY = datetime(2000, 1, 1)  # noqa: DTZ001  # a workbook knows no time zones
"""Every workbook says that it was made then: the same rows give the same file, byte by byte."""


@contextmanager
def csv(output: BinaryIO, schema: pa.Schema) -> Iterator[Write]:
    """Write CSV: UTF-8, a header, text in quotation marks, nothing where there is no value. RFC 4180.

    Text that a spreadsheet would run gets an apostrophe.
    """
    written = pa.schema([(name_made_safe(field.name), field.type) for field in schema])
    with pyarrow.csv.CSVWriter(output, written) as writer:

        def write(rows: pa.Table) -> None:
            columns = [made_safe(each) if each.type == pa.string() else each for each in rows.columns]
            writer.write_table(pa.table(columns, schema=written))

        yield write


@contextmanager
def parquet(output: BinaryIO, schema: pa.Schema) -> Iterator[Write]:
    """Write Parquet, a row group a batch."""
    with pq.ParquetWriter(output, schema, compression="zstd") as writer:
        yield writer.write_table


@contextmanager
def arrow(output: BinaryIO, schema: pa.Schema) -> Iterator[Write]:
    """Write a stream of Arrow IPC."""
    with pa.ipc.new_stream(output, schema) as writer:
        yield writer.write_table


@contextmanager
def xlsx(output: BinaryIO, schema: pa.Schema) -> Iterator[Write]:
    """Write a workbook of one sheet: numbers as numbers, text as text and never as a formula or a link.

    It is made in a folder of the worker's and written when it is complete. Raises TooLarge for
    what a sheet does not hold.
    """
    if len(schema) > LARGEST_SHEET_COLUMNS:
        raise TooLarge(
            f"a sheet has {LARGEST_SHEET_COLUMNS:,} columns at most, and these are {len(schema):,}: "
            "name fewer columns, or export as CSV",
            _FORMAT,
        )
    with tempfile.TemporaryDirectory(prefix="export-", dir=_scratch()) as folder:
        path = Path(folder) / "workbook.xlsx"
        workbook = Workbook(str(path), {"constant_memory": True, "tmpdir": folder, "nan_inf_to_errors": True})
        workbook.set_properties({"created": _AS_ANY})
        sheet = workbook.add_worksheet("customers", _PlainSheet)
        sheet.freeze_panes(1, 0)
        try:
            yield _Sheet(sheet, schema).write
        finally:
            workbook.close()
        with path.open("rb") as made:
            shutil.copyfileobj(made, output, 1 << 20)


def _scratch() -> str | None:
    """Give the worker's own folder, which the next worker clears where this one is killed."""
    # Imported where it is there already; outside a worker any folder will do.
    from distributed import get_worker

    try:
        return str(get_worker().local_directory)
    except ValueError:
        return None


class _PlainSheet(Worksheet):  # type: ignore[misc]  # it comes without types
    """A sheet that takes no text for markup."""

    def _xml_rich_inline_string(self, string: str, attributes: Any) -> None:
        # Text between <r> and </r> would be written as it is, and could bring cells of its own.
        self._xml_inline_string(string, True, attributes)


class _Sheet:
    def __init__(self, sheet: Worksheet, schema: pa.Schema) -> None:
        self._sheet, self._next = sheet, 1
        for place, field in enumerate(schema):
            sheet.write_string(0, place, field.name)

    def write(self, rows: pa.Table) -> None:
        if self._next + rows.num_rows > LARGEST_SHEET_ROWS + 1:
            raise TooLarge(
                f"a sheet has {LARGEST_SHEET_ROWS:,} customers at most: export as CSV, or a segment", _FORMAT
            )
        writers = [self._writer(column) for column in rows.columns]
        for record in zip(*(column.to_pylist() for column in rows.columns), strict=True):
            for place, (write, cell) in enumerate(zip(writers, record, strict=True)):
                if cell is not None:
                    write(self._next, place, cell)
            self._next += 1

    def _writer(self, column: Any) -> Callable[[int, int, Any], object]:
        if column.type != pa.string():
            return self._sheet.write_number  # type: ignore[no-any-return]  # it comes without types
        if _longest(column) > LONGEST_SHEET_TEXT:
            raise TooLarge(
                f"a cell of a sheet has {LONGEST_SHEET_TEXT:,} characters at most, and one of these has "
                "more: export as CSV, or leave its column out",
                _FORMAT,
            )
        return self._sheet.write_string  # type: ignore[no-any-return]  # it comes without types


FORMATS: dict[ExportFormat, Callable[[BinaryIO, pa.Schema], AbstractContextManager[Write]]] = {
    ExportFormat.CSV: csv,
    ExportFormat.PARQUET: parquet,
    ExportFormat.ARROW: arrow,
    ExportFormat.XLSX: xlsx,
}


def _longest(column: pa.ChunkedArray) -> int:
    """Count the characters of the longest text as a workbook does: those beyond the first 65,536 are two."""
    longest: int = pc.max(pc.utf8_length(column)).as_py() or 0
    if 2 * longest <= LONGEST_SHEET_TEXT:
        return longest
    return max(len(text.encode("utf-16-le")) // 2 for text in column.to_pylist() if text is not None)
