"""A customer's values, one a column: on the common scale and back, and as people and JSON write them."""

from datetime import UTC, datetime, timedelta
from math import floor, log10

import numpy as np

from domain.scoring.encoding import number_feature
from domain.terms.arrays import Matrix, Vector
from domain.terms.columns import ColumnRole
from domain.terms.preparation import Transform
from domain.terms.scoring import EncodedFeature, Measured, ScoredColumn, Scorer
from domain.terms.texts import number_text

DIGITS = 6
"""Digits of a change, besides the first of what the column ranges over: what is finer nobody can see."""

TOLD_DIGITS = 4
"""Digits of what is typical of a segment: it is a mean, and more of them say nothing."""

SECONDS_A_DAY = 86_400
_MICROSECOND = timedelta(microseconds=1)
_MICROSECONDS_A_DAY = timedelta(days=1) // _MICROSECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def row_of(scorer: Scorer, measured: Measured, row: int) -> Vector:
    """Give one customer's values, (n_columns,): numbers, places of categories, NaN where missing."""
    values = np.full(len(scorer.columns), np.nan)
    for place, column in enumerate(scorer.columns):
        if column.role is not ColumnRole.CATEGORICAL:
            number = measured.numbers[column.name][row]
            values[place] = number if np.isfinite(number) else np.nan
        elif (code := measured.codes[column.name][row]) >= 0:
            values[place] = code
    return values


def measured_of(scorer: Scorer, rows: Matrix) -> Measured:
    """Give rows of values (n_rows, n_columns) as a scorer takes them."""
    numbers, codes = {}, {}
    for place, column in enumerate(scorer.columns):
        if column.role is ColumnRole.CATEGORICAL:
            codes[column.name] = np.where(np.isnan(rows[:, place]), -1, rows[:, place]).astype(np.int64)
        else:
            numbers[column.name] = np.ascontiguousarray(rows[:, place])
    return Measured(len(rows), numbers, codes)


def on_scale(feature: EncodedFeature, value: float) -> float:
    """Bring a number on the common scale."""
    return float(number_feature(np.array([value]), feature)[0])


def in_unit(feature: EncodedFeature, position: float) -> float:
    """Bring a place on the common scale back to the unit of its column."""
    number = feature.center + (position / feature.factor * feature.scale if feature.factor else 0.0)
    return float(np.expm1(max(number, 0.0))) if feature.transform is Transform.LOG else number


def outwards(column: ScoredColumn, feature: EncodedFeature, value: float, up: bool) -> float:
    """Round a number up or down: to a whole one, a whole second, or so many digits of what counts there."""
    if column.whole:
        return float(np.ceil(value) if up else np.floor(value))
    if column.role is ColumnRole.DATETIME:
        seconds = np.ceil(value * SECONDS_A_DAY) if up else np.floor(value * SECONDS_A_DAY)
        return float(seconds) * 1_000_000 / _MICROSECONDS_A_DAY
    size = 1.0 if column.low is None or column.high is None else column.high - column.low
    if feature.transform is Transform.LOG:
        # There a step counts by how large the number is that it is taken from.
        size = min(size, 1.0 + abs(value))
    decimals = min(max(DIGITS - floor(log10(size)), -300), 300) if size > 0 else 0
    rounded = round(value, decimals)
    if rounded < value if up else rounded > value:
        rounded = round(rounded + (1 if up else -1) * 10.0**-decimals, decimals)
    return rounded


def json_value(column: ScoredColumn, value: float) -> float | str | None:
    """Give a value as JSON has it: a number, a date or a category as text, None where missing."""
    if np.isnan(value):
        return None
    if column.role is ColumnRole.CATEGORICAL:
        return column.categories[int(value)]
    return _date_text(value) if column.role is ColumnRole.DATETIME else float(value)


def value_text(column: ScoredColumn, value: float) -> str | None:
    """Give a value as people read it, None where missing."""
    written = json_value(column, value)
    return number_text(written) if isinstance(written, float) else written


def typical_text(column: ScoredColumn, value: float) -> str | None:
    """Give what is typical of a segment as people read it, without digits that say nothing."""
    if np.isnan(value) or column.role is ColumnRole.CATEGORICAL:
        return value_text(column, value)
    if column.low is not None and column.high is not None:
        # Behind a projection a mean may lie where nobody does, and no calendar goes.
        value = min(max(value, column.low), column.high)
    if column.role is ColumnRole.DATETIME:
        return value_text(column, float(np.floor(value)))
    decimals = TOLD_DIGITS - 1 - floor(log10(abs(value))) if value else 0
    return number_text(round(value, min(max(decimals, 0), 300)))


def _date_text(days: float) -> str:
    # To the microsecond, which is as fine as dates are read.
    moment = _EPOCH + timedelta(microseconds=round(days * _MICROSECONDS_A_DAY))
    if moment.hour == moment.minute == moment.second == moment.microsecond == 0:
        return f"{moment:%Y-%m-%d}".rjust(10, "0")
    return moment.replace(tzinfo=None).isoformat()
