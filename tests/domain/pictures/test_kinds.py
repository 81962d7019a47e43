"""What each kind of picture shows."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.collections import Collection
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from scipy.cluster.hierarchy import dendrogram

from domain.pictures.dendrogram import draw_dendrogram, leaf_order, node_places
from domain.pictures.drawing import draw
from domain.pictures.elbow import draw_elbow
from domain.pictures.profile import MOST_FEATURES, draw_profile, strongest
from domain.pictures.scatter import apart, draw_scatter
from domain.pictures.silhouette import draw_silhouette
from domain.pictures.sizes import draw_sizes
from domain.terms.arrays import Matrix
from domain.terms.palette import SEGMENT_COLORS, UNASSIGNED_COLOR
from domain.terms.pictures import (
    PictureFormat,
    PictureKind,
    PictureOrder,
    PictureTheme,
    ProfileFigure,
    RunFigures,
    ScatterFigure,
    SegmentLegend,
    SilhouetteFigure,
)

MakeRun = Callable[[int], tuple[tuple[SegmentLegend, ...], RunFigures]]


def order(kind: PictureKind, *segments: SegmentLegend) -> PictureOrder:
    return PictureOrder(
        kind, PictureFormat.SVG, PictureTheme.LIGHT, "mall.csv", segments, "figures", "picture"
    )


def legend(index: int, size: int, total: int) -> SegmentLegend:
    return SegmentLegend(index, f"Segment {index}", SEGMENT_COLORS[index], size, size / total)


def texts(drawn: bytes) -> list[str]:
    root = ET.fromstring(drawn)  # noqa: S314  # our own drawing
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


def hexes(colors: Any) -> list[str]:
    return [to_hex(color) for color in colors]


def outline(shape: Collection) -> Matrix:
    return np.asarray(shape.get_paths()[0].vertices, np.float64)


def test_a_bar_is_as_long_as_its_segment_is_large() -> None:
    sheet = draw_sizes(order(PictureKind.SIZES, legend(0, 400, 600), legend(1, 150, 600), legend(2, 50, 600)))
    bars = [artist for artist in sheet.figure.get_children() if isinstance(artist, Rectangle)]
    widths = {to_hex(bar.get_facecolor()): bar.get_width() for bar in bars}
    longest = widths[SEGMENT_COLORS[0]]
    assert widths[SEGMENT_COLORS[1]] / longest == pytest.approx(150 / 400)
    assert widths[SEGMENT_COLORS[2]] / longest == pytest.approx(50 / 400)


def test_a_bar_is_labelled_with_count_and_share() -> None:
    nothing = RunFigures(None, None, None, None, None)
    shown = texts(draw(order(PictureKind.SIZES, legend(0, 1150, 5000), legend(1, 3850, 5000)), nothing))
    assert "1,150 customers, 23 %" in shown
    assert "3,850 customers, 77 %" in shown


@pytest.mark.parametrize("k", [2, 5, 15])
def test_the_tree_is_the_one_scipy_draws(made_up_run: MakeRun, k: int) -> None:
    figure = made_up_run(k)[1].dendrogram
    assert figure is not None
    reference = dendrogram(figure.merges, no_plot=True)
    leaves = leaf_order(figure.merges)
    assert leaves == reference["leaves"]
    across, up = node_places(figure.merges, leaves)
    drawn = {
        (round(10 * across[left], 6), round(10 * across[right], 6), round(up[node], 9))
        for node, (left, right) in enumerate(figure.merges[:, :2].astype(int), start=len(leaves))
    }
    expected = {
        (round(x[0], 6), round(x[2], 6), round(y[1], 9))
        for x, y in zip(reference["icoord"], reference["dcoord"], strict=True)
    }
    assert drawn == expected


def test_a_tree_of_three_leaves_is_drawn_as_by_hand() -> None:
    # Leaves 1 and 2 merge at 1 into node 3, leaf 0 and node 3 at 4.
    merges = np.array([[1.0, 2.0, 1.0, 2.0], [0.0, 3.0, 4.0, 3.0]])
    assert leaf_order(merges) == [0, 1, 2]
    across, up = node_places(merges, [0, 1, 2])
    assert across.tolist() == [0.5, 1.5, 2.5, 2.0, 1.25]
    assert up.tolist() == [0, 0, 0, 1, 4]


def test_a_branch_has_its_segments_color_up_to_where_it_is_joined(made_up_run: MakeRun) -> None:
    segments, figures = made_up_run(2)
    assert figures.dendrogram is not None
    (axes,) = draw_dendrogram(order(PictureKind.DENDROGRAM, *segments), figures.dendrogram).figure.axes
    _, branches = axes.collections
    colors = hexes(branches.get_edgecolor())
    sides, top = colors[-3:-1], colors[-1]
    assert set(sides) == {segments[0].color, segments[1].color}
    assert top not in SEGMENT_COLORS
    assert len(colors) == 3 * len(figures.dendrogram.merges)


def test_a_dot_has_the_color_of_its_segment_and_noise_is_grey() -> None:
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [3.0, 3.0]])
    figure = ScatterFigure(points, np.array([0, 0, 1, -1]), (0.6, 0.3), 40)
    sheet = draw_scatter(order(PictureKind.SCATTER, legend(0, 20, 30), legend(1, 10, 30)), figure)
    noise, dots = sheet.figure.axes[0].collections
    assert np.asarray(noise.get_offsets()).tolist() == [[3.0, 3.0]]
    assert hexes(noise.get_edgecolor()) == [UNASSIGNED_COLOR]
    places = map(tuple, np.asarray(dots.get_offsets()).tolist())
    colors = dict(zip(places, hexes(dots.get_facecolor()), strict=True))
    assert colors == {
        (0.0, 0.0): SEGMENT_COLORS[0],
        (1.0, 0.0): SEGMENT_COLORS[0],
        (0.0, 1.0): SEGMENT_COLORS[1],
    }


def test_a_map_says_how_many_customers_it_shows(made_up_run: MakeRun) -> None:
    segments, figures = made_up_run(2)
    assert figures.scatter is not None
    some = replace(figures, scatter=replace(figures.scatter, total=7043))
    shown = texts(draw(order(PictureKind.SCATTER, *segments), some))
    assert "30 of 7,043 customers, a dot each" in shown
    assert "First principal component, 44 % of the variance" in shown


def test_numbers_that_would_cover_each_other_are_put_apart() -> None:
    places = np.array([[0.0, 0.0], [0.0, 0.0], [0.1, 0.0], [5.0, 5.0]])
    moved = apart(places, 0.3)
    gaps = np.linalg.norm(moved[:, None] - moved[None], axis=-1)[np.triu_indices(4, 1)]
    assert gaps.min() >= 0.3 - 1e-3
    assert moved[3].tolist() == [5.0, 5.0]


def test_the_strongest_features_come_first() -> None:
    deviations = np.array([[0.1, -2.0, 0.5], [0.2, 0.3, -1.5]])
    assert strongest(deviations).tolist() == [1, 2, 0]


def test_of_many_features_the_profile_shows_the_strongest() -> None:
    features = tuple(f"column {number}" for number in range(100))
    deviations = np.vstack([np.linspace(0, 1.5, 100), -np.linspace(0, 1.5, 100)])
    figures = RunFigures(None, None, None, ProfileFigure(features, deviations, np.array([0, 1])), None)
    shown = texts(draw(order(PictureKind.PROFILE, legend(0, 10, 20), legend(1, 10, 20)), figures))
    assert [text for text in shown if text.startswith("column ")] == [
        f"column {number}" for number in range(99, 99 - MOST_FEATURES, -1)
    ]
    assert any(text.endswith("the 20 of 100 that differ most") for text in shown)
    assert shown.count("+1.5") == shown.count("−1.5") > 1  # noqa: RUF001  # the minus sign of print


def test_the_profile_reads_rows_by_segment_index() -> None:
    figure = ProfileFigure(("a",), np.array([[1.3], [-0.4]]), np.array([1, 0]))
    sheet = draw_profile(order(PictureKind.PROFILE, legend(0, 1, 2), legend(1, 1, 2)), figure)
    cells = {
        text.get_position()[0]: text.get_text()
        for text in sheet.figure.axes[0].texts
        if "." in text.get_text()
    }
    assert cells == {0.5: "−0.4", 1.5: "+1.3"}  # noqa: RUF001  # the minus sign of print


def test_a_knife_reaches_from_the_least_to_the_greatest_silhouette(made_up_run: MakeRun) -> None:
    segments, figures = made_up_run(5)
    figure = figures.silhouette
    assert figure is not None
    knives = draw_silhouette(order(PictureKind.SILHOUETTE, *segments), figure).figure.axes[0].collections
    assert len(knives) == 5
    for segment, knife in zip(segments, knives, strict=True):
        values = figure.values[figure.segments == segment.index]
        reach = outline(knife)[:, 0]
        assert reach.max() == pytest.approx(max(values.max(), 0))
        assert reach.min() == pytest.approx(min(values.min(), 0))


def test_a_segment_of_one_customer_has_a_knife_too() -> None:
    figure = SilhouetteFigure(np.array([0.5, 0.4, 0.0]), np.array([0, 0, 1]), 0.3)
    sheet = draw_silhouette(order(PictureKind.SILHOUETTE, legend(0, 2, 3), legend(1, 1, 3)), figure)
    heights = [np.ptp(outline(knife)[:, 1]) for knife in sheet.figure.axes[0].collections]
    assert min(heights) >= 0.3


def test_the_chosen_count_and_the_knee_are_marked(made_up_run: MakeRun) -> None:
    _, figures = made_up_run(2)
    assert figures.selection is not None
    upper, lower = draw_elbow(order(PictureKind.ELBOW), replace(figures.selection, chosen=7)).figure.axes
    assert [(text.get_text(), text.xy) for text in upper.texts] == [("knee of the curve", (5, 1e4))]  # type: ignore[attr-defined]  # an annotation
    assert [text.get_text() for text in lower.texts] == ["chosen: 7"]
    assert lower.lines[1].get_xdata().tolist() == list(range(2, 16))  # type: ignore[union-attr]  # an array
    assert upper.lines[0].get_xdata() == [7, 7]


def test_without_a_knee_none_is_marked(made_up_run: MakeRun) -> None:
    _, figures = made_up_run(2)
    assert figures.selection is not None
    upper, _ = draw_elbow(order(PictureKind.ELBOW), replace(figures.selection, elbow=None)).figure.axes
    assert list(upper.texts) == []
