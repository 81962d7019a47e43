"""What every clustering algorithm follows."""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from domain.terms.arrays import Labels, Matrix
from domain.terms.training import Watch


class Partitioner(Protocol):
    """A matrix made ready for one algorithm. Asked for a number of clusters, it divides the samples."""

    @property
    def merges(self) -> Matrix | None:
        """The merge tree, (n_samples - 1, 4) as SciPy's linkage has it; None where there is none."""

    def labels(self, cluster_count: int, watch: Watch) -> Labels:
        """Give the cluster of each sample, exactly `cluster_count` of them, numbered from 0.

        Called with no more clusters than there are different rows. The same
        matrix, settings and seed give the same labels; an exception that `watch`
        raises comes out. Raises TooFewDistinct where rounding leaves too few.
        """


Prepare: TypeAlias = Callable[[Matrix, Any, int, Watch], Partitioner]
"""Makes a matrix (n_samples, n_features) ready: given the algorithm's settings, a seed and a watch."""
