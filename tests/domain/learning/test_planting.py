"""What is planted is there."""

import numpy as np
import pytest

from domain.learning.preparing.columns import CategoricalColumn, NumericColumn
from tests.domain.learning.planting import Planted, noise, plant


def numbers(planted: Planted) -> np.ndarray:
    values = [column.values for column in planted.columns if isinstance(column, NumericColumn)]
    return np.column_stack(values)


def test_the_same_seed_plants_the_same_customers() -> None:
    first, again, other = plant(1), plant(1), plant(2)
    assert np.array_equal(first.truth, again.truth)
    assert np.array_equal(numbers(first), numbers(again), equal_nan=True)
    assert not np.array_equal(first.truth, other.truth)


def test_segments_outliers_and_missing_values_are_as_many_as_asked_for() -> None:
    planted = plant(3, rows=20_000, segments=4, outliers=0.02, missing=0.1, smallest=0.25)
    assert [column.name for column in planted.columns] == [
        "age", "income", "visits", "spending", "plan 0", "region 0", "noise 0",
    ]  # fmt: skip
    sizes = np.bincount(planted.truth[planted.truth >= 0])
    assert sizes.tolist() == pytest.approx(19_600 * np.array([1, 0.75, 0.5, 0.25]) / 2.5, rel=0.1)
    assert (planted.truth < 0).mean() == pytest.approx(0.02, abs=0.005)
    for column in planted.columns[:6]:
        lacking = column.codes < 0 if isinstance(column, CategoricalColumn) else np.isnan(column.values)
        assert lacking.mean() == pytest.approx(0.1, abs=0.01)


def test_noise_has_the_columns_of_planted_customers() -> None:
    assert [(type(column), column.name) for column in noise(0)] == [
        (type(column), column.name) for column in plant(0).columns
    ]
