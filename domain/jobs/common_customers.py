"""The customers that two tables have in common."""

import numpy as np
import pyarrow.compute as pc

from domain.storage import tables
from domain.storage.files import Storage
from domain.terms.arrays import Rows


def common_rows(
    storage: Storage,
    table_key: str,
    identifier: str | None,
    other_table_key: str,
    other_identifier: str | None,
) -> tuple[Rows, Rows] | None:
    """Find the rows of the people that are in both tables; None where keys don't tell."""
    if identifier is None or other_identifier is None:
        return None
    here = tables.open_table(storage, table_key).column(identifier)
    there = tables.open_table(storage, other_table_key).column(other_identifier)
    if here.type != there.type:
        return None
    # Who was erased has no key, and is the same as nobody.
    found = pc.index_in(here, value_set=there.combine_chunks(), skip_nulls=True)
    rows = found.fill_null(-1).to_numpy().astype(np.int64)
    mine = np.flatnonzero(rows >= 0)
    return (mine, rows[mine]) if len(mine) else None
