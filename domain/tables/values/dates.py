"""Dates and times in the orders people write them, as days since 1970-01-01."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.tables.values.cells import byte_lengths
from domain.tables.values.months import MONTHS
from domain.tables.values.shapes import LEADING_ZERO, by_shape, chosen, matrix
from domain.terms.arrays import AnyArray, Mask, Vector
from domain.terms.readings import DateOrder

_BLANK = "[ \u00a0\u202f]"
_ZONE = r"(?P<zone>[Zz]|UTC|GMT|(?P<sign>[+-])(?P<zone_hour>00)(?::?(?P<zone_minute>00))?)"
_ISO_TIME = rf"(?:[Tt ](?P<hour>00):(?P<minute>00)(?::(?P<second>00)(?:\.(?P<fraction>0{{1,9}}))?)?{_ZONE}?)?"
_TIME = (
    r"(?:(?:[Tt ]|, ?)(?P<hour>00?):(?P<minute>00)(?::(?P<second>00)(?:[.,](?P<fraction>0{1,9}))?)?"
    rf"(?:{_BLANK}?(?P<half>[AaPp])\.?[Mm]\.?)?(?: ?{_ZONE})?)?"
)
_BETWEEN = r"(?P<separator>[-/ ]|\. ?)"
_YEAR = r"(?P<year>0000|00)"
_NAME = r"(?P<name>[^\W\d_]{3,12})\.?"
_DAY, _MONTH = "(?P<day>00?)", "(?P<month>00?)"
_THEN_YEAR = rf"(?P=separator){_YEAR}{_TIME}"

_PATTERNS: Mapping[DateOrder, re.Pattern[str]] = {
    order: re.compile(pattern)
    for order, pattern in {
        DateOrder.ISO: rf"(?P<year>0000)(?P<separator>-)(?P<month>00)-(?P<day>00){_ISO_TIME}",
        DateOrder.COMPACT: r"(?P<year>0000)(?P<month>00)(?P<day>00)",
        DateOrder.YEAR_MONTH_DAY: rf"(?P<year>0000){_BETWEEN}{_MONTH}(?P=separator){_DAY}{_TIME}",
        DateOrder.DAY_MONTH_YEAR: rf"{_DAY}{_BETWEEN}{_MONTH}{_THEN_YEAR}",
        DateOrder.MONTH_DAY_YEAR: rf"{_MONTH}{_BETWEEN}{_DAY}{_THEN_YEAR}",
        DateOrder.DAY_NAMED_MONTH_YEAR: (
            rf"(?P<day>00?)(?:st|nd|rd|th|er|\.)?[-/ ]?(?:de )?{_NAME}[-/ ]?(?:del? )?,? ?{_YEAR}{_TIME}"
        ),
        DateOrder.NAMED_MONTH_DAY_YEAR: (
            rf"{_NAME}[-/ ]?(?P<day>00?)(?:st|nd|rd|th)?(?:[-/ ]|, ?){_YEAR}{_TIME}"
        ),
    }.items()
}

_DAY_LENGTH = len("1970-01-01")
_FIRST_DAY = -719_162
"""0001-01-01: Arrow knows a year 0, calendars do not."""

_MICROSECONDS_A_DAY = 86_400_000_000
_PIVOT = 69
"""Years of two digits from here on are of the 1900s, as POSIX has it."""


@dataclass(frozen=True, slots=True)
class DateShape:
    """What the shape of a date tells, in one order.

    `separator` stands between the parts, "" where the month has a name; `places` are
    where in a cell, in bytes, each part begins and ends.
    """

    order: DateOrder
    separator: str
    width: int
    named_month: int
    afternoon: bool | None
    zone_sign: int
    places: Mapping[str, tuple[int, int]] = field(hash=False)

    def part(self, text: AnyArray, name: str, default: int = 0) -> AnyArray:
        """Give one part of each cell, (n,) int64; `text` holds the bytes of the cells, (n, width)."""
        if name not in self.places:
            return np.full(len(text), default, np.int64)
        value = np.zeros(len(text), np.int64)
        for place in range(*self.places[name]):
            value = value * 10 + (text[:, place].astype(np.int64) - ord("0"))
        return value


@lru_cache(maxsize=20_000)
def date_shapes(shape: str) -> tuple[DateShape, ...]:
    """Give the ways in which the shape of a trimmed cell may be a date's, in the order of DateOrder."""
    folded = shape.replace(LEADING_ZERO, "0")
    return tuple(
        found for order, pattern in _PATTERNS.items() if (found := _dated(order, pattern, folded)) is not None
    )


