"""The top of a merge tree, as it is drawn."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import cophenet, is_valid_linkage, linkage
from scipy.cluster.hierarchy import dendrogram as drawn
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

from domain.learning.algorithms.contract import Effort, Tree
from domain.learning.algorithms.dendrogram import MOST_LEAVES, dendrogram
from domain.learning.algorithms.hierarchical import HierarchicalPartitioner, cut
from domain.learning.progress import unwatched
from domain.terms.algorithms import HierarchicalSettings, Linkage
from domain.terms.arrays import Matrix

WINE: Matrix = StandardScaler().fit_transform(load_wine().data)


@pytest.mark.parametrize("method", Linkage)
def test_a_folded_tree_keeps_heights_sizes_and_segments(method: Linkage) -> None:
    merges = linkage(WINE, method.lower())  # type: ignore[arg-type]  # the enum's values are SciPy's names
    segments = np.array([4, 0, 2])[cut(merges, 3)]
    figure = dendrogram(Tree(merges, None), segments)
    assert is_valid_linkage(figure.merges)
    assert figure.merges[:, 2].tolist() == merges[-(MOST_LEAVES - 1) :, 2].tolist()
    assert figure.leaf_sizes.sum() == 178
    assert len(figure.leaf_sizes) == len(figure.leaf_segments) == MOST_LEAVES
    for segment in (0, 2, 4):
        assert figure.leaf_sizes[figure.leaf_segments == segment].sum() == (segments == segment).sum()
    # The distances in the folded tree are those of the samples in the whole one.
    leaves = cut(merges, MOST_LEAVES)
    first = np.unique(leaves, return_index=True)[1]
    whole = np.zeros((178, 178))
    whole[np.triu_indices(178, 1)] = cophenet(merges)
    assert cophenet(figure.merges).tolist() == pytest.approx(
        whole[np.ix_(first, first)][np.triu_indices(MOST_LEAVES, 1)].tolist()
    )
    assert figure.merges[-3, 2] < figure.cut < figure.merges[-2, 2]
    assert sorted(drawn(figure.merges, no_plot=True)["leaves"] or []) == list(range(MOST_LEAVES))


def test_a_small_tree_is_kept_whole_and_cut_midway() -> None:
    tree = Tree(linkage(np.array([[0.0], [1.0], [5.0]]), "single"), None)
    figure = dendrogram(tree, np.array([0, 0, 1]))
    assert figure.merges.tolist() == [[0, 1, 1, 2], [2, 3, 4, 3]]
    assert figure.leaf_segments.tolist() == [0, 0, 1]
    assert figure.cut == 2.5
    assert dendrogram(tree, np.array([0, 1, 2])).cut == 0.5


def test_a_leaf_of_several_samples_counts_them_all() -> None:
    # Two at 0, one at 1, three at 5.
    merges = linkage(np.array([[0.0], [1.0], [5.0]]), "single")
    tree = Tree(merges, np.array([0, 2, 2, 1, 0, 2]))
    figure = dendrogram(tree, np.array([0, 1, 1, 0, 0, 1]))
    assert figure.leaf_sizes.tolist() == [2, 1, 3]
    assert figure.leaf_segments.tolist() == [0, 0, 1]
    assert figure.merges.tolist() == [[0, 1, 1, 2], [2, 3, 4, 3]]


def test_equal_customers_are_drawn_as_one_leaf_with_their_number() -> None:
    samples = np.repeat(np.arange(60.0) ** 2, 3)[:, None]
    tree = HierarchicalPartitioner(samples, HierarchicalSettings(), 0, Effort.FULL, unwatched)
    segments = tree.partition(4, unwatched).labels
    figure = dendrogram(tree.tree, segments)
    assert is_valid_linkage(figure.merges)
    assert figure.leaf_sizes.sum() == 180
    for segment in range(4):
        assert figure.leaf_sizes[figure.leaf_segments == segment].sum() == (segments == segment).sum()
