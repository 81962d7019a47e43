"""The least change of one column that puts a customer where it should be."""

import heapq
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from domain.scoring.crossing import Origin, Stretch
from domain.scoring.question import AskedColumn, Question, in_rule, unrounded
from domain.scoring.values import in_unit, outwards
from domain.terms.arrays import Vector
from domain.terms.personal_data import ERASED

_NUDGES = (0.0, 1e-9, 1e-7)
"""Beyond a border, on the common scale: on it the customer is of both segments, and goes to the first."""

_INSIDE = (0.001, 0.01, 0.1, 0.3, 0.5, 0.8, 1.0)
"""How far inside a stretch is looked where its beginning does not do."""

MOST_CATEGORIES = 500
"""So many are tried in all: each is a whole customer to be placed."""

_MOST_TRIED = 24
_HALVINGS = 24
_FAR = 1e-6


@dataclass(frozen=True, slots=True)
class _Way:
    """One column going up or down from where it is, and the stretches of the segment on that way."""

    asked: AskedColumn
    position: float
    sign: float
    left: Iterator[Stretch]


@dataclass(order=True, slots=True)
class _Next:
    begin: float
    order: int
    end: float = field(compare=False)
    way: _Way = field(compare=False)


def least_single(
    question: Question,
    base: Vector,
    columns: Collection[AskedColumn],
    limit: float = np.inf,
) -> Vector | None:
    """Change one of the columns of a row of values (n_columns,) so that it holds, and is least far off.

    The row may be changed in other columns than these already. Gives the new row, None where
    there is none nearer to the customer than `limit`.
    """
    best = _least_category(question, base, columns)
    distance = np.inf if best is None else float(question.distances(best[None, :])[0])
    if distance >= limit:
        best, distance = None, limit
    start = question.encoded(base[None, :])[0]
    moved = float(np.linalg.norm(start - question.sample))
    origin = Origin(question.scorer.rule, unrounded(question.scorer, start))
    ways = [way for asked in columns if asked.is_number for way in _ways(question, origin, start, asked)]
    for near in _in_order(ways):
        if np.hypot(near.begin, moved) >= distance:
            break
        row = _realised(question, base, near.way, (near.begin, near.end))
        if row is not None and (off := float(question.distances(row[None, :])[0])) < distance:
            best, distance = row, off
    return best


def _least_category(question: Question, base: Vector, columns: Collection[AskedColumn]) -> Vector | None:
    rows = (row for asked in columns if not asked.is_number for row in others(asked, base))
    return question.least(islice(rows, MOST_CATEGORIES))


def others(asked: AskedColumn, base: Vector) -> Iterator[Vector]:
    """Give a row of values with each other category that a column may have, and anybody still can."""
    for code, category in enumerate(asked.column.categories):
        if code != base[asked.place] and not category.startswith(ERASED):
            row = base.copy()
            row[asked.place] = code
            yield row


def _ways(question: Question, origin: Origin, start: Vector, asked: AskedColumn) -> Iterator[_Way]:
    (low, high), position = asked.bounds, float(start[asked.first])
    unit = np.zeros(len(start))
    unit[asked.first] = 1.0
    along = in_rule(question.scorer, unit)
    if not low < high or not along.any():
        return
    for sign, near, far in ((1.0, low - position, high - position), (-1.0, position - high, position - low)):
        if far >= 0:
            line = origin.stretches(sign * along, question.target, max(0.0, near), far)
            yield _Way(asked, position, sign, line)


def _in_order(ways: list[_Way]) -> Iterator[_Next]:
    """Give the stretches of all ways, the nearest first."""
    waiting: list[_Next] = []
    for order, way in enumerate(ways):
        _push(waiting, way, order)
    for _ in range(_MOST_TRIED):
        if not waiting:
            return
        near = heapq.heappop(waiting)
        yield near
        _push(waiting, near.way, near.order)


def _push(waiting: list[_Next], way: _Way, order: int) -> None:
    stretch = next(way.left, None)
    if stretch is not None:
        heapq.heappush(waiting, _Next(stretch[0], order, stretch[1], way))


def _realised(question: Question, base: Vector, way: _Way, stretch: Stretch) -> Vector | None:
    """Give the row whose column has the least value of a stretch that holds, as it may be written."""
    begin, end = stretch
    for nudge in _NUDGES:
        row = _with(base, way, begin + nudge)
        if question.holds(row[None, :])[0]:
            return row
    for share in _INSIDE:
        inside = begin + share * (end - begin)
        row = _with(base, way, inside)
        if question.holds(row[None, :])[0]:
            return _tightened(question, base, way, begin, inside)
    return _between(question, base, way, (begin + end) / 2)


def _between(question: Question, base: Vector, way: _Way, length: float) -> Vector | None:
    """Give the row with a number as it is, where every rounded one is beyond the stretch."""
    row = base.copy()
    row[way.asked.place] = way.asked.drawn_in(
        in_unit(way.asked.features[0], way.position + way.sign * length)
    )
    return row if question.holds(row[None, :])[0] else None


def _tightened(question: Question, base: Vector, way: _Way, begin: float, inside: float) -> Vector:
    """Halve what lies between a place that does not hold and one that does."""
    for _ in range(_HALVINGS):
        middle = (begin + inside) / 2
        if inside - begin < _FAR or way.asked.column.whole:
            break
        holds = question.holds(_with(base, way, middle)[None, :])[0]
        begin, inside = (begin, middle) if holds else (middle, inside)
    return _with(base, way, inside)


def _with(base: Vector, way: _Way, length: float) -> Vector:
    row = base.copy()
    row[way.asked.place] = written(way.asked, way.position + way.sign * length, way.sign)
    return row


def written(asked: AskedColumn, position: float, sign: float) -> float:
    """Give the value of a place on the common scale, rounded on in the direction to one that is written."""
    value = in_unit(asked.features[0], position)
    return asked.drawn_in(outwards(asked.column, asked.features[0], value, sign > 0))
