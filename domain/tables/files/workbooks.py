"""Reads a sheet of an Excel workbook (XLSX, XLSM) as batches of text."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, BinaryIO

import pyarrow as pa
from python_calamine import CalamineWorkbook

from domain.errors import Invalid, TooLarge, UnsuitableData
from domain.tables.files.archives import Archive
from domain.tables.files.headers import names_of
from domain.tables.files.layout import Layout, settle_layout, without_unused
from domain.tables.files.ledger import Ledger
from domain.tables.files.limits import check_columns, check_rows
from domain.tables.files.options import OPTIONS_PATH
from domain.tables.files.parquet_batches import Pending
from domain.tables.files.sheet_parts import broken, measure, refuse_vast, sheet_parts
from domain.tables.files.sheet_shapes import SheetShape, Spots
from domain.tables.files.sources import Head
from domain.tables.files.typed_cells import cell_text, cell_texts
from domain.terms.imports import ImportLimits, ImportWarning, ImportWarningCode, TableFormat, TableOptions
from domain.terms.training import Watch
from domain.terms.wording import counted, quoted

_LOOKED_AT = 500
_CELLS_AT_ONCE = 4_096


def open_workbook(
    source: BinaryIO, options: TableOptions, limits: ImportLimits, watch: Watch, path: Sequence[str]
) -> "WorkbookSource":
    """Open the first sheet with a value, or the one that the options name.

    The sheet is in memory as a whole, about a hundred bytes a cell and its texts, and so
    are the texts that all sheets share: what the parts unpack to, what the sheet takes
    when laid out, and its texts are each within the limit of decompressed bytes. How a
    number is shown is not told by the reader: 123 shown as 00123 is "123". Raises Invalid
    for a sheet that is not there, UnreadableFile, TooLarge, and UnsuitableData for one
    without a value.
    """
    archive = Archive(source, limits, path)
    parts = sheet_parts(archive, path)
    if len(parts) > limits.max_sheets:
        raise TooLarge(
            f"the workbook has {len(parts):,} sheets, more than the {limits.max_sheets:,} that "
            "SEGMENTGRAPH_MAX_SHEETS allows: leave some out, or raise the setting",
            path,
        )
    shapes = measure(archive, parts, watch, path)
    name = _chosen(shapes, options.sheet, path)
    shape = shapes[name]
    refuse_vast(archive, parts[name], shape, limits, path)
    sheet = _load(source, name, path)
    layout = _layout(sheet, options.has_header)
    if not layout.header:
        raise UnsuitableData(f'the sheet "{name[:100]}" holds no values: upload one with a table', path)
    check_columns(len(layout.header), limits, path)
    check_rows(sheet.end[0] + 1 - layout.skipped_rows, limits, path)
    names, originals, renamed = names_of(layout.header, layout.has_header)
    others = [each for each, other in shapes.items() if other.rows and each != name]
    told = _cells_told(shape, names, sheet.start[1], layout.skipped_rows)
    warnings = (*_left_out(others), *layout.warnings, *renamed, *told)
    head = Head(TableFormat.XLSX, names, originals, warnings, has_header=layout.has_header, sheet=name)
    return WorkbookSource(head, sheet, layout.skipped_rows)


@dataclass(frozen=True, slots=True)
class WorkbookSource:
    """A table in a sheet, as text: numbers as number_text writes them, dates in ISO 8601, errors as ""."""

    head: Head
    sheet: Any
    skipped_rows: int

    def read(self, ledger: Ledger, watch: Watch) -> Generator[pa.RecordBatch]:
        """Read all rows behind the header, up to the last with a value."""
        names = list(self.head.names)
        # A few rows at a time: each cell may point to the same long text, and here it is copied.
        height = max(1, _CELLS_AT_ONCE // len(names))
        rows = islice(self.sheet.iter_rows(), self.skipped_rows, None)
        count, total = 0, max(1, self.sheet.end[0] + 1 - self.skipped_rows)
        pending = Pending(names)
        while some := list(islice(rows, height)):
            for cells in _columns(some, len(names)):
                yield from pending.take(cells, sum(each.nbytes for each in cells))
            count += len(some)
            watch(min(1.0, count / total), "reading the rows")
        yield from pending.rest()

    def explain_long_cell(self) -> None:
        """Do nothing: a long cell in a sheet is what it is."""


def _columns(rows: list[list[object]], width: int) -> Iterator[list[pa.StringArray]]:
    """Write rows as columns of text, in several parts where a column is too long for one: over 2 GiB."""
    cells = [cell_texts(column) for column in list(zip(*rows, strict=True))[:width]]
    if len(rows) > 1 and any(isinstance(each, pa.ChunkedArray) for each in cells):
        half = len(rows) // 2
        yield from _columns(rows[:half], width)
        yield from _columns(rows[half:], width)
    else:
        yield cells


def _chosen(shapes: dict[str, SheetShape], wanted: str | None, path: Sequence[str]) -> str:
    if wanted is None:
        first = next((name for name, shape in shapes.items() if shape.rows), None)
        if first is None:
            raise UnsuitableData("the workbook holds no values: upload one with a table", path)
        return first
    if wanted not in shapes:
        raise Invalid(
            f'there is no sheet "{wanted[:100]}": the workbook has {quoted(list(shapes))}',
            (*OPTIONS_PATH, "sheet"),
        )
    if not shapes[wanted].rows:
        raise UnsuitableData(f'the sheet "{wanted[:100]}" holds no values: name another', path)
    return wanted


def _load(source: BinaryIO, name: str, path: Sequence[str]) -> Any:
    source.seek(0)
    try:
        return CalamineWorkbook.from_filelike(source).get_sheet_by_name(name)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the Rust reader is no Exception
        raise broken(error, path) from None


def _layout(sheet: Any, has_header: bool | None) -> Layout:
    first = [[cell_text(cell) for cell in row] for row in islice(sheet.iter_rows(), _LOOKED_AT)]
    layout = settle_layout(first, has_header)
    unused = layout.unused
    # Later rows may have values where the first have none.
    rows: Iterator[list[object]] = islice(sheet.iter_rows(), len(first), None if unused else len(first))
    for row in rows:
        while unused and any(cell != "" for cell in row[len(row) - unused :]):
            unused -= 1
        if not unused:
            break
    return without_unused(replace(layout, unused=unused))


def _left_out(others: Sequence[str]) -> Iterator[ImportWarning]:
    if others:
        message = (
            f"{counted(len(others), 'other sheet')} with values left out: {quoted(others)}. Name one by the "
            "option sheet to have it instead"
        )
        yield ImportWarning(
            ImportWarningCode.SHEETS_LEFT_OUT, message, column=None, row=None, count=len(others)
        )


def _cells_told(
    shape: SheetShape, names: Sequence[str], first_column: int, first_row: int
) -> Iterator[ImportWarning]:
    """Tell of error cells and formulas without a result, which are taken as empty."""
    kinds: tuple[tuple[dict[int, Spots], str], ...] = (
        (shape.errors, "errors such as #N/A"),
        (shape.uncomputed, "formulas without a stored result, which a spreadsheet program would save"),
    )
    for spots, what in kinds:
        for column, spot in sorted(spots.items()):
            place = column - first_column
            if 0 <= place < len(names) and spot.first_row >= first_row:
                cells = counted(spot.count, "cell")
                message = f'column "{names[place]}": {cells} taken as missing: {what}'
                row = spot.first_row - first_row + 1
                yield ImportWarning(ImportWarningCode.VALUE_CONVERTED, message, names[place], row, spot.count)
