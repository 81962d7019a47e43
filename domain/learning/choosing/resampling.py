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

FEWEST_NEIGHBOURS = 3
"""What a core sample of DBSCAN has at least in a thinner sample, whose epsilon is given: itself and two."""


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
    2007, section 2.2, subsetting). There a threshold that is None is chosen by each
    resample for itself, as it was by the run, and those given go along with the thinner
    sample: sizes in proportion, and an epsilon as the distance to the neighbour that
    decides grows, at the median.
    """
    count = len(matrix)
    size = min((count + 1) // 2, DENSITY_SIZE)
    if isinstance(settings, DbscanSettings):
        return Resampling(count, size, False, _thinned_dbscan(matrix, settings, size))
    if isinstance(settings, HdbscanSettings):
        return Resampling(count, size, False, _thinned_hdbscan(settings, size / count))
    return Resampling(count, min(count, RESAMPLE_SIZE), True, settings)


def _thinned_dbscan(matrix: Matrix, settings: DbscanSettings, size: int) -> DbscanSettings:
    share = size / len(matrix)
    if settings.epsilon is None:
        return replace(settings, min_samples=_thinned(settings.min_samples, share, LEAST))
    # Asking fewer neighbours leaves a given epsilon nearly as it is: stretched far it would bridge gaps,
    # which don't grow with the distances within a cluster.
    least = _thinned(settings.min_samples, share, FEWEST_NEIGHBOURS)
    all_rows = _typical_distance(matrix, settings.min_samples)
    fewer = _typical_distance(matrix[spread_rows(len(matrix), size)], least)
    stretch = fewer / all_rows if 0 < all_rows < fewer else 1.0
    return replace(settings, epsilon=settings.epsilon * stretch, min_samples=least)


def _typical_distance(matrix: Matrix, neighbours: int) -> float:
    """Give the median distance to the so-manieth neighbour, a sample being its own first."""
    tree = KDTree(matrix, balanced_tree=False, compact_nodes=False)
    asked = matrix[spread_rows(len(matrix), PROBED)]
    distances, _ = tree.query(asked, k=[min(neighbours, len(matrix))])
    return float(np.median(distances))


def _thinned_hdbscan(settings: HdbscanSettings, share: float) -> HdbscanSettings:
    size, neighbours = settings.min_cluster_size, settings.min_samples
    return replace(
        settings,
        min_cluster_size=None if size is None else _thinned(size, share, LEAST),
        min_samples=None if neighbours is None else _thinned(neighbours, share, LEAST),
    )


def _thinned(size: int, share: float, floor: int) -> int:
    return max(min(size, floor), round(size * share))
