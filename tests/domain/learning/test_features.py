"""Columns become a matrix as scikit-learn would make it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from domain.errors import TooLarge, UnsuitableData
from domain.learning.features import CategoricalColumn, EncodedFeature, NumericColumn, encode
from domain.terms.segments import ImputedColumn

AGE = NumericColumn("age", np.array([20.0, np.nan, 40.0, 60.0]))
PLAN = CategoricalColumn("plan", np.array([1, 0, -1, 1]), ("free", "paid", "never used"))


def test_numbers_are_imputed_by_the_median_and_standardized_by_the_population_deviation() -> None:
    features = encode([AGE], max_features=10)
    # 20, 40 (median), 40, 60: mean 40, variance (400 + 400) / 4 = 200
    assert features.matrix[:, 0].tolist() == pytest.approx([-20 / 200**0.5, 0, 0, 20 / 200**0.5])
    (name,) = features.names
    assert name.scale == pytest.approx(200**0.5)
    assert name == EncodedFeature("age", None, 40.0, name.scale)
    assert features.imputed == (ImputedColumn("age", 1, "median 40"),)


def test_categories_are_one_feature_a_level_sorted_with_missing_as_a_level() -> None:
    features = encode([PLAN], max_features=10)
    assert [name.category for name in features.names] == ["(missing)", "free", "paid"]
    assert features.matrix.tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert features.imputed == (ImputedColumn("plan", 1, "(missing)"),)


def test_the_missing_level_is_kept_apart_from_a_category_of_that_name() -> None:
    column = CategoricalColumn("c", np.array([0, -1, 1]), ("(missing)", "(missing 2)"))
    features = encode([column], max_features=10)
    assert [name.category for name in features.names] == ["(missing 2)", "(missing 3)", "(missing)"]
    assert features.matrix.argmax(axis=1).tolist() == [2, 1, 0]


def test_a_constant_number_becomes_zeros_with_scale_1() -> None:
    features = encode([AGE, NumericColumn("year", np.full(4, 2026.1))], max_features=10)
    assert features.matrix[:, 1].tolist() == [0, 0, 0, 0]
    assert features.names[1] == EncodedFeature("year", None, 2026.1, 1.0)


def test_an_infinite_number_is_missing_and_a_column_without_numbers_is_left_out() -> None:
    features = encode(
        [NumericColumn("a", np.array([1.0, np.inf, 3.0, 8.0])), NumericColumn("b", np.full(4, np.nan))], 10
    )
    assert [name.column for name in features.names] == ["a"]
    assert features.imputed == (ImputedColumn("a", 1, "median 3"),)


@pytest.mark.parametrize(
    "columns",
    [
        [],
        [NumericColumn("a", np.array([]))],
        [NumericColumn("a", np.full(5, np.nan))],
        [NumericColumn("a", np.full(5, 0.1)), CategoricalColumn("b", np.zeros(5, dtype=np.int64), ("x",))],
    ],
)
def test_columns_with_nothing_to_cluster_on_are_unsuitable(
    columns: list[NumericColumn | CategoricalColumn],
) -> None:
    with pytest.raises(UnsuitableData):
        encode(columns, max_features=10)


def test_numbers_too_large_to_square_are_unsuitable() -> None:
    with pytest.raises(UnsuitableData, match='"a" are too large'):
        encode([NumericColumn("a", np.array([1e300, -1e300]))], max_features=10)


def test_too_many_features_are_refused_naming_the_widest_column() -> None:
    assert encode([AGE, PLAN], max_features=4).matrix.shape == (4, 4)
    with pytest.raises(
        TooLarge, match='make 4 features, more than the 3 allowed: column "plan" alone makes 3'
    ):
        encode([AGE, PLAN], max_features=3)


@settings(deadline=None)
@given(
    numbers=arrays(np.float64, 12, elements=st.one_of(st.floats(-1e6, 1e6), st.just(np.nan))),
    codes=arrays(np.int64, 12, elements=st.integers(-1, 3)),
)
def test_the_matrix_equals_that_of_scikit_learns_pipeline(numbers: np.ndarray, codes: np.ndarray) -> None:
    numbers[:2] = 1.0, 2.5
    texts = ("b", "a", "(x)", "Z")
    ours = encode([NumericColumn("n", numbers), CategoricalColumn("c", codes, texts)], max_features=10).matrix
    scaled = StandardScaler().fit_transform(SimpleImputer(strategy="median").fit_transform(numbers[:, None]))
    told = np.array([texts[code] if code >= 0 else "(missing)" for code in codes], dtype=object)
    flags = OneHotEncoder(sparse_output=False).fit_transform(told[:, None])
    assert ours == pytest.approx(np.hstack([scaled, flags]), abs=1e-12)
