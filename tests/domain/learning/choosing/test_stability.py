"""Clusters that come back, and clusters that don't."""

import numpy as np
import pytest

from domain.learning.algorithms import dense_regions
from domain.learning.algorithms.dense_regions import sampled_rows
from domain.learning.algorithms.table import prepare
from domain.learning.choosing.resampling import DENSITY_SIZE, RESAMPLE_SIZE, resampling
from domain.learning.choosing.stability import RESAMPLES, _best_jaccards, stabilities
from domain.learning.progress import unwatched
from domain.terms.algorithms import (
    AlgorithmSettings,
    DbscanSettings,
    HdbscanSettings,
    HierarchicalSettings,
    KMeansSettings,
)
from domain.terms.arrays import Labels, Matrix

RANDOM = np.random.default_rng(6)
THREE = RANDOM.normal(size=(120, 2)) + np.repeat([[0.0, 0.0], [40.0, 0.0], [0.0, 40.0]], 40, axis=0)


def labels_of(matrix: Matrix, settings: AlgorithmSettings, count: int | None) -> Labels:
    return prepare(matrix, settings, 0, unwatched).partition(count, unwatched).labels


def test_the_jaccard_index_of_each_cluster_by_hand() -> None:
    labels, again = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 1])
    # 2 of 3 found by a cluster of 2; all 3 by a cluster of 4; the third was not drawn.
    assert _best_jaccards(labels, again, 3).tolist() == pytest.approx([2 / 3, 3 / 4, np.nan], nan_ok=True)


def test_noise_is_no_cluster_and_counts_against_one_that_takes_it_in() -> None:
    labels, again = np.array([0, 0, 0, -1, -1, 1]), np.array([0, 0, -1, 0, -1, -1])
    # 2 common of 3 and 3; the second cluster is noise now, which is no match.
    assert _best_jaccards(labels, again, 2).tolist() == pytest.approx([2 / 4, 0.0])
    assert _best_jaccards(labels, np.full(6, -1), 2).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("settings", [KMeansSettings(), HierarchicalSettings()])
def test_groups_far_apart_come_back_whole(settings: AlgorithmSettings) -> None:
    (found,) = stabilities(THREE, [labels_of(THREE, settings, 3)], settings, 0, unwatched)
    assert found.by_cluster == (1.0, 1.0, 1.0)
    assert found.mean == 1.0


def test_one_resample_serves_every_count_as_if_it_were_alone() -> None:
    labelings = [labels_of(THREE, KMeansSettings(), count) for count in (2, 3, 5)]
    together = stabilities(THREE, labelings, KMeansSettings(), 3, unwatched)
    alone = [stabilities(THREE, [labels], KMeansSettings(), 3, unwatched)[0] for labels in labelings]
    assert together == tuple(alone)
    assert [len(found.by_cluster) for found in together] == [2, 3, 5]
    assert together[1].mean == 1.0
    assert together[2].mean is not None
    assert together[2].mean < 0.9


def test_a_cloud_cut_in_five_comes_back_less() -> None:
    matrix = np.random.default_rng(7).normal(size=(300, 2))
    labels = labels_of(matrix, KMeansSettings(), 5)
    (found,) = stabilities(matrix, [labels], KMeansSettings(), 0, unwatched)
    scores = [score for score in found.by_cluster if score is not None]
    assert len(scores) == 5
    assert all(0 < score < 0.95 for score in scores)
    assert found.mean == pytest.approx(np.mean(scores))
    assert stabilities(matrix, [labels], KMeansSettings(), 0, unwatched) == (found,)


@pytest.mark.parametrize("settings", [DbscanSettings(epsilon=1.5), HdbscanSettings(min_cluster_size=20)])
def test_groups_by_density_come_back_and_noise_has_no_score(settings: AlgorithmSettings) -> None:
    matrix = np.vstack([THREE, RANDOM.uniform(-20, 60, size=(12, 2))])
    labels = labels_of(matrix, settings, None)
    assert labels.max() == 2
    (found,) = stabilities(matrix, [labels], settings, 0, unwatched)
    assert len(found.by_cluster) == 3
    assert found.mean is not None
    assert found.mean > 0.85


def test_resamples_are_bootstraps_of_at_most_a_thousand() -> None:
    matrix = RANDOM.normal(size=(5_000, 2))
    draw = resampling(matrix, KMeansSettings())
    rows = draw.rows(np.random.default_rng(0))
    # Of 1,000 draws of 5,000 rows 906 are different on average.
    assert 850 < len(rows) <= RESAMPLE_SIZE
    assert (np.diff(rows) > 0).all()
    assert draw.settings == KMeansSettings()


