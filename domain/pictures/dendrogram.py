"""How the customers merge into segments: the tree of hierarchical clustering."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle

from domain.pictures.legend import Legend
from domain.pictures.sheet import SMALL_SIZE, Sheet, badge_style
from domain.pictures.theme import THEMES, Theme
from domain.terms.alt_texts import without_segment
from domain.terms.arrays import Matrix, Vector
from domain.terms.palette import UNASSIGNED_COLOR
from domain.terms.pictures import DendrogramFigure, PictureOrder, SegmentLegend
from domain.terms.wording import counted

_TREE = 3.9
_FOOT = 0.95
_DASHED = (0, (4, 3))
_LOW = 0.2
"""Share of the tree's height below which the cut would be lost at the foot of it."""


def draw_dendrogram(order: PictureOrder, figure: DendrogramFigure) -> Sheet:
    """Draw the tree with its leaves' sizes, the cut, and each branch below it in its segment's colour."""
    legend = Legend(order.segments)
    notes = [order.title, _note(order, figure)]
    heading = "How the customers merge into segments"
    sheet = Sheet(THEMES[order.theme], heading, notes, _TREE + _FOOT, below=legend.height)
    leaves = leaf_order(figure.merges)
    axes = sheet.axes(left=0.5, right=0.0, height=_TREE)
    _axes(axes, figure, sheet.theme)
    _branches(axes, figure, leaves, order.segments, sheet.theme)
    _cut(axes, figure.cut, sheet.theme)
    _feet(axes, figure, leaves, order.segments, sheet.theme)
    legend.draw(sheet)
    return sheet


def leaf_order(merges: Matrix) -> list[int]:
    """Order the leaves of a SciPy linkage matrix from left to right, so that no branches cross."""
    n_leaves = len(merges) + 1
    ordered, waiting = [], [2 * n_leaves - 2]
    while waiting:
        node = waiting.pop()
        if node < n_leaves:
            ordered.append(node)
        else:
            left, right = merges[node - n_leaves, :2].astype(int)
            waiting += [int(right), int(left)]
    return ordered


def node_places(merges: Matrix, leaves: Sequence[int]) -> tuple[Vector, Vector]:
    """Place each node of the tree: across in leaves, up in merge heights; (2 · n_leaves - 1,) both.

    A leaf stands at height 0 in the middle of its column, a merge halfway between its children.
    """
    across = np.empty(len(leaves) + len(merges))
    across[list(leaves)] = np.arange(len(leaves)) + 0.5
    for node, (left, right) in enumerate(merges[:, :2].astype(int), start=len(leaves)):
        across[node] = (across[left] + across[right]) / 2
    return across, np.concatenate([np.zeros(len(leaves)), merges[:, 2]])


def _note(order: PictureOrder, figure: DendrogramFigure) -> str:
    leaves, total = len(figure.leaf_sizes), int(figure.leaf_sizes.sum())
    folded = "" if leaves == total else f", the lower part of the tree folded into {leaves} branches"
    nowhere = without_segment(order.unassigned)
    left_out = f"; left out: {nowhere}" if nowhere else ""
    return f"{counted(total, 'customer')}{folded}; below each branch the number of customers in it{left_out}"


def _axes(axes: Axes, figure: DendrogramFigure, theme: Theme) -> None:
    tallest = max(float(figure.merges[:, 2].max(initial=0.0)), figure.cut)
    axes.set(xlim=(0, len(figure.leaf_sizes)), ylim=(0, 1.06 * tallest or 1.0))
    axes.set_ylabel("Distance at which two groups merge")
    if figure.cut < _LOW * tallest:
        # Few merges tower above all others: only roots of the heights leave room to see the cut.
        axes.set_yscale("function", functions=(_root, np.square))
        axes.set_ylabel("Distance at which two groups merge (square root scale)")
    axes.set_xticks([])
    axes.grid(axis="y", color=theme.grid, linewidth=0.6)
    axes.spines["bottom"].set_visible(False)


