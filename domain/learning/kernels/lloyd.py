"""The loops of k-means: which centroid is the nearest, the sums of each cluster, the starts.

Rows are taken in tiles of 64 laid out feature by feature, so that one instruction
serves several rows. A row's distances are computed in the same way wherever it stands
in whatever matrix: it always gets the same label.
"""

import numpy as np

from domain.learning.kernels.compiling import compiled_for_sums
from domain.terms.arrays import Labels, Matrix, Vector

TILE = 64
"""Rows a tile: with eight features it is 4 kB, and stays in the first cache."""


@compiled_for_sums
def _load(samples: Matrix, start: int, tile: Matrix) -> int:
    """Lay out the rows from `start` feature by feature; gives how many there were."""
    count: int = min(TILE, samples.shape[0] - start)
    for lane in range(count):
        for feature in range(samples.shape[1]):
            tile[feature, lane] = samples[start + lane, feature]
    return count


@compiled_for_sums
def _square_distances(tile: Matrix, centroid: Vector, found: Vector) -> None:
    """Measure each row of a tile from one centroid."""
    # Differences rather than ‖x‖² - 2x·c + ‖c‖²: exact also for features far from zero.
    for lane in range(TILE):
        found[lane] = 0.0
    for feature in range(tile.shape[0]):
        coordinate = centroid[feature]
        for lane in range(TILE):
            difference = tile[feature, lane] - coordinate
            found[lane] += difference * difference


@compiled_for_sums
def _nearest(tile: Matrix, centroids: Matrix, scratch: Vector, distances: Vector, labels: Labels) -> None:
    """Find the nearest centroid of each row of a tile, of equals the first."""
    for lane in range(TILE):
        distances[lane] = np.inf
        labels[lane] = 0
    for cluster in range(centroids.shape[0]):
        _square_distances(tile, centroids[cluster], scratch)
        for lane in range(TILE):
            nearer = scratch[lane] < distances[lane]
            labels[lane] = cluster if nearer else labels[lane]
            distances[lane] = scratch[lane] if nearer else distances[lane]


@compiled_for_sums
def _label(samples: Matrix, centroids: Matrix, tile: Matrix, scratch: Matrix, found: Labels) -> None:
    labels = np.empty(TILE, np.int64)
    for start in range(0, samples.shape[0], TILE):
        count = _load(samples, start, tile)
        _nearest(tile, centroids, scratch[0], scratch[1], labels)
        for lane in range(count):
            found[start + lane] = labels[lane]


def nearest_centroids(samples: Matrix, centroids: Matrix) -> Labels:
    """Label samples (n_samples, n_features) with the nearest centroid of (n_clusters, n_features)."""
    found = np.empty(len(samples), np.int64)
    _label(samples, centroids, _tile(samples), np.empty((2, TILE)), found)
    return found


@compiled_for_sums
def _sum(
    samples: Matrix, centroids: Matrix, tile: Matrix, scratch: Matrix, sums: Matrix, sizes: Vector
) -> tuple[float, float, int]:
    labels = np.empty(TILE, np.int64)
    inertia, farthest, row = 0.0, -1.0, 0
    for start in range(0, samples.shape[0], TILE):
        count = _load(samples, start, tile)
        _nearest(tile, centroids, scratch[0], scratch[1], labels)
        for lane in range(count):
            cluster, distance = labels[lane], scratch[1, lane]
            sizes[cluster] += 1.0
            inertia += distance
            for feature in range(samples.shape[1]):
                sums[cluster, feature] += samples[start + lane, feature]
            if distance > farthest:
                farthest, row = distance, start + lane
    return inertia, farthest, row


def sum_clusters(samples: Matrix, centroids: Matrix) -> tuple[Matrix, Vector, float, float, int]:
    """Add up the samples nearest to each centroid.

    Gives the sums (n_clusters, n_features), how many they are of, the sum of square
    distances, and the farthest sample: its square distance and its row.
    """
    sums, sizes = np.zeros(centroids.shape), np.zeros(len(centroids))
    return sums, sizes, *_sum(samples, centroids, _tile(samples), np.empty((2, TILE)), sums, sizes)


def move_centroids(centroids: Matrix, sums: Matrix, sizes: Vector, farthest: Vector) -> float:
    """Move each centroid to the mean of its cluster; gives the sum of the square ways.

    An empty cluster moves to the farthest sample, one in each round, and the way is
    infinite then: another round is needed.
    """
    used = sizes > 0.0
    means = sums / np.where(used, sizes, 1.0)[:, None]
    way = float(np.square(means - centroids)[used].sum())
    np.copyto(centroids, means, where=used[:, None])
    if used.all():
        return way
    centroids[np.argmin(used)] = farthest
    return np.inf


def lloyd(samples: Matrix, centroids: Matrix, tolerance: float, rounds: int) -> tuple[float, bool]:
    """Move the centroids in place until they move by no more than `tolerance`, at most `rounds` times.

    Gives the inertia before the last move, and whether it has come to rest.
    """
    inertia = np.inf
    for _ in range(rounds):
        sums, sizes, inertia, _farthest, row = sum_clusters(samples, centroids)
        if move_centroids(centroids, sums, sizes, samples[row]) <= tolerance:
            return inertia, True
    return inertia, False


def spread_centroids(samples: Matrix, draws: Matrix) -> Matrix:
    """Choose samples as centroids, each far from those before it: greedy k-means++.

    `draws` (n_clusters, n_trials) are uniform in 0..1: each centroid is the best of
    so many samples drawn by their square distance. Source: Arthur & Vassilvitskii 2007.
    """
    count, tile, scratch = len(samples), _tile(samples), np.empty((1, TILE))
    centroids = np.empty((len(draws), samples.shape[1]))
    centroids[0] = samples[int(draws[0, 0] * count)]
    nearest = np.full((1, count), np.inf)
    _lower(samples, centroids[:1], nearest, tile, scratch, np.zeros(1))
    for cluster in range(1, len(draws)):
        cumulative = np.cumsum(nearest[0])
        rows = np.searchsorted(cumulative, draws[cluster] * cumulative[-1], side="right")
        candidates = samples[np.minimum(rows, count - 1)]
        lowered = np.repeat(nearest, len(rows), axis=0)
        potentials = np.zeros(len(rows))
        _lower(samples, candidates, lowered, tile, scratch, potentials)
        best = int(potentials.argmin())
        nearest = lowered[best : best + 1]
        centroids[cluster] = candidates[best]
    return centroids


@compiled_for_sums
def _lower(
    samples: Matrix, candidates: Matrix, nearest: Matrix, tile: Matrix, scratch: Matrix, potentials: Vector
) -> None:
    """Lower the square distances (n_candidates, n_samples) by each candidate's own, and add them up."""
    for start in range(0, samples.shape[0], TILE):
        count = _load(samples, start, tile)
        for candidate in range(candidates.shape[0]):
            _square_distances(tile, candidates[candidate], scratch[0])
            potential = 0.0
            for lane in range(count):
                lowered = min(nearest[candidate, start + lane], scratch[0, lane])
                nearest[candidate, start + lane] = lowered
                potential += lowered
            potentials[candidate] += potential


def _tile(samples: Matrix) -> Matrix:
    return np.zeros((samples.shape[1], TILE))


def warm_up() -> None:
    """Compile every loop that is called from Python."""
    samples = np.array([[0.0], [1.0], [5.0]])
    centroids = spread_centroids(samples, np.array([[0.0, 0.0], [0.5, 0.9]]))
    lloyd(samples, centroids, 0.0, 2)
    sum_clusters(samples, centroids)
    nearest_centroids(samples, centroids)
