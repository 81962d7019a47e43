"""Choosing the number of clusters."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score
from sklearn.preprocessing import StandardScaler

from domain.errors import UnsuitableData
from domain.learning.algorithms import prepare
from domain.learning.distinct import TooFewDistinct
from domain.learning.elbow import elbow
from domain.learning.progress import unwatched
from domain.learning.selection import Choice, choose
from domain.learning.verdict import judge
from domain.terms.algorithms import (
    AlgorithmSettings,
    ClusterCountCriterion,
    ClusterCountRange,
    HierarchicalSettings,
    KMeansSettings,
    Linkage,
    StructureVerdict,
)
from domain.terms.arrays import Matrix


def chosen(matrix: Matrix, counts: ClusterCountRange, settings: AlgorithmSettings | None = None) -> Choice:
    prepared = prepare(matrix, settings or KMeansSettings(), 0, unwatched)
    return choose(prepared, counts, ClusterCountCriterion.SILHOUETTE, 0, unwatched)


def test_planted_groups_are_counted_with_strong_evidence() -> None:
    corners = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0], [9.0, 9.0]])
    matrix = np.repeat(corners, 25, axis=0) + np.random.default_rng(0).normal(size=(100, 2)) * 0.5
    choice = chosen(matrix, ClusterCountRange())
    assert choice.selection.chosen == 4
    assert choice.selection.elbow == 4
    assert choice.selection.verdict is StructureVerdict.STRONG
    assert [candidate.cluster_count for candidate in choice.selection.candidates] == list(range(2, 11))
    assert np.bincount(choice.labels).tolist() == [25, 25, 25, 25]


def test_the_evidence_equals_scikit_learns() -> None:
    matrix = StandardScaler().fit_transform(load_iris().data)
    prepared = prepare(matrix, HierarchicalSettings(), 0, unwatched)
    choice = choose(prepared, ClusterCountRange(3, 5), ClusterCountCriterion.SILHOUETTE, 0, unwatched)
    for candidate in choice.selection.candidates:
        labels = prepared.labels(candidate.cluster_count, unwatched)
        assert candidate.silhouette == pytest.approx(silhouette_score(matrix, labels), abs=1e-9)
        assert candidate.davies_bouldin == pytest.approx(davies_bouldin_score(matrix, labels), abs=1e-9)
        assert candidate.calinski_harabasz == pytest.approx(calinski_harabasz_score(matrix, labels))
        assert candidate.smallest_share == np.bincount(labels).min() / 150
    best = max(choice.selection.candidates, key=lambda candidate: candidate.silhouette)
    assert choice.selection.chosen == best.cluster_count
    assert choice.silhouettes.mean == best.silhouette


def test_of_equal_counts_the_smaller_is_chosen() -> None:
    # Every cut of these takes one more point away from a cluster of equal distances.
    simplex = np.eye(4)
    choice = chosen(simplex, ClusterCountRange(2, 3), HierarchicalSettings(linkage=Linkage.SINGLE))
    assert [candidate.silhouette for candidate in choice.selection.candidates] == pytest.approx(
        [0, 0], abs=1e-12
    )
    assert choice.selection.chosen == 2


def test_the_range_is_clipped_to_what_the_rows_allow() -> None:
    line = np.array([[0.0], [1.0], [5.0], [6.5], [20.0]])
    counts = [candidate.cluster_count for candidate in chosen(line, ClusterCountRange()).selection.candidates]
    assert counts == [2, 3, 4]
    assert chosen(line, ClusterCountRange(8, 9)).selection.chosen == 4


def test_the_range_ends_at_the_number_of_different_rows() -> None:
    rows = np.repeat(np.array([[0.0], [1.0], [5.0]]), 10, axis=0)
    counts = [candidate.cluster_count for candidate in chosen(rows, ClusterCountRange()).selection.candidates]
    assert counts == [2, 3]
    assert chosen(rows, ClusterCountRange(5, 9)).selection.chosen == 3


def test_too_few_rows_to_choose_from_are_unsuitable() -> None:
    with pytest.raises(UnsuitableData, match="There are 2 rows"):
        chosen(np.array([[0.0], [1.0]]), ClusterCountRange())
    with pytest.raises(TooFewDistinct, match="1 distinct customer "):
        chosen(np.zeros((9, 2)), ClusterCountRange())


def test_the_elbow_is_where_the_curve_bends() -> None:
    # Normalized and flipped, less the diagonal: 0, .55, .4667, .2333, 0 ; the fall is above 1/4.
    assert elbow([2, 3, 4, 5, 6], [100.0, 20.0, 3.3333333, 1.6666667, 0.0]) == 3


def test_the_elbow_of_a_hyperbola_is_where_it_lies_farthest_below_its_chord() -> None:
    # 1/x on 1 … 10: from the chord (1.1 - x/10) it is farthest at √10 = 3.16, of whole numbers at 3.
    counts = list(range(1, 11))
    assert elbow(counts, [1 / count for count in counts]) == 3


@pytest.mark.parametrize(
    "inertias",
    [[5.0, 4.0, 3.0, 2.0, 1.0], [5.0, 5.0, 5.0, 5.0, 5.0], [100.0, 99.0, 97.0, 90.0, 0.0]],
    ids=["straight", "flat", "concave"],
)
def test_a_curve_without_a_bend_has_no_elbow(inertias: list[float]) -> None:
    assert elbow([2, 3, 4, 5, 6], inertias) is None


def test_two_counts_have_no_elbow() -> None:
    assert elbow([2, 3], [9.0, 1.0]) is None


@pytest.mark.parametrize(
    ("silhouette", "verdict", "reading"),
    [
        (0.71, StructureVerdict.STRONG, "a strong structure"),
        (0.704, StructureVerdict.STRONG, "a reasonable structure"),
        (0.51, StructureVerdict.STRONG, "a reasonable structure"),
        (0.50, StructureVerdict.WEAK, "a weak structure"),
        (0.26, StructureVerdict.WEAK, "a weak structure"),
        (0.254, StructureVerdict.NONE, "no substantial structure"),
        (-0.2, StructureVerdict.NONE, "no substantial structure"),
    ],
)
def test_the_verdict_is_kaufman_and_rousseeuws(
    silhouette: float, verdict: StructureVerdict, reading: str
) -> None:
    judged, reason = judge(silhouette, 3)
    assert judged is verdict
    assert reason.startswith(
        f"The average silhouette width is {silhouette:.2f} with 3 segments, read as {reading}"
    )
