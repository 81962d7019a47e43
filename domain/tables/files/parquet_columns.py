"""How a column of a Parquet file becomes one of float64 or of text."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from domain.tables.values.numerals import EXACT_BELOW

_Convert = Callable[[pa.Array], pa.Array]

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class ParquetColumn:
    """A column by its place among the stored ones; `convert` gives its cells as float64 or as text."""

    name: str
    leaf: int
    type: pa.DataType
    convert: _Convert

    @staticmethod
    def fits(type: pa.DataType) -> bool:
        """Tell whether a column of this type can stand in a table."""
        plain = _plain(type)
        return (
            types.is_null(plain)
            or types.is_boolean(plain)
            or _is_number(plain)
            or is_text(plain)
            or types.is_date(plain)
            or types.is_time(plain)
            or types.is_timestamp(plain)
        )


def settle(name: str, leaf: int, type: pa.DataType, cells: Iterable[pa.RecordBatch]) -> ParquetColumn:
    """Settle how a column is written; `cells` gives it, alone, and is read where its type does not tell."""
    plain = _plain(type)
    columns = (_decoded(batch.column(0)) for batch in cells)
    if types.is_timestamp(plain):
        convert = _moments(plain, columns)
    elif types.is_date(plain):
        convert = lambda cells: _text(pc.cast(cells, pa.date32(), safe=False))  # noqa: E731
    elif types.is_time(plain):
        convert = lambda cells: pc.replace_substring_regex(_text(cells), r"\.0+$", "")  # noqa: E731
    elif _is_number(plain) and not (_may_be_long(plain) and any(map(_any_long, columns))):
        convert = _numbers
    else:
        convert = _text
    return ParquetColumn(name, leaf, type, lambda cells: convert(_decoded(cells)))


def leaf_count(type: pa.DataType) -> int:
    """Count the stored columns behind one of this type."""
    plain = _plain(type)
    return sum(leaf_count(plain.field(place).type) for place in range(plain.num_fields)) or 1


def is_text(type: pa.DataType) -> bool:
    """Tell whether a column holds text, be it as a dictionary."""
    plain = _plain(type)
    return bool(types.is_string(plain) or types.is_large_string(plain) or types.is_string_view(plain))


def _plain(type: pa.DataType) -> pa.DataType:
    """Give the type of the values themselves: without the dictionary or the name around it."""
    if types.is_dictionary(type):
        return _plain(type.value_type)
    return _plain(type.storage_type) if isinstance(type, pa.BaseExtensionType) else type


def _decoded(cells: pa.Array) -> pa.Array:
    if isinstance(cells, pa.ExtensionArray):
        cells = cells.storage
    return cells.dictionary_decode() if types.is_dictionary(cells.type) else cells


def _is_number(type: pa.DataType) -> bool:
    return bool(types.is_integer(type) or types.is_floating(type) or types.is_decimal(type))


def _may_be_long(type: pa.DataType) -> bool:
    """Tell whether whole numbers of this type may be too long for a float."""
    return bool(types.is_decimal(type) and type.scale <= 0) or type in (pa.int64(), pa.uint64())


def _any_long(cells: pa.Array) -> bool:
    extremes = pc.min_max(cells).as_py()
    return any(value is not None and abs(value) >= EXACT_BELOW for value in extremes.values())


def _numbers(cells: pa.Array) -> pa.DoubleArray:
    """Give float64, null where missing, NaN included."""
    numbers = pc.cast(cells, pa.float64(), safe=False)
    return pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)


def _text(cells: pa.Array) -> pa.StringArray:
    """Write cells as Arrow does: dates in ISO 8601, true and false, digits; "" where missing."""
    return pc.fill_null(pc.cast(cells, pa.string()), "")


def _moments(type: pa.DataType, columns: Iterator[pa.Array]) -> _Convert:
    """Write moments as days where all are midnights, else to the second, or as finely as one of them needs.

    A moment with a zone is told in UTC, with a Z.
    """
    per_second = _PER_SECOND[type.unit]
    steps = [(per_second * _DAY_SECONDS, "day"), *_finer(per_second)]
    for cells in columns:
        counts = _counts(cells)
        while len(steps) > 1 and (counts % steps[0][0]).any():
            del steps[0]
    step, unit = steps[0]
    ending = "Z" if type.tz is not None else ""

    def write(cells: pa.Array) -> pa.StringArray:
        counted = pc.cast(cells, pa.int64())
        whole = pa.array(np.asarray(pc.fill_null(counted, 0)) // step, mask=np.asarray(pc.is_null(counted)))
        if unit == "day":
            return _text(pc.cast(pc.cast(whole, pa.int32()), pa.date32()))
        written = pc.cast(pc.cast(whole, pa.timestamp(unit)), pa.string())
        iso = pc.replace_substring(written, " ", "T", max_replacements=1)
        return pc.fill_null(pc.binary_join_element_wise(iso, ending, ""), "")

    return write


def _counts(cells: pa.Array) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.asarray(pc.cast(pc.drop_null(cells), pa.int64()))


def _finer(per_second: int) -> list[tuple[int, str]]:
    return [(per_second // each, unit) for unit, each in _PER_SECOND.items() if each <= per_second]
