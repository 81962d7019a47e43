"""Reads a JSON array of flat records into the same table of text that a CSV file gives."""

import json
from collections.abc import Sequence
from typing import BinaryIO, NoReturn

import numpy as np
import pyarrow as pa

from domain.errors import DomainError, Invalid, UnreadableFile, UnsuitableData, refuse_if_any
from domain.tables.cells import blank_rows, first_longer_than
from domain.tables.headers import usable_names
from domain.tables.limits import cell_too_long, check_columns, check_rows
from domain.tables.numerals import number_text
from domain.tables.raw import RawTable
from domain.tables.rejects import blank_warnings
from domain.terms.imports import ImportLimits
from domain.terms.training import Watch

_MAX_MISTAKES = 100


def read_records(source: BinaryIO, limits: ImportLimits, watch: Watch, path: Sequence[str]) -> RawTable:
    """Read a JSON array of flat objects in UTF-8; the columns are in the order they first appear in.

    Numbers are written as number_text does, truth values as "true" and "false"; null
    and absent are "". Raises UnreadableFile for what is not such JSON, UnsuitableData
    without records, TooLarge, and Invalid, together, for values that fit no cell.
    """
    records = _parse(source, path)
    watch(0.5, "reading the records")
    if not records:
        raise UnsuitableData("there are no records: send one for each customer", path)
    check_rows(len(records), limits, path)
    rows = _flat(records, path)
    keys = list(dict.fromkeys(key for row in rows for key in row))
    check_columns(len(keys), limits, path)
    columns = [pa.array([_cell(row.get(key)) for row in rows], pa.string()) for key in keys]
    return _table(keys, columns, len(rows), limits, path)


def _parse(source: BinaryIO, path: Sequence[str]) -> list[object]:
    source.seek(0)
    try:
        records = json.loads(
            source.read().decode("utf-8-sig"), parse_constant=_not_a_number, object_pairs_hook=_once_each
        )
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"the records are not UTF-8: the byte at offset {error.start:,} stands for no character", path
        ) from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno:,}, column {error.colno:,}"
        raise UnreadableFile(f"the records are not JSON: {error.msg} at {place}", path) from None
    except RecursionError:
        raise UnreadableFile("the records are nested too deeply: send flat ones", path) from None
    except ValueError as error:
        raise UnreadableFile(f"the records can't be read: {error}", path) from None
    if not isinstance(records, list):
        raise UnreadableFile("the JSON is not an array of records: put it in square brackets", path)
    return records


def _not_a_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number that JSON knows; leave the value out, or send null")


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f'a record has the field "{twice}" more than once')
    return record


def _flat(records: list[object], path: Sequence[str]) -> list[dict[str, object]]:
    """Give the records back as flat objects.

    Raises Invalid for the first hundred values that fit no cell, each with its place.
    """
    mistakes: list[DomainError] = []
    for place, record in enumerate(records):
        if isinstance(record, dict):
            mistakes += [
                Invalid(f'record {place + 1:,}, "{_shown(key)}": {why}', (*path, str(place), _shown(key)))
                for key, value in record.items()
                if (why := _unfit(key, value))
            ]
        else:
            mistakes.append(
                Invalid(f"record {place + 1:,} is not an object of columns and values", (*path, str(place)))
            )
        if len(mistakes) >= _MAX_MISTAKES:
            break
    refuse_if_any(mistakes[:_MAX_MISTAKES])
    return [record for record in records if isinstance(record, dict)]


def _unfit(key: str, value: object) -> str | None:
    """Say why a value, or its column's name, can't stand in a table; None where it can."""
    if isinstance(value, dict | list):
        return "the value is nested: send flat records, a part of it as a column of its own"
    if isinstance(value, float) and abs(value) == float("inf"):
        return "the number is too large"
    if any(isinstance(text, str) and not _clean(text) for text in (key, value)):
        return "the text has a zero character or half a surrogate pair in it: take it out"
    return None


def _clean(text: str) -> bool:
    return (text.isascii() and "\0" not in text) or (_encodes(text) and "\0" not in text)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(key: str) -> str:
    return key.replace("\0", "").encode(errors="replace").decode()


def _cell(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, float) else str(value)


def _table(
    keys: list[str], columns: list[pa.StringArray], count: int, limits: ImportLimits, path: Sequence[str]
) -> RawTable:
    names, renamed = usable_names(keys)
    for key, name, cells in zip(keys, names, columns, strict=True):
        if len(key) > limits.max_cell_length:
            raise cell_too_long("the name of a column", limits, path)
        position = first_longer_than(cells, limits.max_cell_length)
        if position is not None:
            place = f'the value of column "{name}" in record {position + 1:,}'
            raise cell_too_long(place, limits, (*path, str(position), key))
    empty = blank_rows(columns) if columns else np.arange(count)
    full = pa.array(np.delete(np.arange(count), empty))
    if not len(full):
        raise UnsuitableData("the records hold no values: send one for each customer", path)
    kept = tuple(pa.chunked_array([cells.take(full)]) for cells in columns)
    return RawTable(names, kept, len(full), empty, 0, None, None, (*renamed, *blank_warnings(empty)))
