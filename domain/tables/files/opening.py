"""Opens an uploaded file as the table that it holds, whatever its format."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import BinaryIO, TypeAlias

from domain.errors import DomainError, Invalid, refuse_if_any
from domain.tables.files.delimited import open_delimited
from domain.tables.files.formats import tell_format
from domain.tables.files.options import OPTIONS_PATH, check_options, in_force
from domain.tables.files.parquet import open_parquet
from domain.tables.files.records import open_records
from domain.tables.files.sources import Source
from domain.tables.files.workbooks import open_workbook
from domain.terms.imports import ImportLimits, TableFormat, TableOptions
from domain.terms.training import Watch

_Opener: TypeAlias = Callable[[BinaryIO, TableOptions, ImportLimits, Watch, Sequence[str]], Source]
_OPENERS: Mapping[TableFormat, _Opener] = {
    TableFormat.CSV: open_delimited,
    TableFormat.XLSX: open_workbook,
    TableFormat.PARQUET: open_parquet,
    TableFormat.JSON: open_records,
}
_CALLED = {
    TableFormat.CSV: "a CSV file",
    TableFormat.XLSX: "an Excel workbook",
    TableFormat.PARQUET: "a Parquet file",
    TableFormat.JSON: "JSON",
}
# The other options are about the values, and of use for every format.
_MEANT_FOR: Mapping[str, tuple[TableFormat, ...]] = {
    "delimiter": (TableFormat.CSV,),
    "encoding": (TableFormat.CSV,),
    "has_header": (TableFormat.CSV, TableFormat.XLSX),
    "sheet": (TableFormat.XLSX,),
}


def open_source(
    source: BinaryIO, options: TableOptions, limits: ImportLimits, watch: Watch, path: Sequence[str]
) -> Source:
    """Tell a file's format by its content, and open the table in it.

    `source` is seekable, and is the table's as long as it is read. Raises UnreadableFile
    and TooLarge with `path`, and Invalid with the path of an option that is wrong or does
    not go with the format; Refused where there are several.
    """
    _raise(check_options(options))
    options = in_force(options)
    format = tell_format(source, path)
    _raise([*_out_of_place(options, format)])
    return _OPENERS[format](source, options, limits, watch, path)


def _out_of_place(options: TableOptions, format: TableFormat) -> list[DomainError]:
    """Find the options that mean nothing for a format."""
    return [
        Invalid(
            f"the file is {_CALLED[format]}, which has no {_in_words(field.name)}: leave the option "
            f"{_camel(field.name)} out",
            (*OPTIONS_PATH, _camel(field.name)),
        )
        for field in fields(options)
        if getattr(options, field.name) is not None and format not in _MEANT_FOR.get(field.name, (format,))
    ]


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def _in_words(name: str) -> str:
    return {"has_header": "header line", "encoding": "encoding of its own choice"}.get(name, name)


def _raise(mistakes: list[DomainError]) -> None:
    if len(mistakes) == 1:
        raise mistakes[0]
    refuse_if_any(mistakes)
