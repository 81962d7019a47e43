"""How far two clusterings agree, by hand, by scikit-learn and by the published example."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from domain.learning.judging.agreement import adjusted_rand_index, cross_table


def test_samples_are_counted_by_both_clusters_and_the_last_place_is_for_none() -> None:
    labels, others = np.array([0, 0, 1, -1, 1]), np.array([2, 0, 0, 0, -1])
    assert cross_table(labels, others).tolist() == [[1, 0, 1, 0], [1, 0, 0, 1], [1, 0, 0, 0]]


def test_a_table_of_nobody_has_only_the_places_for_none() -> None:
    nobody = np.empty(0, dtype=np.int64)
    assert cross_table(nobody, nobody).tolist() == [[0]]


def test_the_example_of_hubert_and_arabie_by_hand() -> None:
    # Sums 3 + 3 and 2 + 4; pairs together 1 + 3 = 4, 3 + 3 = 6, 1 + 6 = 7, all 15:
    # (4 - 6 * 7 / 15) / ((6 + 7) / 2 - 6 * 7 / 15) = 1.2 / 3.7.
    assert adjusted_rand_index(np.array([[2, 1], [0, 3]])) == pytest.approx(1.2 / 3.7)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_that_of_scikit_learn(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels, others = random.integers(0, 4, 500), random.integers(0, 6, 500)
    others[:300] = labels[:300]
    found = adjusted_rand_index(cross_table(labels, others)[:-1, :-1])
    assert found == pytest.approx(adjusted_rand_score(labels, others), abs=1e-12)


def test_the_numbers_of_the_clusters_do_not_matter_and_chance_agrees_on_nothing() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 5, 2_000_000)
    renamed = np.array([3, 1, 0, 4, 2])[labels]
    assert adjusted_rand_index(cross_table(labels, renamed)) == 1.0
    shuffled = adjusted_rand_index(cross_table(labels, random.permutation(labels)))
    assert shuffled == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize(("table", "agreement"), [([[7]], 1.0), ([[1, 0], [0, 1]], 1.0), ([[0, 0]], None)])
def test_what_cannot_differ_agrees_and_nobody_says_nothing(
    table: list[list[int]], agreement: float | None
) -> None:
    assert adjusted_rand_index(np.array(table)) == agreement
