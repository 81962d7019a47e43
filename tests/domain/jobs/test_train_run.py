"""A whole training against pandas, scikit-learn and SciPy on the same customers."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from domain.jobs import train_run
from domain.storage import artifacts, assignments, writing
from domain.storage.files import Storage
from domain.tables import planted
from domain.terms.algorithms import (
    AlgorithmSettings,
    ClusterCountRange,
    HierarchicalSettings,
    KMeansSettings,
    Linkage,
)
from domain.terms.arrays import Labels, Matrix
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.imports import ImportOutcome, TableFormat
from domain.terms.preparation import CategoryBalance, PreparationSettings, Transform
from domain.terms.training import (
    PcaSettings,
    TrainingOrder,
    TrainingOutcome,
    TrainingParameters,
    Watch,
)
from tests.domain.tables.imported import import_csv, import_records

SCIPYS: dict[Linkage, Literal["ward", "complete", "average", "single"]] = {
    Linkage.WARD: "ward",
    Linkage.COMPLETE: "complete",
    Linkage.AVERAGE: "average",
    Linkage.SINGLE: "single",
}


@dataclass
class Desk:
    """A bench for programs that are watched by nobody."""

    storage_url: str
    folder: str

    def watch(self, stage: str, start: float, end: float) -> Watch:
        return lambda fraction, message: None


PLAIN = PreparationSettings(transform=Transform.NONE, categories=CategoryBalance.UNIT)
"""As scikit-learn encodes: StandardScaler and OneHotEncoder."""


@dataclass(frozen=True)
class Customers:
    """The same customers as a stored table, as pandas reads them, and as scikit-learn encodes them."""

    storage: Storage
    outcome: ImportOutcome
    frame: pd.DataFrame
    matrix: Matrix

    def train(
        self, algorithm: AlgorithmSettings, pca: PcaSettings | None = None
    ) -> tuple[TrainingOutcome, Labels]:
        """Train, and answer what was found with each customer's segment."""
        roles = tuple(RoleOverride(column.name, column.role) for column in self.outcome.columns)
        order = TrainingOrder(
            table_key="customers.parquet",
            identifier=self.outcome.identifier,
            parameters=TrainingParameters(algorithm, roles, pca, 0, PLAIN),
            previous=None,
            max_encoded_features=1_000,
            playbook=None,
            assignments_key="run/assignments.parquet",
            members_key="run/members.parquet",
            figures_key="run/figures.npz",
            scorer_key="runs/this/scorer.npz",
        )
        artifacts.dump(self.storage, "run/order.json", order)
        train_run.run(Desk(self.storage.url, "run"))
        kept = assignments.open_assignments(self.storage, order.assignments_key, order.members_key)
        return artifacts.load(self.storage, "run/outcome.json", TrainingOutcome), kept.segments()


def stored(
    folder: Path, text: bytes, file_format: TableFormat = TableFormat.CSV
) -> tuple[Storage, ImportOutcome]:
    storage = Storage.open(str(folder))
    imported = import_records(text) if file_format is TableFormat.JSON else import_csv(text)
    with writing.table_writer(storage, "customers.parquet", imported.stored.schema) as writer:
        writer.write(imported.stored)
        for name, note in imported.notes.items():
            writer.note(name, note)
    return storage, imported.outcome


def customers(folder: Path, text: bytes) -> Customers:
    storage, outcome = stored(folder, text)
    frame = pd.read_csv(io.BytesIO(text), skipinitialspace=True, na_values=["", " "], keep_default_na=False)
    by_role: dict[ColumnRole, list[str]] = {role: [] for role in ColumnRole}
    for column in outcome.columns:
        by_role[column.role].append(column.name)
    for name in by_role[ColumnRole.DATETIME]:
        frame[name] = (pd.to_datetime(frame[name]) - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
    numbers = by_role[ColumnRole.NUMERIC] + by_role[ColumnRole.DATETIME]
    levels = by_role[ColumnRole.CATEGORICAL]
    frame[levels] = frame[levels].astype(object).where(frame[levels].notna(), "(missing)").astype(str)
    encoder = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            ("levels", OneHotEncoder(sparse_output=False), levels),
        ]
    )
    return Customers(storage, outcome, frame, encoder.fit_transform(frame))


@pytest.fixture(params=["generated", "telco"])
def known(request: pytest.FixtureRequest, tmp_path: Path) -> Customers:
    """1,000 customers: made-up ones, and real ones where they are at hand."""
    if request.param == "generated":
        file = io.BytesIO()
        planted.write_csv(planted.generate(1_000, seed=7), file)
        return customers(tmp_path, file.getvalue())
    data: Path = request.getfixturevalue("public_data")
    frame = pd.read_csv(data / "Telco-Customer-Churn.csv", dtype=str, keep_default_na=False)
    sample = frame.drop(columns="Churn").sample(1_000, random_state=0)
    return customers(tmp_path, sample.to_csv(index=False).encode())


