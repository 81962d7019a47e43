"""DBSCAN: the reference's core samples, clusters and noise, and a radius read from the data."""

import numpy as np
import pytest
from sklearn.cluster import DBSCAN
from sklearn.datasets import make_blobs, make_circles, make_moons
from sklearn.metrics import adjusted_rand_score

from domain.errors import UnsuitableData
from domain.learning.algorithms import dense_regions
from domain.learning.algorithms.contract import Effort, Partition
from domain.learning.algorithms.dbscan import DbscanPartitioner
from domain.learning.algorithms.epsilon import knee, longest_run, near, read_knee
from domain.learning.preparing.features import encode
from domain.learning.progress import unwatched
from domain.terms.algorithms import DbscanSettings
from domain.terms.arrays import Labels, Matrix
from domain.terms.preparation import PreparationSettings
from tests.domain.learning.planting import plant

ONE_HOT = np.eye(4)[np.random.default_rng(2).integers(0, 4, 300)]
ROUNDED = np.round(np.random.default_rng(3).normal(size=(500, 2)), 1)
UNEQUAL = make_blobs(900, 2, centers=[[0, 0], [6, 0], [0, 8]], cluster_std=[0.4, 0.8, 1.6], random_state=0)


def dbscan(
    matrix: Matrix, epsilon: float | None = None, min_samples: int = 5, effort: Effort = Effort.FULL
) -> Partition:
    settings = DbscanSettings(epsilon, min_samples)
    return DbscanPartitioner(matrix, settings, 0, effort, unwatched).partition(None, unwatched)


def epsilon_of(found: Partition) -> float:
    assert found.density is not None
    assert found.density.epsilon is not None
    return found.density.epsilon


def test_a_chain_two_pairs_and_a_far_one_by_hand() -> None:
    line = np.array([[0.0], [1.0], [2.0], [10.0], [11.0], [12.0], [13.0], [50.0]])
    found = dbscan(line, epsilon=1.0, min_samples=3)
    # 1 is the core of 0..2; 11 and 12 are those of 10..13; the larger is number 0.
    assert found.labels.tolist() == [1, 1, 1, 0, 0, 0, 0, -1]
    assert found.assigner.assign(np.array([[1.9], [2.1], [12.6], [14.0]])).tolist() == [1, -1, 0, -1]


@pytest.mark.parametrize("min_samples", [1, 4, 12])
@pytest.mark.parametrize("epsilon", [0.08, 0.2, 0.5])
@pytest.mark.parametrize(
    "matrix",
    [
        pytest.param(make_moons(600, noise=0.1, random_state=1)[0], id="moons"),
        pytest.param(UNEQUAL[0], id="unequal blobs"),
        pytest.param(ROUNDED, id="many equal rows"),
        pytest.param(ONE_HOT, id="nothing but equal rows"),
        pytest.param(np.random.default_rng(4).uniform(size=(400, 5)), id="five features"),
    ],
)
def test_core_samples_clusters_and_noise_are_those_of_scikit_learn(
    matrix: Matrix, epsilon: float, min_samples: int
) -> None:
    reference = DBSCAN(eps=epsilon, min_samples=min_samples).fit(matrix)
    found = dbscan(matrix, epsilon, min_samples)
    core = reference.core_sample_indices_
    assert np.array_equal(found.labels < 0, reference.labels_ < 0)
    if len(core):
        assert adjusted_rand_score(reference.labels_[core], found.labels[core]) == 1.0
        assert found.labels.max() == reference.labels_.max()


def test_a_border_sample_belongs_to_its_nearest_core_sample_in_any_order_of_the_rows() -> None:
    matrix = make_blobs(700, 3, centers=5, cluster_std=1.5, random_state=0)[0]
    order = np.random.default_rng(0).permutation(len(matrix))
    once, again = dbscan(matrix, 0.9), dbscan(matrix[order], 0.9)
    assert (once.labels < 0).sum() > 10
    assert adjusted_rand_score(once.labels[order], again.labels) == 1.0


def test_clusters_are_numbered_by_their_core_samples() -> None:
    found = dbscan(UNEQUAL[0], 0.5)
    core = DBSCAN(eps=0.5, min_samples=5).fit(UNEQUAL[0]).core_sample_indices_
    sizes = np.bincount(found.labels[core])
    assert len(sizes) > 1
    assert sizes.tolist() == sorted(sizes.tolist(), reverse=True)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("draw", "least"),
    [
        (lambda seed: make_moons(1000, noise=0.05, random_state=seed), 0.98),
        (lambda seed: make_moons(1000, noise=0.1, random_state=seed), 0.90),
        (lambda seed: make_circles(1000, noise=0.05, factor=0.5, random_state=seed), 0.95),
        (lambda seed: make_blobs(3000, 8, centers=6, random_state=seed), 0.95),
    ],
)
def test_an_epsilon_left_out_finds_moons_rings_and_blobs(draw, least: float, seed: int) -> None:  # type: ignore[no-untyped-def]  # a row of the table above
    matrix, truth = draw(seed)
    matrix = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    assert adjusted_rand_score(truth, dbscan(matrix).labels) >= least


