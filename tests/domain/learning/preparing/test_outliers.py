"""Customers far from the others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from domain.learning.kernels.loneliness import in_lanes, lonely
from domain.learning.preparing.features import encode
from domain.learning.preparing.outliers import far_at_a_glance, far_rows, fence, fences
from domain.learning.progress import unwatched
from domain.terms.preparation import OutlierTreatment, PreparationSettings
from domain.terms.segments import UnassignedReason
from tests.domain.learning.planting import noise, plant

SEPARATE = PreparationSettings(outliers=OutlierTreatment.SEPARATE)


def test_the_fences_lie_three_quartile_distances_beyond_the_quartiles() -> None:
    # 0..8: the quartiles are 2 and 6, 4 apart.
    assert fences(np.arange(9.0)) == (-10.0, 18.0)


def test_without_spread_between_the_quartiles_nothing_is_beyond_the_fences() -> None:
    assert fences(np.array([0.0, 0.0, 0.0, 0.0, 7.0])) == (-np.inf, np.inf)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rows", [1000, 20_000])
def test_planted_outliers_are_set_apart_and_next_to_nobody_else(seed: int, rows: int) -> None:
    planted = plant(seed, rows=rows)
    features = encode(planted.columns, SEPARATE, 100)
    found = np.zeros(rows, dtype=np.bool_)
    found[features.unassigned[UnassignedReason.OUTLIER]] = True
    assert found[planted.truth < 0].mean() >= 0.9
    assert found[planted.truth >= 0].mean() <= 0.002
    assert features.preparation.outlier_count == found.sum()


def test_a_small_far_segment_is_no_outlier() -> None:
    rng = np.random.default_rng(1)
    crowd = rng.normal(size=(1980, 3))
    segment = rng.normal(size=(15, 3)) + np.array([12.0, 0.0, 0.0])
    alone = np.array([[0.0, 14.0, 0.0], [0.0, 0.0, -14.0], [-14.0, 0.0, 0.0]])
    far = far_rows(np.concatenate([crowd, segment, alone]), unwatched)
    assert {1995, 1996, 1997} <= set(far.tolist())
    assert not set(range(1980, 1995)) & set(far.tolist())
    assert len(far) <= 6


def test_customers_without_segments_have_hardly_any_outliers() -> None:
    features = encode(noise(0), SEPARATE, 100)
    assert features.preparation.outlier_count <= 10


def test_no_more_than_a_twentieth_is_set_apart() -> None:
    rng = np.random.default_rng(2)
    # Half in one dense place, half scattered over everything.
    matrix = np.concatenate([rng.normal(scale=0.01, size=(500, 4)), rng.uniform(-9, 9, (500, 4))])
    assert len(far_rows(matrix, unwatched)) <= 50


def test_equal_customers_have_no_outliers_among_them() -> None:
    assert len(far_rows(np.zeros((100, 2)), unwatched)) == 0


def test_too_few_customers_to_have_neighbours_have_no_outliers() -> None:
    assert len(far_rows(np.arange(4.0)[:, None] ** 9, unwatched)) == 0
    assert len(far_rows(np.arange(7.0)[:, None] ** 9, unwatched)) == 0


def test_the_fence_lies_three_quartile_distances_of_the_logarithms_above_the_upper_one() -> None:
    # 2^0..2^8: the quartiles of the exponents are 2 and 6, 4 apart.
    assert fence(np.exp2(np.arange(9.0))) == pytest.approx(2.0**18)
    # Without spread it is twice the upper quartile.
    assert fence(np.full(9, 3.0)) == pytest.approx(6.0)


def test_at_a_glance_far_samples_are_seen_and_equal_ones_are_not() -> None:
    crowd = np.random.default_rng(3).normal(size=(998, 2))
    far = far_at_a_glance(np.concatenate([crowd, [[90.0, 0.0], [0.0, -90.0]]]))
    assert np.flatnonzero(far).tolist() == [998, 999]
    assert not far_at_a_glance(np.zeros((300, 2))).any()


def test_the_layout_of_the_matrix_changes_nothing() -> None:
    matrix = np.random.default_rng(4).standard_t(2, size=(2000, 3))
    assert far_rows(matrix, unwatched).tolist() == far_rows(np.asfortranarray(matrix), unwatched).tolist()


def test_progress_never_runs_backwards_however_often_the_radius_is_widened() -> None:
    rng = np.random.default_rng(2)
    matrix = np.concatenate([rng.normal(scale=0.01, size=(500, 4)), rng.uniform(-9, 9, (500, 4))])
    told: list[float] = []
    far_rows(matrix, lambda fraction, _: told.append(fraction))
    assert told == sorted(told)
    assert told[-1] <= 1.0


@settings(deadline=None)
@given(count=st.integers(1, 150), references=st.integers(1, 150), wanted=st.integers(1, 7))
def test_the_lonely_are_those_with_too_few_neighbours_in_the_radius(
    count: int, references: int, wanted: int
) -> None:
    rng = np.random.default_rng(count * 1000 + references)
    samples, others = rng.normal(size=(count, 3)), rng.normal(size=(references, 3))
    found = lonely(samples, in_lanes(others), np.full(count, wanted), 0.81)
    near = NearestNeighbors(radius=0.9).fit(others).radius_neighbors(samples, return_distance=False)
    assert found.tolist() == [len(each) < wanted for each in near]
