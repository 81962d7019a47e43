"""The number of clusters, chosen from a range by what the data say."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.errors import UnsuitableData
from domain.learning.algorithms import Prepared
from domain.learning.dispersion import disperse
from domain.learning.distinct import TooFewDistinct
from domain.learning.elbow import elbow
from domain.learning.progress import within
from domain.learning.silhouette import Silhouettes, silhouettes
from domain.learning.verdict import judge
from domain.terms.algorithms import MIN_CLUSTERS, ClusterCountCriterion, ClusterCountRange
from domain.terms.arrays import Labels
from domain.terms.segments import ClusterCountCandidate, ClusterCountSelection
from domain.terms.training import Watch

CRITERIA: dict[ClusterCountCriterion, Callable[[ClusterCountCandidate], float]] = {
    ClusterCountCriterion.SILHOUETTE: lambda candidate: candidate.silhouette,
}
"""What each criterion wants most of."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The labels of the chosen number of clusters, their silhouettes, and the evidence for it."""

    labels: Labels
    silhouettes: Silhouettes
    selection: ClusterCountSelection


def choose(
    prepared: Prepared, counts: ClusterCountRange, criterion: ClusterCountCriterion, seed: int, watch: Watch
) -> Choice:
    """Try every cluster count of a range and keep the best; of equals, the smaller.

    The range is clipped to what the rows allow: at most one cluster fewer than
    there are samples, and as many as there are different ones. Raises
    UnsuitableData with fewer than three samples, TooFewDistinct where all are alike.
    """
    labelings = _labelings(prepared, counts, within(watch, 0.0, 0.8))
    widths = silhouettes(prepared.matrix, list(labelings.values()), seed, within(watch, 0.8, 1.0))
    candidates = tuple(
        _candidate(prepared, count, labels, width)
        for (count, labels), width in zip(labelings.items(), widths, strict=True)
    )
    best = max(range(len(candidates)), key=lambda index: CRITERIA[criterion](candidates[index]))
    chosen = candidates[best].cluster_count
    verdict, reason = judge(candidates[best].silhouette, chosen)
    knee = elbow(list(labelings), [candidate.inertia for candidate in candidates])
    return Choice(
        labelings[chosen],
        widths[best],
        ClusterCountSelection(chosen, criterion, verdict, reason, knee, candidates),
    )


def _labelings(prepared: Prepared, counts: ClusterCountRange, watch: Watch) -> dict[int, Labels]:
    most = len(prepared.matrix) - 1
    if most < MIN_CLUSTERS:
        raise UnsuitableData(
            f"There are {most + 1} rows; choosing the number of segments takes at least {MIN_CLUSTERS + 1}."
        )
    highest = min(counts.max, most)
    lowest = min(counts.min, highest)
    labelings: dict[int, Labels] = {}
    for count in range(lowest, highest + 1):
        step = within(
            watch, (count - lowest) / (highest - lowest + 1), (count + 1 - lowest) / (highest - lowest + 1)
        )
        try:
            labelings[count] = prepared.labels(count, step)
        except TooFewDistinct as error:
            if not labelings and error.distinct < MIN_CLUSTERS:
                raise
            return labelings or {error.distinct: prepared.labels(error.distinct, step)}
    return labelings


def _candidate(prepared: Prepared, count: int, labels: Labels, width: Silhouettes) -> ClusterCountCandidate:
    figures = disperse(prepared.matrix, labels)
    return ClusterCountCandidate(
        count,
        figures.inertia,
        width.mean,
        figures.davies_bouldin,
        figures.calinski_harabasz,
        figures.smallest_share,
    )
