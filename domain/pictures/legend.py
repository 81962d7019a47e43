"""The legend of a picture: the segments with number, colour, name and share, and a cross for noise."""

from collections.abc import Sequence
from itertools import zip_longest

from domain.pictures.lettering import plain, width, wrap
from domain.pictures.sheet import LINE, MARGIN, ROOM, TEXT_SIZE, Sheet
from domain.terms.palette import UNASSIGNED_COLOR
from domain.terms.pictures import SegmentLegend
from domain.terms.wording import counted, percent

_GAP = 0.3
_COLUMN = (ROOM - _GAP) / 2
_BADGE = 0.3
_BETWEEN = 0.08


class Legend:
    """Segments in two columns, read downwards; a long name takes two lines, a longer one an ellipsis."""

    def __init__(self, segments: Sequence[SegmentLegend], noise: int = 0) -> None:
        """Measure the legend of these segments, and of so many customers of noise."""
        entries = [_Entry(segment) for segment in segments] + ([_Entry.of_noise(noise)] if noise else [])
        half = (len(entries) + 1) // 2
        self._rows = list(zip_longest(entries[:half], entries[half:]))
        self._heights = [
            LINE * max(len(entry.lines) for entry in row if entry) + _BETWEEN for row in self._rows
        ]
        self.height = sum(self._heights)

    def draw(self, sheet: Sheet) -> None:
        """Write the legend below the body of the sheet."""
        top = sheet.legend_top
        for row, height in zip(self._rows, self._heights, strict=True):
            for column, entry in enumerate(row):
                if entry:
                    entry.draw(sheet, MARGIN + column * (_COLUMN + _GAP), top)
            top += height


class _Entry:
    def __init__(self, segment: SegmentLegend, share: str = "") -> None:
        self.segment = segment
        self.share = share or percent(segment.share)
        room = _COLUMN - _BADGE - width(self.share, TEXT_SIZE) - 0.15
        self.lines = wrap(plain(segment.name), room, TEXT_SIZE, lines=2)

    @classmethod
    def of_noise(cls, count: int) -> "_Entry":
        # Shares are of those in segments: a share of noise would not add up with them.
        return cls(
            SegmentLegend(-1, "Noise, in no segment", UNASSIGNED_COLOR, count, 0.0),
            counted(count, "customer"),
        )

    def draw(self, sheet: Sheet, left: float, top: float) -> None:
        if self.segment.index < 0:
            sheet.cross(left + 0.1, top + 0.06, self.segment.color)
        else:
            sheet.badge(left + 0.1, top + 0.06, self.segment.index, self.segment.color)
        sheet.text(left + _COLUMN, top + 0.1, self.share, color=sheet.theme.muted, align="right")
        for number, line in enumerate(self.lines):
            sheet.text(left + _BADGE, top + 0.1 + LINE * number, line)
