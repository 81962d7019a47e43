"""Numbers come on one scale as scikit-learn's scalers put them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from domain.learning.preparing.scaling import Scale, choose
from domain.terms.arrays import Vector
from domain.terms.preparation import Scaling

VALUES = np.array([0.0, 1.0, 2.0, 3.0, 14.0])


def test_center_and_scale_by_hand() -> None:
    # Mean 4, variance (16 + 9 + 4 + 1 + 100) / 5 = 26; quartiles 1, 2 and 3.
    assert choose(VALUES, Scaling.STANDARD) == pytest.approx(Scale(4.0, 26**0.5))
    assert choose(VALUES, Scaling.ROBUST) == Scale(2.0, 2.0)
    assert choose(VALUES, Scaling.MIN_MAX) == Scale(0.0, 14.0)
    assert choose(VALUES, Scaling.NONE) == Scale(0.0, 1.0)


def test_a_mostly_zero_column_is_scaled_by_its_deviation_where_the_quartiles_are_equal() -> None:
    values = np.array([0.0] * 9 + [1000.0])
    assert choose(values, Scaling.ROBUST) == pytest.approx((0.0, 300.0))


@given(arrays(np.float64, st.integers(2, 40), elements=st.floats(-1e6, 1e6)))
@pytest.mark.parametrize(
    ("scaling", "scaler"),
    [
        (Scaling.STANDARD, StandardScaler()),
        (Scaling.ROBUST, RobustScaler()),
        (Scaling.MIN_MAX, MinMaxScaler()),
    ],
)
def test_the_scaled_values_equal_those_of_scikit_learn(
    scaling: Scaling, scaler: StandardScaler | RobustScaler | MinMaxScaler, values: Vector
) -> None:
    values[:4] = [0.0, 1.0, 2.0, 3.0][: len(values)]
    center, scale = choose(values, scaling)
    low, high = np.percentile(values, (25, 75))
    if scaling is Scaling.ROBUST and high - low < 1e-9:
        return  # equal quartiles, which scikit-learn leaves unscaled
    expected = scaler.fit_transform(values[:, None])[:, 0]
    assert (values - center) / scale == pytest.approx(expected, rel=1e-9, abs=1e-9)
