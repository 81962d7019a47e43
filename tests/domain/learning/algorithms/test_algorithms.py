"""What holds for every algorithm of the table: one that is added to it is tested by that alone."""

import pickle
from collections.abc import Callable
from typing import get_args

import numba
import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from domain.errors import UnsuitableData
from domain.learning.algorithms.contract import Effort, Partition
from domain.learning.algorithms.distinct import TooFewDistinct, count_distinct
from domain.learning.algorithms.table import ALGORITHMS, prepare
from domain.learning.kernels import blocks
from domain.learning.progress import unwatched
from domain.terms.algorithms import (
    MAX_CLUSTERS,
    Algorithm,
    AlgorithmSettings,
    DbscanSettings,
    HdbscanSettings,
    HierarchicalSettings,
    Linkage,
    is_counted,
)
from domain.terms.arrays import Matrix

KINDS: tuple[Callable[[], AlgorithmSettings], ...] = get_args(get_args(AlgorithmSettings)[0])
EVERY: list[AlgorithmSettings] = [
    *(HierarchicalSettings(linkage=linkage) for linkage in Linkage),
    *(kind() for kind in KINDS if kind is not HierarchicalSettings),
]
COUNTED = [settings for settings in EVERY if is_counted(settings)]
DENSITY = [settings for settings in EVERY if not is_counted(settings)]


def name(settings: AlgorithmSettings) -> str:
    """Tell the settings apart in the names of the tests."""
    return settings.linkage if isinstance(settings, HierarchicalSettings) else settings.algorithm


every = pytest.mark.parametrize("settings", EVERY, ids=name)
counted = pytest.mark.parametrize("settings", COUNTED, ids=name)
density = pytest.mark.parametrize("settings", DENSITY, ids=name)

BLOBS = np.random.default_rng(1).normal(size=(90, 3)) + np.repeat(np.eye(3) * 30, 30, axis=0)
CLOUDS = np.random.default_rng(7).normal(size=(600, 2)) + np.repeat(np.eye(2) * 6, 300, axis=0)
TRUTH = np.repeat(np.arange(3), 30)


class Stopped(Exception):
    """What a canceled job's watch raises."""


def divide(
    matrix: Matrix, settings: AlgorithmSettings, count: int = 3, seed: int = 0, effort: Effort = Effort.FULL
) -> Partition:
    asked = count if is_counted(settings) else None
    return prepare(matrix, settings, seed, unwatched, effort).partition(asked, unwatched)


def test_every_algorithm_has_settings_and_a_line_in_the_table() -> None:
    assert set(ALGORITHMS) == set(Algorithm) == {kind().algorithm for kind in KINDS}
    assert {settings.algorithm for settings in EVERY} == set(ALGORITHMS)


@counted
@pytest.mark.parametrize("count", [2, 3, 7, 15])
def test_there_are_exactly_as_many_clusters_as_asked_for(settings: AlgorithmSettings, count: int) -> None:
    labels = divide(BLOBS, settings, count).labels
    assert labels.dtype == np.int64
    assert np.unique(labels).tolist() == list(range(count))


@every
@pytest.mark.parametrize("effort", Effort)
def test_labels_are_numbered_without_a_gap_and_noise_is_minus_1(
    settings: AlgorithmSettings, effort: Effort
) -> None:
    labels = divide(CLOUDS, settings, 4, effort=effort).labels
    assert labels.shape == (600,)
    assert labels.dtype == np.int64
    assert set(np.unique(labels)) - {-1} == set(range(labels.max() + 1))
    assert labels.min() >= (0 if is_counted(settings) else -1)


@every
@pytest.mark.parametrize("effort", Effort)
def test_planted_groups_are_found(settings: AlgorithmSettings, effort: Effort) -> None:
    # The few at the edge of a group may be noise to a density algorithm.
    found = divide(BLOBS, settings, effort=effort).labels
    assert adjusted_rand_score(TRUTH, found) >= (1.0 if is_counted(settings) else 0.8)


