"""The whole of learning, on public customers: what comes out can be believed."""

import csv
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from domain.learning.clustering import cluster
from domain.learning.evaluation import evaluate
from domain.learning.explanation import explain
from domain.learning.features import CategoricalColumn, NumericColumn, SourceColumn, encode
from domain.learning.importance import importance
from domain.learning.progress import unwatched
from domain.terms.algorithms import KMeansSettings

TELCO = Path(__file__).parents[4] / "shared" / "data" / "Telco-Customer-Churn.csv"
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


def test_telco_customers_without_internet_are_found_named_and_ruled(telco: list[SourceColumn]) -> None:
    features = encode(telco, 2000)
    assert [(filled.column, filled.count) for filled in features.imputed] == [("TotalCharges", 11)]
    labels = cluster(features.matrix, KMeansSettings(cluster_count=3), 0, unwatched).labels
    explained = explain(telco, labels, 0, unwatched)
    named = {explanation.name: cluster for cluster, explanation in enumerate(explained)}
    offline = named["Internet service: No, low total charges"]
    rule = explained[offline].rule
    assert rule is not None
    assert (rule.precision, rule.coverage) == (1.0, 1.0)
    assert explained[offline].characteristics[0].text == "InternetService is No for 100 %, 22 % over all"
    assert importance(features, labels)[-1].feature == "gender"
    assert importance(features, labels)[-1].importance < 0.001


def test_telco_centroids_are_the_means_of_the_groups_as_uploaded(telco: list[SourceColumn]) -> None:
    labels = cluster(encode(telco, 2000).matrix, KMeansSettings(cluster_count=4), 0, unwatched).labels
    for number, explanation in enumerate(explain(telco, labels, 0, unwatched)):
        means = {
            numeric.name: np.nanmean(numeric.values[labels == number])
            for numeric in telco
            if isinstance(numeric, NumericColumn)
        }
        assert {value.feature: value.value for value in explanation.centroid} == pytest.approx(means)


def test_telco_silhouettes_equal_scikit_learns(telco: list[SourceColumn]) -> None:
    matrix = encode(telco, 2000).matrix[::4]
    labels = cluster(matrix, KMeansSettings(cluster_count=4), 0, unwatched).labels
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
    assert (low.name, high.name) == ("Plan: Free", "Plan: Pro")
