"""Generated customers, as files to upload."""

import io
from functools import cache

from domain.tables import planted

COUNTED = "planted customers"


@cache
def customers(rows: int) -> bytes:
    """Make up customers as CSV, as `segmentgraph generate` does."""
    file = io.BytesIO()
    planted.write_csv(planted.generate(rows, 0), file)
    return file.getvalue()
