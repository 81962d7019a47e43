"""What each kind of picture shows."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.axes import Axes
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
    DendrogramFigure,
    PictureFormat,
    PictureKind,
    PictureOrder,
    PictureTheme,
    ProfileFigure,
    RunFigures,
    ScatterFigure,
    SegmentLegend,
    SilhouetteFigure,
    Unassigned,
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


def marks(axes: Axes) -> list[tuple[str, float]]:
    return [(text.get_text(), text.xy[0]) for text in axes.texts]  # type: ignore[attr-defined]  # annotations


def test_the_chosen_count_and_the_knee_are_marked_in_both_curves(made_up_run: MakeRun) -> None:
    _, figures = made_up_run(2)
    assert figures.selection is not None
    upper, lower = draw_elbow(order(PictureKind.ELBOW), replace(figures.selection, chosen=7)).figure.axes
    assert marks(upper) == marks(lower) == [("chosen: 7", 7), ("knee: 5", 5)]
    assert lower.lines[0].get_xdata().tolist() == list(range(2, 16))  # type: ignore[union-attr]  # an array
    assert [line.get_xdata() for line in upper.lines[1:]] == [[7, 7], [5, 5]]


def test_a_chosen_count_that_is_the_knee_has_one_mark(made_up_run: MakeRun) -> None:
    _, figures = made_up_run(5)
    assert figures.selection is not None
    upper, _ = draw_elbow(order(PictureKind.ELBOW), figures.selection).figure.axes
    assert marks(upper) == [("chosen: 5, the knee", 5)]


def test_without_a_knee_none_is_marked(made_up_run: MakeRun) -> None:
    _, figures = made_up_run(2)
    assert figures.selection is not None
    upper, _ = draw_elbow(order(PictureKind.ELBOW), replace(figures.selection, elbow=None)).figure.axes
    assert marks(upper) == [("chosen: 2", 2)]


@pytest.mark.parametrize("chosen", [2, 5, 14, 15])
@pytest.mark.parametrize("knee", [2, 3, 6, 15])
def test_marks_stay_on_the_sheet_and_off_one_another(made_up_run: MakeRun, chosen: int, knee: int) -> None:
    _, figures = made_up_run(2)
    assert figures.selection is not None
    sheet = draw_elbow(order(PictureKind.ELBOW), replace(figures.selection, chosen=chosen, elbow=knee))
    boxes = [text.get_window_extent() for text in sheet.figure.axes[0].texts]
    assert all(box.x0 >= 0 and box.x1 <= sheet.figure.bbox.width for box in boxes)
    assert len(boxes) == 1 or not boxes[0].overlaps(boxes[1])


def test_an_elbow_tells_the_whole_of_both_reasons(made_up_run: MakeRun) -> None:
    _, figures = made_up_run(2)
    assert figures.selection is not None
    why = "5 segments have the best ranks; for it: silhouette and Calinski-Harabasz."
    verdict = (
        "the references reach -0.06 ± 0.03. " + "It is a long story, told to its end " * 9 + "(Rousseeuw)"
    )
    chosen = replace(figures.selection, reason=why, verdict_reason=verdict)
    told = " ".join(texts(draw(order(PictureKind.ELBOW), replace(figures, selection=chosen))))
    assert why in told
    assert "The references reach −0.06 ± 0.03. It" in told  # noqa: RUF001  # the minus sign of print
    assert "its end (Rousseeuw)." in told


def test_who_is_in_no_segment_has_a_grey_bar_for_each_reason() -> None:
    unassigned = Unassigned(noise=100, missing_values=300)
    asked = replace(order(PictureKind.SIZES, legend(0, 400, 600), legend(1, 200, 600)), unassigned=unassigned)
    sheet = draw_sizes(asked)
    bars = [artist for artist in sheet.figure.get_children() if isinstance(artist, Rectangle)]
    lengths = [(to_hex(bar.get_facecolor()), bar.get_width()) for bar in bars[-4:]]
    assert [color for color, _ in lengths] == [*SEGMENT_COLORS[:2], UNASSIGNED_COLOR, UNASSIGNED_COLOR]
    assert [length / lengths[0][1] for _, length in lengths] == pytest.approx([1, 0.5, 0.25, 0.75])
    shown = texts(draw(asked, RunFigures(None, None, None, None, None)))
    assert "600 customers in 2 segments (shares of these), 400 in none (shares of all 1,000)" in shown
    assert "100 customers, 10 %" in shown
    assert "300 customers, 30 %" in shown
    assert "In no segment: outliers" not in shown


def test_the_legend_of_a_map_has_an_entry_for_noise_with_its_count() -> None:
    figure = ScatterFigure(np.eye(3, 2), np.array([0, 1, -1]), (0.6, 0.3), 3)
    asked = order(PictureKind.SCATTER, legend(0, 1, 2), legend(1, 1, 2))
    figures = RunFigures(figure, None, None, None, None)
    noisy = texts(draw(replace(asked, unassigned=Unassigned(noise=1, outliers=4)), figures))
    assert "Noise, in no segment" in noisy
    assert "1 customer" in noisy
    assert any(text.endswith("not shown: 4 customers in no segment (outliers)") for text in noisy)
    assert "Noise, in no segment" not in texts(draw(asked, figures))


@pytest.mark.parametrize("kind", [PictureKind.DENDROGRAM, PictureKind.SILHOUETTE, PictureKind.PROFILE])
def test_a_picture_of_segments_alone_says_who_is_left_out(made_up_run: MakeRun, kind: PictureKind) -> None:
    segments, figures = made_up_run(2)
    asked = replace(order(kind, *segments), unassigned=Unassigned(1, 2, 3))
    told = " ".join(texts(draw(asked, figures)))
    assert "6 customers in no segment (1 noise, 2 outliers, 3 missing values)" in told


def test_a_sample_of_the_silhouettes_is_called_one() -> None:
    figure = SilhouetteFigure(np.array([0.5, 0.4, 0.0]), np.array([0, 0, 1]), 0.3)
    figures = RunFigures(None, None, figure, None, None)
    shown = texts(draw(order(PictureKind.SILHOUETTE, legend(0, 200, 300), legend(1, 100, 300)), figures))
    assert any(text.startswith("3 of 300 customers: ") for text in shown)


def test_a_cut_far_below_the_top_is_drawn_on_a_scale_of_roots(made_up_run: MakeRun) -> None:
    segments, figures = made_up_run(2)
    figure = figures.dendrogram
    assert figure is not None
    low = replace(figure, cut=0.04 * float(figure.merges[:, 2].max()))
    (axes,) = draw_dendrogram(order(PictureKind.DENDROGRAM, *segments), low).figure.axes
    _, foot = axes.transAxes.inverted().transform(axes.transData.transform((0, low.cut)))
    assert foot == pytest.approx((0.04 / 1.06) ** 0.5)
    assert axes.get_ylabel().endswith("(square root scale)")
    (usual,) = draw_dendrogram(order(PictureKind.DENDROGRAM, *segments), figure).figure.axes
    assert usual.get_yscale() == "linear"


@pytest.mark.parametrize("heights", [[0.0, 0.0], [0.0, 2.0]])
def test_merges_of_zero_height_are_drawn(heights: list[float]) -> None:
    merges = np.array([[0.0, 1.0, heights[0], 2.0], [2.0, 3.0, heights[1], 3.0]])
    figure = DendrogramFigure(merges, np.array([5, 6, 7]), np.array([0, 0, 1]), heights[1] / 2)
    figures = RunFigures(None, figure, None, None, None)
    shown = texts(draw(order(PictureKind.DENDROGRAM, legend(0, 11, 18), legend(1, 7, 18)), figures))
    assert {"5", "6", "7"} <= set(shown)
