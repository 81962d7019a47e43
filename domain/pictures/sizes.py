"""How large the segments are: a bar each, the name above it."""

from domain.pictures.lettering import fit, plain
from domain.pictures.sheet import MARGIN, ROOM, TEXT_SIZE, Sheet
from domain.pictures.theme import THEMES
from domain.terms.alt_texts import counted, percent
from domain.terms.pictures import PictureOrder, SegmentLegend

_ROW = 0.46
_BAR = 0.15
_BADGE = 0.3
_VALUE_ROOM = 1.75


def draw_sizes(order: PictureOrder) -> Sheet:
    """Draw a bar for each segment of the legend, as long as its number of customers."""
    total = sum(segment.size for segment in order.segments)
    notes = [order.title, f"{counted(total, 'customer')} in {counted(len(order.segments), 'segment')}"]
    sheet = Sheet(
        THEMES[order.theme], "How large the segments are", notes, _ROW * len(order.segments), below=0
    )
    longest = max((segment.size for segment in order.segments), default=0) or 1
    for row, segment in enumerate(order.segments):
        _bar(sheet, segment, sheet.body_top + _ROW * row, segment.size / longest)
    return sheet


def _bar(sheet: Sheet, segment: SegmentLegend, top: float, length: float) -> None:
    sheet.badge(MARGIN + 0.1, top + 0.19, segment.index, segment.color)
    name = fit(plain(segment.name), ROOM - _BADGE - _VALUE_ROOM, TEXT_SIZE)
    sheet.text(MARGIN + _BADGE, top + 0.12, name)
    value = f"{counted(segment.size, 'customer')}, {percent(segment.share)}"
    sheet.text(MARGIN + ROOM, top + 0.12, value, color=sheet.theme.muted, align="right")
    edge = sheet.theme.edge(segment.color)
    sheet.bar(MARGIN + _BADGE, top + 0.18, (ROOM - _BADGE) * length, _BAR, segment.color, edge)
