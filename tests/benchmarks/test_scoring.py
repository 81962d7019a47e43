"""Placing new customers beside a bare scikit-learn predict of the same rows."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

from domain.scoring.encoding import encode
from domain.scoring.scoring import ReadyScorer
from domain.terms.arrays import Matrix
from domain.terms.columns import ColumnRole
from domain.terms.preparation import MissingTreatment
from domain.terms.readings import Kind, Reading
from domain.terms.scoring import (
    CentroidRule,
    EncodedFeature,
    Measured,
    MixtureRule,
    Rule,
    ScoredColumn,
    Scorer,
)
from tests.benchmarks.measuring import Report, median_seconds, milliseconds

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROWS, COLUMNS, GROUPS = 200_000, 12, 6


@pytest.fixture(scope="module")
def samples() -> Matrix:
    random = np.random.default_rng(0)
    centers = random.normal(size=(GROUPS, COLUMNS)) * 3
    found: Matrix = centers[random.integers(0, GROUPS, ROWS)] + random.normal(size=(ROWS, COLUMNS))
    return found


def scorer(samples: Matrix, rule: Rule, means: Matrix) -> Scorer:
    """One of numbers that are on one scale already."""
    names = [f"column {place}" for place in range(COLUMNS)]
    numbers = Reading(Kind.NUMBERS)
    return Scorer(
        columns=tuple(ScoredColumn(name, ColumnRole.NUMERIC, numbers, (), -9.0, 9.0) for name in names),
        features=tuple(EncodedFeature(name) for name in names),
        segments=np.arange(GROUPS),
        means=means,
        rule=rule,
        missing=MissingTreatment.IMPUTE,
    )


@pytest.mark.parametrize("count", [1, 1_000, ROWS])
@pytest.mark.parametrize("algorithm", ["k-means", "mixture"])
def test_rows_are_placed_with_confidence_distance_and_runner_up(
    samples: Matrix, algorithm: str, count: int, report: Report
) -> None:
    if algorithm == "k-means":
        model = KMeans(GROUPS, n_init=1, random_state=0).fit(samples)
        found = scorer(samples, CentroidRule(model.cluster_centers_), model.cluster_centers_)
    else:
        model = GaussianMixture(GROUPS, random_state=0, max_iter=5, tol=1).fit(samples)
        rule = MixtureRule(model.weights_, model.means_, model.precisions_cholesky_)
        found = scorer(samples, rule, model.means_)
    some = samples[:count]
    measured = Measured(count, {column.name: some[:, at] for at, column in enumerate(found.columns)})
    ready = ReadyScorer(found)
    assert np.array_equal(ready.score(measured).segments, model.predict(some))

    repeats = 5 if count == ROWS else 50
    ours = median_seconds(lambda: ready.score(measured), repeats)
    encoding = median_seconds(lambda: encode(found.features, found.columns, measured), repeats)
    theirs = median_seconds(lambda: model.predict(some), repeats)

    what = f"{algorithm}, {count:,} rows"
    report.compare(f"{what}: all figures", ours, "scikit-learn's predict, labels only", theirs, milliseconds)
    report.compare(f"{what}: encoding alone", encoding, "scikit-learn's predict", theirs, milliseconds)
