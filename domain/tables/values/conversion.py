"""Columns of a stored table as arrays of numbers: for statistics, searches and learning."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.errors import UnsuitableData
from domain.tables.values.booleans import spellings_of_truth
from domain.tables.values.cells import trimmed
from domain.tables.values.dates import parse_dates
from domain.tables.values.evidence import MOST_VALUES
from domain.tables.values.numerals import parse_numerals
from domain.terms.arrays import AnyArray, Vector
from domain.terms.readings import PLAIN, DateOrder, NumberFormat
from domain.terms.texts import number_text


def numbers(column: pa.ChunkedArray, format: NumberFormat = PLAIN) -> Vector:
    """Give a column of numbers, or of text that is all numbers, as floats, NaN where missing, (n_rows,).

    Text is read in the format. Raises UnsuitableData for other text.
    """
    if not pa.types.is_string(column.type):
        return _floats(column)
    parts = [parse_numerals(trimmed(chunk)[0], format) for chunk in _text_chunks(column)]
    return _joined([part for part in parts if part is not None], len(column), "numbers")


def days(column: pa.ChunkedArray, order: DateOrder = DateOrder.ISO) -> Vector:
    """Give a column of dates in one order as days since 1970-01-01, NaN where missing, (n_rows,).

    A time counts as a part of its day. Raises UnsuitableData for other values.
    """
    if not pa.types.is_string(column.type):
        raise UnsuitableData("a column of numbers holds no dates: give it another role")
    parts = [parse_dates(trimmed(chunk)[0], order) for chunk in _text_chunks(column)]
    return _joined([part for part in parts if part is not None], len(column), "dates in one order")


def categories(column: pa.ChunkedArray) -> tuple[AnyArray, tuple[str, ...]]:
    """Give a column as codes (n_rows,) int32, -1 where missing, and the categories they stand for.

    The categories are the different values as text, in the order of code points; a
    whole number is written without ".0". Where all values are truth values in words,
    the spellings of one are one category, named by the most frequent of them.
    """
    codes, values = _coded_text(column) if pa.types.is_string(column.type) else _coded_numbers(column)
    order = sorted(set(values))
    place = {value: code for code, value in enumerate(order)}
    # One place more than values: -1, the missing value, finds its -1 at the end.
    renumbered = np.array([*(place[value] for value in values), -1], np.int32)
    return renumbered[codes], tuple(order)


def _coded_text(column: pa.ChunkedArray) -> tuple[AnyArray, list[str]]:
    coded = pc.dictionary_encode(column).combine_chunks()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    values, codes = coded.dictionary.to_pylist(), coded.indices.fill_null(-1).to_numpy()
    if len(values) > MOST_VALUES:
        return codes, values
    counts = np.bincount(codes[codes >= 0], minlength=len(values)).tolist()
    folded = spellings_of_truth(dict(zip(values, counts, strict=True)))
    return codes, [folded.get(value, value) for value in values]


def _coded_numbers(column: pa.ChunkedArray) -> tuple[AnyArray, list[str]]:
    floats = _floats(column)
    found, inverse = np.unique(floats, return_inverse=True)  # NaN comes last, once
    values = [number_text(value) for value in found[~np.isnan(found)].tolist()]
    return np.where(np.isnan(floats), -1, inverse), values


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
