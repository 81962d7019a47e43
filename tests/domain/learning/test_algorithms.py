"""What holds for every algorithm of the table."""

import pickle
from typing import get_args

import numpy as np
import pytest

from domain.learning.algorithms import ALGORITHMS, prepare
from domain.learning.clustering import cluster
from domain.learning.distinct import TooFewDistinct, count_distinct
from domain.learning.progress import unwatched
from domain.terms.algorithms import (
    Algorithm,
    AlgorithmSettings,
    ClusterCountRange,
    HierarchicalSettings,
    KMeansSettings,
    Linkage,
)

EVERY = [KMeansSettings(), *(HierarchicalSettings(linkage=linkage) for linkage in Linkage)]
BLOBS = np.random.default_rng(1).normal(size=(90, 3)) + np.repeat(np.eye(3) * 30, 30, axis=0)


class Stopped(Exception):
    """What a canceled job's watch raises."""


def test_every_algorithm_has_settings_and_a_line_in_the_table() -> None:
    kinds = get_args(get_args(AlgorithmSettings)[0])
    assert set(ALGORITHMS) == set(Algorithm) == {kind().algorithm for kind in kinds}
    assert {type(settings) for settings in EVERY} == set(kinds)


@pytest.mark.parametrize("settings", EVERY)
@pytest.mark.parametrize("count", [2, 3, 7, 15])
def test_there_are_exactly_as_many_clusters_as_asked_for(settings: AlgorithmSettings, count: int) -> None:
    labels = prepare(BLOBS, settings, 0, unwatched).labels(count, unwatched)
    assert labels.dtype == np.int64
    assert np.unique(labels).tolist() == list(range(count))


@pytest.mark.parametrize("settings", EVERY)
def test_planted_groups_are_found(settings: AlgorithmSettings) -> None:
    labels = prepare(BLOBS, settings, 0, unwatched).labels(3, unwatched)
    assert [len(np.unique(part)) for part in np.split(labels, 3)] == [1, 1, 1]


@pytest.mark.parametrize("settings", EVERY)
def test_the_same_seed_gives_the_same_labels(settings: AlgorithmSettings) -> None:
    once, again = (prepare(BLOBS, settings, 8, unwatched).labels(5, unwatched) for _ in range(2))
    assert once.tolist() == again.tolist()


@pytest.mark.parametrize("settings", EVERY)
def test_fewer_different_rows_than_clusters_are_refused_with_their_number(
    settings: AlgorithmSettings,
) -> None:
    rows = np.repeat(np.array([[0.0, 1.0], [2.0, 2.0], [9.0, 9.0]]), 20, axis=0)
    prepared = prepare(rows, settings, 0, unwatched)
    assert np.unique(prepared.labels(3, unwatched)[::20]).tolist() == [0, 1, 2]
    with pytest.raises(TooFewDistinct, match="There are 3 distinct customers") as refusal:
        prepared.labels(4, unwatched)
    assert (refusal.value.distinct, refusal.value.wanted) == (3, 4)


@pytest.mark.parametrize("settings", EVERY)
def test_a_single_row_is_refused(settings: AlgorithmSettings) -> None:
    with pytest.raises(TooFewDistinct, match="There are 1 distinct customer in"):
        cluster(np.array([[1.0, 2.0]]), settings, 0, unwatched)


@pytest.mark.parametrize("settings", EVERY)
def test_what_the_watch_raises_ends_the_work(settings: AlgorithmSettings) -> None:
    def stop(fraction: float, message: str) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        cluster(BLOBS, settings, 0, stop)


@pytest.mark.parametrize("settings", EVERY)
def test_progress_goes_from_0_to_1_without_going_back(settings: AlgorithmSettings) -> None:
    told: list[float] = []
    cluster(BLOBS, settings, 0, lambda fraction, message: told.append(fraction))
    assert told[0] == 0
    assert told == sorted(told)
    assert 0.8 <= told[-1] <= 1


def test_a_given_cluster_count_is_kept_without_a_selection() -> None:
    found = cluster(BLOBS, KMeansSettings(cluster_count=4), 0, unwatched)
    assert (int(found.labels.max()), found.selection, found.silhouettes, found.merges) == (
        3,
        None,
        None,
        None,
    )


def test_a_tree_is_handed_on() -> None:
    found = cluster(BLOBS, HierarchicalSettings(cluster_count_range=ClusterCountRange(2, 4)), 0, unwatched)
    assert found.merges is not None
    assert found.merges.shape == (89, 4)
    assert found.selection is not None
    assert found.selection.chosen == 3


def test_the_refusal_crosses_processes_whole() -> None:
    again = pickle.loads(pickle.dumps(TooFewDistinct(1, 2)))  # noqa: S301  # our own bytes
    assert (again.distinct, again.wanted, str(again)) == (1, 2, str(TooFewDistinct(1, 2)))


def test_different_rows_are_counted_up_to_a_limit_beyond_the_head_of_a_table() -> None:
    rows = np.zeros((3000, 2))
    assert count_distinct(rows, 5) == 1
    rows[2000:, 1] = np.arange(1000) % 3
    assert count_distinct(rows, 5) == 3
    assert count_distinct(rows, 2) == 2
    assert count_distinct(rows[:0], 2) == 0
