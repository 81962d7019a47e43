"""Which of several runs is the best, by one figure of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.models import ClusteringRun
from domain.terms.algorithms import StructureVerdict
from domain.terms.competitions import WinningCriterion
from domain.terms.jobs import JobStatus
from domain.terms.segments import ClusteringMetrics

LEAST_SHARE = 0.8
"""A run that leaves more customers than the rest out has figures of those that are easy to place."""

_FIGURES: dict[WinningCriterion, Callable[[ClusteringMetrics], float | None]] = {
    WinningCriterion.SILHOUETTE: lambda metrics: metrics.silhouette,
    WinningCriterion.STABILITY: lambda metrics: metrics.stability,
    WinningCriterion.CALINSKI_HARABASZ: lambda metrics: metrics.calinski_harabasz,
    WinningCriterion.DAVIES_BOULDIN: lambda metrics: metrics.davies_bouldin,
    WinningCriterion.CONFIDENCE: lambda metrics: metrics.confidence,
}
_LEAST_IS_BEST = frozenset({WinningCriterion.DAVIES_BOULDIN})


@dataclass(frozen=True, slots=True)
class Result:
    """A run of several: its figure, and its rank by it, from 1; None of both where it has none.

    `clustered_share` is the share of its customers, 0..1, that are in a segment. `reserve` says why it ranks
    behind all that have no such flaw, whatever its figure.
    """

    run: ClusteringRun
    figure: float | None
    rank: int | None
    clustered_share: float | None
    reserve: str | None


def results(taking_part: Sequence[ClusteringRun], criterion: WinningCriterion) -> tuple[Result, ...]:
    """Rank runs in their order, each of which has its job with it; of equals the first is better."""
    figures = [_figure(run, criterion) for run in taking_part]
    shares = [_clustered_share(run) for run in taking_part]
    reserves = [_reserve(run, share) for run, share in zip(taking_part, shares, strict=True)]
    sign = 1.0 if criterion in _LEAST_IS_BEST else -1.0
    ranked = sorted(
        (reserve is not None, sign * figure, place)
        for place, (figure, reserve) in enumerate(zip(figures, reserves, strict=True))
        if figure is not None
    )
    ranks = {place: rank for rank, (_, _, place) in enumerate(ranked, 1)}
    return tuple(
        Result(run, figures[place], ranks.get(place), shares[place], reserves[place])
        for place, run in enumerate(taking_part)
    )


def _figure(run: ClusteringRun, criterion: WinningCriterion) -> float | None:
    if run.job.status is not JobStatus.SUCCEEDED or run.metrics is None:
        return None
    return _FIGURES[criterion](run.metrics)


def _clustered_share(run: ClusteringRun) -> float | None:
    if run.metrics is None:
        return None
    kept_out = run.preparation.outlier_count + run.preparation.left_out_count if run.preparation else 0
    total = run.metrics.sample_count + kept_out
    return (run.metrics.sample_count - run.metrics.noise_count) / total if total else None


def _reserve(run: ClusteringRun, share: float | None) -> str | None:
    if share is not None and share < LEAST_SHARE:
        return f"it leaves {1 - share:.0%} of the customers without a segment"
    if run.structure is not None and run.structure.verdict is StructureVerdict.NONE:
        return "its segments are no clearer than those of customers without groups"
    return None
