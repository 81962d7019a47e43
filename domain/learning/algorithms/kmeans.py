"""K-means: clusters about centroids, the best of several starts."""

import warnings
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from typing import cast

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # ships no types

from domain.learning.algorithms.assigning import NearestCentroid
from domain.learning.algorithms.contract import Effort, Partition, Tree
from domain.learning.algorithms.distinct import TooFewDistinct
from domain.learning.kernels.blocks import in_blocks
from domain.learning.kernels.lloyd import lloyd, move_centroids, spread_centroids, sum_clusters
from domain.learning.progress import within
from domain.learning.sampling import generator
from domain.terms.algorithms import KMeansSettings
from domain.terms.arrays import Labels, Matrix, Vector
from domain.terms.segments import Approximation
from domain.terms.training import Watch

STARTS = 10
"""Starts of scikit-learn's fit."""

SAMPLE_STARTS = 32
"""Starts on a sample. They are cheap, and ten leave the inertia above scikit-learn's now and then."""

FINALISTS = 6
"""Of the starts on a sample, the best so many after a few rounds go on to their rest."""

QUICK_STARTS = 3
EARLY_ROUNDS = 8

REFERENCE_ROWS = 10_000
"""Up to so many rows the fit is scikit-learn's own; above, it starts on a sample."""

START_ROWS = 10_000
"""Rows of the sample that the starts are tried on."""

STAGE_GROWTH = 10
"""How many times more rows each later stage takes: the best start nears its rest on few rows, cheaply."""

ROUNDS = 300
"""Moves of the centroids at most, as in scikit-learn."""

RELATIVE_TOLERANCE = 1e-4
"""The centroids are at rest when the square of their move is below this share of the mean variance."""


class KMeansPartitioner:
    """K-means by Lloyd's algorithm from k-means++ starts, fitted anew for each number of clusters.

    Up to REFERENCE_ROWS the centroids are those of scikit-learn's KMeans(n_init=10,
    random_state=seed). Above, the starts run on a sample of the rows, and the best of
    them goes on with ten times as many, and so on to all rows; with QUICK effort there
    are fewer starts.
    Source: Lloyd 1982; Arthur & Vassilvitskii 2007.
    """

    tree: Tree | None = None
    approximation: Approximation | None = None

    def __init__(
        self, matrix: Matrix, settings: KMeansSettings, seed: int, effort: Effort, watch: Watch
    ) -> None:
        self._matrix = np.ascontiguousarray(matrix, dtype=np.float64)
        self._seed = seed
        self._effort = effort

    def partition(self, cluster_count: int | None, watch: Watch) -> Partition:
        """Divide the samples; `watch` is told before each start and each move over many rows."""
        # Only a density algorithm is given None.
        return Partition(*self.divide(cast("int", cluster_count), watch))

    def divide(self, cluster_count: int, watch: Watch) -> tuple[Labels, NearestCentroid]:
        """Give the labels (n_samples,) and the centroids they are by. Raises as `partition`."""
        if self._effort is Effort.FULL and len(self._matrix) <= REFERENCE_ROWS:
            centroids = self._reference(cluster_count, watch)
        else:
            centroids = self._best_start(cluster_count, within(watch, 0.0, 0.3))
            for stage, rows in enumerate(self._stages[1:], start=1):
                part = within(watch, 0.3 + 0.7 * (stage - 1) / len(self._stages), 1.0)
                _rest(rows, centroids, self._tolerance, part)
        return self._settled(centroids, watch)

    def _reference(self, cluster_count: int, watch: Watch) -> Matrix:
        # One stream of random numbers through all starts, as scikit-learn has it.
        random = check_random_state(self._seed % 2**32)
        model = KMeans(cluster_count, n_init=1, random_state=random)
        best, best_labels, best_inertia = np.empty((0, 0)), np.empty(0, dtype=np.int64), np.inf
        for start in range(STARTS):
            _tell_start(watch, cluster_count, start, STARTS)
            inertia = _fit(model, self._matrix)
            if inertia < best_inertia and not (start and _same_partition(model.labels_, best_labels)):
                best, best_labels, best_inertia = model.cluster_centers_, model.labels_, inertia
        return np.ascontiguousarray(best, dtype=np.float64)

    def _best_start(self, cluster_count: int, watch: Watch) -> Matrix:
        quick = self._effort is Effort.QUICK
        starts, finalists = (QUICK_STARTS, QUICK_STARTS) if quick else (SAMPLE_STARTS, FINALISTS)
        # As many samples to choose each centroid from as scikit-learn draws.
        trials = 2 + int(np.log(cluster_count))
        draws = generator(self._seed).random((starts, cluster_count, trials))
        # Here, and not by each thread for itself.
        few, tolerance = self._stages[0], self._tolerance

        def improve(centroids: Matrix, rounds: int) -> tuple[Matrix, float]:
            moved = centroids.copy()
            inertia, _ = lloyd(few, moved, tolerance, rounds)
            return moved, inertia

        def begin(start: int) -> tuple[Matrix, float]:
            return improve(spread_centroids(few, draws[start]), EARLY_ROUNDS)

        early: list[tuple[Matrix, float]] = []
        for found in self._run(begin, starts):
            _tell_start(watch, cluster_count, len(early), starts)
            early.append(found)
        # Sorting keeps the order of equals: the same winner on any number of threads.
        leading = sorted(early, key=lambda each: each[1])[:finalists]
        best, best_inertia = leading[0][0], np.inf
        for centroids, inertia in self._run(lambda start: improve(leading[start][0], ROUNDS), finalists):
            watch(1.0, f"k-means with {cluster_count} clusters, the best starts")
            if inertia < best_inertia:
                best, best_inertia = centroids, inertia
        return best

    def _run(
        self, work: Callable[[int], tuple[Matrix, float]], starts: int
    ) -> Iterator[tuple[Matrix, float]]:
        if self._effort is Effort.QUICK:
            # So short that handing them to threads costs more.
            return map(work, range(starts))
        return in_blocks(lambda start: work(start.start), starts, size=1)

    @cached_property
    def _stages(self) -> list[Matrix]:
        # Each stage holds the rows of the one before, in the order of the table.
        order = generator(self._seed).permutation(len(self._matrix))
        sizes = [START_ROWS]
        # A stage of almost all rows would cost as much as all of them do.
        while sizes[-1] * STAGE_GROWTH * 2 <= len(self._matrix):
            sizes.append(sizes[-1] * STAGE_GROWTH)
        return [*(self._matrix[np.sort(order[:size])] for size in sizes if size < len(order)), self._matrix]

    @cached_property
    def _tolerance(self) -> float:
        return RELATIVE_TOLERANCE * float(self._stages[0].var(axis=0).mean())

    def _settled(self, centroids: Matrix, watch: Watch) -> tuple[Labels, NearestCentroid]:
        cluster_count = len(centroids)
        assigner = NearestCentroid(centroids)
        labels = assigner.assign(self._matrix)
        if _count_used(labels) < cluster_count:
            # The last move left a cluster empty: at rest to the last digit none is.
            centroids = centroids.copy()
            _rest(self._matrix, centroids, 0.0, watch)
            assigner = NearestCentroid(centroids)
            labels = assigner.assign(self._matrix)
        found = _count_used(labels)
        if found < cluster_count:
            raise TooFewDistinct(found, cluster_count)
        return labels, assigner


