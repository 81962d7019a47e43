"""Generated customers, as a table and as files to upload."""

import io
from functools import cache

import pyarrow as pa

from domain.tables import planted


@cache
def table(rows: int) -> pa.Table:
    """Make up customers; the keys are C-000001 and so on, row by row."""
    return planted.generate(rows, 0)


def customers(rows: int) -> bytes:
    """Write them as CSV, as `segmentgraph generate` does."""
    file = io.BytesIO()
    planted.write_csv(table(rows), file)
    return file.getvalue()
