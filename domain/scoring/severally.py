"""A small change of several columns that puts a customer where it should be, as few of them as are found."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from domain.scoring.contributing import evidence, nearest_point
from domain.scoring.crossing import Origin
from domain.scoring.question import AskedColumn, Question, cluster_of, in_features, in_rule, unrounded
from domain.scoring.singly import written
from domain.scoring.values import measured_of
from domain.terms.arrays import AnyArray, Vector
from domain.terms.scoring import MixtureRule

_INSIDE = (0.0, 1e-6, 1e-4, 0.01, 0.1, 0.5, 1.0)
"""How far inside a stretch is looked, one after the other."""

_TURNS = 3
_SCATTERED = 256
_MOST_STRETCHES = 4


def few_columns(question: Question, own: int) -> Vector | None:
    """Give a row of values that holds, changed in few columns; None where none is found.

    It is looked for on the ways to where the segment's people are, and to the ends of what the training
    saw. `own` is the cluster that the customer is in, -1 for none.
    """
    found: list[Vector] = []
    fewest = len(question.columns)
    for goal in _goals(question, own):
        row = _fewest(question, goal, own, fewest)
        if row is not None:
            found.append(row)
            fewest = min(fewest, len(changed(question, row)))
    if not found:
        found = _anywhere(question)
        fewest = min((len(changed(question, row)) for row in found), default=0)
    rows = [_drawn_near(question, row) for row in found if len(changed(question, row)) == fewest]
    return rows[int(question.distances(np.array(rows)).argmin())] if rows else None


def changed(question: Question, row: Vector) -> list[AskedColumn]:
    """List the columns whose values are not the customer's."""
    differs = ~((row == question.values) | (np.isnan(row) & np.isnan(question.values)))
    return [asked for asked in question.columns if differs[asked.place]]


def _goals(question: Question, own: int) -> Iterator[Vector]:
    """Give rows of values (n_columns,) that are likely to be in the segment."""
    scorer, sample = question.scorer, question.sample
    mean = in_features(scorer, scorer.means[question.target])
    yield _row_at(question, mean)
    near = nearest_point(scorer, sample, question.target)
    # Of all places that are projected there, the nearest to the customer.
    off = near - unrounded(scorer, sample)
    projection = scorer.projection
    yield _row_at(question, sample + (off if projection is None else off @ projection.components))
    away = sample if own < 0 else in_features(scorer, nearest_point(scorer, sample, own))
    there = in_features(scorer, near)
    ends = there.copy()
    for asked in question.columns:
        if asked.is_number:
            ends[asked.first] = asked.bounds[int(there[asked.first] > away[asked.first])]
    yield _row_at(question, ends)


def _anywhere(question: Question) -> list[Vector]:
    """Look for the segment all over what the training saw, for it may be where its people's mean is not."""
    draws = np.random.default_rng(0).random((_SCATTERED, len(question.columns)))
    rows = np.tile(question.values, (_SCATTERED, 1))
    for asked, shares in zip(question.columns, draws.T, strict=True):
        if not asked.is_number:
            rows[:, asked.place] = np.floor(shares * len(asked.column.categories))
        elif asked.bounds[0] < asked.bounds[1]:
            low, high = asked.bounds
            positions = low + shares * (high - low)
            rows[:, asked.place] = [written(asked, float(each), 1.0) for each in positions]
    held = rows[question.holds(rows)]
    if not len(held):
        return []
    nearest = held[question.distances(held).argmin()]
    return [_taken_back(question, nearest, changed(question, nearest))]


def _row_at(question: Question, positions: Vector) -> Vector:
    row = question.values.copy()
    for asked in question.columns:
        if asked.is_number and not asked.bounds[0] < asked.bounds[1] and np.isfinite(row[asked.place]):
            continue
        value = asked.value_at(positions)
        if np.isfinite(value):
            row[asked.place] = value
    return row


def _fewest(question: Question, goal: Vector, own: int, most: int) -> Vector | None:
    """Change at most so many columns to the goal, the most telling first, until it holds; then take back."""
    gains = _gains(question, goal, own)
    asked = sorted(changed(question, goal), key=lambda each: -gains[each.place])
    row = question.values.copy()
    for count, each in enumerate(asked[:most], 1):
        row[each.place] = goal[each.place]
        # One after the other, not all at once: mostly the first few do.
        if question.holds(row[None, :])[0]:
            return _taken_back(question, row, asked[:count])
    return None


