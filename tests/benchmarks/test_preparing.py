"""What preparing a million mixed customers costs beside scikit-learn, and what balance is worth."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from domain.learning.kernels.loneliness import warm_up
from domain.learning.preparing.columns import CategoricalColumn, NumericColumn, SourceColumn
from domain.learning.preparing.features import encode
from domain.terms.arrays import Labels, Matrix
from domain.terms.preparation import CategoryBalance, OutlierTreatment, PreparationSettings, Transform
from tests.benchmarks.measuring import Report, milliseconds, timing
from tests.domain.learning.planting import plant

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROWS = 1_000_000
REPEATS = 5
PLAIN = PreparationSettings(transform=Transform.NONE, categories=CategoryBalance.UNIT)
"""What the transformers of scikit-learn do."""

PLANTED = 6
COUNTS = (2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15, 18)
SHARES = {"0/1": None, "all of a numeric variance": 1.0, "a quarter": 0.25}
CATEGORIES: dict[str, dict[str, int]] = {
    "one weak category of 2 levels": {"strong": 0, "weak_levels": 2},
    "one weak category of 3 levels": {"strong": 0, "weak_levels": 3},
    "one strong category of 3 levels": {"weak": 0, "strong_levels": 3},
    "one strong category of 6 levels": {"weak": 0},
    "one strong and one weak category": {"strong_levels": 3, "weak_levels": 3},
}


def test_a_million_mixed_customers_are_prepared_as_scikit_learn_would(report: Report) -> None:
    columns = customers()
    frame = as_frame(columns)
    reference, expected = fastest(lambda: transformed(frame))
    beside = "ColumnTransformer of SimpleImputer, StandardScaler and OneHotEncoder"
    ways = {
        "as it does": PLAIN,
        "AUTO and BALANCED": PreparationSettings(),
        "with CLIP": replace(PLAIN, outliers=OutlierTreatment.CLIP),
        "with SEPARATE": replace(PLAIN, outliers=OutlierTreatment.SEPARATE),
    }
    warm_up()
    for name, settings in ways.items():
        took, matrix = fastest(partial(encoded, columns, settings))
        report.compare(f"preparing {ROWS:,} x 8 {name}", took, beside, reference, milliseconds)
        if settings is PLAIN:
            np.testing.assert_allclose(matrix, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("separation", [6.0, 9.0])
@pytest.mark.parametrize("kind", CATEGORIES)
def test_a_quarter_finds_the_segments_whatever_the_categories(
    kind: str, separation: float, report: Report
) -> None:
    found: dict[str, list[tuple[int, float]]] = {name: [] for name in SHARES}
    for seed in range(5):
        planted = plant(
            seed, 600, PLANTED, separation, outliers=0, missing=0, noise_columns=0, **CATEGORIES[kind]
        )
        for name, share in SHARES.items():
            found[name].append(by_silhouette(balanced(planted.columns, share), planted.truth))
    agreement = {name: float(np.mean([ari for _, ari in each])) for name, each in found.items()}
    counts = {name: [count for count, _ in each] for name, each in found.items()}
    for name in ("0/1", "all of a numeric variance"):
        report.compare(
            f"{kind}, {separation:g} apart, a quarter finds {counts['a quarter']}, ARI",
            agreement["a quarter"],
            f"{name} finds {counts[name]}",
            agreement[name],
            lambda ari: f"{ari:.3f}",
        )
    assert agreement["a quarter"] > 0.9
    assert agreement["a quarter"] > max(agreement.values()) - 0.05


def balanced(columns: tuple[SourceColumn, ...], share: float | None) -> Matrix:
    """Encode with a share of a numeric variance for each column of categories; 0/1 for None."""
    encoded = encode(columns, PreparationSettings(categories=CategoryBalance.UNIT), 100)
    matrix = encoded.matrix.copy()
    names = [name.column if name.category is not None else None for name in encoded.names]
    for name in set(names) - {None} if share is not None else ():
        block = [position for position, each in enumerate(names) if each == name]
        matrix[:, block] *= np.sqrt(share / matrix[:, block].var(axis=0).sum())
    return matrix


def by_silhouette(matrix: Matrix, truth: Labels) -> tuple[int, float]:
    """The number of clusters that the silhouette chooses, and how these agree with the truth."""
    labelings = [KMeans(count, n_init=2, random_state=0).fit_predict(matrix) for count in COUNTS]
    best = max(labelings, key=lambda labels: float(silhouette_score(matrix, labels)))
    return int(best.max()) + 1, float(adjusted_rand_score(truth, best))


def customers() -> tuple[SourceColumn, ...]:
    """Six columns of numbers, then two of categories, with missing values."""
    planted = plant(1, ROWS, missing=0.03, noise_columns=2).columns
    return tuple(sorted(planted, key=lambda column: isinstance(column, CategoricalColumn)))


def encoded(columns: tuple[SourceColumn, ...], settings: PreparationSettings) -> Matrix:
    return encode(columns, settings, max_features=100).matrix


def fastest(work: Callable[[], Matrix]) -> tuple[float, Matrix]:
    """Do some work several times: the least of its seconds, and what it made."""
    times: list[float] = []
    for _ in range(REPEATS):
        with timing(times):
            made = work()
    return min(times), made


def as_frame(columns: tuple[SourceColumn, ...]) -> pd.DataFrame:
    """The same customers as scikit-learn is given them: categories as text, missing ones as a text too."""
    return pd.DataFrame(
        {
            column.name: column.values
            if isinstance(column, NumericColumn)
            else np.array([*column.categories, "(missing)"], dtype=object)[column.codes]
            for column in columns
        }
    )


def transformed(frame: pd.DataFrame) -> Matrix:
    numeric = [name for name in frame if frame[name].dtype == np.float64]
    ours = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numeric),
            ("flags", OneHotEncoder(sparse_output=False), [name for name in frame if name not in numeric]),
        ],
        sparse_threshold=0,
    )
    matrix: Matrix = ours.fit_transform(frame)
    return matrix
