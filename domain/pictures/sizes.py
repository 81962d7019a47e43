"""How large the segments are: a bar each, the name above it; grey bars for who is in none."""

from dataclasses import dataclass

from domain.pictures.lettering import fit, plain
from domain.pictures.sheet import MARGIN, ROOM, TEXT_SIZE, Sheet
from domain.pictures.theme import THEMES
from domain.terms.palette import UNASSIGNED_COLOR
from domain.terms.pictures import ALL_ASSIGNED, PictureOrder, SegmentLegend
from domain.terms.wording import counted, percent

_ROW = 0.46
_BAR = 0.15
_BADGE = 0.3
_VALUE_ROOM = 1.9


@dataclass(frozen=True, slots=True)
class _Bar:
    # `index` is None for those in no segment.
    index: int | None
    name: str
    color: str
    size: int
    share: float


def draw_sizes(order: PictureOrder) -> Sheet:
    """Draw a bar for each segment of the legend, as long as its number of customers; then who is in none."""
    bars = [*map(_of_segment, order.segments), *_of_nobody(order)]
    sheet = Sheet(
        THEMES[order.theme],
        "How large the segments are",
        [order.title, _note(order)],
        _ROW * len(bars),
        below=0,
    )
    longest = max((bar.size for bar in bars), default=0) or 1
    for row, bar in enumerate(bars):
        _draw(sheet, bar, sheet.body_top + _ROW * row, bar.size / longest)
    return sheet


def _of_segment(segment: SegmentLegend) -> _Bar:
    return _Bar(segment.index, plain(segment.name), segment.color, segment.size, segment.share)


def _of_nobody(order: PictureOrder) -> list[_Bar]:
    unassigned = order.unassigned
    everybody = _clustered(order) + unassigned.total
    reasons = {
        "In no segment: noise": unassigned.noise,
        "In no segment: outliers": unassigned.outliers,
        "In no segment: missing values": unassigned.missing_values,
    }
    return [
        _Bar(None, name, UNASSIGNED_COLOR, size, size / everybody) for name, size in reasons.items() if size
    ]


def _clustered(order: PictureOrder) -> int:
    return sum(segment.size for segment in order.segments)


def _note(order: PictureOrder) -> str:
    inside = f"{counted(_clustered(order), 'customer')} in {counted(len(order.segments), 'segment')}"
    if order.unassigned == ALL_ASSIGNED:
        return inside
    nowhere = order.unassigned.total
    # The segments' shares sum to 1 without the others.
    return f"{inside} (shares of these), {nowhere:,} in none (shares of all {_clustered(order) + nowhere:,})"


def _draw(sheet: Sheet, bar: _Bar, top: float, length: float) -> None:
    if bar.index is None:
        sheet.cross(MARGIN + 0.1, top + 0.19, bar.color)
    else:
        sheet.badge(MARGIN + 0.1, top + 0.19, bar.index, bar.color)
    sheet.text(MARGIN + _BADGE, top + 0.12, fit(bar.name, ROOM - _BADGE - _VALUE_ROOM, TEXT_SIZE))
    value = f"{counted(bar.size, 'customer')}, {percent(bar.share)}"
    sheet.text(MARGIN + ROOM, top + 0.12, value, color=sheet.theme.muted, align="right")
    edge = sheet.theme.edge(bar.color)
    sheet.bar(MARGIN + _BADGE, top + 0.18, (ROOM - _BADGE) * length, _BAR, bar.color, edge)
