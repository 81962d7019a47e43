"""HDBSCAN: the clusters of the reference, without its dependence on the order of the rows."""

import numpy as np
import pytest
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist
from sklearn.cluster import HDBSCAN
from sklearn.datasets import make_blobs, make_moons
from sklearn.metrics import adjusted_rand_score

from domain.learning.algorithms import dense_regions
from domain.learning.algorithms.contract import Effort, Partition
from domain.learning.algorithms.density_tree import spanning_tree
from domain.learning.algorithms.hdbscan import HdbscanPartitioner, thresholds
from domain.learning.algorithms.neighbours import arrange
from domain.learning.progress import unwatched
from domain.terms.algorithms import HdbscanSettings
from domain.terms.arrays import Matrix


def hdbscan(
    matrix: Matrix, size: int | None = None, neighbours: int | None = None, effort: Effort = Effort.FULL
) -> Partition:
    settings = HdbscanSettings(size, neighbours)
    return HdbscanPartitioner(matrix, settings, 0, effort, unwatched).partition(None, unwatched)


def test_two_groups_and_a_far_one_by_hand() -> None:
    line = np.array([[0.0], [1.0], [2.0], [10.0], [11.0], [12.0], [13.0], [40.0]])
    found = hdbscan(line, 3, 2)
    assert found.labels.tolist() == [1, 1, 1, 0, 0, 0, 0, -1]
    assert found.confidence is not None
    # All of a cluster leave it at a distance of 1.
    assert found.confidence.tolist() == [1, 1, 1, 1, 1, 1, 1, 0]


@pytest.mark.parametrize(("size", "neighbours"), [(10, 5), (15, 5), (30, 30), (8, 20)])
@pytest.mark.parametrize(
    "matrix",
    [
        pytest.param(make_moons(800, noise=0.08, random_state=0)[0], id="moons"),
        pytest.param(make_blobs(900, 3, centers=5, random_state=2)[0], id="blobs"),
        pytest.param(np.random.default_rng(4).normal(size=(500, 4)), id="noise"),
    ],
)
def test_labels_are_those_of_scikit_learn_but_for_samples_that_either_cluster_could_have(
    matrix: Matrix, size: int, neighbours: int
) -> None:
    reference = HDBSCAN(min_cluster_size=size, min_samples=neighbours, copy=True).fit(matrix)
    found = hdbscan(matrix, size, neighbours)
    clusters = int(reference.labels_.max()) + 1
    assert int(found.labels.max()) + 1 == clusters
    # One sample a split lies between both sides: noise here, by the order of the rows there.
    between = (found.labels < 0) & (reference.labels_ >= 0)
    assert between.sum() <= max(0, clusters)
    assert not ((found.labels >= 0) & (reference.labels_ < 0)).any()
    assert adjusted_rand_score(reference.labels_[~between], found.labels[~between]) == 1.0


def test_where_scikit_learn_goes_by_the_order_of_the_rows_we_give_one_of_its_answers() -> None:
    matrix = np.random.default_rng(4).normal(size=(500, 4))
    order = np.random.default_rng(1).permutation(500)
    reference = HDBSCAN(min_cluster_size=5, min_samples=5, copy=True)
    once, again = reference.fit_predict(matrix), reference.fit_predict(matrix[order])
    # Four samples and one between two clusters are five, the smallest cluster, or are not.
    assert (once.max() + 1, again.max() + 1) == (4, 3)
    assert hdbscan(matrix, 5, 5).labels.max() + 1 == hdbscan(matrix[order], 5, 5).labels.max() + 1 == 3


@pytest.mark.parametrize("features", [1, 3, 12])
def test_the_spanning_tree_is_as_short_as_scipys(features: int) -> None:
    matrix = np.random.default_rng(features).normal(size=(300, features))
    neighbours = arrange(matrix, np.ones(300, dtype=np.int64))
    core = neighbours.core_distances(6)
    points = neighbours.points
    away = np.square(cdist(points, points))
    assert core == pytest.approx(np.sort(away, axis=1)[:, 5])
    reach = np.maximum(away, np.maximum(core[:, None], core))
    reference = np.sort(minimum_spanning_tree(reach).data)
    assert spanning_tree(neighbours, core).squares == pytest.approx(reference)


