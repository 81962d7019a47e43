"""How well the customers fit their segments: the silhouette, a knife for each segment."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import AbstractPathEffect, withStroke

from domain.pictures.legend import Legend
from domain.pictures.lettering import signed
from domain.pictures.sheet import SMALL_SIZE, Sheet, badge_style
from domain.pictures.theme import THEMES, Theme
from domain.terms.alt_texts import without_segment
from domain.terms.arrays import Vector
from domain.terms.pictures import PictureOrder, SegmentLegend, SilhouetteFigure
from domain.terms.wording import counted

_HEIGHT = 4.4
_ROW = 0.3
"""The least inches a segment takes, so that its number has room beside it."""
_GAP = 0.07
_MEAN = 0.16
_STEPS = 300


def draw_silhouette(order: PictureOrder, figure: SilhouetteFigure) -> Sheet:
    """Draw the silhouette of each customer, sorted within its segment, and their mean.

    Source: Rousseeuw 1987, figure 2.
    """
    shown = [segment for segment in order.segments if (figure.segments == segment.index).any()]
    body = max(_HEIGHT, 0.8 + len(shown) * (_ROW + _GAP))
    legend = Legend(order.segments)
    notes = [order.title, _note(order, len(figure.values))]
    sheet = Sheet(
        THEMES[order.theme], "How well the customers fit their segments", notes, body, legend.height
    )
    axes = sheet.axes(left=0.3, right=0.0, top=_MEAN, height=body - _MEAN - 0.35)
    axes.set_xlabel("Silhouette")
    _knives(axes, shown, figure, body - _MEAN - 0.35, sheet.theme)
    _mean(axes, figure.mean, sheet.theme)
    legend.draw(sheet)
    return sheet


def _note(order: PictureOrder, shown: int) -> str:
    meaning = "near 1 fits well, near 0 lies between two, below 0 is nearer to another segment"
    clustered = sum(segment.size for segment in order.segments)
    drawn = "" if shown >= clustered else f"{shown:,} of "
    nowhere = without_segment(order.unassigned)
    left_out = f"; not shown: {nowhere}" if nowhere else ""
    return f"{drawn}{counted(max(shown, clustered), 'customer')}: {meaning}{left_out}"


def _knives(
    axes: Axes, shown: list[SegmentLegend], figure: SilhouetteFigure, inches: float, theme: Theme
) -> None:
    lowest = float(figure.values.min(initial=0.0))
    axes.set(xlim=(max(-1.0, min(-0.1, lowest - 0.05)), 1.0), ylim=(inches, 0.0))
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.grid(axis="x", color=theme.grid, linewidth=0.6)
    axes.axvline(0, color=theme.muted, linewidth=0.8, zorder=3)
    top = _GAP + 0.12
    for segment, tall in zip(shown, _heights(shown, figure, inches - 0.2), strict=True):
        values = _thinned(figure.values[figure.segments == segment.index])
        _knife(axes, segment, values, top, tall, theme)
        top += tall + _GAP


def _heights(shown: list[SegmentLegend], figure: SilhouetteFigure, inches: float) -> Vector:
    # By the number of customers, what is left over after each has got its least.
    counts = np.array([(figure.segments == segment.index).sum() for segment in shown], dtype=np.float64)
    spare = inches - len(shown) * (_ROW + _GAP)
    heights: Vector = _ROW + max(spare, 0.0) * counts / max(counts.sum(), 1.0)
    return heights


def _thinned(values: Vector) -> Vector:
    """Sort the values downwards; of many, take evenly spaced ones: they would lie on one another."""
    ordered: Vector = np.sort(values)[::-1]
    if len(ordered) <= _STEPS:
        return ordered
    kept: Vector = ordered[np.linspace(0, len(ordered) - 1, _STEPS).round().astype(int)]
    return kept


def _knife(axes: Axes, segment: SegmentLegend, values: Vector, top: float, tall: float, theme: Theme) -> None:
    # A step a customer: the ends of the first and the last are there even when it is one alone.
    edges = np.linspace(top, top + tall, len(values) + 1)
    axes.fill_betweenx(
        np.repeat(edges, 2)[1:-1],
        np.repeat(values, 2),
        facecolor=segment.color,
        edgecolor=theme.edge(segment.color),
        linewidth=0.8,
        zorder=2,
    )
    place = axes.get_yaxis_transform()
    style = badge_style(segment.index, segment.color, theme)
    axes.text(-0.022, top + tall / 2, str(segment.index), transform=place, **style)


def _mean(axes: Axes, mean: float, theme: Theme) -> None:
    # On a dark segment the line needs a light edge, and the other way round.
    halo: list[AbstractPathEffect] = [withStroke(linewidth=2.6, foreground=theme.page)]
    line = axes.axvline(mean, color=theme.ink, linewidth=1.1, linestyle=(0, (4, 3)), zorder=4)
    line.set_path_effects(halo)
    axes.text(
        mean,
        1.0,
        signed(f" mean {mean:.2f} "),
        transform=axes.get_xaxis_transform(),
        size=SMALL_SIZE + 1,
        color=theme.ink,
        ha="left" if mean < 0.8 else "right",
        va="bottom",
        parse_math=False,
    )
