"""The number of different rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from domain.learning.algorithms.distinct import count_distinct
from domain.terms.arrays import Matrix


def test_equal_rows_count_once_and_counting_stops() -> None:
    matrix = np.array([[0.0, 1.0], [0.0, 1.0], [0.0, 2.0], [-0.0, 1.0], [3.0, 1.0]])
    assert count_distinct(matrix, 9) == 3
    assert count_distinct(matrix, 2) == 2
    assert count_distinct(matrix[:0], 2) == 0


@pytest.mark.parametrize("place", [0, 1500, 4999])
def test_one_row_that_differs_is_found_wherever_it_is(place: int) -> None:
    matrix = np.zeros((5000, 3))
    matrix[place, 2] = 1e-300
    assert count_distinct(matrix, 15) == 2


@given(matrix=arrays(np.float64, (60, 2), elements=st.integers(0, 3)))
def test_the_count_is_that_of_unique_rows(matrix: Matrix) -> None:
    assert count_distinct(matrix, 100) == len(np.unique(matrix, axis=0))