def test_an_epsilon_left_out_finds_groups_of_unequal_density() -> None:
    assert adjusted_rand_score(UNEQUAL[1], dbscan(UNEQUAL[0]).labels) > 0.9


def test_the_knee_of_a_bent_line_is_its_corner() -> None:
    assert knee(np.array([0.0, 0.1, 0.2, 0.3, 5.0, 10.0])) == 0.3
    assert knee(np.full(4, 2.0)) == 2.0


def test_a_single_far_sample_does_not_move_epsilon() -> None:
    distances = np.concatenate([np.linspace(1, 2, 950), np.linspace(2, 6, 49)])
    assert read_knee(np.append(distances, 1e6)) == pytest.approx(read_knee(distances), rel=0.05)


def test_the_longest_run_ends_at_its_widest_and_leaves_out_what_cannot_be() -> None:
    assert longest_run([None, 4, 4, 4, 2, 2, None]) == 3
    assert longest_run([4, 4, 2, 2]) == 3
    assert longest_run([None, None, 2]) == 2
    assert longest_run([None, None]) is None


def test_the_radii_tried_lie_about_the_knee() -> None:
    radii = near(2.0)
    assert radii[0] == 1.5
    assert radii == sorted(radii)
    assert 3.8 < radii[-1] <= 4.0


def test_an_epsilon_left_out_makes_no_more_clusters_than_a_run_may_have() -> None:
    centres = np.array([[x, y] for x in range(5) for y in range(5)]) * 1.0
    matrix = np.repeat(centres, 40, axis=0) + np.random.default_rng(0).normal(size=(1000, 2)) * 0.07
    # Twenty-five groups, which lie nearer to each other in the rows of the grid than in its columns.
    matrix[:, 0] *= 3
    assert dbscan(matrix, 0.2).labels.max() + 1 > 15
    assert 2 <= dbscan(matrix).labels.max() + 1 <= 15


@pytest.mark.parametrize("seed", range(3))
def test_an_epsilon_left_out_finds_planted_customers_where_they_lie_apart(seed: int) -> None:
    planted = plant(seed, separation=8.0)
    matrix = encode(planted.columns, PreparationSettings(), 200).matrix
    assert adjusted_rand_score(planted.truth, dbscan(matrix).labels) > 0.85


def test_an_epsilon_given_is_kept_however_many_clusters_it_makes() -> None:
    matrix = np.repeat(np.arange(30.0)[:, None] * 10, 6, axis=0)
    found = dbscan(matrix, epsilon=1.0)
    assert (int(found.labels.max()) + 1, epsilon_of(found)) == (30, 1.0)


def test_equal_rows_alone_have_an_epsilon_that_keeps_the_different_ones_apart() -> None:
    found = dbscan(ONE_HOT)
    assert 0 < epsilon_of(found) < np.sqrt(2)
    assert found.labels.max() == 3


def test_a_sample_is_clustered_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, truth = make_blobs(12_000, 3, centers=4, random_state=3)
    exact = dbscan(matrix, 0.6)
    monkeypatch.setattr(dense_regions, "EXACT_CELLS", 8 * 4000)
    for epsilon in (None, 0.6):
        partitioner = DbscanPartitioner(matrix, DbscanSettings(epsilon), 0, Effort.FULL, unwatched)
        found = partitioner.partition(None, unwatched)
        assert partitioner.approximation is not None
        assert partitioner.approximation.size == 4000
        assert adjusted_rand_score(truth, found.labels) > 0.95
        assert np.array_equal(found.assigner.assign(matrix), found.labels)
    assert epsilon_of(found) > epsilon_of(exact)


def test_labels_do_not_depend_on_where_the_origin_is() -> None:
    matrix = np.round(make_moons(400, noise=0.1, random_state=2)[0] * 64) / 64
    moved: Labels = dbscan(matrix + 4.0, 0.2).labels
    assert np.array_equal(dbscan(matrix, 0.2).labels, moved)


def test_distances_beyond_all_numbers_are_refused() -> None:
    far = np.concatenate([np.zeros((30, 2)), np.full((30, 2), 1e200)])
    with pytest.raises(UnsuitableData, match="too far apart"):
        dbscan(far)
