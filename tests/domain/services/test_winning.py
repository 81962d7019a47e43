"""Which of several runs is the best."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from domain.models import ClusteringRun
from domain.services.winning import results
from domain.terms.algorithms import StructureVerdict
from domain.terms.competitions import WinningCriterion
from domain.terms.jobs import JobStatus
from domain.terms.preparation import Preparation
from domain.terms.segments import ClusteringMetrics, Structure

GOOD = ClusteringMetrics(0.5, None, 0.8, 300.0, 10.0, 0.9, 0.95, 100, 4, 0)
CLEAR = Structure(StructureVerdict.STRONG, "clear", 0.5, 0.2, 0.01, 20)


def a_run(
    metrics: ClusteringMetrics | None = GOOD,
    status: JobStatus = JobStatus.SUCCEEDED,
    verdict: StructureVerdict = StructureVerdict.STRONG,
    outliers: int = 0,
) -> ClusteringRun:
    # A row that needs no database.
    return cast(
        "ClusteringRun",
        SimpleNamespace(
            metrics=metrics,
            structure=replace(CLEAR, verdict=verdict),
            preparation=Preparation((), outliers, 0),
            job=SimpleNamespace(status=status),
        ),
    )


def ranks(criterion: WinningCriterion, *runs: ClusteringRun) -> list[int | None]:
    return [each.rank for each in results(runs, criterion)]


@pytest.mark.parametrize(
    ("criterion", "better", "expected"),
    [
        (WinningCriterion.SILHOUETTE, {"silhouette": 0.6}, [2, 1]),
        (WinningCriterion.STABILITY, {"stability": 0.95}, [2, 1]),
        (WinningCriterion.CALINSKI_HARABASZ, {"calinski_harabasz": 301.0}, [2, 1]),
        (WinningCriterion.DAVIES_BOULDIN, {"davies_bouldin": 0.7}, [2, 1]),
        (WinningCriterion.DAVIES_BOULDIN, {"davies_bouldin": 0.9}, [1, 2]),
        (WinningCriterion.CONFIDENCE, {"confidence": 0.96}, [2, 1]),
    ],
)
def test_the_best_by_the_criterion_ranks_first(
    criterion: WinningCriterion, better: dict[str, Any], expected: list[int]
) -> None:
    assert ranks(criterion, a_run(), a_run(replace(GOOD, **better))) == expected


def test_of_equals_the_one_that_was_asked_for_first_is_better() -> None:
    assert ranks(WinningCriterion.SILHOUETTE, a_run(), a_run(), a_run()) == [1, 2, 3]


def test_a_run_without_the_figure_has_no_rank() -> None:
    runs = a_run(None, JobStatus.RUNNING), a_run(replace(GOOD, silhouette=None)), a_run()
    assert ranks(WinningCriterion.SILHOUETTE, *runs) == [None, None, 1]
    # What a canceled run had found by then counts for nothing.
    assert ranks(WinningCriterion.SILHOUETTE, a_run(GOOD, JobStatus.CANCELED), a_run()) == [None, 1]


def test_a_run_that_places_only_those_who_are_easy_to_place_ranks_behind() -> None:
    easy = a_run(replace(GOOD, silhouette=0.9, noise_count=21))
    found = results([easy, a_run()], WinningCriterion.SILHOUETTE)
    assert [each.rank for each in found] == [2, 1]
    assert found[0].clustered_share == pytest.approx(0.79)
    assert found[0].reserve == "it leaves 21% of the customers without a segment"
    assert found[1].reserve is None
    assert ranks(
        WinningCriterion.SILHOUETTE, a_run(replace(GOOD, silhouette=0.9, noise_count=20)), a_run()
    ) == [
        1,
        2,
    ]


def test_outliers_that_were_kept_out_are_customers_without_a_segment() -> None:
    (found,) = results([a_run(outliers=60)], WinningCriterion.SILHOUETTE)
    assert found.clustered_share == 100 / 160
    assert found.reserve is not None


def test_a_run_without_structure_ranks_behind_and_wins_where_it_is_alone() -> None:
    nothing = a_run(replace(GOOD, silhouette=0.9), verdict=StructureVerdict.NONE)
    assert ranks(WinningCriterion.SILHOUETTE, nothing, a_run()) == [2, 1]
    assert ranks(WinningCriterion.SILHOUETTE, nothing) == [1]
