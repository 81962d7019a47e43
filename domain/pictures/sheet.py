"""The sheet that every picture is drawn on: heading, body and legend, laid out in inches."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from domain.pictures.lettering import BOLD_FAMILY, plain, wrap
from domain.pictures.theme import Theme, ink_on
from domain.terms.pictures import PictureFormat

WIDTH = 8.6
MARGIN = 0.32
ROOM = WIDTH - 2 * MARGIN

HEADING_SIZE = 13.0
TEXT_SIZE = 9.0
SMALL_SIZE = 7.5
LINE = 0.17
"""Inches from line to line of text."""

# What is said of the structure takes three; a user's title of any length must still end.
_NOTE_LINES = 5
_NOTE_LETTERS = 1_000

# An inch has 96 pixels on a web page; screens of today show two for one.
_PNG_DPI = 192

_BOLD: dict[str, Any] = {"weight": "bold", "family": BOLD_FAMILY}


class Sheet:
    """A figure with a heading, whose places are in inches from its top left corner."""

    def __init__(self, theme: Theme, heading: str, notes: Sequence[str], body: float, below: float) -> None:
        """Lay out a sheet whose body is so many inches high, with room `below` it for a legend."""
        self.theme = theme
        self.heading = heading
        lines = [
            line
            for note in notes
            for line in wrap(plain(note, _NOTE_LETTERS), ROOM, TEXT_SIZE, lines=_NOTE_LINES)
        ]
        self.body_top = MARGIN + 0.24 + LINE * len(lines) + 0.2
        self.legend_top = self.body_top + body + (0.22 if below else 0.0)
        self.height = self.legend_top + below + MARGIN
        self.body = body
        self.figure = Figure(figsize=(WIDTH, self.height), facecolor=theme.page)
        self._head(lines)

    def _head(self, lines: Sequence[str]) -> None:
        self.text(MARGIN, MARGIN + 0.13, self.heading, size=HEADING_SIZE, bold=True)
        for number, line in enumerate(lines):
            self.text(MARGIN, MARGIN + 0.38 + LINE * number, line, color=self.theme.muted)

    def axes(self, left: float, right: float, top: float = 0.0, height: float | None = None) -> Axes:
        """Put axes into the body: `left`, `right` and `top` are the inches left free around them."""
        tall = self.body - top if height is None else height
        bottom = self.height - self.body_top - top - tall
        place = (
            (MARGIN + left) / WIDTH,
            bottom / self.height,
            (ROOM - left - right) / WIDTH,
            tall / self.height,
        )
        axes = self.figure.add_axes(place, facecolor=self.theme.page)
        _quiet(axes, self.theme)
        return axes

    def text(
        self,
        left: float,
        top: float,
        text: str,
        *,
        size: float = TEXT_SIZE,
        color: str | None = None,
        align: str = "left",
        bold: bool = False,
    ) -> None:
        """Write a line whose baseline is `top` inches below the sheet's top edge."""
        self.figure.text(
            left / WIDTH,
            1 - top / self.height,
            text,
            size=size,
            color=color or self.theme.ink,
            ha=align,
            **(_BOLD if bold else {}),
            parse_math=False,
        )

    def bar(self, left: float, top: float, wide: float, tall: float, color: str, edge: str = "none") -> None:
        """Fill a rectangle whose top left corner is at that place of the sheet."""
        corner = (left, self.height - top - tall)
        inches = self.figure.dpi_scale_trans
        self.figure.add_artist(
            Rectangle(corner, wide, tall, transform=inches, facecolor=color, edgecolor=edge, linewidth=0.9)
        )

    def badge(self, left: float, top: float, index: int, color: str) -> None:
        """Draw a segment's number in its colour, its middle at that place of the sheet."""
        self.figure.text(
            left / WIDTH, 1 - top / self.height, str(index), **badge_style(index, color, self.theme)
        )

    def cross(self, left: float, top: float, color: str) -> None:
        """Draw the cross of those without a segment, its middle at that place of the sheet."""
        self.figure.text(
            left / WIDTH,
            1 - top / self.height,
            "\N{MULTIPLICATION SIGN}",
            size=TEXT_SIZE + 2,
            color=color,
            ha="center",
            va="center",
            parse_math=False,
        )

    def encoded(self, picture_format: PictureFormat) -> bytes:
        """Turn the sheet into the bytes of a file; the same drawing gives the same bytes."""
        target = BytesIO()
        # The date and the library's version would make every file another one.
        anonymous = {
            PictureFormat.SVG: {"Date": None, "Creator": None},
            PictureFormat.PNG: {"Software": None},
        }
        metadata = {"Title": self.heading, **anonymous[picture_format]}
        self.figure.savefig(target, format=picture_format.lower(), dpi=_PNG_DPI, metadata=metadata)
        return target.getvalue()


def badge_style(index: int, color: str, theme: Theme) -> dict[str, Any]:
    """Give the keywords that make a text a badge: a small box of the segment's colour around its number.

    Colour alone does not tell fifteen segments apart for everybody: the number does.
    """
    narrow = index > 9
    return {
        "size": 6.5 if narrow else SMALL_SIZE,
        **_BOLD,
        "color": ink_on(color),
        "ha": "center",
        "va": "center",
        "parse_math": False,
        "bbox": {
            "boxstyle": f"round,pad={0.2 if narrow else 0.36},rounding_size=0.35",
            "facecolor": color,
            "edgecolor": theme.edge(color),
            "linewidth": 0.9,
        },
    }


def _quiet(axes: Axes, theme: Theme) -> None:
    for side, spine in axes.spines.items():
        spine.set_visible(side in {"left", "bottom"})
        spine.set_color(theme.grid)
    axes.tick_params(colors=theme.muted, labelcolor=theme.muted, labelsize=SMALL_SIZE + 0.5, length=0, pad=4)
    axes.xaxis.label.set(color=theme.muted, size=TEXT_SIZE, parse_math=False)
    axes.yaxis.label.set(color=theme.muted, size=TEXT_SIZE, parse_math=False)
    axes.set_axisbelow(True)
