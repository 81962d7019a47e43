"""The columns of a table as learning takes them."""

import numpy as np

from domain.learning.preparing.columns import (
    CategoricalColumn,
    Level,
    NumericColumn,
    levels,
    missing,
    occurring,
    take,
)

PLAN = CategoricalColumn("plan", np.array([2, -1, 0, 2, 2]), ("paid", "never used", "free"))
AGE = NumericColumn("age", np.array([20.0, np.nan, np.inf, 40.0, 50.0]))


def test_the_levels_that_occur_are_sorted_and_counted() -> None:
    assert occurring(PLAN) == (Level("(missing)", -1, 1), Level("free", 2, 3), Level("paid", 0, 1))
    texts, codes = levels(PLAN)
    assert texts == ("(missing)", "free", "paid")
    assert codes.tolist() == [1, 0, 2, 1, 1]


def test_a_column_without_rows_or_with_nothing_but_missing_ones_has_levels_too() -> None:
    assert occurring(CategoricalColumn("c", np.empty(0, np.int64), ("x",))) == ()
    assert occurring(CategoricalColumn("c", np.array([-1, -1]), ())) == (Level("(missing)", -1, 2),)


def test_codes_numbers_and_infinities_tell_what_is_missing() -> None:
    assert missing(PLAN).tolist() == [False, True, False, False, False]
    assert missing(AGE).tolist() == [False, True, True, False, False]


def test_rows_are_taken_in_their_order_from_every_column() -> None:
    age, plan = take([AGE, PLAN], np.array([4, 0]))
    assert isinstance(age, NumericColumn)
    assert isinstance(plan, CategoricalColumn)
    assert age.values.tolist() == [50.0, 20.0]
    assert (plan.codes.tolist(), plan.categories) == ([2, 2], PLAN.categories)
    assert take([AGE, PLAN], None) == (AGE, PLAN)
