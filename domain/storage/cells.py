"""The cells of Arrow columns as NumPy arrays and back.

Arrow's own `to_numpy` and `pa.array` import pandas, which a server does without.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.terms.arrays import Mask, Rows, Vector
from domain.terms.texts import bits, number_text, present


def in_one_piece(column: pa.ChunkedArray) -> pa.Array:
    """Join the chunks of a column of a row group or two."""
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(_chunks(column))


def floats(cells: pa.Array) -> Vector:
    """Give numbers of any type as floats, NaN where missing, (n_rows,)."""
    plain = cells if pa.types.is_float64(cells.type) else pc.cast(cells, pa.float64())
    values: Vector = np.frombuffer(plain.buffers()[1], np.float64)[plain.offset : plain.offset + len(plain)]
    return np.where(present(plain), values, np.nan) if plain.null_count else values


def truths(cells: pa.BooleanArray) -> Mask:
    """Give truth values, false where missing, (n_rows,)."""
    found = bits(cells.buffers()[1], cells)
    return found & present(cells) if cells.null_count else found


def strings(texts: Sequence[str]) -> pa.StringArray:
    """Make an Arrow array of texts."""
    encoded = [text.encode() for text in texts]
    bounds = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(bounds), pa.py_buffer(b"".join(encoded)))


def indices(rows: Rows) -> pa.Array:
    """Make an Arrow array of row numbers, to take rows by."""
    return pa.Array.from_buffers(
        pa.int64(), len(rows), [None, pa.py_buffer(np.ascontiguousarray(rows, np.int64))]
    )


def from_floats(values: Vector) -> pa.Array:
    """Make an Arrow array of numbers, missing where NaN."""
    validity = np.packbits(~np.isnan(values), bitorder="little")
    content = np.ascontiguousarray(values, np.float64)
    return pa.Array.from_buffers(pa.float64(), len(values), [pa.py_buffer(validity), pa.py_buffer(content)])


def as_text(cells: pa.Array) -> pa.StringArray:
    """Give text as it is, and numbers as they are written."""
    if pa.types.is_string(cells.type):
        return cells
    return pa.array([None if cell is None else number_text(cell) for cell in cells.to_pylist()], pa.string())


def _chunks(column: pa.ChunkedArray) -> list[pa.Array]:
    return column.chunks or [strings([]).cast(column.type)]
