"""Public customers whose outcome the clustering never saw: how far the segments tell it all the same."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris, load_wine
from sklearn.metrics import adjusted_rand_score

from domain.jobs import source_columns
from domain.learning.choosing.reference import null_model
from domain.learning.clustering import Clustering, cluster
from domain.learning.explaining.explanation import Explanation, explain
from domain.learning.preparing.columns import CategoricalColumn, NumericColumn, SourceColumn, take
from domain.learning.preparing.features import encode
from domain.learning.preparing.reduction import reduce
from domain.learning.progress import unwatched
from domain.storage import tables, writing
from domain.storage.files import Storage
from domain.terms.algorithms import AlgorithmSettings, HierarchicalSettings, KMeansSettings, StructureVerdict
from domain.terms.arrays import Labels, Vector
from domain.terms.columns import RoleOverride
from domain.terms.preparation import USUAL_PREPARATION
from tests.domain.tables.imported import import_csv

PUBLIC_FILES = Path(__file__).parents[4] / "shared" / "data"
KMEANS, WARD = KMeansSettings(), HierarchicalSettings()


def customers(name: str, outcome: str, folder: Path) -> tuple[list[SourceColumn], Labels]:
    """Read a public file as a training does: the columns without the outcome, and who has it."""
    path = PUBLIC_FILES / name
    if not path.exists():
        pytest.skip(f"{name} is not beside the checkout")
    imported, storage = import_csv(path.read_bytes()), Storage.open(str(folder))
    with writing.table_writer(storage, "customers.parquet", imported.stored.schema) as writer:
        writer.write(imported.stored)
        for note, content in imported.notes.items():
            writer.note(note, content)
    table = tables.open_table(storage, "customers.parquet")
    roles = [RoleOverride(column.name, column.role) for column in imported.outcome.columns]
    columns = {column.name: column for column in source_columns.read(table, roles)}
    known = columns.pop(outcome)
    assert isinstance(known, CategoricalColumn)
    yes = [category.casefold() for category in known.categories].index("yes")
    return list(columns.values()), (known.codes == yes).astype(np.int64)


def every(step: int, columns: list[SourceColumn], truth: Labels) -> tuple[list[SourceColumn], Labels]:
    """Keep every so many-th customer, for speed."""
    rows = np.arange(0, len(truth), step)
    return list(take(columns, rows)), truth[rows]


def clustered(columns: list[SourceColumn], settings: AlgorithmSettings, compared: bool = True) -> Clustering:
    features = encode(columns, USUAL_PREPARATION, 2000)
    reduction = reduce(features.matrix, None)
    draw = null_model(features, reduction) if compared else None
    return cluster(reduction.matrix, settings, 0, draw, unwatched)


def rates(truth: Labels, labels: Labels) -> Vector:
    """Give the share of yes by cluster, (n_clusters,)."""
    return np.bincount(labels, truth) / np.bincount(labels)


def explained(columns: list[SourceColumn], labels: Labels) -> tuple[Explanation, ...]:
    return explain(columns, labels, 0, unwatched)


@pytest.mark.parametrize("settings", [KMEANS, WARD], ids=["k-means", "ward"])
def test_telecom_segments_differ_in_churn_though_they_are_not_churn(
    settings: AlgorithmSettings, tmp_path: Path
) -> None:
    columns, churn = every(2, *customers("Telco-Customer-Churn.csv", "Churn", tmp_path))
    labels = clustered(columns, settings, compared=False).partition.labels
    found = rates(churn, labels)
    assert churn.mean() == pytest.approx(0.265, abs=0.02)
    assert found.max() > 0.38
    assert found.min() < 0.12
    # Churners are a third of some segments, not a segment: little agreement is the truth.
    assert abs(adjusted_rand_score(churn, labels)) < 0.2
    told = explained(columns, labels)
    assert "no internet service" in told[int(found.argmin())].name.casefold()
    loose = {trait.text.split(" for ")[0] for trait in told[int(found.argmax())].characteristics}
    assert "Contract is Month-to-month" in loose
    assert "tenure is low" in " ".join(loose)


def test_bank_clients_who_were_reached_before_subscribe_more_often(tmp_path: Path) -> None:
    columns, subscribed = every(15, *customers("bank-full.csv", "y", tmp_path))
    clustering = clustered(columns, KMeansSettings(4))
    labels = clustering.partition.labels
    assert clustering.structure is not None
    assert clustering.structure.verdict is StructureVerdict.NONE
    assert abs(adjusted_rand_score(subscribed, labels)) < 0.15
    sizable = np.bincount(labels) >= 50
    found, told = rates(subscribed, labels), explained(columns, labels)
    best = int(np.where(sizable, found, 0).argmax())
    assert found[best] > 1.4 * subscribed.mean()
    assert {"pdays", "previous"} <= {trait.column for trait in told[best].characteristics}


def test_irises_are_two_clear_groups_of_which_one_is_a_species() -> None:
    iris = load_iris()
    columns = numbers(iris.feature_names, iris.data)
    for settings in (KMEANS, WARD):
        clustering = clustered(columns, settings)
        labels = clustering.partition.labels
        assert clustering.structure is not None
        assert clustering.structure.verdict is StructureVerdict.STRONG
        assert labels.max() + 1 == 2
        # Two of three species make 0.57 at most.
        assert adjusted_rand_score(iris.target, labels) > 0.5
        assert {told.name for told in explained(columns, labels)} == {
            "Wide sepals, short petals", "Long petals",
        }  # fmt: skip


def test_wines_are_the_three_cultivars() -> None:
    wine = load_wine()
    columns = numbers(wine.feature_names, wine.data)
    for settings, least in ((KMEANS, 0.8), (WARD, 0.7)):
        labels = clustered(columns, settings).partition.labels
        assert labels.max() + 1 == 3
        assert adjusted_rand_score(wine.target, labels) > least


def numbers(names: list[str], values: Vector) -> list[SourceColumn]:
    return [NumericColumn(name, column) for name, column in zip(names, values.T, strict=True)]