def _gains(question: Question, goal: Vector, own: int) -> Vector:
    """Measure how much each column's change to the goal speaks for the segment, (n_columns,)."""
    there = question.encoded(goal[None, :])[0]
    if own >= 0 and own != question.target:
        before = evidence(question.scorer, question.sample, question.target, own)
        return evidence(question.scorer, there, question.target, own) - before
    found = np.zeros(len(goal))
    for asked in question.columns:
        found[asked.place] = np.square(there - question.sample)[asked.span].sum()
    return found


def _taken_back(question: Question, row: Vector, asked: Sequence[AskedColumn]) -> Vector:
    """Give columns their value again, the least telling first, as long as it holds without their change."""
    for each in reversed(asked):
        without = row.copy()
        without[each.place] = question.values[each.place]
        if question.holds(without[None, :])[0]:
            row = without
    return row


def _drawn_near(question: Question, row: Vector) -> Vector:
    """Move the numbers of a row that holds towards the customer's, as far as it holds."""
    base, numbers = question.values.copy(), []
    for asked in changed(question, row):
        if asked.is_number:
            numbers.append(asked)
        else:
            base[asked.place] = row[asked.place]
    if not numbers:
        return row
    start = question.encoded(base[None, :])[0]
    for _ in range(_TURNS):
        there = question.encoded(row[None, :])[0]
        ways = (there - start, _steepest(question, row, numbers))
        found = [row, *(near for way in ways for near in _along(question, base, start, way, numbers))]
        nearest = int(question.distances(np.array(found)).argmin())
        if nearest == 0:
            break
        row = found[nearest]
    return row


def _steepest(question: Question, row: Vector, numbers: Sequence[AskedColumn]) -> Vector:
    """Give the direction (n_features,) in which the segment gains most on its rival, by the numbers alone."""
    scorer = question.scorer
    rival = question.ready.score(measured_of(scorer, row[None, :])).runners_up[0]
    found = np.zeros(len(question.sample))
    if rival < 0:
        return found
    there = question.encoded(row[None, :])[0]
    other = cluster_of(scorer, int(rival))
    uphill = _uphill(question, there, question.target) - _uphill(question, there, other)
    for asked in numbers:
        found[asked.first] = uphill[asked.first]
    return found


def _uphill(question: Question, there: Vector, cluster: int) -> Vector:
    """Give the gradient of how much a place speaks for a cluster, (n_features,)."""
    scorer, rule = question.scorer, question.scorer.rule
    if not isinstance(rule, MixtureRule):
        return 2 * in_features(scorer, nearest_point(scorer, there, cluster))
    place = unrounded(scorer, there)
    dims: slice | AnyArray = slice(None) if rule.numbers is None else rule.numbers
    slope = np.zeros(len(place)) if rule.slopes is None else rule.slopes[cluster].copy()
    slope[dims] -= rule.whiteners[cluster] @ ((place[dims] - rule.means[cluster]) @ rule.whiteners[cluster])
    return slope if scorer.projection is None else slope @ scorer.projection.components


def _along(
    question: Question, base: Vector, start: Vector, way: Vector, numbers: Sequence[AskedColumn]
) -> Iterator[Vector]:
    """Give the first row on a way that holds, if there is one."""
    scorer = question.scorer
    along = in_rule(scorer, way)
    farthest = min((_room(asked, start, way) for asked in numbers if way[asked.first]), default=0.0)
    if not along.any() or not farthest > 0:
        return
    origin = Origin(scorer.rule, unrounded(scorer, start))
    line = origin.stretches(along, question.target, 0.0, farthest)
    for begin, end in islice(line, _MOST_STRETCHES):
        for share in _INSIDE:
            row = base.copy()
            for asked in numbers:
                move = way[asked.first]
                if move:
                    position = start[asked.first] + (begin + share * (end - begin)) * move
                    row[asked.place] = written(asked, float(position), float(move))
            if question.holds(row[None, :])[0]:
                yield row
                return


def _room(asked: AskedColumn, start: Vector, way: Vector) -> float:
    """Tell how far a column can go a way and stay in what the training saw."""
    move = float(way[asked.first])
    end = asked.bounds[int(move > 0)]
    return (end - float(start[asked.first])) / move
