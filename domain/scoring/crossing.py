"""Where a straight line through the space of a rule is in a cluster: found exactly, not step by step."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from domain.scoring.question import bounds_of
from domain.terms.arrays import Labels, Matrix, Vector
from domain.terms.scoring import CentroidRule, MixtureRule, Rule, SampleRule

Stretch: TypeAlias = tuple[float, float]
"""From where to where on a line, in lengths of its direction."""

_PARALLEL = 1e-14


@dataclass(frozen=True)
class Origin:
    """A place in the space of a rule, (n_dims,), from which lines go out."""

    rule: Rule
    start: Vector

    def stretches(self, direction: Vector, cluster: int, low: float, high: float) -> Iterator[Stretch]:
        """List where start + t · direction is in the cluster, 0 <= low <= t <= high, the nearest first.

        One stretch may be listed in adjoining parts.
        """
        if isinstance(self.rule, MixtureRule):
            return _in_component(self.rule, self.start, direction, cluster, low, high)
        return self._nearest(direction, cluster, low, high)

    @cached_property
    def _labels(self) -> Labels:
        return self.rule.labels if isinstance(self.rule, SampleRule) else np.arange(len(self._off))

    @cached_property
    def _off(self) -> Matrix:
        """How far it is from each known point, (n_points, n_dims)."""
        rule = self.rule
        if isinstance(rule, SampleRule):
            return self.start - rule.samples
        return self.start - (rule.centroids if isinstance(rule, CentroidRule) else rule.means)

    @cached_property
    def _squares(self) -> Vector:
        squares: Vector = np.einsum("nd,nd->n", self._off, self._off)
        return squares

    def _reach(self, point: int) -> float:
        reach = self.rule.reach if isinstance(self.rule, SampleRule) else None
        return np.inf if reach is None else float(reach[point])

    def _nearest(self, direction: Vector, cluster: int, low: float, high: float) -> Iterator[Stretch]:
        """Walk along the line from the region of one known point to that of the next."""
        # The squared distance is squares + 2 · t · slopes + t² · length: the last is the same for all points.
        slopes, length = self._off @ direction, float(direction @ direction)
        ahead = np.arange(len(slopes))
        here, at = _first(self._squares + 2 * low * slopes, slopes), low
        while True:
            # Who gains on the present one is met farther on.
            ahead = ahead[slopes[ahead] < slopes[here] - _PARALLEL * abs(slopes[here])]
            meetings = (self._squares[ahead] - self._squares[here]) / (2 * (slopes[here] - slopes[ahead]))
            end = max(at, float(meetings.min())) if len(ahead) else np.inf
            if self._labels[here] == cluster:
                part = _reached(self._squares[here], slopes[here], length, self._reach(here))
                first, last = max(at, part[0]), min(end, high, part[1])
                if first <= last:
                    yield first, last
            if end >= high:
                return
            level = ahead[meetings <= end]
            here, at = int(level[slopes[level].argmin()]), end


def _first(heights: Vector, slopes: Vector) -> int:
    least = np.flatnonzero(heights == heights.min())
    return int(least[slopes[least].argmin()])


def _reached(square: float, slope: float, length: float, reach: float) -> Stretch:
    """Tell where square + 2 · t · slope + t² · length is within a distance."""
    if np.isinf(reach):
        return -np.inf, np.inf
    root = slope * slope - length * (square - reach * reach)
    if root < 0 or length == 0:
        return (np.inf, -np.inf) if length or square > reach * reach else (-np.inf, np.inf)
    return (-slope - root**0.5) / length, (-slope + root**0.5) / length


def _in_component(
    rule: MixtureRule, start: Vector, direction: Vector, cluster: int, low: float, high: float
) -> Iterator[Stretch]:
    """Solve for where the component is as likely as another, between the places where flags are drawn in."""
    edges = [low, *_bends(rule, start, direction, low, high), high]
    for begin, end in pairwise(edges):
        heights, slopes, curves = _parabolas(rule, start, direction, (begin + end) / 2)
        lead = np.delete(np.array([heights, slopes, curves]), cluster, axis=1)
        lead = np.array([[heights[cluster]], [slopes[cluster]], [curves[cluster]]]) - lead
        cuts = np.unique([begin, *(root for root in _roots(*lead) if begin < root < end), end])
        for first, last in pairwise(cuts.tolist()):
            middle = (first + last) / 2
            if (lead[0] + lead[1] * middle + lead[2] * middle * middle > 0).all():
                yield first, last


def _bends(rule: MixtureRule, start: Vector, direction: Vector, low: float, high: float) -> list[float]:
    if rule.slopes is None:
        return []
    moving = (direction != 0) & (rule.slopes != 0).any(axis=0)
    bounds = np.concatenate([side[moving] for side in bounds_of(rule)])
    met = (bounds - np.tile(start[moving], 2)) / np.tile(direction[moving], 2)
    return [float(each) for each in np.unique(met[(met > low) & (met < high)])]


def _parabolas(
    rule: MixtureRule, start: Vector, direction: Vector, around: float
) -> tuple[Vector, Vector, Vector]:
    """Give what the logarithms of the densities are along the line, each (n_clusters,).

    heights + t · slopes + t² · curves, for t near `around`.
    """
    dims = slice(None) if rule.numbers is None else rule.numbers
    off = np.einsum("cf,cfg->cg", start[dims] - rule.means, rule.whiteners)
    along = np.einsum("f,cfg->cg", direction[dims], rule.whiteners)
    scales = np.log(rule.weights) + np.log(np.diagonal(rule.whiteners, axis1=1, axis2=2)).sum(axis=1)
    heights = scales - np.einsum("cg,cg->c", off, off) / 2
    slopes, curves = -np.einsum("cg,cg->c", off, along), -np.einsum("cg,cg->c", along, along) / 2
    if rule.slopes is not None and rule.offsets is not None:
        low, high = bounds_of(rule)
        point = start + around * direction
        free = (point > low) & (point < high)
        heights = heights + rule.slopes @ np.where(free, start, np.clip(point, low, high)) + rule.offsets
        slopes = slopes + rule.slopes @ np.where(free, direction, 0.0)
    return heights, slopes, curves


def _roots(heights: Vector, slopes: Vector, curves: Vector) -> list[float]:
    """Solve height + t · slope + t² · curve = 0 for each, in the way that loses no digits."""
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = slopes * slopes - 4 * curves * heights
        half = -(slopes + np.copysign(np.sqrt(inner), slopes)) / 2
        found = np.concatenate([half / curves, heights / half])
    return [float(each) for each in found[np.isfinite(found)]]
