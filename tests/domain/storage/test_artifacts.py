"""Orders, outcomes and figures survive being files."""

import io
import math

import numpy as np
import pytest
from pydantic import ValidationError

from domain.storage.artifacts import dump, dump_figures, load, load_dendrogram, load_figures
from domain.storage.files import Storage
from domain.terms.algorithms import (
    ClusterCountCriterion,
    ClusterCountRange,
    HierarchicalSettings,
    KMeansSettings,
    Linkage,
    StructureVerdict,
)
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.imports import ImportLimits, ImportOrder, TableOptions
from domain.terms.pictures import DendrogramFigure, ProfileFigure, RunFigures, ScatterFigure, SilhouetteFigure
from domain.terms.readings import DecimalMark
from domain.terms.segments import ClusterCountCandidate, ClusterCountSelection, FeatureValue
from domain.terms.training import PcaSettings, TrainingParameters

SELECTION = ClusterCountSelection(
    chosen=3,
    criterion=ClusterCountCriterion.SILHOUETTE,
    verdict=StructureVerdict.STRONG,
    verdict_reason="clear",
    elbow=None,
    candidates=(ClusterCountCandidate(2, 10.5, 0.25, 1.5, 100.0, 0.4),),
)


@pytest.mark.parametrize(
    "value",
    [
        ImportOrder(
            source_key="a/source",
            table_key="a/table",
            index_key="a/keys",
            overrides=(RoleOverride("größe", ColumnRole.NUMERIC),),
            options=TableOptions(";", decimal=DecimalMark.COMMA, missing_values=("n/a",)),
            limits=ImportLimits(1, 2, 3, 0.5),
            records=False,
        ),
        TrainingParameters(KMeansSettings(cluster_count=4), (), None, 7),
        TrainingParameters(KMeansSettings(), (RoleOverride("x", ColumnRole.TEXT),), PcaSettings(2), 7),
        TrainingParameters(HierarchicalSettings(), (), PcaSettings(None, 0.9), 7),
        TrainingParameters(
            HierarchicalSettings(Linkage.SINGLE, cluster_count_range=ClusterCountRange(3, 5)), (), None, 7
        ),
        SELECTION,
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_dumped_is_loaded_equal(storage: Storage, value: object) -> None:
    dump(storage, "jobs/order.json", value)
    again = load(storage, "jobs/order.json", type(value))
    assert again == value
    assert type(again) is type(value)


def test_members_of_a_union_keep_their_kind(folder_storage: Storage) -> None:
    for settings in (KMeansSettings(), HierarchicalSettings()):
        dump(folder_storage, "order", TrainingParameters(settings, (), None, 0))
        assert type(load(folder_storage, "order", TrainingParameters).algorithm) is type(settings)


def test_what_json_can_not_hold_is_refused_when_it_is_written(folder_storage: Storage) -> None:
    for number in (math.nan, math.inf):
        with pytest.raises(ValueError):  # noqa: PT011  # pydantic's words or ours
            dump(folder_storage, "value", FeatureValue("x", number))
    assert not folder_storage.exists("value")


def test_an_artifact_of_another_kind_is_refused(folder_storage: Storage) -> None:
    dump(folder_storage, "value", FeatureValue("x", 1.5))
    with pytest.raises(ValidationError):
        load(folder_storage, "value", ImportLimits)
    with pytest.raises(FileNotFoundError):
        load(folder_storage, "nowhere", ImportLimits)


FIGURES = RunFigures(
    scatter=ScatterFigure(np.array([[1.5, -2.0], [0.0, 1e300]]), np.array([0, -1]), (0.6, 0.25), 7000),
    dendrogram=DendrogramFigure(
        np.array([[0.0, 1.0, 0.5, 2.0]]), np.array([3, 4]), np.array([0, 1]), cut=0.4
    ),
    silhouette=SilhouetteFigure(np.array([0.5, -0.25]), np.array([0, 1]), 0.125),
    profile=ProfileFigure(("age", "region: größer"), np.array([[1.0, -1.0]]), np.array([0])),
    selection=SELECTION,
)


def test_figures_survive_with_the_types_of_their_arrays(storage: Storage) -> None:
    dump_figures(storage, "runs/1/figures.npz", FIGURES)
    again = load_figures(storage, "runs/1/figures.npz")
    for name in ("scatter", "dendrogram", "silhouette", "profile"):
        before, after = getattr(FIGURES, name), getattr(again, name)
        assert type(after) is type(before)
        for field in type(before).__slots__:
            expected, found = getattr(before, field), getattr(after, field)
            assert type(found) is type(expected)
            np.testing.assert_array_equal(found, expected)
            if isinstance(expected, np.ndarray):
                assert found.dtype == expected.dtype
    assert again.selection == SELECTION


def test_figures_that_do_not_apply_stay_out(folder_storage: Storage) -> None:
    nothing = RunFigures(None, None, None, None, None)
    dump_figures(folder_storage, "figures", nothing)
    assert load_figures(folder_storage, "figures") == nothing
    assert load_dendrogram(folder_storage, "figures") is None


def test_the_tree_is_read_without_the_other_figures(storage: Storage) -> None:
    dump_figures(storage, "figures", FIGURES)
    whole = load_figures(storage, "figures").dendrogram
    assert whole is not None
    # An entry that can't be read: nobody reads it.
    with np.load(io.BytesIO(storage.read_bytes("figures")), allow_pickle=False) as arrays:
        entries = {**arrays, "scatter.points": np.array([{}], object)}
    content = io.BytesIO()
    np.savez(content, **entries)
    storage.write_bytes("figures", content.getvalue())
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load_figures(storage, "figures")
    tree = load_dendrogram(storage, "figures")
    assert tree is not None
    assert (tree.cut, type(tree)) == (whole.cut, type(whole))
    np.testing.assert_array_equal(tree.merges, whole.merges)
    np.testing.assert_array_equal(tree.leaf_sizes, whole.leaf_sizes)


def test_a_pickle_among_the_figures_is_never_read(folder_storage: Storage) -> None:
    content = io.BytesIO()
    np.savez(content, rest=np.array([{"code": "anything"}], object))
    folder_storage.write_bytes("figures", content.getvalue())
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load_figures(folder_storage, "figures")
