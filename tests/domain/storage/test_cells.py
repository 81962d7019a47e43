"""Cells of Arrow columns as NumPy arrays and back, without what Arrow itself would import."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from domain.storage.cells import (
    as_text,
    floats,
    from_floats,
    in_one_piece,
    strings,
    truths,
)
from domain.terms.texts import number_text, present


def test_numbers_of_any_type_are_floats_wherever_they_stand() -> None:
    for cells in (
        pa.array([9, 1, None, 3]),
        pa.array([9.0, 1.0, None, 3.0]),
        pa.array([9, 1, None, 3], pa.int8()),
    ):
        assert np.array_equal(floats(cells.slice(1)), [1.0, np.nan, 3.0], equal_nan=True)
        assert present(cells.slice(1)).tolist() == [True, False, True]
        assert floats(cells.slice(3)).tolist() == [3.0]


def test_floats_come_back_missing_where_they_are_not_a_number() -> None:
    assert from_floats(np.array([1.5, np.nan, -0.25])).to_pylist() == [1.5, None, -0.25]
    assert from_floats(np.array([])).to_pylist() == []


def test_truth_values_are_false_where_missing() -> None:
    cells = pa.array([True, False, None, True] * 5)
    assert truths(cells).tolist() == [True, False, False, True] * 5
    assert truths(cells.slice(3)).tolist() == cells.slice(3).fill_null(False).to_pylist()


def test_texts_become_an_arrow_array() -> None:
    for texts in ([], [""], ["a", "größer", "", "b\0"]):
        assert strings(texts).equals(pa.array(texts, pa.string()))


def test_chunks_are_joined_and_none_are_an_empty_array() -> None:
    assert in_one_piece(pa.chunked_array([["a"], ["b", None]])).to_pylist() == ["a", "b", None]
    assert in_one_piece(pa.chunked_array([], pa.float64())).equals(pa.array([], pa.float64()))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (5.0, "5"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e15, "1000000000000000"),
        (1e16, "1e+16"),
        (7, "7"),
        (-2.5e-7, "-2.5e-07"),
    ],
)
def test_a_number_is_written_in_the_shortest_way(number: float, text: str) -> None:
    assert number_text(number) == text
    assert as_text(pa.array([number, None])).to_pylist() == [text, None]


def test_cells_are_read_and_compared_without_pandas() -> None:
    program = """
import sys, pyarrow as pa, pyarrow.compute as pc
from domain.storage.cells import *
from domain.terms.texts import hash_text
cells = strings(["a", "b", "a"])
assert truths(pc.is_in(cells, value_set=strings(["a"]))).tolist() == [True, False, True]
assert len(set(hash_text(cells).tolist())) == 2
sys.exit("pandas" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
