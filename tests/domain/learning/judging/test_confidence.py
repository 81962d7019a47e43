"""How sure assignments are, and whether the columns tell the segment."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.tree import DecisionTreeClassifier

from domain.learning.judging.confidence import membership, predictability
from domain.learning.progress import unwatched


def test_confidence_falls_from_the_centroid_to_half_way() -> None:
    # Centroids 2 and 12: 0 is 2 from its own and 12 from the other.
    matrix = np.array([[0.0], [2.0], [4.0], [10.0], [14.0]])
    found = membership(matrix, np.array([0, 0, 0, 1, 1]))
    assert found.distance.tolist() == [2, 0, 2, 2, 2]
    assert found.confidence.tolist() == pytest.approx([1 - 2 / 12, 1, 1 - 2 / 8, 1 - 2 / 8, 1 - 2 / 12])


def test_a_sample_nearer_to_another_centroid_has_no_confidence() -> None:
    found = membership(np.array([[0.0], [0.0], [9.0], [10.0], [10.0]]), np.array([0, 0, 0, 1, 1]))
    assert found.confidence[2] == 0


def test_a_single_cluster_is_certain_and_two_on_one_point_are_not() -> None:
    assert membership(np.array([[0.0], [4.0]]), np.array([0, 0])).confidence.tolist() == [1, 1]
    assert membership(np.array([[3.0], [3.0]]), np.array([0, 1])).confidence.tolist() == [0, 0]


def test_noise_belongs_nowhere() -> None:
    matrix = np.array([[0.0], [2.0], [77.0], [4.0], [10.0], [14.0]])
    found = membership(matrix, np.array([0, 0, -1, 0, 1, 1]))
    assert (found.confidence[2], found.distance[2]) == (0, np.inf)
    assert found.distance[[0, 1, 3, 4, 5]].tolist() == [2, 0, 2, 2, 2]
    everybody = membership(matrix, np.full(6, -1))
    assert (everybody.confidence.tolist(), everybody.distance.tolist()) == ([0] * 6, [np.inf] * 6)


def test_many_blocks_equal_the_definition() -> None:
    random = np.random.default_rng(2)
    labels = random.integers(0, 3, 70_000)
    matrix = random.normal(size=(70_000, 2)) + labels[:, None]
    means = np.stack([matrix[labels == cluster].mean(axis=0) for cluster in range(3)])
    distances = np.sort(np.linalg.norm(matrix[:, None] - means, axis=2), axis=1)
    found = membership(matrix, labels)
    nearest = found.distance <= distances[:, 0] + 1e-9
    assert found.confidence[nearest] == pytest.approx((1 - distances[:, 0] / distances[:, 1])[nearest])
    assert not found.confidence[~nearest].any()


def test_predictability_equals_scikit_learns_cross_validated_accuracy() -> None:
    data, target = load_iris(return_X_y=True)
    folds = StratifiedKFold(5, shuffle=True, random_state=3)
    tree = DecisionTreeClassifier(max_depth=5, random_state=3)
    expected = cross_val_score(tree, data, target, cv=folds).mean()
    assert predictability(data, target, 3, unwatched) == pytest.approx(expected)


def test_labels_that_the_columns_do_not_tell_are_predicted_about_by_chance() -> None:
    random = np.random.default_rng(0)
    found = predictability(random.normal(size=(2000, 3)), random.integers(0, 2, 2000), 0, unwatched)
    assert found == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("labels", [[0] * 10, [0] * 9 + [1]])
def test_predictability_is_unknown_with_one_cluster_or_a_cluster_of_one(labels: list[int]) -> None:
    assert predictability(np.arange(10.0)[:, None], np.array(labels), 0, unwatched) is None


def test_noise_is_not_predicted() -> None:
    data, target = load_iris(return_X_y=True)
    labels = np.append(target, [-1] * 9)
    found = predictability(np.vstack([data, np.full((9, 4), 50.0)]), labels, 3, unwatched)
    assert found == predictability(data, target, 3, unwatched)
    assert predictability(data, np.full(150, -1), 3, unwatched) is None
