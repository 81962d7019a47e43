"""Where the customers lie: the plane of the first two principal components."""

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes

from domain.pictures.legend import Legend
from domain.pictures.sheet import Sheet, badge_style
from domain.pictures.theme import THEMES, Theme
from domain.terms.alt_texts import without_segment
from domain.terms.arrays import Matrix
from domain.terms.palette import UNASSIGNED_COLOR
from domain.terms.pictures import PictureOrder, ScatterFigure, SegmentLegend
from domain.terms.wording import counted, percent

_HEIGHT = 5.2
_BADGE_INCHES = 0.24


def draw_scatter(order: PictureOrder, figure: ScatterFigure) -> Sheet:
    """Draw a dot for each customer in its segment's colour, the number of a segment at its median."""
    legend = Legend(order.segments, order.unassigned.noise)
    sheet = Sheet(
        THEMES[order.theme], "Where the customers lie", _notes(order, figure), _HEIGHT, legend.height
    )
    axes = sheet.axes(left=0.3, right=0.0, height=_HEIGHT - 0.3)
    axes.set(xlabel=_axis(1, figure.explained[0]), ylabel=_axis(2, figure.explained[1]))
    axes.grid(color=sheet.theme.grid, linewidth=0.6)
    axes.tick_params(labelbottom=False, labelleft=False)
    _dots(axes, order, figure, sheet.theme)
    # One scale for both axes: a distance on paper is then a distance between customers.
    axes.set_aspect("equal", adjustable="datalim")
    _badges(axes, order.segments, figure, sheet.theme)
    legend.draw(sheet)
    return sheet


def _notes(order: PictureOrder, figure: ScatterFigure) -> list[str]:
    shown = len(figure.points)
    drawn = "" if shown >= figure.total else f"{shown:,} of "
    noise = "; grey crosses belong to no segment" if (figure.segments < 0).any() else ""
    # Noise lies on the plane too; who was kept out of the clustering has no place on it.
    kept_out = without_segment(replace(order.unassigned, noise=0))
    absent = f"; not shown: {kept_out}" if kept_out else ""
    return [order.title, f"{drawn}{counted(figure.total, 'customer')}, a dot each{noise}{absent}"]


def _axis(number: int, explained: float) -> str:
    ordinal = {1: "First", 2: "Second"}[number]
    return f"{ordinal} principal component, {percent(explained)} of the variance"


def _dots(axes: Axes, order: PictureOrder, figure: ScatterFigure, theme: Theme) -> None:
    noise = figure.segments < 0
    size = float(np.clip(24_000 / max(len(figure.points), 1), 9, 44))
    axes.scatter(
        figure.points[noise, 0],
        figure.points[noise, 1],
        s=max(size * 1.4, 16.0),
        c=UNASSIGNED_COLOR,
        marker="x",
        linewidths=1.0,
        zorder=1,
    )
    # In random order: drawn segment by segment, the last would cover the others.
    drawn = np.random.default_rng(0).permutation(np.flatnonzero(~noise))
    fills = {segment.index: segment.color for segment in order.segments}
    colors = [fills.get(int(index), UNASSIGNED_COLOR) for index in figure.segments[drawn]]
    axes.scatter(
        figure.points[drawn, 0],
        figure.points[drawn, 1],
        s=size,
        c=colors,
        # The page's colour around a dot parts it from its neighbours; an outline where its own would be lost.
        edgecolors=[theme.page if theme.edge(color) == color else theme.outline for color in colors],
        linewidths=0.45,
        zorder=2,
    )


def _badges(axes: Axes, segments: tuple[SegmentLegend, ...], figure: ScatterFigure, theme: Theme) -> None:
    shown = [segment for segment in segments if (figure.segments == segment.index).any()]
    if not shown:
        return
    medians = np.array([np.median(figure.points[figure.segments == s.index], axis=0) for s in shown])
    axes.apply_aspect()
    inches = axes.transData.transform(medians) / axes.figure.dpi
    placed = axes.transData.inverted().transform(apart(inches, _BADGE_INCHES) * axes.figure.dpi)
    for segment, (x, y) in zip(shown, placed, strict=True):
        style = badge_style(segment.index, segment.color, theme)
        box = style["bbox"] | {"edgecolor": theme.ink, "linewidth": 1.0}
        axes.text(x, y, str(segment.index), zorder=4, **(style | {"bbox": box}))


def apart(places: Matrix, distance: float) -> Matrix:
    """Push apart what is closer than `distance`, each of a pair by half, until nothing is (or 50 rounds)."""
    moved = places.copy()
    for _ in range(50):
        gaps = moved[:, None] - moved[None]
        lengths = np.hypot(gaps[..., 0], gaps[..., 1]) + np.eye(len(moved)) * distance
        close = lengths < distance
        if not close.any():
            break
        # Two at the very same place go apart sideways.
        toward = np.where(
            lengths[..., None] > 1e-9, gaps / np.maximum(lengths, 1e-9)[..., None], _sideways(len(moved))
        )
        moved += (toward * ((distance - lengths) * close / 2)[..., None]).sum(axis=1)
    return moved


def _sideways(count: int) -> Matrix:
    order = np.arange(count)
    sign = np.sign(order[:, None] - order[None]).astype(np.float64)
    return np.stack([sign, np.zeros_like(sign)], axis=-1)
