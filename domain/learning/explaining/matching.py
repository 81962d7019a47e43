"""The index that a segment keeps, over retraining too."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from domain.learning.judging.dispersion import cluster_means
from domain.learning.kernels.blocks import in_blocks
from domain.terms.arrays import Labels, Mask, Matrix, Vector


@dataclass(frozen=True, slots=True)
class Identity:
    """The index of a cluster's segment, and of the previous segment that it continues, if any."""

    index: int
    previous_index: int | None


@dataclass(frozen=True, slots=True)
class Common:
    """The people that two runs have in common, counted by segment.

    `counts` (n_clusters, n_previous) by cluster and previous segment; `here`
    (n_clusters,) and `there` (n_previous,) count those of each who are in both runs,
    those too that are in no segment of the other. `previous` has the previous indexes.
    """

    counts: Matrix
    here: Vector
    there: Vector
    previous: tuple[int, ...]

    @classmethod
    def of(cls, now: Labels, before: Labels, clusters: int, previous: Sequence[int]) -> "Common":
        """Count; `now` and `before` (n_common,) are their clusters and previous indexes, -1 for none."""
        place = np.full(max(previous, default=-1) + 2, -1, dtype=np.int64)
        place[list(previous)] = np.arange(len(previous))
        # Who is in none is counted in the first row or column; -1 is the last place, which is -1.
        width = len(previous) + 1
        table = np.bincount((now + 1) * width + place[before] + 1, minlength=(clusters + 1) * width)
        table = table.reshape(clusters + 1, width)
        here, there = table.sum(axis=1)[1:], table.sum(axis=0)[1:]
        return cls(
            table[1:, 1:].astype(np.float64),
            here.astype(np.float64),
            there.astype(np.float64),
            tuple(previous),
        )

    @property
    def jaccard(self) -> Matrix:
        """Give the Jaccard index of each cluster and previous segment, 0..1."""
        union = self.here[:, None] + self.there - self.counts
        return np.asarray(self.counts / np.maximum(union, 1))


def identify(labels: Labels) -> tuple[Identity, ...]:
    """Number the clusters of a first run by size, largest first; of equals, the one that comes first.

    `labels` (n_samples,) numbered from 0 without a gap, -1 for none. Returns one a cluster.
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
    people = Common.of(now, before, int(labels.max()) + 1, np.unique(before[before >= 0]).tolist())
    counts, here, there = people.counts, people.here[:, None], people.there[None, :]
    real = (counts > here / 2) | (counts > there / 2)
    return _identities(labels, _pairs(people.jaccard, real, people.previous))


def identify_by_centroids(
    matrix: Matrix, labels: Labels, centroids: Matrix, indexes: Sequence[int]
) -> tuple[Identity, ...]:
    """Number clusters so that they continue the segments that lay where they lie, when the people are others.

    `labels` has -1 for noise; `matrix` (n_samples, n_features) and the previous `centroids` (n_previous,
    n_features) share one scale; `indexes` are the previous segments'. A pair counts
    where the previous centroid would be a member: no other cluster's is nearer, and
    it is no farther off than the members are on (root mean square) average. The
    pairs are those with the greatest sum of closeness, 1 - distance / that average.
    """
    count = int(labels.max()) + 1
    means = cluster_means(matrix, labels, count)
    distances = cdist(means, centroids)
    radii = _radii(matrix, labels, means)
    real = (distances <= distances.min(axis=0, keepdims=True)) & (distances <= radii[:, None])
    closeness = 1 - distances / np.where(radii > 0, radii, 1.0)[:, None]
    return _identities(labels, _pairs(closeness, real, indexes))


def _radii(matrix: Matrix, labels: Labels, means: Matrix) -> Vector:
    """Measure how far the members are from their mean, by the root of the mean square: (n_clusters,)."""

    def squares(block: slice) -> Vector:
        members = np.flatnonzero(labels[block] >= 0)
        clusters = labels[block][members]
        offsets = matrix[block][members] - means[clusters]
        sums: Vector = np.bincount(clusters, np.square(offsets).sum(axis=1), len(means)).astype(np.float64)
        return sums

    sums = np.zeros(len(means))
    for part in in_blocks(squares, len(matrix)):
        sums += part
    sizes = np.bincount(labels[labels >= 0], minlength=len(means))
    radii: Vector = np.sqrt(sums / sizes)
    return radii


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