@pytest.mark.parametrize("kind", list(Linkage))
def test_hierarchical_labels_are_scipys(known: Customers, kind: Linkage) -> None:
    _, segments = known.train(HierarchicalSettings(linkage=kind, cluster_count=5))

    reference = fcluster(linkage(known.matrix, SCIPYS[kind]), 5, "maxclust")
    assert adjusted_rand_score(reference, segments) == 1.0


def test_k_means_is_no_worse_than_scikit_learn_with_ten_starts(known: Customers) -> None:
    outcome, _ = known.train(KMeansSettings(cluster_count=5))

    reference = KMeans(5, n_init=10, random_state=0).fit(known.matrix)
    assert outcome.metrics.inertia is not None
    assert outcome.metrics.inertia <= reference.inertia_ * (1 + 1e-9)


def test_the_metrics_are_scikit_learns(known: Customers) -> None:
    outcome, segments = known.train(KMeansSettings(cluster_count=4))

    metrics = outcome.metrics
    assert metrics.silhouette == pytest.approx(silhouette_score(known.matrix, segments), abs=1e-6)
    assert metrics.davies_bouldin == pytest.approx(davies_bouldin_score(known.matrix, segments), rel=1e-9)
    assert metrics.calinski_harabasz == pytest.approx(
        calinski_harabasz_score(known.matrix, segments), rel=1e-9
    )
    assert metrics.encoded_feature_count == known.matrix.shape[1]
    assert metrics.silhouette_sample_size is None


def test_the_cluster_count_is_that_of_the_greatest_silhouette(known: Customers) -> None:
    outcome, segments = known.train(KMeansSettings(cluster_count_range=ClusterCountRange(2, 6)))

    assert outcome.selection is not None
    by_count = {each.cluster_count: each.silhouette for each in outcome.selection.candidates}
    assert sorted(by_count) == [2, 3, 4, 5, 6]
    assert outcome.selection.chosen == max(by_count, key=by_count.__getitem__) == len(np.unique(segments))
    assert outcome.metrics.silhouette == pytest.approx(by_count[outcome.selection.chosen], abs=1e-9)


def test_segments_are_by_size_and_have_all_customers(known: Customers) -> None:
    outcome, segments = known.train(KMeansSettings(cluster_count=5))

    sizes = [segment.size for segment in outcome.segments]
    assert [segment.index for segment in outcome.segments] == [0, 1, 2, 3, 4]
    assert sizes == sorted(np.bincount(segments).tolist(), reverse=True) == np.bincount(segments).tolist()
    assert sum(sizes) == outcome.metrics.sample_count == len(known.frame)
    assert sum(segment.share for segment in outcome.segments) == pytest.approx(1.0)


def test_centroids_are_the_means_of_the_groups_in_the_columns_own_units(known: Customers) -> None:
    outcome, segments = known.train(KMeansSettings(cluster_count=5))

    numeric = [column.name for column in known.outcome.columns if column.role is ColumnRole.NUMERIC]
    expected = known.frame[numeric].groupby(segments).mean()
    for segment in outcome.segments:
        found = {value.feature: value.value for value in segment.centroid}
        assert found == pytest.approx(expected.loc[segment.index].to_dict(), rel=1e-9)


def test_what_was_missing_is_counted(known: Customers) -> None:
    outcome, _ = known.train(KMeansSettings(cluster_count=2))

    used = {"NUMERIC", "CATEGORICAL", "DATETIME"}
    assert {each.column: each.count for each in outcome.imputed} == {
        column.name: column.missing_count
        for column in known.outcome.columns
        if column.missing_count and column.role in used
    }


def test_principal_components_are_scikit_learns(known: Customers) -> None:
    outcome, _ = known.train(KMeansSettings(cluster_count=3), PcaSettings(components=4))

    reference = PCA(4, svd_solver="full").fit(known.matrix)
    assert outcome.explained_variance == pytest.approx(reference.explained_variance_ratio_.tolist(), rel=1e-9)


def test_importances_sum_to_one_and_every_segment_has_advice(known: Customers) -> None:
    outcome, _ = known.train(KMeansSettings(cluster_count=4))

    assert sum(each.importance for each in outcome.feature_importance) == pytest.approx(1.0)
    assert {piece.segment_index for piece in outcome.advice} == {0, 1, 2, 3}


def test_records_are_grouped_as_the_same_rows_in_a_file(tmp_path: Path) -> None:
    file = io.BytesIO()
    table = planted.generate(400, seed=3)
    planted.write_csv(table, file)
    outcome, from_file = customers(tmp_path / "csv", file.getvalue()).train(KMeansSettings())

    records = pa.Table.to_pandas(table).to_json(orient="records").encode()
    storage, imported = stored(tmp_path / "json", records, TableFormat.JSON)
    again = Customers(storage, imported, pd.DataFrame(), np.empty((0, 0)))
    same, from_records = again.train(KMeansSettings())

    assert imported.columns == customers(tmp_path / "again", file.getvalue()).outcome.columns
    assert (from_records == from_file).all()
    assert same.segments == outcome.segments
