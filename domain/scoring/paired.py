"""The least change of two columns, where segments are the regions of centroids.

Such a region is an intersection of half spaces, one against each other centroid, through principal
components too. Of two numbers the least move into it ends on one of the borders, or where two
of them meet: all these places are tried, and the values of the training are borders as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from domain.scoring.question import AskedColumn, Question, unrounded
from domain.scoring.singly import least_single, others
from domain.scoring.values import in_unit, outwards
from domain.terms.arrays import Matrix, Rows, Vector
from domain.terms.scoring import CentroidRule

_BLOCK_PAIRS = 256
_MOST_TRIED = 12
_MOST_CATEGORIES = 500
_LITTLE, _BESIDE = 1e-9, 1e-5


@dataclass(frozen=True, slots=True)
class _Region:
    """Where moves (n_features,) lead into the segment: normals · move <= slacks; one row a rival."""

    normals: Matrix
    slacks: Vector


@dataclass(frozen=True, slots=True)
class _Pair:
    """Rows of values in which one column is changed, and the column to change besides, if there is one."""

    distance: float
    bases: tuple[Vector, ...]
    other: AskedColumn | None


def least_pair(question: Question) -> Vector | None:
    """Give the row of values that holds, changed in two columns and least far off; None where there is none.

    None too where the segments are no regions of centroids.
    """
    rule = question.scorer.rule
    if not isinstance(rule, CentroidRule):
        return None
    region = _region(question, rule)
    numbers = [asked for asked in question.columns if asked.is_number and asked.bounds[0] < asked.bounds[1]]
    swaps = _swaps(question)
    pairs = [
        *_two_numbers(question, region, numbers),
        *_category_and_number(question, region, swaps, numbers),
        *_two_categories(question, region, swaps),
    ]
    best, distance = None, np.inf
    for pair in sorted(pairs, key=lambda each: each.distance)[:_MOST_TRIED]:
        if pair.distance >= distance:
            break
        for base in pair.bases:
            row = _completed(question, base, pair.other, distance)
            if row is not None:
                best, distance = row, float(question.distances(row[None, :])[0])
    return best


def _completed(question: Question, base: Vector, other: AskedColumn | None, limit: float) -> Vector | None:
    if other is not None:
        return least_single(question, base, (other,), limit)
    near = question.distances(base[None, :])[0] < limit
    return base if near and question.holds(base[None, :])[0] else None


def _region(question: Question, rule: CentroidRule) -> _Region:
    scorer, target = question.scorer, rule.centroids[question.target]
    rivals = np.delete(rule.centroids, question.target, axis=0)
    place = unrounded(scorer, question.sample)
    normals = 2 * (rivals - target)
    if scorer.projection is not None:
        normals = normals @ scorer.projection.components
    slacks = np.square(place - rivals).sum(axis=1) - np.square(place - target).sum()
    return _Region(normals, slacks)


def _two_numbers(question: Question, region: _Region, numbers: Sequence[AskedColumn]) -> Iterator[_Pair]:
    pairs = _possible(question, region, numbers)
    for start in range(0, len(pairs), _BLOCK_PAIRS):
        block = pairs[start : start + _BLOCK_PAIRS]
        places = np.array([(one.first, other.first) for one, other in block])
        bounds = np.array([(one.bounds, other.bounds) for one, other in block])
        at = question.sample[places]
        moves = _least_moves(region, places, bounds - at[:, :, None])
        for pair, move, before in zip(block, moves, at, strict=True):
            if np.isfinite(move).all():
                # Whole numbers have to be chosen first: the other one can be anything.
                first = int(pair[1].column.whole and not pair[0].column.whole)
                bases = _moved(question, pair[first], float(before[first] + move[first]))
                yield _Pair(float(np.hypot(*move)), tuple(bases), pair[1 - first])


def _possible(
    question: Question, region: _Region, numbers: Sequence[AskedColumn]
) -> list[tuple[AskedColumn, AskedColumn]]:
    """List the pairs that could cross every border, one at a time at least: of many columns few can."""
    if len(numbers) < 2:
        return []
    places = np.array([asked.first for asked in numbers])
    ends = np.array([asked.bounds for asked in numbers]) - question.sample[places, None]
    moved = region.normals[:, places, None] * ends
    # Or the other of the two is not moved at all.
    least = np.minimum(moved.min(axis=2), 0.0)
    one, other = np.triu_indices(len(numbers), 1)
    able = (least[:, one] + least[:, other] <= region.slacks[:, None] + _LITTLE).all(axis=0)
    return [(numbers[first], numbers[second]) for first, second in zip(one[able], other[able], strict=True)]


def _least_moves(region: _Region, places: Rows, bounds: Matrix) -> Matrix:
    """Find the least move of each pair of features into the region, (n_pairs, 2); infinite where none is.

    `places` (n_pairs, 2) are the features, `bounds` (n_pairs, 2, 2) how far each goes down and up.
    """
    count, box = len(places), np.array([(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)])
    faces = region.normals[:, places].transpose(1, 0, 2)
    sizes = np.linalg.norm(faces, axis=2)
    flat = sizes < _LITTLE
    sizes[flat] = 1.0
    sides = np.concatenate([faces / sizes[:, :, None], np.broadcast_to(box, (count, 4, 2))], axis=1)
    ends = np.stack([-bounds[:, 0, 0], bounds[:, 0, 1], -bounds[:, 1, 0], bounds[:, 1, 1]], axis=1)
    limits = np.concatenate([region.slacks / sizes, ends], axis=1)
    one, other = np.triu_indices(sides.shape[1], 1)
    moves = np.concatenate([sides * limits[:, :, None], _meetings(sides, limits, one, other)], axis=1)
    over = np.einsum("pcm,psm->pcs", moves, sides) - limits[:, None, :]
    lengths = np.linalg.norm(moves, axis=2)
    lengths[~(over <= _LITTLE * (1 + lengths[:, :, None])).all(axis=2)] = np.inf
    best = lengths.argmin(axis=1)
    rows = np.arange(count)
    found: Matrix = np.where(np.isfinite(lengths[rows, best])[:, None], moves[rows, best], np.inf)
    return found


def _meetings(sides: Matrix, limits: Matrix, one: Rows, other: Rows) -> Matrix:
    """Find where two borders meet, not a number where they are parallel."""
    a, b = sides[:, one], sides[:, other]
    level = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    level = np.where(np.abs(level) < _LITTLE, np.nan, level)
    c, d = limits[:, one], limits[:, other]
    across = (c * b[..., 1] - d * a[..., 1]) / level
    return np.stack([across, (a[..., 0] * d - b[..., 0] * c) / level], axis=2)


def _moved(question: Question, asked: AskedColumn, position: float) -> list[Vector]:
    """Give the rows whose column has one of the values that are written next to a place."""
    feature = asked.features[0]
    # Where two borders meet the region is a point: a little beside it there is room for the other column.
    sides = [in_unit(feature, position + off) for off in (-_BESIDE, 0.0, _BESIDE)]
    values = {outwards(asked.column, feature, each, up) for each in sides for up in (False, True)}
    if asked.column.whole:
        values |= {min(values) - 1, max(values) + 1}
    rows = []
    for each in sorted({asked.drawn_in(each) for each in values}):
        row = question.values.copy()
        row[asked.place] = each
        rows.append(row)
    return rows


def _swaps(question: Question) -> list[tuple[AskedColumn, Vector, Vector]]:
    """List the other categories that columns may have: the column, the row of values, and the move."""
    asked = [each for each in question.columns if not each.is_number]
    rows = [(each, row) for each in asked for row in others(each, question.values)][:_MOST_CATEGORIES]
    if not rows:
        return []
    moves = question.encoded(np.array([row for _, row in rows])) - question.sample
    return [(each, row, move) for (each, row), move in zip(rows, moves, strict=True)]


def _category_and_number(
    question: Question,
    region: _Region,
    swaps: Sequence[tuple[AskedColumn, Vector, Vector]],
    numbers: Sequence[AskedColumn],
) -> Iterator[_Pair]:
    for _, row, move in swaps:
        slacks = region.slacks - region.normals @ move
        for asked in numbers:
            least = _least_move(region.normals[:, asked.first], slacks, asked, question.sample)
            if least is not None:
                yield _Pair(float(np.hypot(np.linalg.norm(move), least)), (row,), asked)


def _least_move(slopes: Vector, slacks: Vector, asked: AskedColumn, sample: Vector) -> float | None:
    """Find the least move of one feature with slopes · move <= slacks, within what the training saw."""
    low, high = (end - float(sample[asked.first]) for end in asked.bounds)
    level = np.abs(slopes) < _LITTLE
    if (slacks[level] < -_LITTLE).any():
        return None
    ends = slacks[~level] / slopes[~level]
    up = slopes[~level] > 0
    low, high = max([low, *ends[~up]]), min([high, *ends[up]])
    return min(max(low, 0.0), high) if low <= high else None


def _two_categories(
    question: Question, region: _Region, swaps: Sequence[tuple[AskedColumn, Vector, Vector]]
) -> Iterator[_Pair]:
    if not swaps:
        return
    places = np.array([asked.place for asked, _, _ in swaps])
    moves = np.array([move for _, _, move in swaps])
    gains = moves @ region.normals.T
    one, other = np.nonzero(places[:, None] < places[None, :])
    enough = (gains[one] + gains[other] <= region.slacks + _LITTLE).all(axis=1)
    for first, second in zip(one[enough].tolist(), other[enough].tolist(), strict=True):
        row = swaps[first][1].copy()
        row[places[second]] = swaps[second][1][places[second]]
        length = np.hypot(np.linalg.norm(moves[first]), np.linalg.norm(moves[second]))
        yield _Pair(float(length), (row,), None)
