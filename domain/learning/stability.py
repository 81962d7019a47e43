"""Whether clusters come back when the samples are drawn again."""

from dataclasses import dataclass

import numpy as np

from domain.learning.algorithms import prepare
from domain.learning.distinct import TooFewDistinct
from domain.learning.progress import unwatched
from domain.learning.sampling import generator
from domain.terms.algorithms import AlgorithmSettings
from domain.terms.arrays import Labels, Matrix, Vector
from domain.terms.training import Watch

RESAMPLES = 10
RESAMPLE_SIZE = 1_000
"""Draws a resample, at most: what bounds the cost, whatever the number of samples."""


@dataclass(frozen=True, slots=True)
class Stability:
    """Each cluster's mean Jaccard over the resamples, 0..1, and the mean of these; None where unknown."""

    by_cluster: tuple[float | None, ...]
    mean: float | None


def stability(
    matrix: Matrix, labels: Labels, settings: AlgorithmSettings, seed: int, watch: Watch
) -> Stability:
    """Cluster bootstrap resamples by the same algorithm, and see which clusters are found again.

    `labels` (n_samples,) numbered from 0 without a gap. Each of 10 resamples draws
    as many samples as there are, at most 1,000, with replacement; a sample that is
    drawn twice is used once. A cluster's score in a resample is the Jaccard index
    with the most alike new cluster, over the samples drawn; a resample that holds
    no sample of a cluster, or too few different ones to cluster, says nothing of it.
    Source: Hennig 2007, Cluster-wise assessment of cluster stability;
    above 0.75 a cluster is valid and stable, below 0.5 it is dissolved.
    """
    count = int(labels.max()) + 1
    random = generator(seed)
    scores = np.full((RESAMPLES, count), np.nan)
    for resample in range(RESAMPLES):
        watch(resample / RESAMPLES, f"clustering resample {resample + 1} of {RESAMPLES}")
        rows = np.unique(random.integers(len(matrix), size=min(len(matrix), RESAMPLE_SIZE)))
        try:
            again = prepare(matrix[rows], settings, seed, unwatched).labels(count, unwatched)
        except TooFewDistinct:
            continue
        scores[resample] = _best_jaccards(labels[rows], again, count)
    by_cluster = [float(kept.mean()) if len(kept := part[~np.isnan(part)]) else None for part in scores.T]
    known = [score for score in by_cluster if score is not None]
    return Stability(tuple(by_cluster), float(np.mean(known)) if known else None)


def _best_jaccards(labels: Labels, again: Labels, count: int) -> Vector:
    """Compare each cluster with the most alike of the new ones; NaN for a cluster that was not drawn."""
    common = np.zeros((count, count))
    np.add.at(common, (labels, again), 1)
    sizes = common.sum(axis=1)
    union = sizes[:, None] + common.sum(axis=0) - common
    return np.where(sizes > 0, (common / np.maximum(union, 1)).max(axis=1), np.nan)
