"""The table of algorithms."""

from dataclasses import dataclass

from domain.learning.contract import Partitioner, Prepare
from domain.learning.distinct import TooFewDistinct, count_distinct
from domain.learning.hierarchical import HierarchicalPartitioner
from domain.learning.kmeans import KMeansPartitioner
from domain.terms.algorithms import MIN_CLUSTERS, Algorithm, AlgorithmSettings
from domain.terms.arrays import Labels, Matrix
from domain.terms.training import Watch

ALGORITHMS: dict[Algorithm, Prepare] = {
    Algorithm.KMEANS: KMeansPartitioner,
    Algorithm.HIERARCHICAL: HierarchicalPartitioner,
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A matrix ready to be divided, into no more clusters than it has different rows."""

    matrix: Matrix
    partitioner: Partitioner

    @property
    def merges(self) -> Matrix | None:
        """The merge tree of an algorithm that makes one."""
        return self.partitioner.merges

    def labels(self, cluster_count: int, watch: Watch) -> Labels:
        """Divide the samples into exactly `cluster_count` clusters, numbered from 0.

        Raises TooFewDistinct where fewer samples than that differ.
        """
        distinct = count_distinct(self.matrix, at_most=cluster_count)
        if distinct < cluster_count:
            raise TooFewDistinct(distinct, cluster_count)
        return self.partitioner.labels(cluster_count, watch)


def prepare(matrix: Matrix, settings: AlgorithmSettings, seed: int, watch: Watch) -> Prepared:
    """Make a matrix (n_samples, n_features) ready for the algorithm that the settings are of.

    What serves every number of clusters, such as a merge tree, is computed here once.
    Raises TooFewDistinct for a single sample.
    """
    if len(matrix) < MIN_CLUSTERS:
        raise TooFewDistinct(len(matrix), MIN_CLUSTERS)
    return Prepared(matrix, ALGORITHMS[settings.algorithm](matrix, settings, seed, watch))
