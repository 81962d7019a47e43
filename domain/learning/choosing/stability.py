"""Whether clusters come back when the samples are drawn again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.learning.algorithms.contract import Effort
from domain.learning.algorithms.dense_regions import sampled_rows
from domain.learning.algorithms.distinct import TooFewDistinct
from domain.learning.algorithms.table import Prepared, prepare
from domain.learning.choosing.resampling import Resampling, resampling
from domain.learning.progress import within
from domain.learning.sampling import generator
from domain.terms.algorithms import AlgorithmSettings, is_counted
from domain.terms.arrays import Labels, Matrix, Vector
from domain.terms.training import Watch

RESAMPLES = 10


@dataclass(frozen=True, slots=True)
class Stability:
    """Each cluster's mean Jaccard over the resamples, 0..1, and the mean of these; None where unknown."""

    by_cluster: tuple[float | None, ...]
    mean: float | None


def stabilities(
    matrix: Matrix, labelings: Sequence[Labels], settings: AlgorithmSettings, seed: int, watch: Watch
) -> tuple[Stability, ...]:
    """Cluster resamples by the same algorithm, and see which clusters of each labeling are found again.

    `labelings` each (n_samples,), clusters numbered from 0 without a gap, -1 for noise,
    which is no cluster. Each of 10 resamples is prepared once and serves them all; see
    `resampling` for how it is drawn. Where density was sought in a sample, it is drawn
    from that sample: all the others together are denser than the thresholds allow for.
    A cluster's score in a resample is the Jaccard index with the most alike new
    cluster, over the samples drawn; a resample that holds no sample of a cluster, or too
    few different ones to cluster, says nothing of it. Source: Hennig 2007,
    Cluster-wise assessment of cluster stability.
    """
    random = generator(seed)
    counts = [int(labels.max()) + 1 for labels in labelings]
    scores = [np.full((RESAMPLES, count), np.nan) for count in counts]
    sought = None if is_counted(settings) else sampled_rows(matrix, seed)
    if sought is not None:
        matrix, labelings = matrix[sought], [labels[sought] for labels in labelings]
    draw = resampling(matrix, settings)
    for resample in range(RESAMPLES):
        step = within(watch, resample / RESAMPLES, (resample + 1) / RESAMPLES)
        step(0.0, f"clustering resample {resample + 1} of {RESAMPLES}")
        rows = draw.rows(random)
        again = _again(matrix[rows], [labels[rows] for labels in labelings], counts, draw, seed, step)
        for found, score in zip(scores, again, strict=True):
            found[resample] = score
    return tuple(_averaged(found) for found in scores)


def _again(
    part: Matrix,
    labelings: Sequence[Labels],
    counts: Sequence[int],
    draw: Resampling,
    seed: int,
    watch: Watch,
) -> list[Vector]:
    """Cluster a resample, and score the clusters of each labeling of it."""
    unknown = [np.full(count, np.nan) for count in counts]
    try:
        prepared = prepare(part, draw.settings, seed, within(watch, 0.0, 0.5), Effort.QUICK)
    except TooFewDistinct:
        return unknown
    found = []
    for index, (labels, nothing) in enumerate(zip(labelings, unknown, strict=True)):
        count = len(nothing)
        step = within(watch, 0.5 + index / (2 * len(labelings)), 0.5 + (index + 1) / (2 * len(labelings)))
        new = _partitioned(prepared, count if is_counted(draw.settings) else None, step)
        found.append(nothing if new is None else _best_jaccards(labels, new, count))
    return found


def _partitioned(prepared: Prepared, count: int | None, watch: Watch) -> Labels | None:
    if count is None:
        # Not by way of `prepared`: nothing but noise, or too many clusters, is an answer here.
        return prepared.partitioner.partition(None, watch).labels
    try:
        return prepared.partition(count, watch).labels
    except TooFewDistinct:
        return None


def _best_jaccards(labels: Labels, again: Labels, count: int) -> Vector:
    """Compare each cluster with the most alike of the new ones; NaN for a cluster that was not drawn."""
    # Noise is counted in the last row and column, -1, so that unions hold it; it is never a match.
    common = np.zeros((count + 1, int(again.max(initial=0)) + 2))
    np.add.at(common, (labels, again), 1)
    sizes = common.sum(axis=1)
    union = sizes[:, None] + common.sum(axis=0) - common
    jaccards = (common / np.maximum(union, 1))[:count, :-1]
    return np.where(sizes[:count] > 0, jaccards.max(axis=1), np.nan)


def _averaged(scores: Matrix) -> Stability:
    by_cluster = [float(kept.mean()) if len(kept := part[~np.isnan(part)]) else None for part in scores.T]
    known = [score for score in by_cluster if score is not None]
    return Stability(tuple(by_cluster), float(np.mean(known)) if known else None)
