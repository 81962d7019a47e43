"""The vote of the criteria for a number of clusters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from domain.terms.algorithms import ClusterCountCriterion as Criterion
from domain.terms.arrays import Vector
from domain.terms.segments import ClusterCountCandidate, ClusterCountVote
from domain.terms.wording import percent

MERITS: dict[Criterion, Callable[[ClusterCountCandidate], float]] = {
    Criterion.SILHOUETTE: lambda candidate: candidate.silhouette,
    Criterion.CALINSKI_HARABASZ: lambda candidate: candidate.calinski_harabasz,
    Criterion.DAVIES_BOULDIN: lambda candidate: -candidate.davies_bouldin,
    Criterion.BIC: lambda candidate: -candidate.bic if candidate.bic is not None else -np.inf,
}
"""What each criterion wants most of."""

WEIGHTS = {
    Criterion.SILHOUETTE: 1,
    Criterion.CALINSKI_HARABASZ: 1,
    Criterion.DAVIES_BOULDIN: 1,
    # The other three take clusters for round; a mixture's need not be.
    Criterion.BIC: 2,
}
"""How much the ranking of each criterion counts in the consensus."""

SLIVER = 0.005
"""Below this share of the samples a cluster is no segment to act on, but a few odd samples."""

_NAMES = {
    Criterion.SILHOUETTE: "silhouette",
    Criterion.CALINSKI_HARABASZ: "Calinski-Harabasz",
    Criterion.DAVIES_BOULDIN: "Davies-Bouldin",
    Criterion.ELBOW: "elbow",
    Criterion.BIC: "BIC",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """The cluster count chosen, every criterion's own, and why the one won and who was against it."""

    chosen: int
    votes: tuple[ClusterCountVote, ...]
    reason: str


def decide(candidates: Sequence[ClusterCountCandidate], criterion: Criterion, knee: int | None) -> Decision:
    """Choose a cluster count from candidates, ascending by it; of equals, the smaller.

    `knee` is the elbow of the inertia, which may be of a count that is not among the
    candidates. Each criterion votes for the count it likes best, the elbow for none
    where there is no knee. The one asked for decides; an elbow without a knee leaves it
    to the consensus.
    """
    votes = _votes(candidates, knee)
    agreed = consensus(candidates)
    wanted = {vote.criterion: vote.cluster_count for vote in votes} | {Criterion.CONSENSUS: agreed}
    asked = wanted[criterion]
    chosen = agreed if asked is None else asked
    passed_over = len(candidates) - len(_without_slivers(candidates))
    return Decision(chosen, votes, _reason(chosen, criterion, asked is None, passed_over > 0, votes))


def consensus(candidates: Sequence[ClusterCountCandidate]) -> int:
    """Choose the cluster count by a Borda count over the silhouette, Calinski-Harabasz and Davies-Bouldin.

    Each ranks all counts, and gives one a point for each that it likes less, half a
    point for one it likes as well; the most points win, of equals the best silhouette,
    then the smaller count. The BIC of a mixture ranks as well, and counts double. The
    elbow, which has one choice and no ranking, doesn't take part. Counts with a cluster
    below half a percent of the samples are passed over where there are others. Source:
    Borda 1781.
    """
    candidates = _without_slivers(candidates)
    points = sum(
        (
            WEIGHTS[criterion] * _points([merit(candidate) for candidate in candidates])
            for criterion, merit in MERITS.items()
            if _has_opinion(candidates, criterion)
        ),
        start=np.zeros(len(candidates)),
    )
    best = max(
        range(len(candidates)),
        key=lambda index: (points[index], candidates[index].silhouette, -candidates[index].cluster_count),
    )
    return candidates[best].cluster_count


def _without_slivers(candidates: Sequence[ClusterCountCandidate]) -> Sequence[ClusterCountCandidate]:
    return [candidate for candidate in candidates if candidate.smallest_share >= SLIVER] or candidates


def _points(merits: Sequence[float]) -> Vector:
    values = np.array(merits)
    equals = (values[:, None] == values).sum(axis=1) - 1
    points: Vector = (values[:, None] > values).sum(axis=1) + equals / 2
    return points


def _has_opinion(candidates: Sequence[ClusterCountCandidate], criterion: Criterion) -> bool:
    return criterion is not Criterion.BIC or all(candidate.bic is not None for candidate in candidates)


def _votes(candidates: Sequence[ClusterCountCandidate], knee: int | None) -> tuple[ClusterCountVote, ...]:
    counts = {candidate.cluster_count for candidate in candidates}
    found = [
        ClusterCountVote(criterion, max(candidates, key=merit).cluster_count)
        for criterion, merit in MERITS.items()
        if _has_opinion(candidates, criterion)
    ]
    return (*found, ClusterCountVote(Criterion.ELBOW, knee if knee in counts else None))


def _reason(
    chosen: int, criterion: Criterion, undecided: bool, slivers: bool, votes: Sequence[ClusterCountVote]
) -> str:
    passed_over = f", without those that have a segment below {percent(SLIVER)}" if slivers else ""
    if criterion is Criterion.CONSENSUS:
        why = f"{chosen} segments have the best ranks over all criteria{passed_over}"
    elif undecided:
        why = (
            "The inertia has no elbow among the numbers allowed, so the consensus decides: "
            f"{chosen} segments have the best ranks over all criteria{passed_over}"
        )
    else:
        why = f"{chosen} segments are the choice of the {_NAMES[criterion]}, which was asked for"
    asked = None if undecided else criterion
    others = [vote for vote in votes if vote.criterion is not asked]
    for_it = [_NAMES[vote.criterion] for vote in others if vote.cluster_count == chosen]
    against = [
        f"{_NAMES[vote.criterion]} ({vote.cluster_count})"
        for vote in others
        if vote.cluster_count not in (chosen, None)
    ]
    silent = [_NAMES[vote.criterion] for vote in others if vote.cluster_count is None]
    nobody = (
        f"no {'' if criterion is Criterion.CONSENSUS or undecided else 'other '}criterion puts them first"
    )
    told = [
        f"for it: {_listed(for_it)}" if for_it else nobody,
        f"against it: {_listed(against)}" if against else "",
        f"without an opinion: {_listed(silent)}" if silent else "",
    ]
    return f"{why}; {'; '.join(part for part in told if part)}."


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
