"""From settings to everything that comes up on the way to labels."""

import numpy as np
import pytest

from domain.learning.choosing.reference import fit
from domain.learning.clustering import cluster
from domain.learning.progress import unwatched
from domain.terms.algorithms import (
    AlgorithmSettings,
    DbscanSettings,
    GaussianMixtureSettings,
    HdbscanSettings,
    HierarchicalSettings,
    KMeansSettings,
    StructureVerdict,
)

GROUPS = np.random.default_rng(8).normal(size=(180, 2)) + np.repeat(
    [[0.0, 0.0], [20.0, 0.0], [0.0, 20.0]], 60, axis=0
)
DRAW = fit(GROUPS, [None, None]).draw


@pytest.mark.parametrize("settings", [KMeansSettings(), HierarchicalSettings(), GaussianMixtureSettings()])
def test_a_count_is_chosen_with_its_structure_and_stability(settings: AlgorithmSettings) -> None:
    found = cluster(GROUPS, settings, 0, DRAW, unwatched)
    assert found.selection is not None
    assert found.structure is not None
    assert found.silhouettes is not None
    assert found.selection.chosen == 3
    assert np.bincount(found.partition.labels).tolist() == [60, 60, 60]
    assert found.structure.verdict is found.selection.verdict is StructureVerdict.STRONG
    assert found.structure.reason == found.selection.verdict_reason
    assert found.structure.silhouette == found.silhouettes.mean
    assert found.selection.candidates[1].stability == found.stability.mean
    assert found.stability.by_cluster == pytest.approx((1.0, 1.0, 1.0), abs=0.01)


def test_a_given_count_has_structure_and_stability_and_no_selection() -> None:
    found = cluster(GROUPS, KMeansSettings(cluster_count=3), 0, DRAW, unwatched)
    assert found.selection is None
    assert found.structure is not None
    assert found.structure.verdict is StructureVerdict.STRONG
    assert found.structure.references == 20
    assert found.stability.mean == pytest.approx(1.0, abs=0.01)
    assert found.tree is None
    assert cluster(GROUPS, HierarchicalSettings(cluster_count=3), 0, DRAW, unwatched).tree is not None


@pytest.mark.parametrize(
    "settings", [DbscanSettings(epsilon=3.0), DbscanSettings(), HdbscanSettings(min_cluster_size=20)]
)
def test_groups_by_density_are_stable_and_have_no_verdict(settings: AlgorithmSettings) -> None:
    found = cluster(GROUPS, settings, 0, DRAW, unwatched)
    assert (found.selection, found.structure, found.silhouettes) == (None, None, None)
    assert found.partition.labels.max() == 2
    assert all(score is not None and score > 0.85 for score in found.stability.by_cluster)


def test_without_references_the_silhouette_alone_decides() -> None:
    found = cluster(GROUPS, KMeansSettings(cluster_count=3), 0, None, unwatched)
    assert found.structure is not None
    assert found.structure.references == 0
    assert found.structure.verdict is StructureVerdict.STRONG


def test_where_every_sample_is_a_cluster_there_is_no_structure_to_judge() -> None:
    found = cluster(np.arange(4.0)[:, None], HierarchicalSettings(cluster_count=4), 0, None, unwatched)
    assert (found.structure, found.silhouettes) == (None, None)


@pytest.mark.parametrize(
    "settings", [KMeansSettings(), HierarchicalSettings(cluster_count=3), HdbscanSettings()]
)
def test_progress_goes_one_way_and_the_same_seed_gives_the_same_answer(settings: AlgorithmSettings) -> None:
    told: list[float] = []
    first = cluster(GROUPS, settings, 5, DRAW, lambda fraction, message: told.append(fraction))
    again = cluster(GROUPS, settings, 5, DRAW, unwatched)
    assert told == sorted(told)
    assert 0.0 <= told[0] < told[-1] <= 1.0
    assert again.partition.labels.tolist() == first.partition.labels.tolist()
    assert (again.selection, again.structure, again.stability) == (
        first.selection,
        first.structure,
        first.stability,
    )
