"""The distribution nearest to a sample's that has one mode."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.stats import norm

from domain.terms.arrays import Vector

KNOTS = 200
MODES_TRIED = 10
"""Places of the mode tried over the whole, and once more about the best of these."""


@dataclass(frozen=True, slots=True)
class Quantiles:
    """A distribution by its quantile function: `levels` 0..1 and their `values`, straight between these."""

    levels: Vector
    values: Vector

    def at(self, levels: Vector) -> Vector:
        """Give the values below which these shares lie."""
        return np.interp(levels, self.levels, self.values)


def unimodal(values: Vector) -> Quantiles:
    """Fit a distribution with one mode to a sample (n_samples,) of at least two different values.

    Its density rises to the mode and falls from it: on either side it is the sample's
    own where that does so, and level across a gap. Skew and tails stay, modes don't.
    The mode is the one, of some tried, whose distribution function lies nearest to the
    sample's. Mean and variance are the sample's. Source: Grenander 1956 for the density
    on one side of a mode; Hartigan & Hartigan 1985, The dip test of unimodality, for the
    nearest unimodal distribution, which differs from this one near the mode only.
    """
    ordered = np.sort(values)
    knots = np.unique(np.quantile(ordered, _levels(len(ordered))))
    share = np.searchsorted(ordered, knots, side="right") / len(ordered)
    share[0] = 0.0
    levels = nearest_unimodal(knots, share)
    return _as_wide(Quantiles(levels, knots), float(values.mean()), float(values.std()))


def nearest_unimodal(knots: Vector, share: Vector) -> Vector:
    """Give the distribution function with one mode that is nearest to `share` at the knots, from 0 to 1.

    Both (n_knots,), ascending; the density is level between knots.
    """
    widths = np.diff(knots)
    density = np.diff(share) / widths
    places = len(widths)
    step = max(1, places // MODES_TRIED)
    _, _, coarse = min(_fits(density, widths, share, range(0, places + 1, step)))
    near = range(max(0, coarse - step), min(places, coarse + step) + 1, max(1, 2 * step // MODES_TRIED))
    _, _, mode = min(_fits(density, widths, share, near))
    found = _with_mode(density, widths, mode)
    # The sum of the parts is 1 but for rounding.
    levels: Vector = found / found[-1]
    return levels


def _fits(density: Vector, widths: Vector, share: Vector, modes: range) -> Iterator[tuple[float, float, int]]:
    """Give for each mode how far the fit is off at most, and on average, and the mode."""
    for mode in modes:
        off = np.abs(_with_mode(density, widths, mode) - share)
        yield float(off.max()), float(off.mean()), mode


def _with_mode(density: Vector, widths: Vector, mode: int) -> Vector:
    fitted = np.empty(len(density))
    if mode > 0:
        fitted[:mode] = isotonic_regression(density[:mode], weights=widths[:mode]).x
    if mode < len(density):
        fitted[mode:] = isotonic_regression(density[mode:], weights=widths[mode:], increasing=False).x
    return np.concatenate([[0.0], np.cumsum(fitted * widths)])


def _levels(count: int) -> Vector:
    # Equally far apart on the normal scale: as fine in the tails as in the middle.
    reach = norm.ppf(1 - 1 / max(count, 4))
    return np.concatenate([[0.0], norm.cdf(np.linspace(-reach, reach, KNOTS - 1)), [1.0]])


def _as_wide(found: Quantiles, mean: float, deviation: float) -> Quantiles:
    # The mean and mean square of a density that is level between knots.
    weights, left, right = np.diff(found.levels), found.values[:-1], found.values[1:]
    centre = float(weights @ (left + right) / 2)
    square = float(weights @ (left * left + left * right + right * right) / 3)
    now = np.sqrt(max(square - centre * centre, np.finfo(np.float64).tiny))
    return Quantiles(found.levels, mean + (found.values - centre) * (deviation / now))
