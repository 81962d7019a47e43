"""Whether there are groups at all."""

import numpy as np
import pytest

from domain.learning.choosing.reference import fit
from domain.learning.choosing.structure import REFERENCES, References, judge, refer
from domain.learning.clustering import cluster
from domain.learning.progress import unwatched
from domain.terms.algorithms import ClusterCountRange, HierarchicalSettings, KMeansSettings, StructureVerdict
from domain.terms.arrays import Matrix
from domain.terms.segments import ClusterCountSelection, Structure


def chosen(matrix: Matrix, seed: int = 0) -> ClusterCountSelection:
    settings = KMeansSettings(cluster_count_range=ClusterCountRange(2, 6))
    found = cluster(matrix, settings, seed, fit(matrix, [None] * matrix.shape[1]).draw, unwatched).selection
    assert found is not None
    return found


def structure(matrix: Matrix, count: int, columns: list[str | None] | None = None) -> Structure:
    model = fit(matrix, columns or [None] * matrix.shape[1])
    found = cluster(matrix, KMeansSettings(cluster_count=count), 0, model.draw, unwatched).structure
    assert found is not None
    return found


def test_a_silhouette_within_two_and_a_half_deviations_of_the_references_is_no_structure() -> None:
    found = judge(0.57, 3, References(0.5, 0.03, 20))
    assert found.verdict is StructureVerdict.NONE
    assert found.reason == (
        "The average silhouette width is 0.57 with 3 segments; 20 samples without groups, otherwise like "
        "these customers, reach 0.50 ± 0.03: no groups are to be seen, the segments divide the customers "
        "where no gap lies."
    )
    assert (found.silhouette, found.reference_silhouette, found.reference_deviation) == (0.57, 0.5, 0.03)
    assert found.references == 20


@pytest.mark.parametrize(
    ("silhouette", "mean", "deviation", "verdict"),
    [
        (0.60, 0.50, 0.03, StructureVerdict.STRONG),
        (0.504, 0.30, 0.03, StructureVerdict.WEAK),
        (0.18, 0.10, 0.01, StructureVerdict.WEAK),
        (0.12, 0.10, 0.001, StructureVerdict.NONE),
        (0.80, 0.79, 0.02, StructureVerdict.NONE),
    ],
)
def test_above_the_references_the_verdict_is_kaufman_and_rousseeuws(
    silhouette: float, mean: float, deviation: float, verdict: StructureVerdict
) -> None:
    assert judge(silhouette, 4, References(mean, deviation, 20)).verdict is verdict


@pytest.mark.parametrize(
    ("silhouette", "verdict"),
    [
        (0.71, StructureVerdict.STRONG),
        (0.51, StructureVerdict.STRONG),
        (0.50, StructureVerdict.WEAK),
        (0.26, StructureVerdict.WEAK),
        (0.254, StructureVerdict.NONE),
        (-0.2, StructureVerdict.NONE),
    ],
)
def test_without_references_the_width_alone_decides(silhouette: float, verdict: StructureVerdict) -> None:
    found = judge(silhouette, 3, None)
    assert found.verdict is verdict
    assert found.reason.startswith(
        f"The average silhouette width is {silhouette:.2f} with 3 segments, and reads"
    )
    assert (found.reference_silhouette, found.references) == (None, 0)


@pytest.mark.parametrize("references", [References(0.1, 0.01, 20), None])
def test_segments_that_are_dissolved_on_average_are_no_structure(references: References | None) -> None:
    found = judge(0.6, 3, references, 0.5)
    assert found.verdict is StructureVerdict.NONE
    assert found.reason == (
        "The average silhouette width is 0.60 with 3 segments, but the segments are not found again when "
        "customers are drawn anew: their stability is 0.50 on average, and 0.50 or less is dissolved "
        "(Hennig 2007)."
    )
    assert judge(0.6, 3, references, 0.51).verdict is StructureVerdict.STRONG


def test_a_silhouette_next_to_nothing_is_no_structure_however_far_above_the_references() -> None:
    found = judge(0.06, 3, References(0.01, 0.004, 20), 0.9)
    assert found.verdict is StructureVerdict.NONE
    assert "about as near to another segment as to their own" in found.reason
    assert judge(0.08, 3, References(0.01, 0.004, 20), 0.9).verdict is StructureVerdict.WEAK


# The simulations of Tibshirani, Walther & Hastie 2001, section 4, whose truth the gap statistic finds.


def test_the_gap_papers_uniform_points_in_ten_dimensions_have_no_structure() -> None:
    assert chosen(np.random.default_rng(1).random((200, 10))).verdict is StructureVerdict.NONE


def test_the_gap_papers_three_clusters_in_two_dimensions_are_found() -> None:
    centres = np.repeat([[0.0, 0.0], [0.0, 5.0], [5.0, -3.0]], [25, 25, 50], axis=0)
    found = chosen(np.random.default_rng(2).normal(size=(100, 2)) + centres)
    assert (found.chosen, found.verdict) == (3, StructureVerdict.STRONG)


def test_the_gap_papers_two_elongated_clusters_are_found() -> None:
    line = np.tile(np.linspace(-0.5, 0.5, 100), 2)[:, None] + np.repeat([[0.0], [10.0]], 100, axis=0)
    found = chosen(line + np.random.default_rng(3).normal(scale=0.1, size=(200, 3)))
    assert (found.chosen, found.verdict) == (2, StructureVerdict.STRONG)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["correlated", "lognormal", "categories"])
def test_skew_correlation_and_categories_are_no_structure(kind: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    columns: list[str | None] = [None, None, None]
    if kind == "correlated":
        matrix = random.normal(size=(400, 1)) + 0.3 * random.normal(size=(400, 3))
    elif kind == "lognormal":
        matrix = np.exp(random.normal(size=(400, 3)))
    else:
        matrix = np.hstack([random.normal(size=(400, 3)), np.eye(3)[random.integers(3, size=400)]])
        columns += ["plan", "plan", "plan"]
    assert structure(matrix, 3, columns).verdict is StructureVerdict.NONE


def test_two_groups_along_one_column_are_strong() -> None:
    matrix = np.random.default_rng(4).normal(size=(300, 1)) + np.repeat([[0.0], [8.0]], 150, axis=0)
    assert structure(matrix, 2).verdict is StructureVerdict.STRONG


def test_groups_that_overlap_are_weak() -> None:
    matrix = np.random.default_rng(5).normal(size=(600, 4)) + np.repeat(np.eye(4)[:3] * 3.2, 200, axis=0)
    assert structure(matrix, 3).verdict is StructureVerdict.WEAK


def test_references_too_alike_to_cluster_say_nothing() -> None:
    same = refer(lambda count, random: np.zeros((count, 2)), 50, 3, HierarchicalSettings(), 0, unwatched)
    assert same is None


def test_the_watch_is_told_of_every_reference_and_may_stop() -> None:
    told: list[float] = []

    def watch(fraction: float, message: str) -> None:
        told.append(fraction)
        if fraction >= 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refer(lambda count, random: random.normal(size=(count, 2)), 50, 3, KMeansSettings(), 0, watch)
    assert told == sorted(told)
    assert len(set(told)) > REFERENCES / 2
