"""Numbers, dates, shares and categories as people write them."""

from datetime import UTC, datetime, timedelta

from domain.terms.wording import shorten, tidy

LONGEST_LEVEL = 100
"""A category that is longer is told by its beginning: it may be a text of any length."""


def number(value: float, digits: int = 3) -> str:
    """Write a number with so many significant digits, thousands whole and grouped: 89.9, 0.0123, 12,346."""
    if value == 0:
        return "0"
    if not 1e-9 <= abs(value) < 1e15:
        return f"{value:.{digits}g}"
    decimals = max(0, digits - int(f"{abs(value):e}".split("e")[1]) - 1)
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def numbers(one: float, other: float) -> tuple[str, str]:
    """Write two numbers with as few digits, from three on, as tell them apart."""
    for digits in range(3, 17):
        if (pair := (number(one, digits), number(other, digits)))[0] != pair[1]:
            return pair
    return number(one), number(other)


def lift(share: float, whole: float) -> str:
    """Write how often a share holds that of all: " (lift 2.9)"; nothing of what is none."""
    return f" (lift {number(share / whole, 2)})" if share > 0 and whole > 0 else ""


def moment(days: float) -> str:
    """Write days since 1970-01-01 as a date, with the time where there is one, or else as a day number."""
    try:
        point = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=round(days * 86_400))
    except OverflowError:
        return f"day {number(days)}"
    whole = point.hour == point.minute == point.second == 0
    return f"{point:%Y-%m-%d}" if whole else f"{point:%Y-%m-%d %H:%M:%S}"


def date(days: float) -> str:
    """Write days since 1970-01-01 as the date they fall on."""
    return moment(days // 1)


def level_text(level: str) -> str:
    """Write a category on one line of at most 100 characters."""
    return shorten(tidy(level), LONGEST_LEVEL)


def capitalized(text: str) -> str:
    """Begin a text with a capital, and leave the rest as it is."""
    return text[:1].upper() + text[1:]
