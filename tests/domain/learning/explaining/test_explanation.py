"""From columns to what is said of clusters, on public customers: it can be believed."""

import csv
from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_samples

from domain.learning.explaining.explanation import explain
from domain.learning.explaining.importance import importance
from domain.learning.judging.evaluation import evaluate
from domain.learning.preparing.columns import CategoricalColumn, NumericColumn, SourceColumn
from domain.learning.preparing.features import encode
from domain.learning.progress import unwatched
from domain.terms.arrays import Labels, Matrix
from domain.terms.preparation import PreparationSettings

PLAIN = PreparationSettings()
TELCO = Path(__file__).parents[5] / "shared" / "data" / "Telco-Customer-Churn.csv"
NUMBERS = {"tenure", "MonthlyCharges", "TotalCharges", "SeniorCitizen"}


@pytest.fixture(scope="module")
def telco() -> list[SourceColumn]:
    if not TELCO.exists():
        pytest.skip("the Telco customers are not here")
    with TELCO.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        column(name, [row[name].strip() for row in rows])
        for name in rows[0]
        if name not in {"customerID", "Churn"}
    ]


def column(name: str, texts: list[str]) -> SourceColumn:
    if name in NUMBERS:
        return NumericColumn(name, np.array([float(text) if text else np.nan for text in texts]))
    categories = tuple(sorted(set(texts)))
    return CategoricalColumn(name, np.array([categories.index(text) for text in texts]), categories)


def clusters(matrix: Matrix, count: int) -> Labels:
    return np.asarray(KMeans(count, n_init=3, random_state=0).fit_predict(matrix), np.int64)


def test_telco_customers_without_internet_are_found_named_and_ruled(telco: list[SourceColumn]) -> None:
    features = encode(telco, PLAIN, 2000)
    assert [(filled.column, filled.count) for filled in features.imputed] == [("TotalCharges", 11)]
    labels = clusters(features.matrix, 3)
    explained = explain(telco, labels, 0, unwatched)
    named = {explanation.name: cluster for cluster, explanation in enumerate(explained)}
    offline = named["No multiple lines, no internet service"]
    rule = explained[offline].rule
    assert rule is not None
    assert (rule.precision, rule.coverage) == (1.0, 1.0)
    assert (
        explained[offline].characteristics[0].text
        == "InternetService is No for 100 %, 22 % over all (lift 4.6)"
    )
    assert importance(features, labels)[-1].feature == "gender"
    assert importance(features, labels)[-1].importance < 0.001


def test_telco_centroids_are_the_means_of_the_groups_as_uploaded(telco: list[SourceColumn]) -> None:
    matrix = encode(telco, PLAIN, 2000).matrix
    labels = clusters(matrix, 4)
    for number, explanation in enumerate(explain(telco, labels, 0, unwatched)):
        means = {
            numeric.name: np.nanmean(numeric.values[labels == number])
            for numeric in telco
            if isinstance(numeric, NumericColumn)
        }
        assert {value.feature: value.value for value in explanation.centroid} == pytest.approx(means)


def test_telco_silhouettes_equal_scikit_learns(telco: list[SourceColumn]) -> None:
    matrix = encode(telco, PLAIN, 2000).matrix[::4]
    labels = clusters(matrix, 4)
    found = evaluate(matrix, labels, 0, unwatched)
    assert found.silhouettes is not None
    assert found.silhouettes.values == pytest.approx(silhouette_samples(matrix, labels), abs=1e-9)


def test_noise_has_no_say_in_what_is_told() -> None:
    spend = NumericColumn("spend", np.array([1.0, 2.0, 3.0, 11.0, 12.0, 13.0, 900.0]))
    plan = CategoricalColumn("plan", np.array([0, 0, 0, 1, 1, 1, 0]), ("free", "pro"))
    labels = np.array([0, 0, 0, 1, 1, 1, -1])
    low, high = explain([spend, plan], labels, 0, unwatched)
    assert low.centroid[0].value == 2
    assert low.characteristics[-1].population_value in {7.0, 0.5}
    assert (low.name, high.name) == ("Free plan", "Pro plan")


def test_a_single_cluster_is_all_customers() -> None:
    spend = NumericColumn("spend", np.array([1.0, 2.0, 9.0]))
    plan = CategoricalColumn("plan", np.array([0, -1, 1]), ("free", "pro"))
    (only,) = explain([spend, plan], np.zeros(3, dtype=np.int64), 0, unwatched)
    assert (only.name, only.characteristics, only.rule) == ("All customers", (), None)
    assert only.centroid[0].value == 4
    assert explain([spend, plan], np.full(3, -1), 0, unwatched) == ()


def test_explaining_can_be_stopped() -> None:
    def stop(fraction: float, message: str) -> None:
        if fraction > 0.2:
            raise InterruptedError(message)

    random = np.random.default_rng(0)
    columns = [NumericColumn(name, random.normal(size=100)) for name in "abc"]
    with pytest.raises(InterruptedError, match=r"segments|rules"):
        explain(columns, np.arange(100) % 2, 0, stop)