def _dated(order: DateOrder, pattern: re.Pattern[str], shape: str) -> DateShape | None:
    found = pattern.fullmatch(shape)
    if found is None:
        return None
    parts = found.groupdict()
    name = parts.get("name")
    half, sign = parts.get("half"), parts.get("sign")
    if name is not None and name.casefold() not in MONTHS:
        return None
    numeric = ("year", "month", "day", "hour", "minute", "second", "fraction", "zone_hour", "zone_minute")
    return DateShape(
        order=order,
        separator=(parts.get("separator") or "").strip()
        or ("" if name or order is DateOrder.COMPACT else " "),
        width=len(shape.encode()),
        named_month=MONTHS[name.casefold()] if name else 0,
        afternoon=None if half is None else half in "pP",
        zone_sign=0 if sign is None else 1 if sign == "+" else -1,
        places={
            part: (len(shape[: found.start(part)].encode()), len(shape[: found.end(part)].encode()))
            for part in numeric
            if parts.get(part) is not None
        },
    )


def days_in(text: AnyArray, shape: DateShape) -> Vector:
    """Read cells of one shape, as bytes (n, width), in days since 1970-01-01, (n,).

    NaN for a day or a time that there is not.
    """
    year = shape.part(text, "year")
    if shape.places["year"][1] - shape.places["year"][0] == 2:
        year += np.where(year >= _PIVOT, 1900, 2000)
    month, day = shape.part(text, "month", shape.named_month), shape.part(text, "day")
    possible = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    first = (np.where(possible, (year - 1970) * 12 + month - 1, 0)).astype("datetime64[M]")
    start, end = (each.astype("datetime64[D]").astype(np.int64) for each in (first, first + 1))
    possible &= day <= end - start
    days = (start + day - 1).astype(np.float64)
    if "hour" in shape.places:
        microseconds, on_clock = _time(text, shape)
        possible &= on_clock
        days = ((start + day - 1) * _MICROSECONDS_A_DAY + microseconds) / _MICROSECONDS_A_DAY
    days[~possible] = np.nan
    return days


def _time(text: AnyArray, shape: DateShape) -> tuple[AnyArray, Mask]:
    """Give the microseconds since midnight UTC, and which times a clock shows."""
    hour, minute, second = (shape.part(text, name) for name in ("hour", "minute", "second"))
    zone_hour, zone_minute = shape.part(text, "zone_hour"), shape.part(text, "zone_minute")
    on_clock = (hour <= 23) & (minute <= 59) & (second <= 59) & (zone_hour <= 23) & (zone_minute <= 59)
    if shape.afternoon is not None:
        on_clock &= (hour >= 1) & (hour <= 12)
        hour = hour % 12 + 12 * shape.afternoon
    start, end = shape.places.get("fraction", (0, 0))
    fraction = shape.part(text, "fraction") * 1_000_000 // 10 ** (end - start)
    seconds = hour * 3600 + minute * 60 + second - shape.zone_sign * (zone_hour * 3600 + zone_minute * 60)
    return seconds * 1_000_000 + fraction, np.asarray(on_clock)


def read_dates(cells: pa.StringArray, wanted: Mask | None, order: DateOrder) -> Vector:
    """Read the wanted cells, trimmed, as dates in one order, in days since 1970-01-01, (n,); None wants all.

    A time counts as a part of its day, one without a zone is taken as UTC. NaN where a
    cell is no such date, or not wanted.
    """
    if order is DateOrder.ISO and wanted is None and (days := _iso_days(cells)) is not None:
        return days
    found = np.full(len(cells), np.nan)
    for shape, everywhere in by_shape(cells):
        dated = next((each for each in date_shapes(shape) if each.order is order), None)
        if dated is not None and len(positions := chosen(everywhere, wanted)):
            found[positions] = days_in(matrix(cells, positions, dated.width), dated)
    return found


def _iso_days(cells: pa.StringArray) -> Vector | None:
    """Read cells that all are days of ten letters in a tenth of the time; None where one is anything else."""
    if cells.null_count or not (byte_lengths(cells) == _DAY_LENGTH).all():
        return None
    try:
        days = np.asarray(pc.cast(pc.cast(cells, pa.date32()), pa.int32()).to_numpy(), np.float64)
    except pa.ArrowInvalid:
        return None
    return days if len(days) and days.min() >= _FIRST_DAY else None


def parse_dates(cells: pa.StringArray, order: DateOrder = DateOrder.ISO) -> Vector | None:
    """Read trimmed cells as dates in one order, in days since 1970-01-01, NaN where empty or null, (n,).

    None when a cell is anything else, a day that no calendar has included.
    """
    present = np.asarray(pc.is_valid(cells)) & (byte_lengths(cells) > 0)
    days = read_dates(cells, None if present.all() else present, order)
    return None if np.isnan(days[present]).any() else days
