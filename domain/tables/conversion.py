"""Columns of a stored table as arrays of numbers, for learning."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.errors import UnsuitableData
from domain.tables.cells import trimmed
from domain.tables.dates import parse_dates
from domain.tables.numerals import number_text, parse_numerals
from domain.terms.arrays import AnyArray, Vector


def numbers(column: pa.ChunkedArray) -> Vector:
    """Give a column of numbers, or of text that is all numbers, as floats, NaN where missing, (n_rows,).

    Raises UnsuitableData for other text.
    """
    if not pa.types.is_string(column.type):
        return _floats(column)
    parts = [parse_numerals(trimmed(chunk)[0]) for chunk in _text_chunks(column)]
    return _joined([part for part in parts if part is not None], len(column), "numbers")


def days(column: pa.ChunkedArray) -> Vector:
    """Give a column of ISO 8601 dates as days since 1970-01-01, NaN where missing, (n_rows,).

    A time counts as a part of its day. Raises UnsuitableData for other values.
    """
    if not pa.types.is_string(column.type):
        raise UnsuitableData("a column of numbers holds no dates: give it another role")
    parts = [parse_dates(trimmed(chunk)[0]) for chunk in _text_chunks(column)]
    return _joined([part for part in parts if part is not None], len(column), "ISO 8601 dates")


def categories(column: pa.ChunkedArray) -> tuple[AnyArray, tuple[str, ...]]:
    """Give a column as codes (n_rows,) int32, -1 where missing, and the categories they stand for.

    The categories are the different values as text, in the order of code points; a
    whole number is written without ".0".
    """
    if pa.types.is_string(column.type):
        coded = pc.dictionary_encode(column).combine_chunks()
        coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
        values = coded.dictionary.to_pylist()
        codes = coded.indices.fill_null(-1).to_numpy().astype(np.int32)
    else:
        floats = _floats(column)
        found, inverse = np.unique(floats, return_inverse=True)  # NaN comes last, once
        values = [number_text(value) for value in found[~np.isnan(found)].tolist()]
        codes = np.where(np.isnan(floats), -1, inverse).astype(np.int32)
    order = sorted(range(len(values)), key=values.__getitem__)
    # One place more than categories: -1, the missing value, finds its -1 at the end.
    renumbered = np.full(len(values) + 1, -1, np.int32)
    renumbered[order] = np.arange(len(values), dtype=np.int32)
    return renumbered[codes], tuple(values[place] for place in order)


def _floats(column: pa.ChunkedArray) -> Vector:
    floats = pc.cast(column, pa.float64())
    return np.asarray(floats.to_numpy(zero_copy_only=False), np.float64)


def _text_chunks(column: pa.ChunkedArray) -> list[pa.StringArray]:
    return [pc.fill_null(chunk, "") for chunk in column.chunks if len(chunk)]


def _joined(parts: list[Vector], count: int, wanted: str) -> Vector:
    joined = np.concatenate([np.zeros(0), *parts])
    if len(joined) < count:
        raise UnsuitableData(f"a column has values that are not {wanted}: give it another role")
    return joined
