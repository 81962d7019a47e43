"""How much categories count beside numbers."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from domain.learning.preparing.balance import height, typical_variance
from domain.learning.preparing.columns import CategoricalColumn, NumericColumn, SourceColumn
from domain.learning.preparing.features import encode
from domain.terms.preparation import CategoryBalance, PreparationSettings, Scaling
from tests.domain.learning.planting import plant

RNG = np.random.default_rng(6)
NUMBERS = [
    NumericColumn(name, RNG.normal(size=3000) * scale) for name, scale in (("a", 1), ("b", 9), ("c", 50))
]


def category(name: str, *shares: float) -> CategoricalColumn:
    codes = RNG.choice(len(shares), 3000, p=shares)
    return CategoricalColumn(name, codes, tuple("abcdefghij"[: len(shares)]))


def test_two_equal_levels_have_a_quarter_of_a_numeric_variance() -> None:
    # Each level has variance 1/4, both 1/2: half of that is wanted, squared.
    assert height(np.array([50.0, 50.0]), 1.0, CategoryBalance.BALANCED) == pytest.approx(0.5**0.5)
    assert height(np.array([50.0, 50.0]), 4.0, CategoryBalance.BALANCED) == pytest.approx(2.0**0.5)
    assert height(np.array([50.0, 50.0]), 4.0, CategoryBalance.UNIT) == 1.0


@pytest.mark.parametrize("counts", [[99.0, 1.0], [1.0, 1e6], [7.0]])
def test_a_rare_level_counts_no_more_than_a_plain_flag(counts: list[float]) -> None:
    assert height(np.array(counts), 1.0, CategoryBalance.BALANCED) == 1.0


def test_the_typical_variance_is_the_median_of_those_that_vary() -> None:
    assert typical_variance([0.0, 1.0, 4.0, 100.0]) == 4.0
    assert typical_variance([0.0]) == typical_variance([]) == 1.0


@pytest.mark.parametrize("scaling", Scaling)
def test_every_category_column_has_a_quarter_of_the_median_numeric_variance(scaling: Scaling) -> None:
    columns: list[SourceColumn] = [*NUMBERS, category("even", 0.2, 0.3, 0.5), category("many", *[0.1] * 10)]
    features = encode(columns, PreparationSettings(scaling=scaling), 100)
    variances = features.matrix.var(axis=0)
    quarter = np.median(variances[:3]) / 4
    assert variances[3:6].sum() == pytest.approx(quarter)
    assert variances[6:].sum() == pytest.approx(quarter)


def test_without_numbers_a_quarter_of_one_is_taken() -> None:
    features = encode([category("even", 0.5, 0.5)], PreparationSettings(), 100)
    assert features.matrix.var(axis=0).sum() == pytest.approx(0.25)


def test_a_weak_category_does_not_split_every_segment_when_balanced() -> None:
    planted = plant(
        0, 400, 6, separation=9.0, outliers=0, missing=0, strong=0, weak_levels=2, noise_columns=0
    )
    found = {}
    for balance in CategoryBalance:
        matrix = encode(planted.columns, PreparationSettings(categories=balance), 100).matrix
        labelings = [
            KMeans(count, n_init=3, random_state=0).fit_predict(matrix) for count in (5, 6, 7, 11, 12)
        ]
        best = max(labelings, key=lambda labels: float(silhouette_score(matrix, labels)))
        found[balance] = int(best.max()) + 1
    assert found[CategoryBalance.BALANCED] == 6
    assert found[CategoryBalance.UNIT] >= 11
