"""Numbers, dates, names and shares as people write them."""

import re
from datetime import UTC, datetime, timedelta

SHORTENED = "…"


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


def percent(share: float) -> str:
    """Write a share 0..1: 71 %. What is nearly none or nearly all is not rounded to it."""
    if 0 < share < 0.005:
        return "less than 1 %"
    if 0.995 < share < 1:
        return "over 99 %"
    return f"{share:.0%}".replace("%", " %")


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


def spoken(name: str) -> str:
    """Write a column's name as words: "annual_income_eur" and "AnnualIncomeEur" are "annual income eur".

    Words in capitals, such as CLV, stay so.
    """
    spaced = re.sub(r"[_\W]+", " ", name)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", spaced).split()
    return " ".join(word if len(word) > 1 and word.isupper() else word.lower() for word in words) or tidy(
        name
    )


def tidy(text: str) -> str:
    """Put a text on one line, without control characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def shorten(text: str, length: int) -> str:
    """Cut a text to a length, an ellipsis showing that it was cut."""
    return text if len(text) <= length else text[: length - 1].rstrip() + SHORTENED


def capitalized(text: str) -> str:
    """Begin a text with a capital, and leave the rest as it is."""
    return text[:1].upper() + text[1:]
