"""The table of algorithms."""

from dataclasses import dataclass

from domain.errors import UnsuitableData
from domain.learning.algorithms.contract import Effort, Partition, Partitioner, Prepare, Tree
from domain.learning.algorithms.dbscan import DbscanPartitioner
from domain.learning.algorithms.distinct import TooFewDistinct, count_distinct
from domain.learning.algorithms.gaussian_mixture import GaussianMixturePartitioner
from domain.learning.algorithms.hdbscan import HdbscanPartitioner
from domain.learning.algorithms.hierarchical import HierarchicalPartitioner
from domain.learning.algorithms.kmeans import KMeansPartitioner
from domain.terms.algorithms import MAX_CLUSTERS, MIN_CLUSTERS, Algorithm, AlgorithmSettings
from domain.terms.arrays import Matrix
from domain.terms.segments import Approximation
from domain.terms.training import Watch

ALGORITHMS: dict[Algorithm, Prepare] = {
    Algorithm.KMEANS: KMeansPartitioner,
    Algorithm.HIERARCHICAL: HierarchicalPartitioner,
    Algorithm.DBSCAN: DbscanPartitioner,
    Algorithm.HDBSCAN: HdbscanPartitioner,
    Algorithm.GAUSSIAN_MIXTURE: GaussianMixturePartitioner,
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A matrix ready to be divided."""

    matrix: Matrix
    partitioner: Partitioner

    @property
    def tree(self) -> Tree | None:
        """The tree of merges of an algorithm that makes one."""
        return self.partitioner.tree

    @property
    def approximation(self) -> Approximation | None:
        """What was done where the exact algorithm would take too much."""
        return self.partitioner.approximation

    def partition(self, cluster_count: int | None, watch: Watch) -> Partition:
        """Divide the samples into exactly `cluster_count` clusters, or as many as the density shows for None.

        Raises TooFewDistinct where fewer samples than that differ, and UnsuitableData
        where the density shows no cluster, or more than a run may have.
        """
        if cluster_count is not None:
            distinct = count_distinct(self.matrix, at_most=cluster_count)
            if distinct < cluster_count:
                raise TooFewDistinct(distinct, cluster_count)
        found = self.partitioner.partition(cluster_count, watch)
        _check_count(int(found.labels.max()) + 1)
        return found


def prepare(
    matrix: Matrix, settings: AlgorithmSettings, seed: int, watch: Watch, effort: Effort = Effort.FULL
) -> Prepared:
    """Make a matrix (n_samples, n_features) ready for the algorithm that the settings are of.

    What serves every number of clusters, such as a merge tree, is computed here once.
    Raises TooFewDistinct for a single sample.
    """
    if len(matrix) < MIN_CLUSTERS:
        raise TooFewDistinct(len(matrix), MIN_CLUSTERS)
    return Prepared(matrix, ALGORITHMS[settings.algorithm](matrix, settings, seed, effort, watch))


def _check_count(count: int) -> None:
    if count == 0:
        raise UnsuitableData(
            "Every customer is noise: nowhere do they lie close enough for a segment. Raise epsilon, lower "
            "minSamples or minClusterSize, or use fewer columns."
        )
    if count > MAX_CLUSTERS:
        raise UnsuitableData(
            f"There are {count} dense groups, and a run has at most {MAX_CLUSTERS} segments: "
            "raise epsilon, minSamples or minClusterSize."
        )
