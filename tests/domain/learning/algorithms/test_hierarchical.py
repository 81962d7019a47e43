"""The merge tree and its cuts, against SciPy's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.datasets import load_iris, load_wine, make_blobs
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

from domain.learning.algorithms.contract import Effort
from domain.learning.algorithms.folding import fold
from domain.learning.algorithms.hierarchical import HierarchicalPartitioner, cut, exact_ward_rows
from domain.learning.algorithms.linkages import merge_tree
from domain.learning.algorithms.micro_clusters import micro_clusters
from domain.learning.judging.dispersion import disperse
from domain.learning.progress import unwatched
from domain.terms.algorithms import HierarchicalSettings, Linkage
from domain.terms.arrays import Labels, Matrix
from domain.terms.segments import ApproximationMethod
from domain.terms.training import Watch

WINE: Matrix = StandardScaler().fit_transform(load_wine().data)


def scipy_linkage(matrix: Matrix, method: Linkage) -> Matrix:
    return linkage(matrix, method.lower())  # type: ignore[arg-type]  # the enum's values are SciPy's names


def partitioner(matrix: Matrix, method: Linkage = Linkage.WARD, seed: int = 0) -> HierarchicalPartitioner:
    return HierarchicalPartitioner(matrix, HierarchicalSettings(linkage=method), seed, Effort.FULL, unwatched)


def same_partition(one: Labels, other: Labels) -> bool:
    pairs = set(zip(one.tolist(), other.tolist(), strict=True))
    return len(pairs) == len(set(one.tolist())) == len(set(other.tolist()))


def stopping_after(words: int) -> Watch:
    """Watch, and raise after so many words."""
    left = iter(range(words))

    def watch(fraction: float, message: str) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    return watch


def test_a_tree_of_four_points_is_cut_where_it_merges_last() -> None:
    # 0 and 1 merge at 1, 5 and 7 at 2, the pairs last.
    merges = linkage(np.array([[5.0], [0.0], [7.0], [1.0]]), "single")
    assert cut(merges, 1).tolist() == [0, 0, 0, 0]
    assert cut(merges, 2).tolist() == [0, 1, 0, 1]
    assert cut(merges, 3).tolist() == [0, 1, 2, 1]
    assert cut(merges, 4).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("method", Linkage)
@pytest.mark.parametrize("count", [2, 3, 6, 15])
def test_the_labels_equal_scipys_up_to_renumbering(method: Linkage, count: int) -> None:
    labels = partitioner(WINE, method).partition(count, unwatched).labels
    reference = fcluster(scipy_linkage(WINE, method), count, "maxclust")
    assert same_partition(labels, reference.astype(np.int64))


def test_ties_that_scipys_cut_cannot_part_are_still_parted() -> None:
    line = np.arange(10.0)[:, None]
    merges = linkage(line, "single")
    assert len(np.unique(fcluster(merges, 4, "maxclust"))) == 1
    assert np.bincount(cut(merges, 4)).tolist() == [7, 1, 1, 1]


@settings(deadline=None, max_examples=50)
@given(
    points=arrays(np.float64, (12, 2), elements=st.integers(0, 3)),
    method=st.sampled_from(Linkage),
    count=st.integers(1, 11),
)
def test_cuts_have_exactly_their_count_and_are_nested(points: Matrix, method: Linkage, count: int) -> None:
    merges = scipy_linkage(points, method)
    coarse, fine = cut(merges, count), cut(merges, count + 1)
    assert np.unique(coarse).tolist() == list(range(count))
    # Each finer cluster is within one coarser.
    assert len(set(zip(fine.tolist(), coarse.tolist(), strict=True))) == count + 1


def test_clusters_are_numbered_by_their_first_sample() -> None:
    iris = StandardScaler().fit_transform(load_iris().data)
    labels = partitioner(iris).partition(5, unwatched).labels
    assert list(dict.fromkeys(labels.tolist())) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("method", Linkage)
@pytest.mark.parametrize(("samples", "features"), [(2, 1), (3, 2), (70, 1), (1500, 5), (400, 40)])
def test_the_tree_equals_scipys(method: Linkage, samples: int, features: int) -> None:
    matrix = np.random.default_rng(samples).lognormal(size=(samples, features))
    found, reference = merge_tree(matrix, np.ones(samples), method, unwatched), scipy_linkage(matrix, method)
    assert found[:, 2] == pytest.approx(reference[:, 2], rel=1e-11)
    assert found[:, [0, 1, 3]].tolist() == reference[:, [0, 1, 3]].tolist()


def test_a_point_that_weighs_two_is_merged_by_ward_as_two() -> None:
    merges = merge_tree(np.array([[0.0], [3.0], [10.0]]), np.array([2.0, 1.0, 1.0]), Linkage.WARD, unwatched)
    # 2 · 2 · 1 / 3 · 3²; then 2 · 3 · 1 / 4 · 9² from the mean, 1.
    assert merges[:, 2].tolist() == pytest.approx([12**0.5, 121.5**0.5])
    assert merges[:, [0, 1, 3]].tolist() == [[0, 1, 3], [2, 3, 4]]


@pytest.mark.parametrize("method", Linkage)
def test_equal_samples_are_one_leaf_and_change_nothing_above(method: Linkage) -> None:
    random = np.random.default_rng(1)
    matrix = random.normal(size=(300, 3))[random.integers(300, size=900)]
    tree, reference = partitioner(matrix, method).tree, scipy_linkage(matrix, method)
    assert tree.leaf_of is not None
    assert len(tree.merges) + 1 == len(np.unique(matrix, axis=0)) == tree.leaf_of.max() + 1
    assert tree.merges[:, 2] == pytest.approx(reference[-len(tree.merges) :, 2], rel=1e-11)
    assert tree.merges[:, 3].tolist() == reference[-len(tree.merges) :, 3].tolist()


def test_minus_zero_is_zero_and_equal_rows_are_numbered_by_the_first() -> None:
    folded = fold(np.array([[0.0, 2.0], [1.0, 2.0], [-0.0, 2.0]]), unwatched)
    assert folded.points.tolist() == [[0, 2], [1, 2]]
    assert folded.weights.tolist() == [2, 1]
    assert folded.point_of is not None
    assert folded.point_of.tolist() == [0, 1, 0]


@settings(deadline=None, max_examples=60)
@given(
    samples=arrays(np.float64, (60, 3), elements=st.integers(0, 2)),
    method=st.sampled_from(Linkage),
    count=st.integers(1, 6),
)
def test_ties_and_equal_rows_leave_exact_counts_and_rows_where_they_were(
    samples: Matrix, method: Linkage, count: int
) -> None:
    different = len(np.unique(samples, axis=0))
    found = partitioner(samples, method).partition(min(count, different), unwatched)
    assert np.unique(found.labels).tolist() == list(range(min(count, different)))
    assert found.assigner.assign(samples).tolist() == found.labels.tolist()


@pytest.mark.parametrize("method", Linkage)
def test_an_exception_of_the_watch_ends_every_long_step(method: Linkage) -> None:
    matrix = np.random.default_rng(0).normal(size=(3000, 4))
    told: list[float] = []
    HierarchicalPartitioner(
        matrix, HierarchicalSettings(linkage=method), 0, Effort.FULL, lambda share, _: told.append(share)
    )
    assert told == sorted(told)
    assert 0 <= told[0] <= told[-1] <= 1
    for step in range(len(told)):
        with pytest.raises(KeyboardInterrupt):
            HierarchicalPartitioner(
                matrix, HierarchicalSettings(linkage=method), 0, Effort.FULL, stopping_after(step)
            )
        if step > 3:
            break


def test_distances_too_large_for_a_number_still_make_a_tree() -> None:
    merges = merge_tree(np.array([[0.0], [1e200], [-1e200]]), np.ones(3), Linkage.WARD, unwatched)
    assert merges[:, 3].tolist() == [2, 3]


def test_few_or_many_features_decide_up_to_where_ward_is_exact() -> None:
    assert exact_ward_rows(1) == exact_ward_rows(20) == 100_000
    assert exact_ward_rows(40) == 50_000
    assert exact_ward_rows(2_000) == 10_000


def test_micro_clusters_divide_all_samples() -> None:
    matrix = np.random.default_rng(0).normal(size=(5000, 2))
    micro = micro_clusters(matrix, 200, 0, unwatched)
    assert len(micro.weights) == len(micro.means) == 200
    assert np.bincount(micro.micro_of).tolist() == micro.weights.tolist()
    assert micro.weights @ micro.means == pytest.approx(matrix.sum(axis=0))
    assert list(dict.fromkeys(micro.micro_of.tolist())) == list(range(200))
    within = np.square(matrix - micro.means[micro.micro_of]).sum()
    assert within < 0.01 * np.square(matrix).sum()


def test_more_samples_than_an_exact_tree_takes_are_divided_as_planted() -> None:
    matrix, planted = make_blobs(120_000, 3, centers=5, cluster_std=0.7, random_state=4)
    made = partitioner(matrix)
    assert made.approximation is not None
    assert made.approximation.method is ApproximationMethod.MICRO_CLUSTERS
    assert made.tree.merges[-1, 3] == 120_000
    assert len(made.tree.merges) + 1 == made.approximation.size <= 2_000
    found = made.partition(5, unwatched)
    assert adjusted_rand_score(planted, found.labels) > 0.98
    assert disperse(matrix, found.labels).inertia < 1.01 * disperse(matrix, planted).inertia
    assert list(dict.fromkeys(found.labels.tolist())) == [0, 1, 2, 3, 4]
    assert np.array_equal(found.assigner.assign(matrix), found.labels)
    assert np.array_equal(partitioner(matrix).partition(5, unwatched).labels, found.labels)


def test_many_customers_of_few_kinds_have_an_exact_tree() -> None:
    samples = np.random.default_rng(0).integers(0, 4, size=(150_000, 3)).astype(np.float64)
    made = partitioner(samples)
    assert made.approximation is None
    assert len(made.tree.merges) == 63
    assert made.tree.merges[-1, 3] == 150_000
