"""Samples without groups that are like the real ones in everything else."""

import numpy as np
import pytest

from domain.learning.choosing.reference import fit, null_model
from domain.learning.preparing.features import encode
from domain.learning.preparing.reduction import reduce
from domain.learning.progress import unwatched
from domain.terms.arrays import Matrix
from domain.terms.preparation import PreparationSettings
from domain.terms.training import PcaSettings
from tests.domain.learning.planting import noise

RANDOM = np.random.default_rng(3)


def test_correlations_and_marginals_are_kept() -> None:
    common = RANDOM.normal(size=3_000)
    first = common + 0.5 * RANDOM.normal(size=3_000)
    second = np.exp(0.5 * (common + 0.5 * RANDOM.normal(size=3_000)))
    matrix = np.column_stack([first, second, RANDOM.random(3_000)])
    drawn = fit(matrix, [None] * 3).draw(20_000, np.random.default_rng(0))
    assert drawn.mean(axis=0) == pytest.approx(matrix.mean(axis=0), abs=0.05)
    assert drawn.std(axis=0) == pytest.approx(matrix.std(axis=0), rel=0.06)
    assert np.corrcoef(drawn.T) == pytest.approx(np.corrcoef(matrix.T), abs=0.05)
    skews = [(((column - column.mean()) / column.std()) ** 3).mean() for column in (second, drawn[:, 1])]
    assert skews[1] == pytest.approx(skews[0], rel=0.2)


def test_groups_are_gone() -> None:
    groups = RANDOM.integers(2, size=2_000)
    matrix = RANDOM.normal(size=(2_000, 2)) + np.array([[0.0, 0.0], [10.0, 10.0]])[groups]
    drawn = fit(matrix, [None, None]).draw(5_000, np.random.default_rng(0))

    def between(points: Matrix) -> float:
        return float(np.mean(np.abs(points.sum(axis=1) - 10.0) < 4.0))

    assert between(matrix) < 0.01
    assert between(drawn) > 0.15


def test_categories_are_drawn_as_often_as_they_are_and_depend_on_nothing() -> None:
    codes = np.repeat([0, 1, 2], [600, 300, 100])
    # The first column is the second's level and a number goes with it, too.
    matrix = np.column_stack([np.eye(3)[codes] * 0.7, np.eye(3)[codes][:, :2], codes + RANDOM.random(1_000)])
    drawn = fit(matrix, ["a", "a", "a", "b", "b", None]).draw(20_000, np.random.default_rng(0))
    assert set(np.unique(drawn[:, :3])) == {0.0, 0.7}
    assert (drawn[:, :3].sum(axis=1) == 0.7).all()
    assert drawn.mean(axis=0)[:5] == pytest.approx(matrix.mean(axis=0)[:5], abs=0.02)
    assert abs(np.corrcoef(drawn[:, 0], drawn[:, 3])[0, 1]) < 0.03
    assert abs(np.corrcoef(drawn[:, 0], drawn[:, 5])[0, 1]) < 0.03


def test_numbers_of_few_values_keep_these_and_constants_stay() -> None:
    counts = RANDOM.integers(0, 4, size=1_000).astype(np.float64)
    matrix = np.column_stack([counts, counts + RANDOM.normal(size=1_000), np.full(1_000, 7.0)])
    drawn = fit(matrix, [None] * 3).draw(10_000, np.random.default_rng(0))
    assert np.unique(drawn[:, 0]).tolist() == [0.0, 1.0, 2.0, 3.0]
    assert np.bincount(drawn[:, 0].astype(int)) / 10_000 == pytest.approx(
        np.bincount(counts.astype(int)) / 1_000, abs=0.02
    )
    assert (drawn[:, 2] == 7.0).all()
    assert np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1] == pytest.approx(
        np.corrcoef(matrix[:, 0], matrix[:, 1])[0, 1], abs=0.08
    )


def test_columns_that_say_the_same_still_do() -> None:
    values = RANDOM.normal(size=500)
    drawn = fit(np.column_stack([values, 2 * values]), [None, None]).draw(100, np.random.default_rng(0))
    assert drawn[:, 1] == pytest.approx(2 * drawn[:, 0], abs=1e-4)


def test_prepared_columns_with_categories_are_drawn_in_the_space_of_their_components() -> None:
    features = encode(noise(0, rows=600), PreparationSettings(), 100, unwatched)
    whole = reduce(features.matrix, None)
    reduced = reduce(features.matrix, PcaSettings(components=3))
    drawn = null_model(features, reduced)(4_000, np.random.default_rng(0))
    assert drawn.shape == (4_000, 3)
    assert drawn.mean(axis=0) == pytest.approx(np.zeros(3), abs=0.1)
    assert drawn.var(axis=0) == pytest.approx(reduced.matrix.var(axis=0), rel=0.15)
    assert null_model(features, whole)(50, np.random.default_rng(0)).shape == (50, features.matrix.shape[1])
    # The same generator draws the same samples.
    assert (null_model(features, reduced)(4_000, np.random.default_rng(0)) == drawn).all()
