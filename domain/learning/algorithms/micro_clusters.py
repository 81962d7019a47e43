"""Many small clusters that stand for all samples, where these are too many for an exact tree."""

from dataclasses import dataclass

import numpy as np

from domain.learning.algorithms.assigning import NearestSample
from domain.learning.algorithms.cutting import cut
from domain.learning.algorithms.folding import fold
from domain.learning.algorithms.linkages import merge_tree
from domain.learning.judging.dispersion import cluster_means
from domain.learning.progress import within
from domain.learning.sampling import generator
from domain.terms.algorithms import Linkage
from domain.terms.arrays import Labels, Matrix, Vector
from domain.terms.training import Watch

SAMPLE_ROWS = 20_000
"""Samples whose own Ward tree makes the micro-clusters."""


@dataclass(frozen=True, slots=True)
class MicroClusters:
    """Small clusters in place of samples.

    A sample is of the nearest of the `centers` (n_centers, n_features), and that is of
    `micro_of_center` (n_centers,). `means` (n_micro, n_features) are those of the samples
    in each, `weights` (n_micro,) their numbers, none of them 0; `micro_of` (n_samples,)
    is the micro-cluster of each sample. Numbered by their first samples.
    """

    centers: Matrix
    micro_of_center: Labels
    means: Matrix
    weights: Vector
    micro_of: Labels


def micro_clusters(matrix: Matrix, count: int, seed: int, watch: Watch) -> MicroClusters:
    """Divide the samples (n_samples, n_features) among at most `count` micro-clusters.

    The Ward tree of a random sample is cut into so many; the means of these take the
    nearest of all samples.
    """
    centers = _centers(matrix, count, seed, within(watch, 0.0, 0.5))
    nearest = NearestSample(centers, np.arange(len(centers))).find(matrix, within(watch, 0.5, 1.0))
    # Numbered by their first sample, and without those that nobody is nearest to.
    first = np.full(len(centers), len(matrix))
    first[nearest[::-1]] = np.arange(len(matrix))[::-1]
    taken = np.argsort(first, kind="stable")[: np.count_nonzero(first < len(matrix))]
    micro_of_center = NearestSample(centers[taken], np.arange(len(taken))).assign(centers)
    micro_of_center[taken] = np.arange(len(taken))
    micro_of = micro_of_center[nearest]
    weights = np.bincount(micro_of).astype(np.float64)
    return MicroClusters(
        centers, micro_of_center, cluster_means(matrix, micro_of, len(weights)), weights, micro_of
    )


def _centers(matrix: Matrix, count: int, seed: int, watch: Watch) -> Matrix:
    size = min(len(matrix), SAMPLE_ROWS)
    rows = np.sort(generator(seed).choice(len(matrix), size, replace=False, shuffle=False))
    sample = matrix[rows]
    folded = fold(sample, watch)
    if len(folded.points) <= count:
        return folded.points
    labels = cut(merge_tree(folded.points, folded.weights, Linkage.WARD, watch), count)
    labels = labels if folded.point_of is None else labels[folded.point_of]
    return cluster_means(sample, labels, int(labels.max()) + 1)
