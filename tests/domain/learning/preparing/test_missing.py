"""Customers with missing values are kept, left out, or refused."""

import numpy as np
import pytest

from domain.errors import UnsuitableData
from domain.learning.preparing.columns import CategoricalColumn, NumericColumn
from domain.learning.preparing.missing import complete_rows
from domain.terms.preparation import MissingTreatment

NUMBERS = NumericColumn("n", np.array([1.0, np.nan, np.inf, 4.0]))
CATEGORIES = CategoricalColumn("c", np.array([0, 0, 0, -1]), ("x",))


def test_all_rows_are_kept_where_values_are_imputed_or_none_is_missing() -> None:
    assert complete_rows([NUMBERS, CATEGORIES], MissingTreatment.IMPUTE) is None
    full = NumericColumn("n", np.arange(4.0))
    assert complete_rows([full], MissingTreatment.LEAVE_OUT) is None
    assert complete_rows([full], MissingTreatment.REFUSE) is None


def test_rows_with_everything_are_kept() -> None:
    rows = complete_rows([NUMBERS, CATEGORIES], MissingTreatment.LEAVE_OUT)
    assert rows is not None
    assert rows.tolist() == [0]


def test_a_refusal_names_at_most_five_columns_those_with_most_missing_first() -> None:
    columns = [
        NumericColumn(f"n{count}", np.array([np.nan] * count + [1.0] * (9 - count))) for count in range(8)
    ]
    with pytest.raises(UnsuitableData) as refused:
        complete_rows(columns, MissingTreatment.REFUSE)
    assert refused.value.message == (
        'Values are missing in "n7" (7), "n6" (6), "n5" (5), "n4" (4), "n3" (3) and 2 more columns, '
        "and missing REFUSE was asked for. Fill them in the file, use IMPUTE or LEAVE_OUT, "
        "or give these columns the role IGNORED."
    )


@pytest.mark.parametrize("treatment", MissingTreatment)
def test_who_was_erased_is_left_out_in_every_mode(treatment: MissingTreatment) -> None:
    numbers = NumericColumn("n", np.array([1.0, np.nan, 3.0]))
    categories = CategoricalColumn("c", np.array([0, -1, 0]), ("x",))
    rows = complete_rows([numbers, categories], treatment, np.array([1]))
    assert rows is not None
    assert rows.tolist() == [0, 2]


@pytest.mark.parametrize("treatment", MissingTreatment)
def test_where_everybody_was_erased_there_is_nobody_to_cluster(treatment: MissingTreatment) -> None:
    with pytest.raises(UnsuitableData, match="Every customer was erased"):
        complete_rows([CategoricalColumn("c", np.array([-1, -1]), ())], treatment, np.array([0, 1]))


def test_the_missing_values_of_others_are_refused_and_those_of_the_erased_are_not() -> None:
    with pytest.raises(UnsuitableData) as refused:
        complete_rows([NUMBERS], MissingTreatment.REFUSE, np.array([1]))
    assert refused.value.message.startswith('Values are missing in "n" (1), and')
