"""Guesses what each column is used for, and says why.

The costly mistake is to cluster a key: it has no meaning, all the variance, and every
segment that follows it is noise. The opposite mistake, to leave a measurement out
because all its values happen to differ, costs an override. So values that all differ
make a key only together with a key's name or shape.
"""

from dataclasses import dataclass

import pyarrow.compute as pc

from domain.tables.keys import is_named_as_code, is_named_as_key, numbers_look_like_key, text_looks_like_key
from domain.tables.kinds import Kind, TypedColumn
from domain.terms.arrays import Vector
from domain.terms.columns import ColumnRole

FEW_VALUES = 50
"""Text with at most so many different values is a category, if they repeat."""

MANY_VALUES = 200
FEW_SHARE = 0.05
"""Text with up to MANY_VALUES different values is one too where they are under this share of the rows."""

_SMALL_TABLE = 30
_CODE_REPEATS = 5


@dataclass(frozen=True, slots=True)
class Guess:
    """A role and the reason for it, in plain words."""

    role: ColumnRole
    reason: str


def guess_role(column: TypedColumn, distinct_count: int, ordered: Vector | None) -> Guess:
    """Guess the role of a column.

    `ordered` are its present numbers, sorted, where it was read as numbers;
    `distinct_count` is of the numbers there, of the texts elsewhere.
    """
    present, total = column.present_count, len(column.text)
    if present == 0:
        return Guess(ColumnRole.IGNORED, f"all {total:,} cells are empty")
    if distinct_count == 1:
        return Guess(ColumnRole.IGNORED, _constant(column, present, total))
    if column.kind is Kind.DATES:
        return Guess(ColumnRole.DATETIME, "all values are dates")
    key = _as_key(column, distinct_count == present, ordered)
    if key is not None:
        return key
    if ordered is not None:
        return _as_number(column, ordered, distinct_count)
    return _as_text(column, distinct_count, present)


def _constant(column: TypedColumn, present: int, total: int) -> str:
    value = column.text.drop_null()[0].as_py()[:50]
    if present < total:
        return f'"{value}" is the only value, and {total - present:,} cells are empty'
    return f'all {total:,} values are "{value}"'


def _as_key(column: TypedColumn, unique: bool, ordered: Vector | None) -> Guess | None:
    """Recognise keys whose values all differ; only whole numbers and text can be keys."""
    if not unique or (ordered is not None and not _may_be_key(column, ordered)):
        return None
    shape = None
    complete = column.present_count == len(column.text)
    if complete:
        shape = text_looks_like_key(column.text) if ordered is None else numbers_look_like_key(ordered)
    if shape is None and not is_named_as_key(column.name):
        return None
    differ = f"all {column.present_count:,} values differ"
    reason = f"{differ} and {shape}" if shape else f"{differ} and the name is a key's"
    return Guess(ColumnRole.IDENTIFIER, f"{reason}: looks like an identifier")


def _may_be_key(column: TypedColumn, ordered: Vector) -> bool:
    """Tell whether numbers may be keys: whole ones, those too long for a float included."""
    return column.whole or _is_beyond_floats(column, ordered)


def _is_beyond_floats(column: TypedColumn, ordered: Vector) -> bool:
    if ordered[0] < 1e15:
        return False
    return bool(pc.all(pc.match_substring_regex(column.text, r"^\s*\d{16,}\s*$")).as_py())


def _as_number(column: TypedColumn, ordered: Vector, distinct_count: int) -> Guess:
    if distinct_count == 2 and len(ordered) > 2:
        return Guess(ColumnRole.CATEGORICAL, "there are only 2 different numbers")
    if _may_be_key(column, ordered) and is_named_as_code(column.name):
        return _as_repeated_code(distinct_count, len(ordered))
    if _is_beyond_floats(column, ordered):
        return Guess(ColumnRole.IDENTIFIER, "the numbers are too long for amounts: they look like codes")
    return Guess(ColumnRole.NUMERIC, f"all values are numbers, {distinct_count:,} different ones")


def _as_repeated_code(distinct_count: int, present: int) -> Guess:
    if distinct_count <= FEW_VALUES and present >= _CODE_REPEATS * distinct_count:
        return Guess(
            ColumnRole.CATEGORICAL,
            f"the name is a code's, and there are only {distinct_count} different values",
        )
    return Guess(ColumnRole.IDENTIFIER, "the name is a key's: values repeat, but say nothing by themselves")


def _as_text(column: TypedColumn, distinct_count: int, present: int) -> Guess:
    if is_named_as_code(column.name):
        return _as_repeated_code(distinct_count, present)
    values = f"{distinct_count:,} different values in {present:,} rows"
    if _is_category(distinct_count, present):
        return Guess(ColumnRole.CATEGORICAL, f"{values}: looks like a category")
    if distinct_count == present:
        return Guess(ColumnRole.TEXT, f"all {present:,} values differ: looks like free text or names")
    return Guess(ColumnRole.TEXT, f"{values}: too many for a category")


def _is_category(distinct_count: int, present: int) -> bool:
    if distinct_count > FEW_VALUES:
        return distinct_count <= MANY_VALUES and distinct_count < FEW_SHARE * present
    # In a small table a value that comes back at all is a sign; in a larger one each should, on average.
    return distinct_count < present if present < _SMALL_TABLE else 2 * distinct_count <= present
