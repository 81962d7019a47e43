"""K-means: clusters about centroids, the best of ten starts."""

import warnings
from functools import cache

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # ships no types

from domain.learning.distinct import TooFewDistinct
from domain.terms.algorithms import KMeansSettings
from domain.terms.arrays import Labels, Matrix
from domain.terms.training import Watch

STARTS = 10


class KMeansPartitioner:
    """K-means by Lloyd's algorithm from k-means++ starts, fitted anew for each number of clusters.

    The answer is that of scikit-learn's KMeans(n_init=10, random_state=seed), to
    the last digit. Source: Lloyd 1982; Arthur & Vassilvitskii 2007.
    """

    merges: Matrix | None = None

    def __init__(self, matrix: Matrix, settings: KMeansSettings, seed: int, watch: Watch) -> None:
        self._matrix = matrix
        self._seed = seed

    def labels(self, cluster_count: int, watch: Watch) -> Labels:
        """Divide the samples; `watch` is told before each start, and can stop there."""
        # One stream of random numbers through all starts, as scikit-learn has it.
        random = check_random_state(self._seed % 2**32)
        model = KMeans(cluster_count, n_init=1, random_state=random)
        best, best_inertia = np.empty(0, dtype=np.int64), np.inf
        for start in range(STARTS):
            watch(start / STARTS, f"k-means with {cluster_count} clusters, start {start + 1} of {STARTS}")
            labels, inertia = _fit(model, self._matrix)
            if inertia < best_inertia and not (start and _same_partition(labels, best)):
                best, best_inertia = labels, inertia
        found = len(np.unique(best))
        if found < cluster_count:
            raise TooFewDistinct(found, cluster_count)
        return best


@cache
def _threads() -> ThreadpoolController:
    # Finding the libraries that have threads takes as long as a small fit.
    return ThreadpoolController()


def _fit(model: KMeans, matrix: Matrix) -> tuple[Labels, float]:
    # Threads add up their sums in the order they happen to finish: with one of them
    # the same seed gives the same answer. Fewer clusters than asked for is told by
    # an error of our own instead of the warning.
    with _threads().limit(limits=1, user_api="openmp"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(matrix)
    return model.labels_.astype(np.int64), float(model.inertia_)


def _same_partition(labels: Labels, others: Labels) -> bool:
    # A lower inertia of the same clusters is a rounding error, whatever their
    # numbers: scikit-learn keeps the earlier ones.
    pairs = np.unique(labels * (int(others.max()) + 1) + others)
    return len(pairs) == len(np.unique(labels))