@every
def test_the_same_seed_gives_the_same_partition(settings: AlgorithmSettings) -> None:
    once, again = (divide(CLOUDS, settings, 5, seed=8) for _ in range(2))
    assert once.labels.tolist() == again.labels.tolist()
    assert np.array_equal(once.confidence, again.confidence)  # type: ignore[arg-type]  # None equals None
    assert (once.bic, once.density) == (again.bic, again.density)


@every
def test_a_negative_seed_will_do(settings: AlgorithmSettings) -> None:
    assert divide(BLOBS, settings, seed=-(2**31)).labels.max() == 2


@every
def test_one_thread_gives_the_same_partition_as_two(
    settings: AlgorithmSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for threads in (1, 2):
        monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", threads)
        monkeypatch.setattr(blocks, "BLOCK_ROWS", 64)
        found.append(divide(CLOUDS, settings, 3))
    assert np.array_equal(found[0].labels, found[1].labels)
    assert np.array_equal(found[0].confidence, found[1].confidence)  # type: ignore[arg-type]  # None equals None
    assert (found[0].bic, found[0].density) == (found[1].bic, found[1].density)


@every
@pytest.mark.parametrize("effort", Effort)
def test_training_samples_are_assigned_where_the_training_put_them(
    settings: AlgorithmSettings, effort: Effort
) -> None:
    found = divide(CLOUDS, settings, 4, effort=effort)
    assert np.array_equal(found.assigner.assign(CLOUDS), found.labels)
    assert np.array_equal(found.assigner.assign(CLOUDS[::-7].copy()), found.labels[::-7])
    assert found.assigner.assign(CLOUDS[:0]).shape == (0,)


@every
def test_equal_samples_have_equal_labels(settings: AlgorithmSettings) -> None:
    matrix = np.concatenate([np.round(CLOUDS, 1)] * 2)
    found = divide(matrix, settings, 4)
    assert np.array_equal(found.labels[:600], found.labels[600:])
    assert np.array_equal(found.assigner.assign(matrix), found.labels)


@every
def test_any_sample_has_a_place(settings: AlgorithmSettings) -> None:
    found = divide(BLOBS, settings)
    labels = found.assigner.assign(np.array([[30.0, 0.0, 0.0], [-1e6, 1e6, 0.0]]))
    assert labels[0] == np.bincount(found.labels[:30] + 1).argmax() - 1
    assert labels[1] == -1 or is_counted(settings)


@every
def test_confidence_is_from_0_to_1_where_there_is_one(settings: AlgorithmSettings) -> None:
    confidence = divide(CLOUDS, settings).confidence
    if confidence is not None:
        assert confidence.shape == (600,)
        assert ((confidence >= 0) & (confidence <= 1)).all()


@every
def test_the_thresholds_in_force_are_told_by_density_algorithms_alone(settings: AlgorithmSettings) -> None:
    assert (divide(BLOBS, settings).density is None) == is_counted(settings)


@every
def test_a_constant_feature_changes_nothing(settings: AlgorithmSettings) -> None:
    wider = np.column_stack([BLOBS, np.full(90, 4.0)])
    assert adjusted_rand_score(divide(BLOBS, settings).labels, divide(wider, settings).labels) == 1.0


@every
def test_the_matrix_is_left_as_it_is(settings: AlgorithmSettings) -> None:
    matrix = CLOUDS.copy()
    matrix.setflags(write=False)
    divide(matrix, settings)
    assert np.array_equal(matrix, CLOUDS)


@counted
def test_fewer_different_rows_than_clusters_are_refused_with_their_number(
    settings: AlgorithmSettings,
) -> None:
    rows = np.repeat(np.array([[0.0, 1.0], [2.0, 2.0], [9.0, 9.0]]), 20, axis=0)
    prepared = prepare(rows, settings, 0, unwatched)
    assert np.unique(prepared.partition(3, unwatched).labels[::20]).tolist() == [0, 1, 2]
    with pytest.raises(TooFewDistinct, match="There are 3 distinct customers") as refusal:
        prepared.partition(4, unwatched)
    assert (refusal.value.distinct, refusal.value.wanted) == (3, 4)


@counted
def test_two_different_rows_make_two_clusters(settings: AlgorithmSettings) -> None:
    assert sorted(divide(np.array([[0.0], [1.0]]), settings, 2).labels.tolist()) == [0, 1]


@density
def test_two_rows_are_no_dense_region(settings: AlgorithmSettings) -> None:
    with pytest.raises(UnsuitableData, match="Every customer is noise"):
        divide(np.array([[0.0], [1.0]]), settings)


@counted
def test_equal_rows_alone_are_refused(settings: AlgorithmSettings) -> None:
    with pytest.raises(TooFewDistinct, match="There are 1 distinct customer in"):
        divide(np.ones((40, 2)), settings, 2)


@density
def test_equal_rows_alone_are_one_cluster_or_noise(settings: AlgorithmSettings) -> None:
    partition = ALGORITHMS[settings.algorithm](np.ones((40, 2)), settings, 0, Effort.FULL, unwatched)
    assert set(partition.partition(None, unwatched).labels.tolist()) in ({0}, {-1})


@density
def test_more_dense_regions_than_a_run_may_have_are_refused_with_their_number(
    settings: AlgorithmSettings,
) -> None:
    rows = np.repeat(np.arange(20.0) * 10, 12)[:, None] + np.tile(np.arange(12) / 20, 20)[:, None]
    given = {"epsilon": 1.0} if isinstance(settings, DbscanSettings) else {"min_cluster_size": 10}
    with pytest.raises(UnsuitableData, match=f"There are 20 dense groups.* at most {MAX_CLUSTERS}"):
        divide(rows, type(settings)(**given))


@every
def test_a_single_row_is_refused(settings: AlgorithmSettings) -> None:
    with pytest.raises(TooFewDistinct, match="There are 1 distinct customer in"):
        prepare(np.array([[1.0, 2.0]]), settings, 0, unwatched)


@every
def test_what_the_watch_raises_ends_the_work(settings: AlgorithmSettings) -> None:
    def stop(fraction: float, message: str) -> None:
        raise Stopped

    asked = 3 if is_counted(settings) else None
    with pytest.raises(Stopped):
        prepare(CLOUDS, settings, 0, stop).partition(asked, stop)


@every
def test_each_step_tells_of_progress_from_0_to_1_without_going_back(settings: AlgorithmSettings) -> None:
    steps: list[list[float]] = [[], []]
    prepared = prepare(CLOUDS, settings, 0, lambda fraction, _: steps[0].append(fraction))
    prepared.partition(3 if is_counted(settings) else None, lambda fraction, _: steps[1].append(fraction))
    assert any(steps)
    for told in steps:
        assert told == sorted(told)
        assert all(0 <= fraction <= 1 for fraction in told)


@counted
def test_a_tree_counts_all_samples(settings: AlgorithmSettings) -> None:
    tree = prepare(BLOBS, settings, 0, unwatched).tree
    assert (tree is not None) == isinstance(settings, HierarchicalSettings)
    if tree is not None:
        assert tree.merges.shape[1] == 4
        assert tree.merges[-1, 3] == len(BLOBS)


def test_a_density_that_shows_nothing_says_what_to_change() -> None:
    spread = np.random.default_rng(0).uniform(size=(60, 2))
    for settings in (DbscanSettings(epsilon=1e-6), HdbscanSettings(min_cluster_size=59)):
        with pytest.raises(UnsuitableData, match="Raise epsilon, lower minSamples or minClusterSize"):
            divide(spread, settings)


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
