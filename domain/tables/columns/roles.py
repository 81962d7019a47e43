"""Guesses what each column is used for, and says why.

The costly mistake is to cluster a key: it has no meaning, all the variance, and every
segment that follows it is noise. The opposite mistake, to leave a measurement out
because all its values happen to differ, costs an override. So values that all differ
make a key only together with a key's name or shape.
"""

from dataclasses import dataclass

from domain.tables.columns.describing import Looks
from domain.tables.columns.frequencies import Frequencies
from domain.tables.values.booleans import spellings_of_truth
from domain.tables.values.keys import (
    is_named_as_category,
    is_named_as_code,
    is_named_as_key,
    numbers_look_like_key,
    text_looks_like_code,
    text_looks_like_key,
    text_looks_like_prose,
)
from domain.terms.columns import ColumnRole, NumericSummary
from domain.terms.readings import Kind, Reading

FEW_VALUES = 50
"""Text with at most so many different values is a category, if they repeat."""

MANY_VALUES = 200
FEW_SHARE = 0.05
"""Text with up to MANY_VALUES different values is one too where they are under this share of the rows."""

SMALL_CODES = 20
"""Whole numbers from 0 on, at most so many different ones, are codes where the name is a category's."""

NEARLY_UNIQUE = 0.9
"""Text in which so large a share of the values is different has nothing in common to be learned."""

_SMALL_TABLE = 30
_CODE_REPEATS = 5


@dataclass(frozen=True, slots=True)
class Guess:
    """A role and the reason for it, in plain words."""

    role: ColumnRole
    reason: str


def guess_role(name: str, reading: Reading, looks: Looks) -> Guess:
    """Guess the role of a column."""
    if not looks.present_count:
        return Guess(ColumnRole.IGNORED, f"all {looks.row_count:,} cells are empty")
    if looks.frequencies.distinct_count == 1:
        return Guess(ColumnRole.IGNORED, _constant(looks))
    if reading.kind is Kind.DATES:
        return Guess(ColumnRole.DATETIME, "all values are dates")
    if (key := _as_key(name, looks)) is not None:
        return key
    return _as_text(name, looks) if looks.numeric is None else _as_number(name, looks, looks.numeric)


def _constant(looks: Looks) -> str:
    value = looks.frequencies.top_values[0].value[:50]
    if looks.missing_count:
        return f'"{value}" is the only value, and {looks.missing_count:,} cells are empty'
    return f'all {looks.present_count:,} values are "{value}"'


def _differ(looks: Looks) -> bool:
    return looks.frequencies.distinct_count == looks.present_count


def _as_key(name: str, looks: Looks) -> Guess | None:
    """Recognise keys whose values all differ; only whole numbers and text can be keys."""
    if not (looks.unique or _differ(looks)) or (looks.numeric is not None and not looks.whole):
        return None
    shape = None
    if looks.unique and looks.numeric is None:
        shape = text_looks_like_key(looks.sample)
    elif looks.unique and looks.numeric is not None:
        shape = numbers_look_like_key(looks.numeric.min, looks.numeric.max, looks.row_count)
    if shape is None and not is_named_as_key(name):
        return None
    differ = f"all {looks.present_count:,} values differ"
    reason = f"{differ} and {shape}" if shape else f"{differ} and the name is a key's"
    return Guess(ColumnRole.IDENTIFIER, f"{reason}: looks like an identifier")


def _as_number(name: str, looks: Looks, numeric: NumericSummary) -> Guess:
    distinct = looks.frequencies.distinct_count
    if distinct == 2 and looks.present_count > 2:
        return Guess(ColumnRole.CATEGORICAL, "there are only 2 different numbers")
    if looks.whole and is_named_as_code(name):
        return _as_repeated_code(looks)
    repeats = looks.present_count >= _CODE_REPEATS * distinct
    if (
        looks.whole
        and numeric.min >= 0
        and distinct <= SMALL_CODES
        and repeats
        and is_named_as_category(name)
    ):
        reason = f"the name is a category's, and its {distinct} different whole numbers look like codes"
        return Guess(ColumnRole.CATEGORICAL, reason)
    return Guess(ColumnRole.NUMERIC, f"all values are numbers, {distinct:,} different ones")


def _as_repeated_code(looks: Looks) -> Guess:
    distinct = looks.frequencies.distinct_count
    if distinct <= FEW_VALUES and looks.present_count >= _CODE_REPEATS * distinct:
        return Guess(
            ColumnRole.CATEGORICAL, f"the name is a code's, and there are only {distinct} different values"
        )
    return Guess(ColumnRole.IDENTIFIER, "the name is a key's: values repeat, but say nothing by themselves")


def _as_text(name: str, looks: Looks) -> Guess:
    if _are_truth_values(looks.frequencies):
        return Guess(ColumnRole.CATEGORICAL, "all values are truth values in words")
    if is_named_as_code(name):
        return _as_repeated_code(looks)
    distinct, present = looks.frequencies.distinct_count, looks.present_count
    values = f"{distinct:,} different values in {present:,} rows"
    if _is_category(distinct, present):
        return Guess(ColumnRole.CATEGORICAL, f"{values}: looks like a category")
    if text_looks_like_prose(looks.sample):
        return Guess(ColumnRole.TEXT, f"{values}, of several words each: looks like free text")
    if distinct > FEW_VALUES and text_looks_like_code(looks.sample):
        return Guess(ColumnRole.IDENTIFIER, f"{values}, all of them codes: looks like a key that repeats")
    if distinct >= NEARLY_UNIQUE * present:
        return Guess(ColumnRole.IGNORED, f"{values}: nearly all differ, there is nothing to learn from them")
    return Guess(ColumnRole.TEXT, f"{values}: too many for a category")


def _are_truth_values(found: Frequencies) -> bool:
    listed = {each.value: each.count for each in found.top_values}
    return len(listed) == found.distinct_count and bool(spellings_of_truth(listed))


def _is_category(distinct_count: int, present: int) -> bool:
    if distinct_count >= NEARLY_UNIQUE * present:
        return False
    if distinct_count > FEW_VALUES:
        return distinct_count <= MANY_VALUES and distinct_count < FEW_SHARE * present
    # In a small table a value that comes back at all is a sign; in a larger one each should, on average.
    return distinct_count < present if present < _SMALL_TABLE else 2 * distinct_count <= present
