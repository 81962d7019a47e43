"""Writes the cells of workbooks and of JSON, which know numbers, dates and truth values, as text."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import pyarrow as pa

from domain.terms.texts import number_text


def cell_texts(values: Sequence[object]) -> pa.StringArray:
    """Write a column of cells as text."""
    if set(map(type, values)) <= {str}:
        return pa.array(values, pa.string())
    return pa.array([value if type(value) is str else cell_text(value) for value in values], pa.string())


def cell_text(value: object) -> str:
    """Write a cell: numbers as number_text does, dates in ISO 8601, truth values as words, "" for None."""
    return _WRITTEN[type(value)](value)


def _duration_text(duration: timedelta) -> str:
    """Write hours, minutes and seconds, as a spreadsheet shows them: 30:00:00."""
    sign, rest = ("-", -duration) if duration < timedelta(0) else ("", duration)
    minutes, seconds = divmod(rest.days * 86_400 + rest.seconds, 60)
    fraction = f".{rest.microseconds:06}" if rest.microseconds else ""
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}:{seconds:02}{fraction}"


def _moment_text(moment: datetime) -> str:
    return moment.date().isoformat() if moment.time() == time() else moment.isoformat()


_WRITTEN: dict[type, Callable[[Any], str]] = {
    str: str,
    type(None): lambda _: "",
    float: number_text,
    int: str,
    bool: lambda truth: "true" if truth else "false",
    date: date.isoformat,
    datetime: _moment_text,
    time: time.isoformat,
    timedelta: _duration_text,
}