def test_density_resamples_are_halves_with_given_settings_for_half_the_density() -> None:
    matrix = RANDOM.random((4_000, 2))
    draw = resampling(matrix, DbscanSettings(epsilon=0.1, min_samples=10))
    assert len(draw.rows(np.random.default_rng(0))) == 2_000
    assert isinstance(draw.settings, DbscanSettings)
    assert draw.settings.min_samples == 5
    assert draw.settings.epsilon == pytest.approx(0.1, rel=0.1)
    sizes = resampling(matrix, HdbscanSettings(min_cluster_size=100, min_samples=6)).settings
    assert sizes == HdbscanSettings(min_cluster_size=50, min_samples=5)
    assert resampling(RANDOM.random((20_000, 2)), HdbscanSettings()).size == DENSITY_SIZE


def test_an_epsilon_is_widened_where_neighbours_cannot_be_fewer_any_more() -> None:
    draw = resampling(RANDOM.random((4_000, 2)), DbscanSettings(epsilon=0.1, min_samples=3))
    assert isinstance(draw.settings, DbscanSettings)
    assert draw.settings.min_samples == 3
    # In a plane, half as many points lie √2 times as far apart.
    assert draw.settings.epsilon == pytest.approx(0.1 * np.sqrt(2), rel=0.1)


def test_thresholds_left_out_are_left_to_each_resample() -> None:
    matrix = RANDOM.random((4_000, 2))
    assert resampling(matrix, DbscanSettings(None, 5)).settings == DbscanSettings(None, 5)
    assert resampling(matrix, HdbscanSettings()).settings == HdbscanSettings()


@pytest.mark.parametrize("settings", [DbscanSettings(), DbscanSettings(epsilon=2.0), HdbscanSettings()])
@pytest.mark.parametrize("rows", [500, 2_000, 20_000])
def test_clear_groups_by_density_come_back_however_many_rows_there_are(
    settings: AlgorithmSettings, rows: int
) -> None:
    random = np.random.default_rng(rows)
    matrix = random.normal(size=(rows, 4)) + 12 * np.eye(4)[random.integers(4, size=rows)]
    labels = labels_of(matrix, settings, None)
    assert labels.max() == 3
    (found,) = stabilities(matrix, [labels], settings, 0, unwatched)
    assert min(score for score in found.by_cluster if score is not None) > 0.95


@pytest.mark.parametrize("settings", [DbscanSettings(), HdbscanSettings()])
def test_dense_spots_of_noise_are_dissolved(settings: AlgorithmSettings) -> None:
    matrix = np.random.default_rng(8).random((2_000, 2))
    labels = prepare(matrix, settings, 0, unwatched).partitioner.partition(None, unwatched).labels
    (found,) = stabilities(matrix, [labels], settings, 0, unwatched)
    assert found.mean is not None
    assert found.mean < 0.5


def test_a_sample_that_density_was_sought_in_is_what_resamples_are_drawn_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(9)
    matrix = random.normal(size=(40_000, 3)) + 14 * np.eye(3)[random.integers(3, size=40_000)]
    monkeypatch.setattr(dense_regions, "EXACT_CELLS", 16_000)
    labels = labels_of(matrix, DbscanSettings(), None)
    (found,) = stabilities(matrix, [labels], DbscanSettings(), 0, unwatched)
    drawn = sampled_rows(matrix, 0)
    assert drawn is not None
    alone = stabilities(matrix[drawn], [labels[drawn]], DbscanSettings(), 0, unwatched)
    assert (found,) == alone
    assert min(score for score in found.by_cluster if score is not None) > 0.95


def test_nothing_is_said_where_no_resample_has_enough_different_samples() -> None:
    matrix = np.arange(12.0)[:, None]
    (found,) = stabilities(matrix, [np.arange(12)], KMeansSettings(), 0, unwatched)
    assert found.by_cluster == (None,) * 12
    assert found.mean is None


def test_the_watch_is_told_of_every_resample_in_order() -> None:
    told: list[tuple[float, str]] = []
    labels = labels_of(THREE, HierarchicalSettings(), 2)
    stabilities(THREE, [labels], HierarchicalSettings(), 0, lambda *news: told.append(news))
    assert [fraction for fraction, _ in told] == sorted(fraction for fraction, _ in told)
    starts = [fraction for fraction, message in told if message.startswith("clustering resample")]
    assert starts == pytest.approx([resample / RESAMPLES for resample in range(RESAMPLES)])
