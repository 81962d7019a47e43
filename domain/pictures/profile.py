"""What sets the segments apart: how far each lies from the average customer, column by column."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.patches import Rectangle

from domain.pictures.legend import Legend
from domain.pictures.lettering import MINUS, fit, plain, signed, width
from domain.pictures.sheet import MARGIN, ROOM, SMALL_SIZE, TEXT_SIZE, Sheet, badge_style
from domain.pictures.theme import THEMES, Theme, ink_on
from domain.terms.alt_texts import without_segment
from domain.terms.arrays import Matrix, Rows
from domain.terms.pictures import PictureOrder, ProfileFigure, SegmentLegend

MOST_FEATURES = 20
_ROW = 0.26
_HEAD = 0.34
_NAMES = 2.6
_NAME_GAP = 0.1
_WIDEST_CELL = 1.1
_SCALE = 0.45
_SCALE_WIDTH = 2.2
_FAR = 2.0
"""Standard deviations at which the colour is full; the number in the cell says what lies beyond."""


def draw_profile(order: PictureOrder, figure: ProfileFigure) -> Sheet:
    """Draw a table of features by segments, blue for below and orange for above the average.

    The features are those whose segments differ most, the most different first.
    """
    shown = [segment for segment in order.segments if (figure.segments == segment.index).any()]
    columns = np.array([np.flatnonzero(figure.segments == segment.index)[0] for segment in shown], np.int64)
    rows = strongest(figure.deviations[columns])
    legend = Legend(order.segments)
    table = _HEAD + _ROW * len(rows)
    notes = [order.title, _note(order, len(rows), len(figure.features))]
    sheet = Sheet(
        THEMES[order.theme], "What sets the segments apart", notes, table + _SCALE, below=legend.height
    )
    names = [fit(plain(figure.features[row]), _NAMES, TEXT_SIZE) for row in rows]
    left = max((width(name, TEXT_SIZE) for name in names), default=0.0) + _NAME_GAP
    wide = min(_WIDEST_CELL, (ROOM - left) / max(len(shown), 1))
    axes = sheet.axes(left, ROOM - left - wide * len(shown), height=table)
    _table(axes, figure.deviations[np.ix_(columns, rows)].T, sheet.theme)
    for row, name in enumerate(names):
        _letters(axes, -_NAME_GAP / wide, row, name, TEXT_SIZE, sheet.theme.ink, "right")
    _heads(axes, shown, sheet.theme)
    _scale(sheet, MARGIN + left, sheet.body_top + table + 0.22)
    legend.draw(sheet)
    return sheet


def strongest(deviations: Matrix) -> Rows:
    """Choose the features of deviations (n_segments, n_features) that differ most, in order."""
    strength = np.abs(deviations).max(axis=0, initial=0.0)
    return np.argsort(-strength, kind="stable")[:MOST_FEATURES]


def _note(order: PictureOrder, shown: int, features: int) -> str:
    unit = "Mean of each segment, in standard deviations above or below the average customer"
    strongest_only = "" if shown == features else f"; the {shown} of {features:,} that differ most"
    nowhere = without_segment(order.unassigned)
    left_out = f"; left out: {nowhere}" if nowhere else ""
    return f"{unit}{strongest_only}{left_out}"


def _table(axes: Axes, deviations: Matrix, theme: Theme) -> None:
    n_features, n_segments = deviations.shape
    axes.set(xlim=(0, n_segments), ylim=(n_features, -_HEAD / _ROW))
    axes.axis("off")
    colors = _ramp(theme)(np.clip(deviations / _FAR, -1, 1) / 2 + 0.5)
    cells = [Rectangle((column, row), 1, 1) for row, column in np.ndindex(n_features, n_segments)]
    fills = colors.reshape(-1, 4)
    axes.add_collection(PatchCollection(cells, facecolors=fills, edgecolors=theme.page, linewidths=1.5))
    for row, column in np.ndindex(n_features, n_segments):
        ink = ink_on(to_hex(tuple(colors[row, column])))
        _letters(axes, column + 0.5, row, _signed(float(deviations[row, column])), SMALL_SIZE, ink, "center")


def _letters(axes: Axes, x: float, row: int, text: str, size: float, color: str, align: str) -> None:
    # The baseline is set by hand, a third of the letters' height below the middle: to
    # measure every number for it would take longer than all the rest.
    baseline = row + 0.5 + 0.36 * size / 72 / _ROW
    axes.text(x, baseline, text, size=size, color=color, ha=align, va="baseline", parse_math=False)


def _heads(axes: Axes, shown: list[SegmentLegend], theme: Theme) -> None:
    for column, segment in enumerate(shown):
        style = badge_style(segment.index, segment.color, theme)
        axes.text(column + 0.5, -_HEAD / _ROW / 2 - 0.1, str(segment.index), **style)


def _scale(sheet: Sheet, left: float, top: float) -> None:
    ramp, steps = _ramp(sheet.theme), 41
    for step in range(steps):
        sheet.bar(
            left + _SCALE_WIDTH * step / steps,
            top,
            _SCALE_WIDTH / steps + 0.005,
            0.1,
            to_hex(ramp(step / (steps - 1))),
        )
    for share, label in ((0.0, f"{MINUS}{_FAR:.0f}"), (0.5, "average"), (1.0, f"+{_FAR:.0f}")):
        sheet.text(
            left + _SCALE_WIDTH * share,
            top + 0.24,
            label,
            size=SMALL_SIZE,
            color=sheet.theme.muted,
            align="center",
        )


def _ramp(theme: Theme) -> LinearSegmentedColormap:
    return LinearSegmentedColormap.from_list("deviation", [theme.below, theme.average, theme.above])


def _signed(deviation: float) -> str:
    text = f"{deviation:+.1f}"
    return "0" if text in {"+0.0", "-0.0"} else signed(text)
