"""Reads a sheet of an Excel workbook (XLSX, XLSM) as batches of text."""

import posixpath
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, BinaryIO
from xml.etree import ElementTree as ET

import pyarrow as pa
from python_calamine import CalamineWorkbook

from domain.errors import Invalid, TooLarge, UnreadableFile, UnsuitableData
from domain.tables.files.archives import Archive
from domain.tables.files.headers import numbered_names, usable_names
from domain.tables.files.layout import Layout, settle_layout, without_unused
from domain.tables.files.ledger import Ledger
from domain.tables.files.limits import check_columns, check_rows
from domain.tables.files.sheet_cells import cell_text, cell_texts
from domain.tables.files.sheet_shapes import (
    Malformed,
    SheetShape,
    Spots,
    pointed_length,
    sheet_shape,
    text_lengths,
)
from domain.tables.files.sources import Head
from domain.terms.imports import ImportLimits, ImportWarning, ImportWarningCode, TableFormat, TableOptions
from domain.terms.training import Watch

_LOOKED_AT = 500
_BATCH_ROWS = 65_536
_BATCH_CELLS = 1024**2
_CELL_BYTES = 32
_SHOWN_SHEETS = 10
_SHEET_PATH = ("input", "options", "sheet")

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


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
    parts = _sheet_parts(archive, path)
    if len(parts) > limits.max_sheets:
        raise TooLarge(
            f"the workbook has {len(parts):,} sheets, more than the {limits.max_sheets:,} that "
            "SEGMENTGRAPH_MAX_SHEETS allows: leave some out, or raise the setting",
            path,
        )
    shapes = _measure(archive, parts, watch, path)
    name = _chosen(shapes, options.sheet, path)
    shape = shapes[name]
    _refuse_vast(archive, parts[name], shape, limits, path)
    sheet = _load(source, name, path)
    layout = _layout(sheet, options.has_header)
    if not layout.header:
        raise UnsuitableData(f'the sheet "{name[:100]}" holds no values: upload one with a table', path)
    check_columns(len(layout.header), limits, path)
    check_rows(sheet.end[0] + 1 - layout.skipped_rows, limits, path)
    names, originals, renamed = (
        usable_names(layout.header)
        if layout.has_header
        else (numbered_names(len(layout.header)), layout.header, ())
    )
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
        height = max(1, min(_BATCH_ROWS, _BATCH_CELLS // len(names)))
        rows = islice(self.sheet.iter_rows(), self.skipped_rows, None)
        count, total = 0, max(1, self.sheet.end[0] + 1 - self.skipped_rows)
        while batch := list(islice(rows, height)):
            columns = list(zip(*batch, strict=True))[: len(names)]
            yield pa.RecordBatch.from_arrays([cell_texts(cells) for cells in columns], names=names)
            count += len(batch)
            watch(min(1.0, count / total), "reading the rows")

    def explain_long_cell(self) -> None:
        """Do nothing: a long cell in a sheet is what it is."""


def _sheet_parts(archive: Archive, path: Sequence[str]) -> dict[str, str]:
    """Give for each worksheet the name of the part that holds it, in the order of the workbook."""
    if "xl/workbook.xml" not in archive.names:
        _refuse_other_archives(archive, path)
    try:
        relations = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314  # expat bounds entities by itself
        workbook = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314  # and loads none from elsewhere
        targets = {
            each.attrib["Id"]: posixpath.normpath(posixpath.join("/xl", each.attrib["Target"]))[1:]
            for each in relations
            if each.attrib["Type"].endswith("/worksheet")
        }
        sheets = [
            (each.attrib["name"], each.get(_RELATION) or each.attrib[_STRICT_RELATION])
            for each in workbook.iterfind("./{*}sheets/{*}sheet")
        ]
    except (ET.ParseError, KeyError) as error:
        raise _broken(error, path) from None
    parts = {name: targets[relation] for name, relation in sheets if relation in targets}
    if len({name for name, _ in sheets}) < len(sheets) or not set(parts.values()) <= set(archive.names):
        raise _broken("its list of sheets is not that of its parts", path)
    return parts


def _refuse_other_archives(archive: Archive, path: Sequence[str]) -> None:
    remedy = "open it and save the table as XLSX or CSV, and upload that"
    if "xl/workbook.bin" in archive.names:
        raise UnreadableFile(f"the file is a binary Excel workbook (XLSB): {remedy}", path)
    if "content.xml" in archive.names:
        raise UnreadableFile(f"the file is an OpenDocument (ODS): {remedy}", path)
    if any(name.startswith(("word/", "ppt/")) for name in archive.names):
        raise UnreadableFile("the file is a document or a presentation: upload a table, as XLSX or CSV", path)
    raise UnreadableFile(
        "the file is a zip archive, not a workbook: unpack it and upload the table inside", path
    )


def _measure(
    archive: Archive, parts: dict[str, str], watch: Watch, path: Sequence[str]
) -> dict[str, SheetShape]:
    """Unpack every part once, counting: the shapes of the sheets are left."""
    shapes = {}
    try:
        for place, (name, part) in enumerate(parts.items()):
            watch(place / (len(parts) + 1), f'looking at sheet "{name[:100]}"')
            shapes[name] = sheet_shape(archive.blocks(part))
    except Malformed as error:
        raise _broken(error, path) from None
    for part in set(archive.names) - set(parts.values()):
        for _ in archive.blocks(part):
            pass
    return shapes


def _chosen(shapes: dict[str, SheetShape], wanted: str | None, path: Sequence[str]) -> str:
    if wanted is None:
        first = next((name for name, shape in shapes.items() if shape.rows), None)
        if first is None:
            raise UnsuitableData("the workbook holds no values: upload one with a table", path)
        return first
    if wanted not in shapes:
        raise Invalid(
            f'there is no sheet "{wanted[:100]}": the workbook has {_quoted(list(shapes))}', _SHEET_PATH
        )
    if not shapes[wanted].rows:
        raise UnsuitableData(f'the sheet "{wanted[:100]}" holds no values: name another', path)
    return wanted


def _refuse_vast(
    archive: Archive, part: str, shape: SheetShape, limits: ImportLimits, path: Sequence[str]
) -> None:
    """Raise TooLarge for a sheet that takes too much memory although its file is small.

    One cell in the last row and column makes a sheet of 17 billion; one long text may be
    pointed to by every cell.
    """
    if shape.rows * shape.columns * _CELL_BYTES > limits.max_decompressed_bytes:
        raise TooLarge(
            f"the sheet spans {shape.rows:,} rows and {shape.columns:,} columns, more cells than "
            "SEGMENTGRAPH_MAX_DECOMPRESSED_BYTES allows: delete stray cells far from the table, or raise the "
            "setting",
            path,
        )
    if shape.texts and "xl/sharedStrings.xml" in archive.names:
        try:
            lengths = text_lengths(archive.blocks("xl/sharedStrings.xml"))
            length = shape.texts * max(lengths, default=0)
            if length > limits.max_decompressed_bytes:
                length = pointed_length(archive.blocks(part), lengths)
        except Malformed as error:
            raise _broken(error, path) from None
        if length > limits.max_decompressed_bytes:
            raise TooLarge(
                f"the texts of the sheet unpack to more than {limits.max_decompressed_bytes:,} bytes, the "
                "most that SEGMENTGRAPH_MAX_DECOMPRESSED_BYTES allows: shorten them, or raise the setting",
                path,
            )


def _load(source: BinaryIO, name: str, path: Sequence[str]) -> Any:
    source.seek(0)
    try:
        return CalamineWorkbook.from_filelike(source).get_sheet_by_name(name)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the Rust reader is no Exception
        raise _broken(error, path) from None


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
        what = "1 more sheet with values is" if len(others) == 1 else f"{len(others):,} more with values are"
        message = f"{what} left out: {_quoted(others)}. Name one by the option sheet to have it instead"
        yield ImportWarning(
            ImportWarningCode.SHEETS_LEFT_OUT, message, column=None, row=None, count=len(others)
        )


def _quoted(sheets: Sequence[str]) -> str:
    shown = ", ".join(f'"{name[:100]}"' for name in sheets[:_SHOWN_SHEETS])
    return f"{shown} …" if len(sheets) > _SHOWN_SHEETS else shown or "none"


def _cells_told(
    shape: SheetShape, names: Sequence[str], first_column: int, first_row: int
) -> Iterator[ImportWarning]:
    """Tell of error cells and formulas without a result, which are taken as empty."""
    kinds: tuple[tuple[dict[int, Spots], str], ...] = (
        (shape.errors, "errors such as #N/A"),
        (
            shape.uncomputed,
            "formulas without a stored result, which a spreadsheet program would save",
        ),
    )
    for spots, what in kinds:
        for column, spot in sorted(spots.items()):
            place = column - first_column
            if 0 <= place < len(names) and spot.first_row >= first_row:
                message = f'column "{names[place]}": {spot.count:,} cells are taken as missing: {what}'
                row = spot.first_row - first_row + 1
                yield ImportWarning(ImportWarningCode.VALUE_CONVERTED, message, names[place], row, spot.count)


def _broken(error: object, path: Sequence[str]) -> UnreadableFile:
    reason = str(error).strip().split("\n")[0][:200]
    return UnreadableFile(
        f"the workbook is broken ({reason}): save the table again, as XLSX or CSV, and upload that", path
    )
