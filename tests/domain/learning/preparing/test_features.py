"""Columns become a matrix as scikit-learn would make it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from domain.errors import Canceled, TooLarge, UnsuitableData
from domain.learning.preparing.columns import CategoricalColumn, NumericColumn, take
from domain.learning.preparing.features import EncodedFeature, encode, place
from domain.learning.preparing.fitting import fit
from domain.learning.progress import unwatched
from domain.terms.preparation import (
    CategoryBalance,
    ColumnWeight,
    MissingTreatment,
    OutlierTreatment,
    PreparationSettings,
    PreparedColumn,
    Scaling,
    Transform,
)
from domain.terms.segments import ImputedColumn, UnassignedReason
from tests.domain.learning.planting import plant

PLAIN = PreparationSettings(transform=Transform.NONE, categories=CategoryBalance.UNIT)
"""As scikit-learn's transformers do."""

AGE = NumericColumn("age", np.array([20.0, np.nan, 40.0, 60.0]))
PLAN = CategoricalColumn("plan", np.array([1, 0, -1, 1]), ("free", "paid", "never used"))


def test_numbers_are_imputed_by_the_median_and_standardized_by_the_population_deviation() -> None:
    features = encode([AGE], PLAIN, max_features=10)
    # 20, 40 (median), 40, 60: mean 40, variance (400 + 400) / 4 = 200
    assert features.matrix[:, 0].tolist() == pytest.approx([-20 / 200**0.5, 0, 0, 20 / 200**0.5])
    (name,) = features.names
    assert name.scale == pytest.approx(200**0.5)
    assert name == EncodedFeature("age", None, 40.0, name.scale, fill=40.0)
    assert features.imputed == (ImputedColumn("age", 1, "median 40"),)


def test_categories_are_one_feature_a_level_sorted_with_missing_as_a_level() -> None:
    features = encode([PLAN], PLAIN, max_features=10)
    assert [name.category for name in features.names] == ["(missing)", "free", "paid"]
    assert features.matrix.tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert features.imputed == (ImputedColumn("plan", 1, "(missing)"),)


def test_a_matrix_of_more_values_than_the_limit_is_refused_naming_the_widest_column() -> None:
    def codes(count: int) -> CategoricalColumn:
        return CategoricalColumn("code", np.arange(count), tuple(map(str, range(count))))

    # 31,622 squared is 999,950,884.
    assert len(fit([codes(31_622)], PLAIN, 40_000, unwatched)[0].features) == 31_622
    refused = "31,623 features of 31,623 customers, 1,000,014,129 values, more than the 1,000,000,000 allowed"
    with pytest.raises(TooLarge, match=f'{refused}: column "code" alone makes 31,623 features'):
        fit([codes(31_623)], PLAIN, 40_000, unwatched)


def test_the_missing_level_is_kept_apart_from_a_category_of_that_name() -> None:
    column = CategoricalColumn("c", np.array([0, -1, 1]), ("(missing)", "(missing 2)"))
    features = encode([column], PLAIN, max_features=10)
    assert [name.category for name in features.names] == ["(missing 2)", "(missing 3)", "(missing)"]
    assert features.matrix.argmax(axis=1).tolist() == [2, 1, 0]


def test_a_constant_number_becomes_zeros_with_scale_1() -> None:
    features = encode([AGE, NumericColumn("year", np.full(4, 2026.1))], PLAIN, max_features=10)
    assert features.matrix[:, 1].tolist() == [0, 0, 0, 0]
    assert features.names[1] == EncodedFeature("year", None, 2026.1, 1.0, fill=2026.1)


