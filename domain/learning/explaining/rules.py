"""A short rule for each cluster: who is in it, by the columns as uploaded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from functools import reduce
from math import floor
from operator import and_
from typing import Any

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from domain.learning.explaining.conditions import EVERYONE, Bound, Condition, Level, Value, text
from domain.learning.kernels.blocks import in_blocks
from domain.learning.preparing.columns import NumericColumn, SourceColumn
from domain.learning.sampling import stratified_rows
from domain.terms.arrays import AnyArray, Labels, Mask, Matrix, Rows, Vector
from domain.terms.segments import SegmentRule
from domain.terms.training import Watch

DEPTH = 3
GOOD_ENOUGH = 0.01
"""What a condition more has to add to F1 to be worth reading."""

LEARNED_ROWS = 10_000
"""Rows that the trees are grown on, at most; precision and coverage are of all."""


@dataclass(frozen=True, slots=True)
class _Question:
    """What a feature of the tree asks: the rank of a number among `steps`, or which of `codes` it is.

    The question is whether it is the first of the codes; where there are two, no means the other.
    """

    column: SourceColumn
    steps: Vector
    codes: tuple[int, ...]

    def answer(self, threshold: float, above: bool) -> Condition:
        if not isinstance(self.column, NumericColumn):
            two = len(self.codes) == 2
            return Level(self.column, self.codes[two and not above], above or two)
        rank = int(threshold)
        between = plainest_day if self.column.dates else plainest
        bound = Bound(self.column, between(float(self.steps[rank]), float(self.steps[rank + 1])), above)
        if self.column.dates or not (len(self.steps) == 2 or (rank == 0 and not above)):
            return bound
        # "Is 0" and "is 1" are plainer than "above 0" and "at most 1".
        only = _only_value(self.column.values[bound.mask()])
        return bound if only is None else Value(self.column, only)


def rules(
    columns: Sequence[SourceColumn], labels: Labels, seed: int, watch: Watch
) -> tuple[SegmentRule | None, ...]:
    """Find a rule of at most three conditions for each cluster, (n_samples,) numbered from 0 without a gap.

    A decision tree of depth 3 (Breiman et al. 1984) is grown for each cluster
    against the rest, both weighing the same. Of all its branches, the inner ones
    included, the rule is the shortest whose F1 of precision and coverage is within 0.01
    of the best; None where its precision is no higher than the cluster's share. Grown
    and judged on a sample; the precision and coverage of the rule are of all rows.
    """
    count = int(labels.max()) + 1
    rows = stratified_rows([labels], LEARNED_ROWS, seed)
    matrix, questions = _asked(columns, rows)
    if not questions:
        return (None,) * count

    def look(block: slice) -> SegmentRule | None:
        wanted = labels == block.start
        best = _best_branch(matrix, questions, wanted[rows], rows, seed)
        return _rule(best, wanted) if best else None

    found: list[SegmentRule | None] = []
    for rule in in_blocks(look, count, 1):
        found.append(rule)
        watch(len(found) / count, "looking for short rules")
    return tuple(found)


def plainest(low: float, high: float) -> float:
    """Find a number low ≤ x < high with as few decimals, or as many trailing zeros, as there can be."""
    middle = Decimal(low) + (Decimal(high) - Decimal(low)) / 2
    for place in range(15, -18, -1):
        unit = Decimal(1).scaleb(place)
        number = float((middle / unit).to_integral_value(ROUND_FLOOR) * unit)
        if low <= number < high:
            return number
    return low


def plainest_day(low: float, high: float) -> float:
    """Find a moment low ≤ x < high, in days: midnight if there is one, else a whole hour, or minute …"""
    for parts in (1, 24, 24 * 60, 24 * 60 * 60):
        moment = floor((low + (high - low) / 2) * parts) / parts
        if low <= moment < high:
            return moment
    return low


def _only_value(values: Vector) -> float | None:
    """Give the whole number that all values are, None where they differ."""
    first = float(values[0])
    return first if first.is_integer() and abs(first) < 2**53 and bool((values == first).all()) else None


def _asked(columns: Sequence[SourceColumn], rows: Rows) -> tuple[Matrix, list[_Question]]:
    """Make the tree's features: numbers by rank, which no unit can upset, and categories by 0 and 1."""
    parts: list[AnyArray] = []
    questions: list[_Question] = []
    seen: set[bytes] = set()
    for column in columns:
        if isinstance(column, NumericColumn):
            values = column.values[rows]
            known = np.isfinite(values)
            steps = np.unique(values[known])
            if len(steps) > 1:
                # The trees put a missing number in the middle; in the rule it meets no bound.
                ranks = np.full(len(rows), len(steps) // 2, dtype=np.int64)
                ranks[known] = np.searchsorted(steps, values[known])
                parts.append(ranks)
                questions.append(_Question(column, steps, ()))
        else:
            # Of all rows: where there are two levels, no to the one is yes to the other.
            codes = (np.flatnonzero(np.bincount(column.codes + 1)) - 1).tolist()
            for code in codes[:1] if len(codes) == 2 else codes:
                held = column.codes[rows] == code
                # Of two columns that say the same ("No", "No internet service") the first is asked.
                if (bits := np.packbits(held).tobytes()) in seen:
                    continue
                seen.add(bits)
                parts.append(held)
                others = tuple(other for other in codes if other != code) if len(codes) == 2 else ()
                questions.append(_Question(column, np.empty(0), (code, *others)))
    return np.stack(parts, axis=1).astype(np.float32) if parts else np.empty((len(rows), 0)), questions


def _best_branch(
    matrix: Matrix, questions: Sequence[_Question], wanted: Mask, rows: Rows, seed: int
) -> tuple[Condition, ...]:
    grown = DecisionTreeClassifier(max_depth=DEPTH, class_weight="balanced", random_state=seed % 2**32)
    tree = grown.fit(matrix, wanted).tree_
    branches = list(_branches(tree, questions, 0, ()))
    scores = [_f1(_met(branch, rows), wanted) for branch in branches]
    enough = max(scores, default=0.0) - GOOD_ENOUGH
    # Of equals the first, which is the same every time.
    fit = [
        (len(branch), -score, branch)
        for branch, score in zip(branches, scores, strict=True)
        if score >= enough
    ]
    return min(fit, key=lambda each: each[:2], default=(0, 0.0, ()))[2]


def _f1(met: Mask, wanted: Mask) -> float:
    return 2 * np.count_nonzero(met & wanted) / (np.count_nonzero(met) + np.count_nonzero(wanted))


def _branches(
    tree: Any, questions: Sequence[_Question], node: int, path: tuple[Condition, ...]
) -> Iterator[tuple[Condition, ...]]:
    if path:
        yield _simplified(path)
    if tree.children_left[node] == tree.children_right[node]:
        return
    question, threshold = questions[tree.feature[node]], float(tree.threshold[node])
    for child, above in ((tree.children_left[node], False), (tree.children_right[node], True)):
        yield from _branches(tree, questions, child, (*path, question.answer(threshold, above)))


def _simplified(path: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Leave out what a later condition on the same column says more narrowly; put a column's together."""
    kept: dict[tuple[str, object], Condition] = {}
    settled = {condition.column.name for condition in path if _settles(condition)}
    for condition in path:
        if _settles(condition) or condition.column.name not in settled:
            narrows = condition.above if isinstance(condition, Bound) else condition.predicate()
            kept[condition.column.name, narrows] = condition
    columns = list(dict.fromkeys(name for name, _ in kept))
    # A range begins with its lower end.
    return tuple(
        sorted(
            kept.values(),
            key=lambda each: (columns.index(each.column.name), not (isinstance(each, Bound) and each.above)),
        )
    )


def _settles(condition: Condition) -> bool:
    return isinstance(condition, Value) or (isinstance(condition, Level) and condition.holds)


def _met(branch: Sequence[Condition], rows: Rows | slice = EVERYONE) -> Mask:
    return reduce(and_, (condition.mask(rows) for condition in branch))


def _rule(branch: Sequence[Condition], wanted: Mask) -> SegmentRule | None:
    met = _met(branch)
    right, found, size = (int(np.count_nonzero(mask)) for mask in (met & wanted, met, wanted))
    if found == 0 or right / found <= size / len(wanted):
        return None
    return SegmentRule(
        text(branch),
        " AND ".join(condition.sql() for condition in branch),
        right / found,
        right / size,
    )
