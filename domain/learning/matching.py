"""The index that a segment keeps, over retraining too."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from domain.learning.dispersion import cluster_means
from domain.terms.arrays import Labels, Mask, Matrix


@dataclass(frozen=True, slots=True)
class Identity:
    """The index of a cluster's segment, and of the previous segment that it continues, if any."""

    index: int
    previous_index: int | None


def identify(labels: Labels) -> tuple[Identity, ...]:
    """Number the clusters of a first run by size, largest first; of equals, the one that comes first.

    `labels` (n_samples,) numbered from 0 without a gap. Returns one a cluster.
    """
    return _identities(labels, {})


def identify_by_members(labels: Labels, now: Labels, before: Labels) -> tuple[Identity, ...]:
    """Number clusters so that they continue the segments that their people were in.

    `labels` (n_samples,); `now` and `before` (n_common,) are the cluster and the
    previous segment's index of the people that both runs have, -1 for none. The
    pairs are those with the greatest sum of Jaccard indexes; one counts where most
    of the cluster comes from the segment, or most of the segment went there: less
    is a chance meeting, more would tear a segment from the larger half of its
    people when it is split. Source: Kuhn 1955 (Hungarian method).
    """
    both = (now >= 0) & (before >= 0)
    now, before = now[both], before[both]
    previous = np.unique(before)
    common = np.zeros((int(labels.max()) + 1, len(previous)))
    np.add.at(common, (now, np.searchsorted(previous, before)), 1)
    here, there = common.sum(axis=1, keepdims=True), common.sum(axis=0, keepdims=True)
    real = (common > here / 2) | (common > there / 2)
    jaccard = common / np.maximum(here + there - common, 1)
    return _identities(labels, _pairs(jaccard, real, previous.tolist()))


def identify_by_centroids(
    matrix: Matrix, labels: Labels, centroids: Matrix, indexes: Sequence[int]
) -> tuple[Identity, ...]:
    """Number clusters so that they continue the segments that lay where they lie, when the people are others.

    `matrix` (n_samples, n_features) and the previous `centroids` (n_previous,
    n_features) share one scale; `indexes` are the previous segments'. A pair counts
    where the previous centroid would be a member: no other cluster's is nearer, and
    it is no farther off than the members are on (root mean square) average. The
    pairs are those with the greatest sum of closeness, 1 - distance / that average.
    """
    count = int(labels.max()) + 1
    means = cluster_means(matrix, labels, count)
    distances = cdist(means, centroids)
    squares = np.square(matrix - means[labels]).sum(axis=1)
    radii = np.sqrt(np.bincount(labels, squares) / np.bincount(labels))
    real = (distances <= distances.min(axis=0, keepdims=True)) & (distances <= radii[:, None])
    closeness = 1 - distances / np.where(radii > 0, radii, 1.0)[:, None]
    return _identities(labels, _pairs(closeness, real, indexes))


def renumber(labels: Labels, identities: Sequence[Identity]) -> Labels:
    """Replace clusters by the indexes of their segments; -1 stays."""
    indexes = np.array([identity.index for identity in identities] + [-1], dtype=np.int64)
    return indexes[labels]


def _pairs(gain: Matrix, real: Mask, previous: Sequence[int]) -> dict[int, int]:
    """Pair clusters with previous indexes, each at most once, for the greatest sum of real gains, 0..1."""
    clusters, places = linear_sum_assignment(np.where(real, gain, 0.0), maximize=True)
    return {
        int(cluster): previous[place]
        for cluster, place in zip(clusters.tolist(), places.tolist(), strict=True)
        if real[cluster, place]
    }


def _identities(labels: Labels, matched: dict[int, int]) -> tuple[Identity, ...]:
    clusters, first, sizes = np.unique(labels[labels >= 0], return_index=True, return_counts=True)
    by_size = clusters[np.lexsort((first, -sizes))].tolist()
    taken = set(matched.values())
    free = (index for index in range(len(clusters) + len(taken)) if index not in taken)
    indexes = {cluster: matched[cluster] if cluster in matched else next(free) for cluster in by_size}
    return tuple(Identity(indexes[cluster], matched.get(cluster)) for cluster in clusters.tolist())