def test_an_infinite_number_is_missing_and_a_column_without_numbers_is_left_out() -> None:
    features = encode(
        [NumericColumn("a", np.array([1.0, np.inf, 3.0, 8.0])), NumericColumn("b", np.full(4, np.nan))],
        PLAIN,
        10,
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
        encode(columns, PLAIN, max_features=10)


def test_numbers_too_large_to_square_are_unsuitable() -> None:
    with pytest.raises(UnsuitableData, match='"a" are too large'):
        encode([NumericColumn("a", np.array([1e300, -1e300]))], PLAIN, max_features=10)


def test_too_many_features_are_refused_naming_the_widest_column() -> None:
    assert encode([AGE, PLAN], PLAIN, max_features=4).matrix.shape == (4, 4)
    with pytest.raises(
        TooLarge, match='make 4 features, more than the 3 allowed: column "plan" alone makes 3'
    ):
        encode([AGE, PLAN], PLAIN, max_features=3)


@settings(deadline=None)
@given(
    numbers=arrays(np.float64, 12, elements=st.one_of(st.floats(-1e6, 1e6), st.just(np.nan))),
    codes=arrays(np.int64, 12, elements=st.integers(-1, 3)),
)
def test_the_matrix_equals_that_of_scikit_learns_pipeline(numbers: np.ndarray, codes: np.ndarray) -> None:
    numbers[:2] = 1.0, 2.5
    texts = ("b", "a", "(x)", "Z")
    ours = encode(
        [NumericColumn("n", numbers), CategoricalColumn("c", codes, texts)], PLAIN, max_features=10
    ).matrix
    scaled = StandardScaler().fit_transform(SimpleImputer(strategy="median").fit_transform(numbers[:, None]))
    told = np.array([texts[code] if code >= 0 else "(missing)" for code in codes], dtype=object)
    flags = OneHotEncoder(sparse_output=False).fit_transform(told[:, None])
    assert ours == pytest.approx(np.hstack([scaled, flags]), abs=1e-12)


def test_days_are_filled_with_a_date() -> None:
    since = NumericColumn("since", np.array([18993.5, np.nan, 18995.0, 18993.0]), dates=True)
    (filled,) = encode([since], PLAIN, max_features=10).imputed
    assert filled == ImputedColumn("since", 1, "median 2022-01-01")


def test_a_weight_multiplies_squared_distances_in_numbers_and_in_categories() -> None:
    weights = (ColumnWeight("age", 4.0), ColumnWeight("plan", 9.0))
    plain = encode([AGE, PLAN], PLAIN, 10).matrix
    weighted = encode([AGE, PLAN], replace(PLAIN, weights=weights), 10)
    assert weighted.matrix == pytest.approx(plain * [2, 3, 3, 3])
    assert [column.weight for column in weighted.preparation.columns] == [4.0, 9.0]


def test_customers_with_missing_values_are_left_out_and_nothing_is_measured_on_them() -> None:
    left_out = encode([AGE, PLAN], replace(PLAIN, missing=MissingTreatment.LEAVE_OUT), 10)
    # Rows 0 (20, paid) and 3 (60, paid) have everything: mean 40, deviation 20, and nobody is "free".
    assert left_out.matrix.tolist() == [[-1, 1], [1, 1]]
    assert left_out.rows is not None
    assert left_out.rows.tolist() == [0, 3]
    assert {reason: rows.tolist() for reason, rows in left_out.unassigned.items()} == {
        UnassignedReason.MISSING_VALUES: [1, 2]
    }
    assert left_out.preparation.left_out_count == 2
    assert left_out.imputed == ()


def test_missing_values_are_refused_naming_the_columns_and_the_way_out() -> None:
    refusing = replace(PLAIN, missing=MissingTreatment.REFUSE)
    with pytest.raises(UnsuitableData, match=r'missing in "plan" \(1\), "age" \(1\).*IMPUTE or LEAVE_OUT'):
        encode([AGE, PLAN], refusing, 10)
    full = NumericColumn("n", np.arange(4.0))
    assert encode([full], refusing, 10).rows is None


def test_leaving_out_everybody_is_refused() -> None:
    holes = [NumericColumn("a", np.array([1.0, np.nan])), NumericColumn("b", np.array([np.nan, 1.0]))]
    with pytest.raises(UnsuitableData, match="leaves nobody"):
        encode(holes, replace(PLAIN, missing=MissingTreatment.LEAVE_OUT), 10)


def test_what_was_done_to_each_column_is_told() -> None:
    money = NumericColumn("money", np.array([np.nan, *np.expm1(np.linspace(0, 8, 99)), 1e9]))
    plan = CategoricalColumn("plan", np.arange(101) % 2, ("a", "b"))
    settings = PreparationSettings(outliers=OutlierTreatment.CLIP, transform=Transform.LOG)
    features = encode([money, plan], settings, 10)
    number, category = features.preparation.columns
    logs = np.log1p(np.where(np.isnan(money.values), np.nanmedian(money.values), money.values))
    low, high = np.percentile(logs, (25, 75))
    logs = np.clip(logs, None, high + 3 * (high - low))
    assert number == PreparedColumn(
        column="money",
        transform=Transform.LOG,
        center=number.center,
        scale=number.scale,
        weight=1.0,
        feature_count=1,
        clipped_count=1,
        imputed_count=1,
        filled_with=f"median {np.nanmedian(money.values):.15g}",
    )
    assert (number.center, number.scale) == pytest.approx((logs.mean(), logs.std()))
    assert category == PreparedColumn("plan", Transform.NONE, None, None, 1.0, 2, 0, 0, None)
    assert features.matrix[:, 0] == pytest.approx((logs - logs.mean()) / logs.std())


@pytest.mark.parametrize("scaling", Scaling)
@pytest.mark.parametrize("value", [0.0, 0.1, 2026.1, -1e12, 1e-300])
def test_a_constant_column_is_constant_and_small_in_any_scaling(scaling: Scaling, value: float) -> None:
    constant = NumericColumn("constant", np.full(1001, value))
    other = NumericColumn("other", np.arange(1001.0))
    matrix = encode([constant, other], replace(PLAIN, scaling=scaling), 10).matrix
    assert matrix[:, 0] == pytest.approx(np.full(1001, value if scaling is Scaling.NONE else 0.0), abs=1e-3)
    assert np.ptp(matrix[:, 0]) == 0


@pytest.mark.parametrize("scaling", Scaling)
@pytest.mark.parametrize("outliers", OutlierTreatment)
@pytest.mark.parametrize("missing", [MissingTreatment.IMPUTE, MissingTreatment.LEAVE_OUT])
def test_whatever_the_choices_the_rows_are_told_apart_and_encode_again_the_same(
    scaling: Scaling, outliers: OutlierTreatment, missing: MissingTreatment
) -> None:
    planted = plant(3, rows=600)
    settings = PreparationSettings(scaling, Transform.AUTO, outliers, missing)
    features = encode(planted.columns, settings, 100)
    kept = np.arange(600) if features.rows is None else features.rows
    everyone = np.concatenate([kept, *features.unassigned.values()])
    assert np.array_equal(np.sort(everyone), np.arange(600))
    assert features.matrix.flags.c_contiguous
    assert np.isfinite(features.matrix).all()
    again = place(features.names, planted.columns)
    assert np.array_equal(again[kept], features.matrix)


def test_new_customers_are_encoded_as_those_of_the_training() -> None:
    features = encode([AGE, PLAN], PLAIN, 10)
    new = place(
        features.names,
        [
            CategoricalColumn("plan", np.array([0, 1, -1]), ("trial", "free")),
            NumericColumn("age", np.array([np.nan, 60.0, np.inf])),
        ],
    )
    high = 20 / 200**0.5
    # A missing age is 40, the median there; "trial" is new, and a missing plan is one of the levels.
    assert new == pytest.approx(np.array([[0, 0, 0, 0], [high, 0, 1, 0], [0, 1, 0, 0]]))


def test_a_category_called_as_the_missing_level_is_not_taken_for_it() -> None:
    features = encode([PLAN], PLAIN, 10)
    named = CategoricalColumn("plan", np.array([0, 1]), ("(missing)", "paid"))
    assert place(features.names, [named]).tolist() == [[0, 0, 0], [0, 0, 1]]


def test_tables_of_many_blocks_are_encoded_as_small_ones() -> None:
    planted = plant(4, rows=70_000)
    features = encode(planted.columns, PreparationSettings(), 100)
    part = np.arange(60_000, 60_100)
    assert np.array_equal(place(features.names, take(planted.columns, part)), features.matrix[part])


def test_a_watcher_that_raises_stops_the_preparing() -> None:
    def cancel(fraction: float, message: str) -> None:
        raise Canceled

    with pytest.raises(Canceled):
        encode([AGE, PLAN], PLAIN, 10, cancel)
