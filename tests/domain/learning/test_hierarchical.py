"""The merge tree and its cuts, against SciPy's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.datasets import load_iris, load_wine
from sklearn.preprocessing import StandardScaler

from domain.learning.hierarchical import HierarchicalPartitioner, cut
from domain.learning.progress import unwatched
from domain.terms.algorithms import HierarchicalSettings, Linkage
from domain.terms.arrays import Labels, Matrix

WINE: Matrix = StandardScaler().fit_transform(load_wine().data)


def scipy_linkage(matrix: Matrix, method: Linkage) -> Matrix:
    return linkage(matrix, method.lower())  # type: ignore[arg-type]  # the enum's values are SciPy's names


def same_partition(one: Labels, other: Labels) -> bool:
    pairs = set(zip(one.tolist(), other.tolist(), strict=True))
    return len(pairs) == len(set(one.tolist())) == len(set(other.tolist()))


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
    partitioner = HierarchicalPartitioner(WINE, HierarchicalSettings(linkage=method), 0, unwatched)
    labels = partitioner.labels(count, unwatched)
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
    labels = HierarchicalPartitioner(
        StandardScaler().fit_transform(load_iris().data), HierarchicalSettings(), 0, unwatched
    ).labels(5, unwatched)
    assert list(dict.fromkeys(labels.tolist())) == [0, 1, 2, 3, 4]
