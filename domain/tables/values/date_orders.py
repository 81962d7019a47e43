"""In which order the dates of a column are written, as far as the column itself tells."""

from collections import Counter
from dataclasses import dataclass

import pyarrow as pa

from domain.tables.values.dates import date_shapes, read_dates
from domain.tables.values.evidence import ENOUGH_DAYS, Evidence
from domain.tables.values.keys import is_named_as_code, words
from domain.terms.readings import DateOrder

_DATE_WORDS = frozenset(
    (
        *(
            "date",
            "dates",
            "day",
            "datum",
            "tag",
            "fecha",
            "jour",
            "since",
            "joined",
            "join",
            "signup",
            "signed",
        ),
        *("birth", "birthday", "birthdate", "dob", "created", "updated", "registered", "registration"),
        *("subscribed", "expires", "expiry", "opened", "closed", "purchased", "ordered"),
    )
)
_PARTS_TURNED = (DateOrder.DAY_MONTH_YEAR, DateOrder.MONTH_DAY_YEAR)


@dataclass(frozen=True, slots=True)
class DatesFound:
    """The dates among a column's present values.

    `orders` are those in which the most of them are days that there are; two where the
    column does not tell day from month. `fits` counts them, `dated` all that look like
    dates, impossible ones included.
    """

    orders: tuple[DateOrder, ...]
    separator: str
    fits: int
    dated: int
    example: str

    @property
    def is_ambiguous(self) -> bool:
        """Whether day and month may be the other way round."""
        return len(self.orders) > 1

    @property
    def order(self) -> DateOrder | None:
        """Whether days or months come first, where the column shows it beyond doubt."""
        return self.orders[0] if not self.is_ambiguous and self.orders[0] in _PARTS_TURNED else None

    def chosen(self, order: DateOrder | None) -> DateOrder:
        """Give the order the column shows; where it leaves it open this one, or the separator's custom."""
        if not self.is_ambiguous:
            return self.orders[0]
        if order is not None:
            return order
        return DateOrder.MONTH_DAY_YEAR if self.separator == "/" else DateOrder.DAY_MONTH_YEAR


def find_dates(evidence: Evidence, *, compact: bool) -> DatesFound | None:
    """Find the dates of a column; None where there are none. `compact` tells whether 20240131 is one."""
    fits: Counter[tuple[str, DateOrder]] = Counter()
    examples: dict[tuple[str, DateOrder], str] = {}
    dated = 0
    for shape, finding in evidence.shapes.items():
        found = [each for each in date_shapes(shape) if compact or each.order is not DateOrder.COMPACT]
        dated += finding.count if found else 0
        for each in found:
            # ISO's dates are dates with hyphens too.
            if finding.days[each.order]:
                fits[each.separator, each.order] += finding.days[each.order]
                examples.setdefault((each.separator, each.order), finding.example)
    if not fits:
        return None
    most = max(fits.values())
    best = min((key for key in fits if fits[key] == most), key=lambda key: list(DateOrder).index(key[1]))
    separator = best[0]
    turned = tuple(order for order in _PARTS_TURNED if fits[separator, order] == most)
    orders = turned if best[1] in _PARTS_TURNED else (best[1],)
    return DatesFound(orders, separator, most, dated, examples[best])


def are_compact_dates(evidence: Evidence, name: str) -> bool:
    """Tell whether eight digits are days: all are possible ones, and many differ or the name says so."""
    found = evidence.shapes.get("00000000")
    if found is None or found.days[DateOrder.COMPACT] < evidence.present or is_named_as_code(name):
        return False
    return len(evidence.compact_days) >= ENOUGH_DAYS or not _DATE_WORDS.isdisjoint(words(name))


def day_of(cell: str, order: DateOrder) -> str:
    """Write the day that a cell is in an order, as ISO 8601 does."""
    days = int(read_dates(pa.array([cell], pa.string()), None, order)[0] // 1)
    return str(pa.scalar(days, pa.int32()).cast(pa.date32()).as_py())
