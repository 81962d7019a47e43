"""Samples that hold every cluster."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from domain.learning.sampling import spread_rows, stratified_rows
from domain.terms.arrays import Labels


def test_all_rows_are_taken_where_there_are_no_more_than_asked_for() -> None:
    assert stratified_rows([np.array([0, 1, 1])], 3, seed=0).tolist() == [0, 1, 2]
    assert spread_rows(3, 5).tolist() == [0, 1, 2]


def test_clusters_keep_their_shares() -> None:
    labels = np.repeat([0, 1, 2], [6000, 3000, 1000])
    assert np.bincount(labels[stratified_rows([labels], 100, seed=9)]).tolist() == [60, 30, 10]


@given(labels=arrays(np.int64, 200, elements=st.integers(0, 30)), seed=st.integers(-(2**31), 2**31 - 1))
def test_every_cluster_has_two_rows_in_the_sample_where_it_has_two(labels: Labels, seed: int) -> None:
    coarse = labels % 3
    rows = stratified_rows([coarse, labels], 20, seed)
    assert np.all(np.diff(rows) > 0)
    for labeling in (coarse, labels):
        sizes, drawn = np.bincount(labeling), np.bincount(labeling[rows], minlength=labeling.max() + 1)
        assert np.all(drawn >= np.minimum(sizes, 2))


def test_the_seed_decides_the_rows() -> None:
    labels = np.zeros(1000, dtype=np.int64)
    assert stratified_rows([labels], 10, 1).tolist() == stratified_rows([labels], 10, 1).tolist()
    assert stratified_rows([labels], 10, 1).tolist() != stratified_rows([labels], 10, 2).tolist()


def test_more_combinations_of_clusters_than_a_number_can_hold_keep_their_shares() -> None:
    random = np.random.default_rng(0)
    labelings = [random.integers(0, 400, 5000) for _ in range(10)]
    finest = np.repeat([0, 500], [1000, 4000])
    drawn = finest[stratified_rows([*labelings, finest], 1000, 0, at_least=0)]
    assert np.bincount(drawn)[[0, 500]].tolist() == [200, 800]


def test_rows_of_a_cluster_are_equally_likely_wherever_they_are() -> None:
    labels = np.arange(1000) % 2
    drawn = np.concatenate([stratified_rows([labels], 100, seed) for seed in range(200)])
    # 20 draws a row are expected; the counts of tenths of the rows vary by some 40 about 2,000.
    assert np.bincount(drawn // 100) == pytest.approx(np.full(10, 2000), abs=200)


def test_spread_rows_are_evenly_spaced() -> None:
    assert spread_rows(10, 5).tolist() == [0, 2, 4, 6, 8]
