"""The number of clusters, chosen from a range by what the data say."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from domain.errors import UnsuitableData
from domain.learning.algorithms.contract import Partition
from domain.learning.algorithms.distinct import TooFewDistinct
from domain.learning.algorithms.table import Prepared
from domain.learning.choosing.elbow import elbow
from domain.learning.choosing.stability import Stability, stabilities
from domain.learning.choosing.votes import Decision, decide
from domain.learning.judging.dispersion import disperse
from domain.learning.judging.silhouette import Silhouettes, silhouettes
from domain.learning.progress import within
from domain.terms.algorithms import MIN_CLUSTERS, ClusterCountRange, CountedSettings
from domain.terms.segments import ClusterCountCandidate, ClusterCountSelection, Structure
from domain.terms.training import Watch

SILHOUETTE_ROWS = 10_000
"""Samples whose silhouettes are compared, at most."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The partition of the chosen number of clusters, what was measured of it, and the evidence for it."""

    partition: Partition
    silhouettes: Silhouettes
    stability: Stability
    decision: Decision
    candidates: tuple[ClusterCountCandidate, ...]
    elbow: int | None

    def selection(self, settings: CountedSettings, structure: Structure) -> ClusterCountSelection:
        """Put the evidence together with whether there is any structure."""
        return ClusterCountSelection(
            chosen=self.decision.chosen,
            criterion=settings.criterion,
            verdict=structure.verdict,
            verdict_reason=structure.reason,
            elbow=self.elbow,
            candidates=self.candidates,
            votes=self.decision.votes,
            reason=self.decision.reason,
            silhouette_sample_size=self.silhouettes.sample_size,
        )


def choose(prepared: Prepared, settings: CountedSettings, seed: int, watch: Watch) -> Choice:
    """Try every cluster count of the settings' range and keep the one that their criterion is for.

    The range is clipped to what the rows allow: at most one cluster fewer than
    there are samples, and as many as there are different ones. Silhouettes are those
    of at most 10,000 samples, the same for all counts. Raises UnsuitableData with fewer
    than three samples, and where no count has segments as large as the settings want;
    TooFewDistinct where all samples are alike.
    """
    matrix = prepared.matrix
    partitions = _partitions(prepared, settings.cluster_count_range, within(watch, 0.0, 0.6))
    labelings = [partition.labels for partition in partitions.values()]
    widths = silhouettes(matrix, labelings, seed, within(watch, 0.6, 0.75), limit=SILHOUETTE_ROWS)
    stable = stabilities(matrix, labelings, settings, seed, within(watch, 0.75, 0.95))
    candidates: list[ClusterCountCandidate] = []
    for index, (count, partition) in enumerate(partitions.items()):
        watch(0.95 + 0.05 * index / len(partitions), f"weighing {count} clusters")
        candidates.append(_candidate(prepared, count, partition, widths[index], stable[index]))
    knee = elbow(list(partitions), [candidate.inertia for candidate in candidates])
    decision = decide(_large_enough(candidates, settings.min_segment_share), settings.criterion, knee)
    best = list(partitions).index(decision.chosen)
    return Choice(partitions[decision.chosen], widths[best], stable[best], decision, tuple(candidates), knee)


def _partitions(prepared: Prepared, counts: ClusterCountRange, watch: Watch) -> dict[int, Partition]:
    most = len(prepared.matrix) - 1
    if most < MIN_CLUSTERS:
        raise UnsuitableData(
            f"There are {most + 1} rows; choosing the number of segments takes at least {MIN_CLUSTERS + 1}."
        )
    highest = min(counts.max, most)
    lowest = min(counts.min, highest)
    found: dict[int, Partition] = {}
    for count in range(lowest, highest + 1):
        step = within(
            watch, (count - lowest) / (highest - lowest + 1), (count + 1 - lowest) / (highest - lowest + 1)
        )
        try:
            found[count] = prepared.partition(count, step)
        except TooFewDistinct as error:
            if not found and error.distinct < MIN_CLUSTERS:
                raise
            return found or {error.distinct: prepared.partition(error.distinct, step)}
    return found


def _candidate(
    prepared: Prepared, count: int, partition: Partition, width: Silhouettes, stable: Stability
) -> ClusterCountCandidate:
    figures = disperse(prepared.matrix, partition.labels)
    return ClusterCountCandidate(
        count,
        figures.inertia,
        width.mean,
        figures.davies_bouldin,
        figures.calinski_harabasz,
        figures.smallest_share,
        stable.mean,
        partition.bic,
    )


def _large_enough(
    candidates: Sequence[ClusterCountCandidate], min_share: float
) -> Sequence[ClusterCountCandidate]:
    eligible = [candidate for candidate in candidates if candidate.smallest_share >= min_share]
    if eligible:
        return eligible
    closest = max(candidates, key=lambda candidate: candidate.smallest_share)
    # Rounded down: what is told can be asked for.
    reached = floor(closest.smallest_share * 1000) / 1000
    raise UnsuitableData(
        f"No number of segments from {candidates[0].cluster_count} to {candidates[-1].cluster_count} has "
        f"{min_share:.1%} of the customers in its smallest segment. {closest.cluster_count} segments come "
        f"closest, with {reached:.1%}: lower minSegmentShare to that, try fewer segments, or set outliers "
        "aside."
    )
