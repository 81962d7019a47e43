"""How the number of segments was chosen: inertia and silhouette of every number tried."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from domain.pictures.lettering import MINUS, signed
from domain.pictures.sheet import SMALL_SIZE, Sheet
from domain.pictures.theme import THEMES, Theme
from domain.terms.palette import SEGMENT_COLORS
from domain.terms.pictures import PictureOrder
from domain.terms.segments import ClusterCountSelection

_PANEL = 2.1
_BETWEEN = 0.42
_TITLE = 0.26


def draw_elbow(order: PictureOrder, selection: ClusterCountSelection) -> Sheet:
    """Draw the two curves over the number of segments, the chosen one marked in both."""
    theme = THEMES[order.theme]
    reason = selection.verdict_reason
    notes = [order.title, reason[:1].upper() + reason[1:]]
    body = 2 * (_PANEL + _TITLE) + _BETWEEN + 0.3
    sheet = Sheet(theme, "How many segments there are", notes, body, below=0)
    inertia = [candidate.inertia for candidate in selection.candidates]
    silhouette = [candidate.silhouette for candidate in selection.candidates]
    upper = _panel(
        sheet, 0.0, "Inertia: how far customers lie from their segment's centre (lower is tighter)"
    )
    _curve(upper, selection, inertia, theme)
    upper.set_ylim(bottom=0)
    upper.tick_params(labelbottom=False)
    _knee(upper, selection, theme)
    lower = _panel(
        sheet,
        _PANEL + _TITLE + _BETWEEN,
        f"Silhouette: how clearly the segments part, {MINUS}1 to 1 (higher is clearer)",
    )
    _curve(lower, selection, silhouette, theme)
    lower.set_xlabel("Number of segments")
    _chosen(lower, selection, silhouette, theme)
    return sheet


def _panel(sheet: Sheet, top: float, title: str) -> Axes:
    axes = sheet.axes(left=0.5, right=0.15, top=top + _TITLE, height=_PANEL)
    axes.set_title(title, loc="left", size=9, color=sheet.theme.ink, parse_math=False, x=0, pad=8)
    axes.grid(axis="y", color=sheet.theme.grid, linewidth=0.6)
    return axes


def _curve(axes: Axes, selection: ClusterCountSelection, values: Sequence[float], theme: Theme) -> None:
    counts = [candidate.cluster_count for candidate in selection.candidates]
    color = SEGMENT_COLORS[0]
    axes.axvline(selection.chosen, color=theme.muted, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
    axes.plot(counts, values, color=color, linewidth=2.0, zorder=2, clip_on=False)
    filled = [theme.page if count != selection.chosen else color for count in counts]
    axes.scatter(counts, values, s=46, c=filled, edgecolors=color, linewidths=1.8, zorder=3, clip_on=False)
    axes.set_xlim(min(counts) - 0.5, max(counts) + 0.5)
    axes.set_xticks(range(min(counts), max(counts) + 1))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
    axes.margins(y=0.18)


def _knee(axes: Axes, selection: ClusterCountSelection, theme: Theme) -> None:
    for candidate in selection.candidates:
        if candidate.cluster_count == selection.elbow:
            _remark(axes, candidate.cluster_count, candidate.inertia, "knee of the curve", theme)


def _chosen(axes: Axes, selection: ClusterCountSelection, values: Sequence[float], theme: Theme) -> None:
    for candidate, value in zip(selection.candidates, values, strict=True):
        if candidate.cluster_count == selection.chosen:
            _remark(axes, candidate.cluster_count, value, f"chosen: {selection.chosen}", theme)


def _remark(axes: Axes, x: float, y: float, text: str, theme: Theme) -> None:
    left, right = axes.get_xlim()
    # Towards the middle, so that it is not cut off at the side.
    side = 1 if x <= (left + right) / 2 else -1
    axes.annotate(
        text,
        (x, y),
        xytext=(9 * side, 9),
        textcoords="offset points",
        ha="left" if side > 0 else "right",
        size=SMALL_SIZE + 1,
        color=theme.ink,
        parse_math=False,
        bbox={"boxstyle": "round,pad=0.2", "facecolor": theme.page, "edgecolor": "none", "alpha": 0.85},
        zorder=4,
    )


def _short(value: float) -> str:
    for size, letter in ((1e9, "bn"), (1e6, "m"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):.3g} {letter}"
    return signed(f"{value:,.3g}") if abs(value) < 1000 else f"{value:,.0f}"
