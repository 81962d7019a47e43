"""Dates and times of ISO 8601, as days since 1970-01-01."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.tables.cells import byte_lengths
from domain.terms.arrays import Vector

_ZONE = r"([Zz]|[+-]\d{2}(:?\d{2})?)"
_ISO = rf"^\d{{4}}-\d{{2}}-\d{{2}}([Tt ]\d{{2}}:\d{{2}}(:\d{{2}}(\.\d{{1,9}})?)?{_ZONE}?)?$"
_ZONED = rf":\d{{2}}(\.\d+)?{_ZONE}$"
_DAY_LENGTH = len("1970-01-01")
_MICROSECONDS_A_DAY = 86_400e6


def parse_dates(cells: pa.StringArray) -> Vector | None:
    """Read trimmed cells as dates, or dates with a time, in days since 1970-01-01, (n,).

    NaN where a cell is empty or null. A time without a zone is taken as UTC. None when
    a cell is anything else, a day that no calendar has included.
    """
    empty = np.asarray(pc.is_null(cells)) | (byte_lengths(cells) == 0)
    days = np.full(len(cells), np.nan)
    present = cells.filter(pa.array(~empty)) if empty.any() else cells
    if not _fit(present[:1]) or not _fit(present):
        return None
    try:
        days[~empty] = _days(present)
    except pa.ArrowInvalid:
        return None
    return days


def _fit(cells: pa.StringArray) -> bool:
    # Arrow reads nothing but days from ten letters, so these need no look at each.
    if len(cells) > 1 and (byte_lengths(cells) == _DAY_LENGTH).all():
        return True
    return len(cells) == 0 or bool(pc.all(pc.match_substring_regex(cells, _ISO)).as_py())


def _days(cells: pa.StringArray) -> Vector:
    if (byte_lengths(cells) == _DAY_LENGTH).all():
        return np.asarray(pc.cast(pc.cast(cells, pa.date32()), pa.int32()).to_numpy(), np.float64)
    # Upper case and at most six decimals are what Arrow reads.
    plain = pc.replace_substring_regex(pc.ascii_upper(cells), r"(\.\d{6})\d+", r"\1")
    zoned = np.asarray(pc.match_substring_regex(plain, _ZONED))
    microseconds = np.empty(len(cells), np.int64)
    for mask, kind in ((zoned, pa.timestamp("us", "UTC")), (~zoned, pa.timestamp("us"))):
        if mask.any():
            moments = pc.cast(plain.filter(pa.array(mask)), kind)
            microseconds[mask] = pc.cast(moments, pa.int64()).to_numpy()
    return microseconds / _MICROSECONDS_A_DAY
