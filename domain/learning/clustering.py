"""Clustering from settings to labels: with a given number of clusters, or one that is chosen."""

from dataclasses import dataclass

from domain.learning.algorithms import prepare
from domain.learning.progress import within
from domain.learning.selection import choose
from domain.learning.silhouette import Silhouettes
from domain.terms.algorithms import AlgorithmSettings
from domain.terms.arrays import Labels, Matrix
from domain.terms.segments import ClusterCountSelection
from domain.terms.training import Watch


@dataclass(frozen=True, slots=True)
class Clustering:
    """The labels (n_samples,), clusters numbered from 0, and what came up on the way to them.

    `merges` (n_samples - 1, 4) of an algorithm with a tree; `selection`, and the
    `silhouettes` measured for it, where the number of clusters was chosen.
    """

    labels: Labels
    merges: Matrix | None
    selection: ClusterCountSelection | None
    silhouettes: Silhouettes | None


def cluster(matrix: Matrix, settings: AlgorithmSettings, seed: int, watch: Watch) -> Clustering:
    """Cluster the rows of a matrix (n_samples, n_features). The same seed gives the same answer.

    Raises UnsuitableData where there are too few samples, or too few different ones.
    """
    prepared = prepare(matrix, settings, seed, within(watch, 0.0, 0.5))
    rest = within(watch, 0.5 if prepared.merges is not None else 0.0, 1.0)
    if settings.cluster_count is not None:
        return Clustering(prepared.labels(settings.cluster_count, rest), prepared.merges, None, None)
    choice = choose(prepared, settings.cluster_count_range, settings.criterion, seed, rest)
    return Clustering(choice.labels, prepared.merges, choice.selection, choice.silhouettes)