def test_the_order_of_the_rows_changes_nothing() -> None:
    matrix = np.round(make_moons(900, noise=0.12, random_state=5)[0], 2)
    order = np.random.default_rng(0).permutation(len(matrix))
    assert adjusted_rand_score(hdbscan(matrix, 8, 8).labels[order], hdbscan(matrix[order], 8, 8).labels) == 1


def test_equal_rows_have_equal_labels_and_confidence() -> None:
    matrix = np.round(make_blobs(600, 2, centers=3, random_state=1)[0], 0)
    found = hdbscan(matrix, 20, 10)
    assert found.confidence is not None
    kinds = np.unique(matrix, axis=0, return_inverse=True)[1].reshape(-1)
    for kind in np.unique(kinds):
        assert len(np.unique(found.labels[kinds == kind])) == 1
        assert len(np.unique(found.confidence[kinds == kind])) == 1


def test_confidence_is_0_for_noise_and_higher_in_the_middle_than_at_the_edge() -> None:
    matrix, _ = make_blobs(1000, 2, centers=[[0, 0], [12, 0]], random_state=0)
    found = hdbscan(matrix)
    assert found.confidence is not None
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()
    assert not found.confidence[found.labels < 0].any()
    middle = np.abs(matrix - [0, 0]).max(axis=1) < 0.5
    edge = (matrix[:, 0] < 5) & (np.linalg.norm(matrix, axis=1) > 2.2)
    assert found.confidence[middle].mean() > 2 * found.confidence[edge].mean()


def test_a_sample_far_from_all_known_ones_is_noise() -> None:
    matrix, _ = make_blobs(400, 2, centers=[[0, 0], [12, 0]], random_state=0)
    assigner = hdbscan(matrix).assigner
    assert assigner.assign(np.array([[0.0, 100.0], [500.0, 0.0]])).tolist() == [-1, -1]
    assert sorted(assigner.assign(np.array([[0.0, 0.0], [12.0, 0.0]])).tolist()) == [0, 1]


def test_thresholds_left_out_go_by_the_number_of_samples() -> None:
    assert thresholds(HdbscanSettings(), 100, 100) == (10, 10)
    assert thresholds(HdbscanSettings(), 10_000, 10_000) == (200, 20)
    assert thresholds(HdbscanSettings(), 24_000, 24_000) == (480, 40)
    assert thresholds(HdbscanSettings(), 1_000_000, 38_095) == (20_000, 60)
    assert thresholds(HdbscanSettings(min_cluster_size=7), 10_000, 10_000) == (7, 7)
    assert thresholds(HdbscanSettings(min_cluster_size=7, min_samples=30), 10_000, 10_000) == (7, 30)


def test_a_smallest_size_left_out_grows_until_a_run_may_have_so_many_clusters() -> None:
    centres = np.array([[x, y] for x in range(5) for y in range(5)]) * 10.0
    sizes = np.where(np.arange(25) < 12, 60, 35)
    matrix = np.repeat(centres, sizes, axis=0) + np.random.default_rng(0).normal(size=(sizes.sum(), 2))
    quick, full = hdbscan(matrix, effort=Effort.QUICK), hdbscan(matrix)
    # A resample chooses as the run does.
    assert quick.labels.tolist() == full.labels.tolist()
    assert 12 <= full.labels.max() + 1 <= 15
    assert full.density is not None
    assert full.density.min_cluster_size is not None
    assert 24 < full.density.min_cluster_size <= 60
    assert hdbscan(matrix, 10).labels.max() + 1 == 25


def test_a_sample_is_clustered_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, truth = make_blobs(9000, 3, centers=4, random_state=3)
    monkeypatch.setattr(dense_regions, "EXACT_CELLS", 8 * 3000)
    partitioner = HdbscanPartitioner(matrix, HdbscanSettings(), 0, Effort.FULL, unwatched)
    found = partitioner.partition(None, unwatched)
    assert partitioner.approximation is not None
    assert partitioner.approximation.size == 3000
    assert adjusted_rand_score(truth, found.labels) > 0.9
    assert np.array_equal(found.assigner.assign(matrix), found.labels)
    assert found.confidence is not None
    assert found.confidence.shape == (9000,)
