"""Clustering from settings to labels, with as many clusters as are given, chosen, or there."""

from dataclasses import dataclass, replace

from domain.learning.algorithms.contract import Partition, Tree
from domain.learning.algorithms.table import Prepared, prepare
from domain.learning.choosing.reference import DrawReference
from domain.learning.choosing.selection import choose
from domain.learning.choosing.stability import Stability, stabilities
from domain.learning.choosing.structure import judge, refer
from domain.learning.judging.silhouette import Silhouettes, silhouettes
from domain.learning.progress import within
from domain.terms.algorithms import (
    AlgorithmSettings,
    CountedSettings,
    DbscanSettings,
    HdbscanSettings,
    is_counted,
)
from domain.terms.arrays import Matrix
from domain.terms.segments import Approximation, ClusterCountSelection, DensityThresholds, Structure
from domain.terms.training import Watch


@dataclass(frozen=True, slots=True)
class Clustering:
    """The samples divided, and what came up on the way to it.

    `tree` of an algorithm that makes one, `approximation` where it was not exact;
    `selection` where the number of clusters was chosen. `structure` and `silhouettes`
    are None of density algorithms, and where every sample is a cluster.
    """

    partition: Partition
    tree: Tree | None
    approximation: Approximation | None
    selection: ClusterCountSelection | None
    structure: Structure | None
    silhouettes: Silhouettes | None
    stability: Stability


def cluster(
    matrix: Matrix, settings: AlgorithmSettings, seed: int, draw_reference: DrawReference | None, watch: Watch
) -> Clustering:
    """Cluster the rows of a matrix (n_samples, n_features). The same seed gives the same answer.

    `draw_reference` draws samples without groups to compare with; None leaves the
    verdict to the silhouette alone. Raises UnsuitableData where there are too few
    samples, or too few different ones, and where no number of clusters, or no density,
    gives what the settings want.
    """
    prepared = prepare(matrix, settings, seed, within(watch, 0.0, 0.3))
    rest = within(watch, 0.3, 1.0)
    if not is_counted(settings):
        return _by_density(prepared, settings, seed, rest)
    if settings.cluster_count is None:
        return _chosen(prepared, settings, seed, draw_reference, rest)
    return _given(prepared, settings, settings.cluster_count, seed, draw_reference, rest)


def _by_density(prepared: Prepared, settings: AlgorithmSettings, seed: int, watch: Watch) -> Clustering:
    # Round null models are not what density looks for: it finds no group in them, so
    # that there is nothing whose silhouette could be compared.
    partition = prepared.partition(None, within(watch, 0.0, 0.5))
    in_force = _in_force(settings, partition.density)
    (stable,) = stabilities(prepared.matrix, [partition.labels], in_force, seed, within(watch, 0.5, 1.0))
    return Clustering(partition, prepared.tree, prepared.approximation, None, None, None, stable)


def _in_force(settings: AlgorithmSettings, density: DensityThresholds | None) -> AlgorithmSettings:
    """Give the thresholds asked for as they are in force; one left out is left to be read from the data."""
    if density is None:
        return settings
    if isinstance(settings, DbscanSettings) and settings.epsilon is not None:
        return replace(settings, epsilon=density.epsilon)
    if isinstance(settings, HdbscanSettings) and settings.min_cluster_size is not None:
        return replace(settings, min_cluster_size=density.min_cluster_size)
    return settings


def _given(
    prepared: Prepared,
    settings: CountedSettings,
    count: int,
    seed: int,
    draw_reference: DrawReference | None,
    watch: Watch,
) -> Clustering:
    partition = prepared.partition(count, within(watch, 0.0, 0.4))
    labelings = [partition.labels]
    (stable,) = stabilities(prepared.matrix, labelings, settings, seed, within(watch, 0.4, 0.6))
    structure = widths = None
    if count < len(prepared.matrix):
        (widths,) = silhouettes(prepared.matrix, labelings, seed, within(watch, 0.6, 0.8))
        step = within(watch, 0.8, 1.0)
        structure = _structure(prepared, settings, widths, stable, seed, draw_reference, step)
    return Clustering(partition, prepared.tree, prepared.approximation, None, structure, widths, stable)


def _chosen(
    prepared: Prepared,
    settings: CountedSettings,
    seed: int,
    draw_reference: DrawReference | None,
    watch: Watch,
) -> Clustering:
    choice = choose(prepared, settings, seed, within(watch, 0.0, 0.7))
    widths = choice.silhouettes
    if widths.sample_size is not None:
        # Many counts are compared on few samples; the chosen one is told as exactly as any.
        labelings = [choice.partition.labels]
        (widths,) = silhouettes(prepared.matrix, labelings, seed, within(watch, 0.7, 0.85))
    step = within(watch, 0.85, 1.0)
    structure = _structure(prepared, settings, widths, choice.stability, seed, draw_reference, step)
    return Clustering(
        choice.partition,
        prepared.tree,
        prepared.approximation,
        choice.selection(settings, structure),
        structure,
        widths,
        choice.stability,
    )


def _structure(
    prepared: Prepared,
    settings: CountedSettings,
    widths: Silhouettes,
    stable: Stability,
    seed: int,
    draw_reference: DrawReference | None,
    watch: Watch,
) -> Structure:
    count = int(widths.labels.max()) + 1
    references = None
    if draw_reference is not None:
        references = refer(draw_reference, len(prepared.matrix), count, settings, seed, watch)
    return judge(widths.mean, count, references, stable.mean)
