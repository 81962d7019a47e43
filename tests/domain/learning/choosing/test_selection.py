"""Choosing the number of clusters."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_iris, load_wine
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score
from sklearn.preprocessing import StandardScaler

from domain.errors import UnsuitableData
from domain.learning.algorithms.distinct import TooFewDistinct
from domain.learning.algorithms.table import prepare
from domain.learning.choosing.elbow import elbow
from domain.learning.choosing.selection import SILHOUETTE_ROWS, Choice, choose
from domain.learning.progress import unwatched
from domain.terms.algorithms import (
    ClusterCountCriterion,
    ClusterCountRange,
    CountedSettings,
    GaussianMixtureSettings,
    HierarchicalSettings,
    KMeansSettings,
    Linkage,
)
from domain.terms.arrays import Matrix


def chosen(
    matrix: Matrix,
    counts: ClusterCountRange,
    settings: CountedSettings | None = None,
    criterion: ClusterCountCriterion = ClusterCountCriterion.SILHOUETTE,
    min_share: float = 0.0,
) -> Choice:
    asked = replace(
        settings or KMeansSettings(),
        cluster_count_range=counts,
        criterion=criterion,
        min_segment_share=min_share,
    )
    return choose(prepare(matrix, asked, 0, unwatched), asked, 0, unwatched)


def test_planted_groups_are_counted_with_strong_evidence() -> None:
    corners = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0], [9.0, 9.0]])
    matrix = np.repeat(corners, 25, axis=0) + np.random.default_rng(0).normal(size=(100, 2)) * 0.5
    choice = chosen(matrix, ClusterCountRange())
    assert choice.decision.chosen == 4
    assert choice.elbow == 4
    assert {vote.cluster_count for vote in choice.decision.votes} == {4}
    assert [candidate.cluster_count for candidate in choice.candidates] == list(range(2, 11))
    assert np.bincount(choice.partition.labels).tolist() == [25, 25, 25, 25]
    assert choice.stability.by_cluster == (1.0, 1.0, 1.0, 1.0)
    assert choice.candidates[2].stability == 1.0


def test_the_evidence_equals_scikit_learns() -> None:
    matrix = StandardScaler().fit_transform(load_iris().data)
    prepared = prepare(matrix, HierarchicalSettings(), 0, unwatched)
    choice = chosen(matrix, ClusterCountRange(3, 5), HierarchicalSettings())
    for candidate in choice.candidates:
        labels = prepared.partition(candidate.cluster_count, unwatched).labels
        assert candidate.silhouette == pytest.approx(silhouette_score(matrix, labels), abs=1e-9)
        assert candidate.davies_bouldin == pytest.approx(davies_bouldin_score(matrix, labels), abs=1e-9)
        assert candidate.calinski_harabasz == pytest.approx(calinski_harabasz_score(matrix, labels))
        assert candidate.smallest_share == np.bincount(labels).min() / 150
        assert candidate.bic is None
    best = max(choice.candidates, key=lambda candidate: candidate.silhouette)
    assert choice.decision.chosen == best.cluster_count
    assert choice.silhouettes.mean == best.silhouette


def test_wines_classes_are_counted_by_the_consensus() -> None:
    matrix = StandardScaler().fit_transform(load_wine().data)
    choice = chosen(matrix, ClusterCountRange(), criterion=ClusterCountCriterion.CONSENSUS)
    assert choice.decision.chosen == 3


def test_a_mixture_votes_by_its_bic() -> None:
    # Two crossing bars: every round criterion would rather cut them to pieces.
    random = np.random.default_rng(1)
    bars = random.normal(size=(600, 2)) * [8.0, 0.4]
    matrix = np.vstack([bars[:300], bars[300:, ::-1] + [14.0, 0.0]])
    choice = chosen(matrix, ClusterCountRange(2, 5), GaussianMixtureSettings(), ClusterCountCriterion.BIC)
    bics = [candidate.bic for candidate in choice.candidates]
    assert all(bic is not None for bic in bics)
    assert choice.decision.chosen == 2 == bics.index(min(bic for bic in bics if bic is not None)) + 2


def test_only_counts_with_large_enough_segments_are_chosen() -> None:
    # Ninety, eight and two: the third group is below a twentieth.
    matrix = np.random.default_rng(2).normal(size=(100, 2)) * 0.3
    matrix[90:98] += [9.0, 0.0]
    matrix[98:] += [0.0, 9.0]
    assert chosen(matrix, ClusterCountRange(2, 4)).decision.chosen == 3
    choice = chosen(matrix, ClusterCountRange(2, 4), min_share=0.05)
    assert choice.decision.chosen == 2
    assert len(choice.candidates) == 3
    with pytest.raises(UnsuitableData) as refused:
        chosen(matrix, ClusterCountRange(3, 4), min_share=0.1)
    assert refused.value.message == (
        "No number of segments from 3 to 4 has 10.0% of the customers in its smallest segment. 3 segments "
        "come closest, with 2.0%: lower minSegmentShare to that, try fewer segments, or set outliers aside."
    )


def test_many_samples_are_compared_by_a_sample_whose_size_is_told() -> None:
    matrix = np.random.default_rng(3).normal(size=(12_000, 2)) + np.repeat(
        [[0.0, 0.0], [9.0, 9.0]], 6_000, axis=0
    )
    choice = chosen(matrix, ClusterCountRange(2, 3))
    assert choice.silhouettes.sample_size == SILHOUETTE_ROWS
    assert choice.decision.chosen == 2


def test_of_equal_counts_the_smaller_is_chosen() -> None:
    # Every cut of these takes one more point away from a cluster of equal distances.
    simplex = np.eye(4)
    choice = chosen(simplex, ClusterCountRange(2, 3), HierarchicalSettings(linkage=Linkage.SINGLE))
    assert [candidate.silhouette for candidate in choice.candidates] == pytest.approx([0, 0], abs=1e-12)
    assert choice.decision.chosen == 2


def test_the_range_is_clipped_to_what_the_rows_allow() -> None:
    line = np.array([[0.0], [1.0], [5.0], [6.5], [20.0]])
    counts = [candidate.cluster_count for candidate in chosen(line, ClusterCountRange()).candidates]
    assert counts == [2, 3, 4]
    assert chosen(line, ClusterCountRange(8, 9)).decision.chosen == 4


def test_the_range_ends_at_the_number_of_different_rows() -> None:
    rows = np.repeat(np.array([[0.0], [1.0], [5.0]]), 10, axis=0)
    counts = [candidate.cluster_count for candidate in chosen(rows, ClusterCountRange()).candidates]
    assert counts == [2, 3]
    assert chosen(rows, ClusterCountRange(5, 9)).decision.chosen == 3


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
