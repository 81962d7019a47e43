"""How the number of segments was chosen: inertia and silhouette of every number tried."""

import re
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from domain.pictures.lettering import MINUS, signed
from domain.pictures.sheet import SMALL_SIZE, Sheet
from domain.pictures.theme import THEMES, Theme
from domain.terms.alt_texts import sentence
from domain.terms.palette import SEGMENT_COLORS
from domain.terms.pictures import PictureOrder
from domain.terms.segments import ClusterCountSelection

_PANEL = 2.1
_BETWEEN = 0.36
_TITLE = 0.4
_DASHED = (0, (4, 3))
_DOTTED = (0, (1, 2))
# A hyphen that stands for a minus: not that of a name, nor of a range.
_NEGATIVE = re.compile(r"(?<!\S)-(?=\d)")


def draw_elbow(order: PictureOrder, selection: ClusterCountSelection) -> Sheet:
    """Draw the two curves over the number of segments, the chosen one and the knee marked in both."""
    theme = THEMES[order.theme]
    notes = [order.title, *(_printed(reason) for reason in (selection.reason, selection.verdict_reason))]
    body = 2 * (_PANEL + _TITLE) + _BETWEEN + 0.3
    sheet = Sheet(theme, "How many segments there are", [note for note in notes if note], body, below=0)
    inertia = [candidate.inertia for candidate in selection.candidates]
    silhouette = [candidate.silhouette for candidate in selection.candidates]
    upper = _panel(
        sheet, 0.0, "Inertia: how far customers lie from their segment's centre (lower is tighter)"
    )
    _curve(upper, selection, inertia, theme)
    upper.set_ylim(bottom=0)
    upper.tick_params(labelbottom=False)
    lower = _panel(
        sheet,
        _PANEL + _TITLE + _BETWEEN,
        f"Silhouette: how clearly the segments part, {MINUS}1 to 1 (higher is clearer)",
    )
    _curve(lower, selection, silhouette, theme)
    lower.set_xlabel("Number of segments")
    return sheet


def _printed(reason: str) -> str:
    return _NEGATIVE.sub(MINUS, sentence(reason))


def _panel(sheet: Sheet, top: float, title: str) -> Axes:
    axes = sheet.axes(left=0.5, right=0.15, top=top + _TITLE, height=_PANEL)
    # The marks stand between the title and the curve.
    axes.set_title(title, loc="left", size=9, color=sheet.theme.ink, parse_math=False, x=0, pad=20)
    axes.grid(axis="y", color=sheet.theme.grid, linewidth=0.6)
    return axes


def _curve(axes: Axes, selection: ClusterCountSelection, values: Sequence[float], theme: Theme) -> None:
    counts = [candidate.cluster_count for candidate in selection.candidates]
    color = SEGMENT_COLORS[0]
    axes.plot(counts, values, color=color, linewidth=2.0, zorder=2, clip_on=False)
    filled = [theme.page if count != selection.chosen else color for count in counts]
    axes.scatter(counts, values, s=46, c=filled, edgecolors=color, linewidths=1.8, zorder=3, clip_on=False)
    axes.set_xlim(min(counts) - 0.5, max(counts) + 0.5)
    axes.set_xticks(range(min(counts), max(counts) + 1))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
    axes.margins(y=0.1)
    _marks(axes, selection, theme)


def _marks(axes: Axes, selection: ClusterCountSelection, theme: Theme) -> None:
    """Mark the chosen count and the knee by a line each; one line where they are the same."""
    chosen, knee = selection.chosen, selection.elbow
    if knee is None or knee == chosen:
        same = ", the knee" if knee == chosen else ""
        _mark(axes, chosen, f"chosen: {chosen}{same}", "center", _DASHED, theme)
        return
    apart = abs(chosen - knee) > 2
    # Neighbours would stand on one another: theirs go away from each other.
    sides = ("center", "center") if apart else ("right", "left") if chosen < knee else ("left", "right")
    _mark(axes, chosen, f"chosen: {chosen}", sides[0], _DASHED, theme)
    _mark(axes, knee, f"knee: {knee}", sides[1], _DOTTED, theme)


def _mark(axes: Axes, count: int, text: str, align: str, dashes: Any, theme: Theme) -> None:
    axes.axvline(count, color=theme.muted, linewidth=1.0, linestyle=dashes, zorder=1)
    axes.annotate(
        text,
        (count, 1.0),
        xycoords=axes.get_xaxis_transform(),
        xytext=({"left": -4, "right": 4, "center": 0}[align], 4),
        textcoords="offset points",
        ha=align,
        va="bottom",
        size=SMALL_SIZE + 1,
        color=theme.ink,
        parse_math=False,
    )


def _short(value: float) -> str:
    for size, letter in ((1e9, "bn"), (1e6, "m"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):.3g} {letter}"
    return signed(f"{value:,.3g}") if abs(value) < 1000 else f"{value:,.0f}"
