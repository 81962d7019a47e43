"""A training of an odd table ends with segments that make sense, or says what to do about it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pytest

from domain.errors import Canceled, UnsuitableData
from domain.jobs import train_run
from domain.storage import artifacts, assignments, writing
from domain.storage.files import Storage
from domain.terms.algorithms import (
    AlgorithmSettings,
    ClusterCountRange,
    DbscanSettings,
    GaussianMixtureSettings,
    HdbscanSettings,
    HierarchicalSettings,
    KMeansSettings,
    Linkage,
)
from domain.terms.arrays import AnyArray, Labels
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.preparation import (
    USUAL_PREPARATION,
    CategoryBalance,
    ColumnWeight,
    MissingTreatment,
    OutlierTreatment,
    PreparationSettings,
    Scaling,
    Transform,
)
from domain.terms.training import PcaSettings, TrainingOrder, TrainingOutcome, TrainingParameters, Watch

Values: TypeAlias = AnyArray | Sequence[str | None]
Table: TypeAlias = Mapping[str, Values]

RANDOM = np.random.default_rng(5)
ALGORITHMS: dict[str, AlgorithmSettings] = {
    "k-means": KMeansSettings(2),
    "k-means chosen": KMeansSettings(cluster_count_range=ClusterCountRange(2, 3)),
    "mixture": GaussianMixtureSettings(2),
    "DBSCAN": DbscanSettings(),
    "DBSCAN of one group": DbscanSettings(1e6),
    "HDBSCAN": HdbscanSettings(),
    **{f"{linkage} linkage": HierarchicalSettings(linkage, 2) for linkage in Linkage},
    "Ward chosen": HierarchicalSettings(cluster_count_range=ClusterCountRange(2, 3)),
}
PREPARATIONS = (
    USUAL_PREPARATION,
    PreparationSettings(Scaling.ROBUST, Transform.NONE, OutlierTreatment.SEPARATE),
    PreparationSettings(Scaling.MIN_MAX, Transform.LOG, OutlierTreatment.CLIP),
    PreparationSettings(Scaling.NONE, Transform.NONE, categories=CategoryBalance.UNIT),
    PreparationSettings(missing=MissingTreatment.LEAVE_OUT, outliers=OutlierTreatment.SEPARATE),
)


def groups(count: int, width: int = 2) -> AnyArray:
    return RANDOM.normal(size=(count, width)) + 8 * RANDOM.integers(0, 3, count)[:, None]


def letters(count: int, of: int) -> list[str]:
    return [chr(ord("a") + letter) for letter in RANDOM.integers(0, of, count).tolist()]


def days(count: int) -> list[str]:
    return [str(np.datetime64("2020-01-01") + day) for day in RANDOM.integers(0, 900, count)]


def with_values(*odd: float, count: int = 40) -> Table:
    first = RANDOM.normal(size=count)
    first[: len(odd)] = odd
    return {"odd": first, "other": RANDOM.normal(size=count)}


NAMES = ['it\'s "so"; --', "L" * 500, "😀", "a b", "a_b", "{x}%s\\", "\n\t.", "=1+1"]
TABLES: dict[str, Table] = {
    "two rows": {"a": np.array([1.0, 2.0]), "b": ["x", "y"]},
    "three rows": {"a": np.array([1.0, 2.0, 9.0])},
    "six rows": {"a": RANDOM.normal(size=6), "b": letters(6, 2), "c": days(6)},
    "all rows equal": {"a": np.full(30, 0.1), "b": ["x"] * 30},
    "two rows many times": {"a": np.repeat([1.0, 2.0], 20), "b": list("xy") * 20},
    "three numbers": {"a": np.repeat([1.0, 2.0, 9.0], [20, 19, 1])},
    "one column without groups": {"a": RANDOM.random(40)},
    "one column of two groups": {"a": np.r_[RANDOM.normal(size=25), RANDOM.normal(size=15) + 9]},
    "whole numbers": {"a": RANDOM.integers(0, 6, 40).astype(np.float64)},
    "one category": {"a": letters(40, 3)},
    "eight categories": {f"c{place}": letters(40, 2 + place % 3) for place in range(8)},
    "a level of one row": {"a": ["x"] * 39 + ["y"]},
    "only dates": {"a": days(40)},
    "nothing in some columns": {"a": np.full(40, np.nan), "b": RANDOM.random(40), "c": [None] * 40},
    "nothing at all": {"a": np.full(40, np.nan)},
    "half missing": {"a": np.where(np.arange(40) % 2, np.nan, RANDOM.random(40)), "b": RANDOM.random(40)},
    "missing in every row": {
        "a": np.where(np.arange(40) % 2, np.nan, RANDOM.random(40)),
        "b": np.where(np.arange(40) % 2, RANDOM.random(40), np.nan),
    },
    "hardly a complete row": {"a": np.r_[1.0, 2.0, np.full(38, np.nan)], "b": RANDOM.random(40)},
    "infinite numbers": with_values(np.inf, -np.inf),
    "a number of 1e300": with_values(1e300),
    "a number of 1e150": with_values(1e150),
    "a giant of 1e60": with_values(1e60),
    "numbers of all sizes": {"a": 10.0 ** RANDOM.integers(-60, 60, 40), "b": RANDOM.random(40)},
    "numbers of 1e-300": {"a": 1e-300 * RANDOM.random(40), "b": RANDOM.random(40)},
    "nothing but rounding errors": {"a": 1e9 + 1e-7 * RANDOM.random(40), "b": RANDOM.random(40)},
    "a constant": {"a": np.full(40, 0.1), "b": RANDOM.random(40)},
    "columns that say the same": {"a": np.arange(40.0) ** 2, "b": -3 * np.arange(40.0) ** 2},
    "more columns than rows": {f"c{place}": RANDOM.normal(size=20) for place in range(30)},
    "odd names": {name: groups(40)[:, 0] for name in NAMES} | {"%": [*"'%\"", ""] * 10},
    "each far from all": {"a": 2.0 ** np.arange(40), "b": 3.0 ** np.arange(40)},
}


@dataclass
class Desk:
    """A bench whose watch may be told to stop the job at some call."""

    storage_url: str
    folder: str = "run"
    stop_at: int | None = None
    calls: int = 0

    def watch(self, stage: str, start: float, end: float) -> Watch:
        def told(fraction: float, message: str) -> None:
            assert 0 <= fraction <= 1 + 1e-9, (stage, fraction, message)
            self.calls += 1
            if self.calls == self.stop_at:
                raise Canceled(message)

        return told


def ordered(
    folder: Path,
    table: Table,
    algorithm: AlgorithmSettings,
    preparation: PreparationSettings = USUAL_PREPARATION,
    pca: PcaSettings | None = None,
    seed: int = 0,
) -> Storage:
    """Store a table, and the order to train on it."""
    storage = Storage.open(str(folder))
    numeric = {name: isinstance(values, np.ndarray) for name, values in table.items()}
    columns = {
        name: pa.array(values, pa.float64() if numeric[name] else pa.string())
        for name, values in table.items()
    }
    writing.write_table(storage, "customers.parquet", pa.table(columns))
    roles = tuple(RoleOverride(name, _role(values)) for name, values in table.items())
    parameters = TrainingParameters(algorithm, roles, pca, seed, preparation)
    order = TrainingOrder(
        "customers.parquet",
        None,
        parameters,
        None,
        1_000,
        None,
        "who.parquet",
        "members.parquet",
        "figures.npz",
        "run/scorer.npz",
    )
    artifacts.dump(storage, "run/order.json", order)
    return storage


def _role(values: Values) -> ColumnRole:
    if isinstance(values, np.ndarray):
        return ColumnRole.NUMERIC
    return ColumnRole.DATETIME if str(values[0]).startswith("20") else ColumnRole.CATEGORICAL


def trained(storage: Storage) -> tuple[TrainingOutcome, Labels]:
    train_run.run(Desk(storage.url))
    kept = assignments.open_assignments(storage, "who.parquet", "members.parquet")
    return artifacts.load(storage, "run/outcome.json", TrainingOutcome), kept.segments()


def numbers_in(value: object) -> list[float]:
    """List all numbers of a result, however deep."""
    if isinstance(value, np.ndarray):
        return [] if value.dtype.kind not in "fiu" else value.astype(np.float64).ravel().tolist()
    if isinstance(value, tuple):
        return [number for each in value for number in numbers_in(each)]
    if is_dataclass(value):
        return [number for field in fields(value) for number in numbers_in(getattr(value, field.name))]
    return [value] if isinstance(value, float) else []


def assert_sane(storage: Storage, outcome: TrainingOutcome, segments: Labels, rows: int) -> None:
    metrics, preparation = outcome.metrics, outcome.preparation
    sizes = [segment.size for segment in outcome.segments]
    assert sizes == np.bincount(segments[segments >= 0]).tolist()
    assert sum(sizes) + metrics.noise_count + preparation.outlier_count + preparation.left_out_count == rows
    assert len(segments) == rows
    assert sum(segment.share for segment in outcome.segments) == pytest.approx(1.0)
    for shares in (outcome.feature_importance, *(each.feature_importance for each in outcome.segments)):
        assert sum(share.importance for share in shares) == pytest.approx(1.0)
    names = {segment.generated_name.strip() for segment in outcome.segments}
    assert len(names - {""}) == len(sizes)
    figures = artifacts.load_figures(storage, "figures.npz")
    assert all(math.isfinite(number) for number in numbers_in((outcome, figures)))


@pytest.mark.parametrize("table", TABLES)
def test_a_training_ends_with_sane_segments_or_is_refused_as_unsuitable(tmp_path: Path, table: str) -> None:
    rows = len(next(iter(TABLES[table].values())))
    place = list(TABLES).index(table)
    names = list(ALGORITHMS)
    for turn in range(2):
        # Over all tables, every algorithm meets every preparation.
        name = names[(2 * place + turn) % len(names)]
        preparation = PREPARATIONS[(place + turn) % len(PREPARATIONS)]
        pca = PcaSettings(components=1) if (place + turn) % 4 == 0 else None
        storage = ordered(tmp_path / str(turn), TABLES[table], ALGORITHMS[name], preparation, pca)
        try:
            outcome, segments = trained(storage)
        except UnsuitableData:
            assert not storage.exists("run/outcome.json")
        else:
            assert_sane(storage, outcome, segments, rows)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_the_same_seed_writes_the_same_outcome_on_any_number_of_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    values = groups(60, 3)
    table: Table = {"a": values[:, 0], "b": values[:, 1], "c": letters(60, 3)}
    found: list[bytes] = []
    for count in (1, 2):
        # As a machine with so many processors sets it.
        monkeypatch.setattr("numba.config.NUMBA_NUM_THREADS", count)
        storage = ordered(tmp_path / str(count), table, ALGORITHMS[name], seed=2**31 - 1)
        train_run.run(Desk(storage.url))
        found.append(storage.read_bytes("run/outcome.json") + storage.read_bytes("who.parquet"))
    assert found[0] == found[1]


@pytest.mark.parametrize("name", ["k-means chosen", "Ward chosen", "mixture", "DBSCAN", "HDBSCAN"])
def test_a_training_stops_at_any_call_of_its_watch_and_leaves_no_outcome(tmp_path: Path, name: str) -> None:
    values = groups(40, 2)
    storage = ordered(tmp_path, {"a": values[:, 0], "b": values[:, 1]}, ALGORITHMS[name])
    whole = Desk(storage.url)
    train_run.run(whole)
    (tmp_path / "run" / "outcome.json").unlink()
    for call in np.unique(np.linspace(1, whole.calls, 6).astype(int)).tolist():
        with pytest.raises(Canceled):
            train_run.run(Desk(storage.url, stop_at=call))
        assert not (tmp_path / "run" / "outcome.json").exists()


@pytest.mark.parametrize(
    "algorithm",
    [KMeansSettings(5), GaussianMixtureSettings(5), *(HierarchicalSettings(each, 5) for each in Linkage)],
)
def test_every_customer_can_be_a_segment_of_its_own(tmp_path: Path, algorithm: AlgorithmSettings) -> None:
    table: Table = {"a": np.array([1.0, 2.0, 4.0, 8.0, 16.0]), "b": list("xyxyx")}
    storage = ordered(tmp_path, table, algorithm)
    outcome, segments = trained(storage)
    assert sorted(segments.tolist()) == [0, 1, 2, 3, 4]
    assert_sane(storage, outcome, segments, 5)


def test_a_weight_leaves_the_outcome_finite_however_small_or_large(tmp_path: Path) -> None:
    table = {"a": groups(40)[:, 0], "b": RANDOM.random(40)}
    for weight in (1e-6, 1e6):
        preparation = replace(USUAL_PREPARATION, weights=(ColumnWeight("a", weight),))
        storage = ordered(tmp_path / str(weight), table, KMeansSettings(2), preparation)
        assert_sane(storage, *trained(storage), 40)
