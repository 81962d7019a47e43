"""The sentences of a recommendation: figures and names as a person reads them."""

from datetime import UTC, datetime, timedelta
from math import floor, isclose, log10, sqrt

from domain.playbook.naming import words
from domain.terms.segments import Characteristic, SegmentFindings
from domain.terms.wording import counted, percent, shorten, spoken, tidy

_LONGEST = 60
_LOOKED_AT = 1_000


def size_sentence(segment: SegmentFindings) -> str:
    """Say how large a segment is: "The segment has 1,150 customers, 23 % of all in a segment." """
    return (
        f"The segment has {counted(segment.size, 'customer')}, {percent(segment.share)} of all in a segment."
    )


def evidence_sentence(characteristic: Characteristic, *, is_date: bool) -> str:
    """Say how a segment differs from all customers in one characteristic, with its figures."""
    if characteristic.category is not None:
        effect = f"Cohen's h {number(abs(characteristic.effect))}"
        return _share_sentence(characteristic, quotable(characteristic.category), effect)
    if is_date:
        return _date_sentence(characteristic)
    if is_flag(characteristic):
        return _share_sentence(characteristic, "1", _deviations(characteristic.effect))
    return _mean_sentence(characteristic)


def column_name(column: str) -> str:
    """Name a column within a sentence; in quotes where it has no words."""
    name = quotable(spoken(column))
    return name if any(letter.isalnum() for letter in name) else f"“{name}”"


def quotable(text: str) -> str:
    """Put a text on one line of at most 60 characters, without what cannot be printed."""
    # Its beginning is enough, and a category may have a hundred thousand characters.
    return shorten(tidy(text[:_LOOKED_AT]), _LONGEST)


def level(characteristic: Characteristic, *, is_date: bool) -> str:
    """Say on which side of all customers a characteristic lies."""
    above, below = ("late", "early") if is_date else ("high", "low")
    return above if characteristic.effect > 0 else below


def number(value: float) -> str:
    """Write a number with at most three significant digits, thousands grouped: 89.9, 12,300, 1.23 million."""
    if abs(value) >= 1e15:
        return f"{value:.2e}".replace("e+", " · 10^")
    rounded = float(f"{value:.3g}")
    for size, word in ((1e12, " trillion"), (1e9, " billion"), (1e6, " million")):
        if abs(rounded) >= size:
            return f"{_plain(rounded / size)}{word}"
    return "nearly 0" if 0 < abs(rounded) < 1e-6 else _plain(rounded)


def is_flag(characteristic: Characteristic) -> bool:
    """Tell whether a number is one of zeros and ones, whose mean is the share of the ones.

    Only there the variance is p(1 - p); the standard deviation follows from the effect.
    """
    mean, effect = characteristic.population_value, characteristic.effect
    if not (0 < mean < 1 and 0 <= characteristic.segment_value <= 1 and effect):
        return False
    gap = characteristic.segment_value - mean
    return isclose(gap, effect * sqrt(mean * (1 - mean)), rel_tol=1e-6)


def _mean_sentence(of: Characteristic) -> str:
    column, by = column_name(of.column), _apart(of, "higher", "lower")
    here, there = _means(of)
    if here == there:
        # Three digits do not tell them apart; their difference does.
        gap = number(abs(of.segment_value - of.population_value))
        side = "above" if of.effect > 0 else "below"
        return f"Its average for {column} lies {gap} {side} the {there} of all customers, {by}."
    return f"Its average for {column} is {here}, against {there} for all customers, {by}."


def _means(of: Characteristic) -> tuple[str, str]:
    pair = of.segment_value, of.population_value
    if "year" in words(of.column) and all(1900 <= value <= 2100 for value in pair):
        # A year is a name rather than a number: neither rounded nor grouped.
        return f"{pair[0]:.0f}", f"{pair[1]:.0f}"
    return number(pair[0]), number(pair[1])


def _date_sentence(of: Characteristic) -> str:
    column, by = column_name(of.column), _apart(of, "later", "earlier")
    here, there = _day(of.segment_value), _day(of.population_value)
    return f"Its average date for {column} is {here}, against {there} for all customers, {by}."


def _share_sentence(of: Characteristic, value: str, effect: str) -> str:
    column = column_name(of.column)
    here, there = percent(of.segment_value), percent(of.population_value)
    return (
        f"The value of {column} is “{value}” for {here} of its customers, against {there} of all ({effect})."
    )


def _apart(of: Characteristic, above: str, below: str) -> str:
    return f"{_deviations(of.effect)} {above if of.effect > 0 else below}"


def _deviations(effect: float) -> str:
    size = number(abs(effect))
    return f"{size} standard deviation{'' if size == '1' else 's'}"


def _day(days: float) -> str:
    try:
        return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=floor(days)):%Y-%m-%d}"
    except OverflowError:
        return f"day {number(days)}"


def _plain(value: float) -> str:
    decimals = max(0, 2 - floor(log10(abs(value)))) if value else 0
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
