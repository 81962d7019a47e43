"""The parts of a workbook's archive: which of them are sheets, and how much memory those would take."""

import posixpath
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from domain.errors import TooLarge, UnreadableFile
from domain.tables.files.archives import SAVE_AGAIN, Archive
from domain.tables.files.sheet_shapes import Malformed, SheetShape, pointed_length, sheet_shape, text_lengths
from domain.terms.imports import ImportLimits
from domain.terms.training import Watch

_CELL_BYTES = 32
"""So much memory a cell takes at least, be it empty, once its sheet is laid out."""

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


def sheet_parts(archive: Archive, path: Sequence[str]) -> dict[str, str]:
    """Give for each worksheet the name of the part that holds it, in the order of the workbook.

    Raises UnreadableFile where the workbook's own lists do not fit each other.
    """
    if "xl/workbook.xml" not in archive.names:
        raise broken("it has no list of sheets", path)
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
        raise broken(error, path) from None
    parts = {name: targets[relation] for name, relation in sheets if relation in targets}
    if len({name for name, _ in sheets}) < len(sheets) or not set(parts.values()) <= set(archive.names):
        raise broken("its list of sheets is not that of its parts", path)
    return parts


def measure(
    archive: Archive, parts: dict[str, str], watch: Watch, path: Sequence[str]
) -> dict[str, SheetShape]:
    """Unpack every part once, counting, and give the shapes of the sheets.

    Raises UnreadableFile for broken parts, and TooLarge for those longer than they say.
    """
    shapes = {}
    try:
        for place, (name, part) in enumerate(parts.items()):
            watch(place / (len(parts) + 1), f'looking at sheet "{name[:100]}"')
            shapes[name] = sheet_shape(archive.blocks(part))
    except Malformed as error:
        raise broken(error, path) from None
    for part in set(archive.names) - set(parts.values()):
        for _ in archive.blocks(part):
            pass
    return shapes


def refuse_vast(
    archive: Archive, part: str, shape: SheetShape, limits: ImportLimits, path: Sequence[str]
) -> None:
    """Raise TooLarge for a sheet that takes too much memory although its file is small.

    One cell in the last row and column makes a sheet of 17 billion; one long text may be
    pointed to by every cell. Raises UnreadableFile where that can't be found out.
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
            raise broken(error, path) from None
        if length > limits.max_decompressed_bytes:
            raise TooLarge(
                f"the texts of the sheet unpack to more than {limits.max_decompressed_bytes:,} bytes, the "
                "most that SEGMENTGRAPH_MAX_DECOMPRESSED_BYTES allows: shorten them, or raise the setting",
                path,
            )


def broken(error: object, path: Sequence[str]) -> UnreadableFile:
    """Make the error of a workbook that is not what it should be."""
    reason = str(error).strip().split("\n")[0][:200]
    return UnreadableFile(f"the workbook is broken ({reason}): {SAVE_AGAIN}", path)
