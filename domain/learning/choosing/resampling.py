"""How samples are drawn again, so that the same algorithm can be asked again."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import KDTree

from domain.learning.sampling import spread_rows
from domain.terms.algorithms import AlgorithmSettings, DbscanSettings, HdbscanSettings
from domain.terms.arrays import Matrix, Rows

RESAMPLE_SIZE = 1_000
"""Draws a resample, at most: what bounds the cost, whatever the number of samples."""

DENSITY_SIZE = 4_000
"""The same where density decides, which a sample must still show."""

PROBED = 500
"""Samples whose neighbours tell how much thinner a resample is."""

LEAST = 5
"""A cluster, or a neighbourhood, of fewer samples than these tells nothing of a density."""


@dataclass(frozen=True, slots=True)
class Resampling:
    """How many of how many rows are drawn, with replacement or without, and the settings for so many."""

    count: int
    size: int
    replaced: bool
    settings: AlgorithmSettings

    def rows(self, random: np.random.Generator) -> Rows:
        """Draw rows in ascending order; one that is drawn twice is used once."""
        if self.replaced:
            return np.unique(random.integers(self.count, size=self.size))
        return np.sort(random.choice(self.count, self.size, replace=False))


def resampling(matrix: Matrix, settings: AlgorithmSettings) -> Resampling:
    """Plan the resamples of a matrix (n_samples, n_features).

    Bootstrap: as many draws as there are samples, at most 1,000. Where density decides,
    half of the samples, at most 4,000, each once: doubles would look dense (Hennig
    2007, section 2.2, subsetting). There the settings go along with the thinner sample:
    sizes in proportion, from 5, and DBSCAN's given epsilon as the distance to the
    `min_samples`-th neighbour grows, at the median.
    """
    count = len(matrix)
    if isinstance(settings, DbscanSettings):
        size = _density_size(count)
        return Resampling(count, size, False, _thinned_dbscan(matrix, settings, size))
    if isinstance(settings, HdbscanSettings):
        size = _density_size(count)
        return Resampling(count, size, False, _thinned_hdbscan(settings, size / count))
    return Resampling(count, min(count, RESAMPLE_SIZE), True, settings)


def _density_size(count: int) -> int:
    return min((count + 1) // 2, DENSITY_SIZE)


def _thinned_dbscan(matrix: Matrix, settings: DbscanSettings, size: int) -> DbscanSettings:
    if settings.epsilon is None:
        # It is read from the resample itself.
        return settings
    all_rows = _typical_distance(matrix, settings.min_samples)
    fewer = _typical_distance(matrix[spread_rows(len(matrix), size)], settings.min_samples)
    if not 0 < all_rows < fewer:
        return settings
    return replace(settings, epsilon=settings.epsilon * fewer / all_rows)


def _typical_distance(matrix: Matrix, neighbours: int) -> float:
    """Give the median distance to the so-manieth neighbour, a sample being its own first."""
    # Without balancing, a tree of a million samples is made in half the time.
    tree = KDTree(matrix, balanced_tree=False, compact_nodes=False)
    asked = matrix[spread_rows(len(matrix), PROBED)]
    distances, _ = tree.query(asked, k=[min(neighbours, len(matrix))])
    return float(np.median(distances))


def _thinned_hdbscan(settings: HdbscanSettings, share: float) -> HdbscanSettings:
    return replace(
        settings,
        min_cluster_size=_thinned(settings.min_cluster_size, share),
        min_samples=_thinned(settings.min_samples, share),
    )


def _thinned(size: int | None, share: float) -> int | None:
    return None if size is None else max(min(size, LEAST), round(size * share))