def _count_used(labels: Labels) -> int:
    return int(np.count_nonzero(np.bincount(labels)))


def _rest(matrix: Matrix, centroids: Matrix, tolerance: float, watch: Watch) -> None:
    """Move the centroids in place, over all rows, until they are at rest."""
    for moved in range(ROUNDS):
        watch(moved / ROUNDS, f"k-means with {len(centroids)} clusters, round {moved + 1} over all customers")
        sums, sizes, farthest = _sum_all(matrix, centroids)
        if move_centroids(centroids, sums, sizes, farthest) <= tolerance:
            return


def _sum_all(matrix: Matrix, centroids: Matrix) -> tuple[Matrix, Vector, Vector]:
    """Add up the clusters of all rows, and find the farthest row."""
    sums, sizes = np.zeros(centroids.shape), np.zeros(len(centroids))
    farthest, sample = -1.0, matrix[0]

    def add(rows: slice) -> tuple[Matrix, Vector, float, Vector]:
        block = matrix[rows]
        block_sums, block_sizes, _inertia, distance, row = sum_clusters(block, centroids)
        return block_sums, block_sizes, distance, block[row]

    # Added in the order of the blocks: the same sums on any number of threads.
    for block_sums, block_sizes, distance, row in in_blocks(add, len(matrix)):
        sums += block_sums
        sizes += block_sizes
        if distance > farthest:
            farthest, sample = distance, row
    return sums, sizes, sample


def _tell_start(watch: Watch, cluster_count: int, start: int, starts: int) -> None:
    watch(start / starts, f"k-means with {cluster_count} clusters, start {start + 1} of {starts}")


@cache
def _threads() -> ThreadpoolController:
    # Finding the libraries that have threads takes as long as a small fit.
    return ThreadpoolController()


def _fit(model: KMeans, matrix: Matrix) -> float:
    # Threads add up their sums in the order they happen to finish: with one of them
    # the same seed gives the same answer. Fewer clusters than asked for is told by
    # an error of our own instead of the warning.
    with _threads().limit(limits=1, user_api="openmp"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(matrix)
    return float(model.inertia_)


def _same_partition(labels: Labels, others: Labels) -> bool:
    # A lower inertia of the same clusters is a rounding error, whatever their
    # numbers: scikit-learn keeps the earlier ones.
    pairs = np.unique(labels.astype(np.int64) * (int(others.max()) + 1) + others)
    return len(pairs) == len(np.unique(labels))
