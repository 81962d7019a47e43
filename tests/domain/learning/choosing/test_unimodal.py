"""Distributions with one mode."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import kstest

from domain.learning.choosing.unimodal import nearest_unimodal, unimodal
from domain.terms.arrays import Vector

LEVELS = (np.arange(2_000) + 0.5) / 2_000


def test_a_valley_is_levelled_by_hand() -> None:
    # Densities .4 .1 .1 .4 over four equal widths. With the mode at the left end they are pooled to
    # .4 .2 .2 .2, off by .2; with the mode in the middle to .25 four times, off by .15.
    found = nearest_unimodal(np.arange(5.0), np.array([0.0, 0.4, 0.5, 0.6, 1.0]))
    assert found.tolist() == pytest.approx([0.0, 0.25, 0.5, 0.75, 1.0])


def test_what_has_one_mode_stays_as_it_is() -> None:
    share = np.array([0.0, 0.1, 0.4, 0.9, 1.0])
    assert nearest_unimodal(np.array([0.0, 1.0, 2.0, 3.0, 5.0]), share).tolist() == pytest.approx(
        share.tolist()
    )


@pytest.mark.parametrize(
    "draw",
    [
        lambda random: random.random(3_000),
        lambda random: random.normal(size=3_000),
        lambda random: random.exponential(size=3_000),
        lambda random: np.exp(random.normal(size=3_000)),
    ],
    ids=["uniform", "normal", "exponential", "lognormal"],
)
def test_samples_of_one_mode_keep_their_distribution(draw: Callable[[np.random.Generator], Vector]) -> None:
    values = draw(np.random.default_rng(1))
    found = unimodal(values).at(LEVELS)
    assert kstest(found, values).statistic < 0.04
    assert found.mean() == pytest.approx(values.mean(), abs=0.02 * values.std())
    assert found.std() == pytest.approx(values.std(), rel=0.05)


def test_two_modes_become_one_with_the_same_mean_and_variance() -> None:
    random = np.random.default_rng(2)
    values = np.concatenate([random.normal(size=2_000), random.normal(9.0, size=1_000)])
    found = unimodal(values)
    density = np.diff(found.levels) / np.diff(found.values)
    mode = int(density.argmax())
    assert (np.diff(density[: mode + 1]) >= -1e-9).all()
    assert (np.diff(density[mode:]) <= 1e-9).all()
    drawn = found.at(LEVELS)
    assert drawn.mean() == pytest.approx(values.mean(), abs=0.05)
    assert drawn.std() == pytest.approx(values.std(), rel=0.02)
    # The valley between the groups, all but empty before, is filled.
    assert np.mean((values > 3.5) & (values < 5.5)) < 0.01
    assert np.mean((drawn > 3.5) & (drawn < 5.5)) > 0.05
