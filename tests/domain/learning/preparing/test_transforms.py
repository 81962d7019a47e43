"""Whether the logarithm is taken of a skewed column."""

import numpy as np
import pytest
from scipy.stats import skew

from domain.learning.preparing.columns import NumericColumn
from domain.learning.preparing.transforms import choose, skewness
from domain.scoring.encoding import transformed
from domain.terms.arrays import Vector
from domain.terms.preparation import Transform

RNG = np.random.default_rng(11)
NORMAL = RNG.normal(50, 10, 5000)
SKEWED = {
    "lognormal": RNG.lognormal(5, 0.5, 5000),
    "exponential": RNG.exponential(100, 5000),
    "amounts of which most are zero": np.where(RNG.random(5000) < 0.6, 0, RNG.lognormal(5, 1, 5000)),
    "counts with a long tail": RNG.geometric(0.1, 5000).astype(np.float64),
}
LEFT_ALONE = {
    "normal": NORMAL,
    "uniform": RNG.uniform(0, 1000, 5000),
    "months": RNG.integers(0, 72, 5000).astype(np.float64),
    "a rare flag": (RNG.random(5000) < 0.03).astype(np.float64),
    "a small group far off": np.where(RNG.random(5000) < 0.1, NORMAL + 500, NORMAL),
    "a few outliers": np.where(RNG.random(5000) < 0.01, 500, NORMAL),
    "skewed to the left": 1000 - RNG.exponential(100, 5000),
    "debts": RNG.lognormal(5, 0.5, 5000) - 10_000,
    "a constant": np.full(5000, 7.0),
}


def chosen(values: Vector, wanted: Transform = Transform.AUTO, dates: bool = False) -> Transform:
    return choose(NumericColumn("n", values, dates), values, wanted)


@pytest.mark.parametrize("kind", SKEWED)
def test_the_logarithm_is_taken_of_skewed_amounts(kind: str) -> None:
    assert chosen(SKEWED[kind]) is Transform.LOG


@pytest.mark.parametrize("kind", LEFT_ALONE)
def test_columns_that_it_would_not_mend_are_left_alone(kind: str) -> None:
    assert chosen(np.clip(LEFT_ALONE[kind], None if kind == "debts" else 0, None)) is Transform.NONE


def test_it_is_taken_of_all_columns_when_asked_for_but_of_dates_and_negative_numbers() -> None:
    assert chosen(np.abs(NORMAL), Transform.LOG) is Transform.LOG
    assert chosen(LEFT_ALONE["debts"], Transform.LOG) is Transform.NONE
    assert chosen(SKEWED["lognormal"], Transform.LOG, dates=True) is Transform.NONE
    assert chosen(SKEWED["lognormal"], Transform.AUTO, dates=True) is Transform.NONE
    assert chosen(SKEWED["lognormal"], Transform.NONE) is Transform.NONE


def test_the_logarithm_is_of_one_more_and_what_is_below_zero_counts_as_zero() -> None:
    assert transformed(np.array([0.0, np.e - 1, -5.0]), Transform.LOG) == pytest.approx([0.0, 1.0, 0.0])


def test_skewness_by_hand_and_as_scipy_has_it() -> None:
    # 0, 0, 3: deviations -1, -1, 2; cubes 6 / 3 = 2; variance 2.
    assert skewness(np.array([0.0, 0.0, 3.0])) == pytest.approx(2 / 2**1.5)
    for values in (*SKEWED.values(), NORMAL):
        assert skewness(values) == pytest.approx(skew(values), rel=1e-9, abs=1e-12)
    assert skewness(np.array([0.0, 0.0, 3e120])) == pytest.approx(2 / 2**1.5)
    assert skewness(np.full(3, 5.0)) == 0.0
