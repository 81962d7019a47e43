"""Clusters that come back, and clusters that don't."""

import numpy as np
import pytest

from domain.learning.clustering import cluster
from domain.learning.progress import unwatched
from domain.learning.stability import RESAMPLES, _best_jaccards, stability
from domain.terms.algorithms import HierarchicalSettings, KMeansSettings

RANDOM = np.random.default_rng(6)


def test_the_jaccard_index_of_each_cluster_by_hand() -> None:
    labels, again = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 1])
    # 2 of 3 found by a cluster of 2; all 3 by a cluster of 4; the third was not drawn.
    assert _best_jaccards(labels, again, 3).tolist() == pytest.approx([2 / 3, 3 / 4, np.nan], nan_ok=True)


@pytest.mark.parametrize("settings", [KMeansSettings(cluster_count=3), HierarchicalSettings(cluster_count=3)])
def test_groups_far_apart_come_back_whole(settings: KMeansSettings | HierarchicalSettings) -> None:
    matrix = RANDOM.normal(size=(120, 2)) + np.repeat([[0.0, 0.0], [40.0, 0.0], [0.0, 40.0]], 40, axis=0)
    found = stability(matrix, cluster(matrix, settings, 0, unwatched).labels, settings, 0, unwatched)
    assert found.by_cluster == (1.0, 1.0, 1.0)
    assert found.mean == 1.0


def test_a_cloud_cut_in_five_comes_back_less() -> None:
    matrix = np.random.default_rng(7).normal(size=(300, 2))
    settings = KMeansSettings(cluster_count=5)
    found = stability(matrix, cluster(matrix, settings, 0, unwatched).labels, settings, 0, unwatched)
    scores = [score for score in found.by_cluster if score is not None]
    assert len(scores) == 5
    assert all(0 < score < 0.95 for score in scores)
    assert found.mean == pytest.approx(np.mean(scores))
    again = stability(matrix, cluster(matrix, settings, 0, unwatched).labels, settings, 0, unwatched)
    assert again == found


def test_nothing_is_said_where_no_resample_has_enough_different_samples() -> None:
    matrix = np.arange(12.0)[:, None]
    settings = KMeansSettings(cluster_count=12)
    found = stability(matrix, np.arange(12), settings, 0, unwatched)
    assert found.by_cluster == (None,) * 12
    assert found.mean is None


def test_the_watch_is_told_of_every_resample() -> None:
    told: list[float] = []
    matrix = RANDOM.normal(size=(30, 1))
    settings = HierarchicalSettings(cluster_count=2)
    labels = cluster(matrix, settings, 0, unwatched).labels
    stability(matrix, labels, settings, 0, lambda fraction, message: told.append(fraction))
    assert told == [resample / RESAMPLES for resample in range(RESAMPLES)]