def _root(heights: Vector) -> Vector:
    roots: Vector = np.sqrt(np.maximum(heights, 0.0))
    return roots


def _branches(
    axes: Axes,
    figure: DendrogramFigure,
    leaves: Sequence[int],
    segments: Sequence[SegmentLegend],
    theme: Theme,
) -> None:
    across, up = node_places(figure.merges, leaves)
    colors = _node_colors(figure, segments, theme)
    lines: list[list[tuple[float, float]]] = []
    inks: list[str] = []
    for node, (left, right) in enumerate(figure.merges[:, :2].astype(int), start=len(leaves)):
        # The way up to a merge belongs to the child, so a segment keeps its colour up to where it is joined.
        for child in (left, right):
            lines.append([(across[child], up[child]), (across[child], up[node])])
            inks.append(colors[child])
        lines.append([(across[left], up[node]), (across[right], up[node])])
        inks.append(colors[node])
    outlined = [line for line, ink in zip(lines, inks, strict=True) if theme.edge(ink) != ink]
    axes.add_collection(LineCollection(outlined, colors=theme.outline, linewidths=3.6, capstyle="butt"))
    axes.add_collection(LineCollection(lines, colors=inks, linewidths=1.8, capstyle="projecting"))


def _node_colors(figure: DendrogramFigure, segments: Sequence[SegmentLegend], theme: Theme) -> list[str]:
    """Give the colour of each node: its segment's, or the quiet ink where it joins several."""
    members: list[int | None] = [int(segment) for segment in figure.leaf_segments]
    for left, right in figure.merges[:, :2].astype(int):
        members.append(members[left] if members[left] == members[right] else None)
    fills = {segment.index: segment.color for segment in segments}
    return [theme.muted if index is None else fills.get(index, UNASSIGNED_COLOR) for index in members]


def _cut(axes: Axes, height: float, theme: Theme) -> None:
    axes.axhline(height, color=theme.ink, linewidth=1.1, linestyle=_DASHED)
    axes.annotate(
        "cut here",
        (1, height),
        xycoords=("axes fraction", "data"),
        xytext=(-2, 5),
        textcoords="offset points",
        ha="right",
        va="bottom",
        size=SMALL_SIZE + 1,
        color=theme.ink,
        parse_math=False,
        bbox={"boxstyle": "round,pad=0.15", "facecolor": theme.page, "edgecolor": "none"},
        zorder=4,
    )


def _feet(
    axes: Axes,
    figure: DendrogramFigure,
    leaves: Sequence[int],
    segments: Sequence[SegmentLegend],
    theme: Theme,
) -> None:
    for position, leaf in enumerate(leaves):
        axes.text(
            position + 0.5,
            -0.02,
            f"{int(figure.leaf_sizes[leaf]):,}",
            transform=axes.get_xaxis_transform(),
            rotation=90,
            size=SMALL_SIZE - 0.5,
            color=theme.muted,
            ha="center",
            va="top",
            parse_math=False,
        )
    named = {segment.index: segment for segment in segments}
    start = 0
    for index, members in groupby(int(figure.leaf_segments[leaf]) for leaf in leaves):
        end = start + len(list(members))
        if index in named:
            _foot(axes, named[index], start, end, theme)
        start = end


def _foot(axes: Axes, segment: SegmentLegend, start: int, end: int, theme: Theme) -> None:
    place = axes.get_xaxis_transform()
    strip = Rectangle((start + 0.1, -0.155), end - start - 0.2, 0.018, transform=place, clip_on=False)
    strip.set(facecolor=segment.color, edgecolor=theme.edge(segment.color), linewidth=0.9)
    axes.add_patch(strip)
    style = badge_style(segment.index, segment.color, theme)
    axes.text((start + end) / 2, -0.2, str(segment.index), transform=place, **style)
