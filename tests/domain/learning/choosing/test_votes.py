"""The vote for a number of clusters."""

from dataclasses import replace

import pytest

from domain.learning.choosing.votes import consensus, decide
from domain.terms.algorithms import ClusterCountCriterion as Criterion
from domain.terms.segments import ClusterCountCandidate


def candidate(
    count: int, silhouette: float, davies_bouldin: float, calinski_harabasz: float, bic: float | None = None
) -> ClusterCountCandidate:
    return ClusterCountCandidate(
        count, 1.0, silhouette, davies_bouldin, calinski_harabasz, smallest_share=0.1, bic=bic
    )


DIVIDED = (
    # Points by hand, silhouette + Calinski-Harabasz + Davies-Bouldin: 2: 2+0+0, 3: 1+1+2, 4: 0+2+1.
    candidate(2, 0.6, 0.9, 100.0),
    candidate(3, 0.5, 0.5, 150.0),
    candidate(4, 0.3, 0.7, 200.0),
)


def test_the_best_ranks_win_the_consensus() -> None:
    assert consensus(DIVIDED) == 3


def test_of_equal_ranks_the_better_silhouette_wins_and_then_the_smaller_count() -> None:
    # 2: 1+0+½, 3: 0+1+½
    assert consensus([candidate(2, 0.4, 0.5, 10.0), candidate(3, 0.3, 0.5, 20.0)]) == 2
    assert consensus([candidate(2, 0.3, 0.5, 20.0), candidate(3, 0.4, 0.5, 10.0)]) == 3
    assert consensus([candidate(2, 0.4, 0.5, 10.0), candidate(3, 0.4, 0.5, 10.0)]) == 2


def test_the_bic_of_a_mixture_ranks_and_counts_double() -> None:
    # 2: 1+1+0, 3: 0+0+1 and 2 by the BIC
    mixtures = [candidate(2, 0.6, 0.9, 100.0, bic=50.0), candidate(3, 0.5, 0.5, 90.0, bic=40.0)]
    assert consensus(mixtures) == 3
    decision = decide(mixtures, Criterion.BIC, None)
    assert decision.chosen == 3
    assert decision.reason == (
        "3 segments are the choice of the BIC, which was asked for; for it: Davies-Bouldin; "
        "against it: silhouette (2) and Calinski-Harabasz (2); without an opinion: elbow."
    )


def test_every_criterion_votes_and_the_dissent_is_told() -> None:
    decision = decide(DIVIDED, Criterion.CONSENSUS, 4)
    assert decision.chosen == 3
    assert {vote.criterion: vote.cluster_count for vote in decision.votes} == {
        Criterion.SILHOUETTE: 2,
        Criterion.CALINSKI_HARABASZ: 4,
        Criterion.DAVIES_BOULDIN: 3,
        Criterion.ELBOW: 4,
    }
    assert decision.reason == (
        "3 segments have the best ranks over all criteria; for it: Davies-Bouldin; "
        "against it: silhouette (2), Calinski-Harabasz (4) and elbow (4)."
    )


@pytest.mark.parametrize(
    ("criterion", "chosen"),
    [
        (Criterion.SILHOUETTE, 2),
        (Criterion.CALINSKI_HARABASZ, 4),
        (Criterion.DAVIES_BOULDIN, 3),
        (Criterion.ELBOW, 4),
        (Criterion.CONSENSUS, 3),
    ],
)
def test_the_criterion_asked_for_decides(criterion: Criterion, chosen: int) -> None:
    assert decide(DIVIDED, criterion, 4).chosen == chosen


@pytest.mark.parametrize("knee", [None, 9], ids=["no knee", "knee that is not allowed"])
def test_without_a_usable_elbow_the_consensus_decides_and_says_so(knee: int | None) -> None:
    decision = decide(DIVIDED, Criterion.ELBOW, knee)
    assert decision.chosen == 3
    assert decision.votes[-1].cluster_count is None
    assert decision.reason == (
        "The inertia has no elbow among the numbers allowed, so the consensus decides: 3 segments have the "
        "best ranks over all criteria; for it: Davies-Bouldin; against it: silhouette (2) and "
        "Calinski-Harabasz (4); without an opinion: elbow."
    )


def test_a_count_that_nobody_puts_first_may_win_and_is_said_to() -> None:
    middle = [candidate(2, 0.6, 0.9, 10.0), candidate(3, 0.5, 0.6, 19.0), candidate(4, 0.1, 0.5, 20.0)]
    # 2: 2+0+0, 3: 1+1+1, 4: 0+2+2
    assert consensus(middle) == 4
    middle[2] = candidate(4, 0.1, 0.95, 20.0)
    middle[0] = candidate(2, 0.6, 0.55, 10.0)
    middle.append(candidate(5, 0.0, 0.5, 5.0))
    # 2: 3+1+2, 3: 2+2+1, 4: 1+3+0, 5: 0+0+3
    assert consensus(middle) == 2
    wide = [
        candidate(2, 0.6, 0.9, 10.0),
        candidate(3, 0.5, 0.6, 19.0),
        candidate(4, 0.1, 0.95, 20.0),
        candidate(5, 0.0, 0.5, 5.0),
    ]
    # 2: 3+1+1, 3: 2+2+2, 4: 1+3+0, 5: 0+0+3
    decision = decide(wide, Criterion.CONSENSUS, None)
    assert decision.chosen == 3
    assert "no criterion puts them first" in decision.reason


def test_counts_that_leave_a_few_odd_samples_as_a_cluster_are_passed_over_and_the_reason_says_so() -> None:
    odd = replace(candidate(2, 0.9, 0.1, 900.0), smallest_share=0.001)
    fair = candidate(3, 0.5, 0.5, 500.0)
    decision = decide([odd, fair], Criterion.CONSENSUS, None)
    assert decision.chosen == 3
    assert "without those that have a segment below 0.5 %" in decision.reason
    assert decide([odd, fair], Criterion.SILHOUETTE, None).chosen == 2
    assert decide([odd], Criterion.CONSENSUS, None).chosen == 2
