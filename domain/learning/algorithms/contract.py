"""What every clustering algorithm follows."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, TypeAlias

from domain.terms.arrays import Labels, Matrix, Vector
from domain.terms.segments import Approximation, DensityThresholds
from domain.terms.training import Watch


class Effort(Enum):
    """How hard an algorithm tries: QUICK is for resamples and references, of which there are many."""

    FULL = "FULL"
    QUICK = "QUICK"


class Assigner(Protocol):
    """A rule that places any sample, and each training sample where the training did."""

    def assign(self, samples: Matrix) -> Labels:
        """Give the cluster of each sample (n_samples, n_features), -1 for noise; (n_samples,)."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of merges, `merges` (n_leaves - 1, 4) as SciPy's linkage has it.

    Its counts are of samples. `leaf_of` (n_samples,) is the leaf of each sample;
    None where every sample is a leaf of its own.
    """

    merges: Matrix
    leaf_of: Labels | None


@dataclass(frozen=True, slots=True)
class Partition:
    """The samples divided.

    `labels` (n_samples,), clusters numbered from 0 without a gap, -1 for noise.
    `confidence` (n_samples,) 0..1 where the algorithm has one of its own; `bic` of a
    mixture, less is better; `density` the thresholds in force, of a density algorithm.
    """

    labels: Labels
    assigner: Assigner
    confidence: Vector | None = None
    bic: float | None = None
    density: DensityThresholds | None = None


class Partitioner(Protocol):
    """A matrix made ready for one algorithm."""

    @property
    def tree(self) -> Tree | None:
        """The tree of merges of an algorithm that makes one."""

    @property
    def approximation(self) -> Approximation | None:
        """What was done where the exact algorithm would take too much; None where it is exact."""

    def partition(self, cluster_count: int | None, watch: Watch) -> Partition:
        """Divide the samples into exactly `cluster_count` clusters; a density algorithm is given None.

        Called with no more clusters than there are different rows. The same matrix,
        settings and seed give the same answer, on any number of threads; an exception
        that `watch` raises comes out. Raises TooFewDistinct where rounding leaves too few.
        """


Prepare: TypeAlias = Callable[[Matrix, Any, int, Effort, Watch], Partitioner]
"""Makes a matrix (n_samples, n_features) ready: given the algorithm's settings, seed, effort and watch."""
