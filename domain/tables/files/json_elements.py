"""Parses JSON records, many at a time: the elements of an array, or one object a line."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from domain.errors import UnreadableFile
from domain.tables.files.json_text import BLANKS, Window, said

Elements = Callable[[Window], Iterator[list[object]]]
"""Reads what a window shows, and all behind it, as lists of parsed values, in order."""

_SEPARATOR = re.compile(r"[ \t\r\n]*,[ \t\r\n]*")
_WRAPPED = re.compile(r'\{[ \t\r\n]*("(?:[^"\\\n]|\\.){0,1000}")[ \t\r\n]*:[ \t\r\n]*(?=\[[ \t\r\n]*[{\]])')
_MANY_DIGITS = "a number has thousands of digits"


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that can't be read as a record."""

    reason: str


class _Unusable(ValueError):
    """JSON as Python reads it, but nothing a record may hold."""


def _not_a_number(constant: str) -> NoReturn:
    raise _Unusable(f"{constant} is not a number that JSON knows; leave the value out, or send null")


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Unusable(f'a record has the field "{twice}" more than once')
    return record


_DECODER = json.JSONDecoder(parse_constant=_not_a_number, object_pairs_hook=_once_each)


def told_apart(window: Window, path: Sequence[str]) -> tuple[Elements, str | None]:
    """Tell how the records are written: an array, an array in an object, or an object a line.

    The second value is the name under which an object holds the array, None elsewhere.
    Raises UnreadableFile for what starts like none of them.
    """
    first = window.skip_blanks()
    if first == "[":
        return partial(array_elements, path=path), None
    if first != "{":
        window.refuse("neither an array in square brackets nor an object", 0)
    wrapped = _WRAPPED.match(window.text)
    if wrapped is None:
        return line_values, None
    name = wrapped[1]
    return partial(array_elements, path=path, wrapper=name), json.loads(name)


def array_elements(window: Window, path: Sequence[str], wrapper: str | None = None) -> Iterator[list[object]]:
    """Parse an array, or one that is the only thing in an object; raise UnreadableFile where it is broken."""
    window.skip_blanks()
    if wrapper is not None:
        window.drop(_WRAPPED.match(window.text).end())  # type: ignore[union-attr]  # told_apart found it here
    window.drop(1)
    mark = "," if window.skip_blanks() != "]" else "]"
    while mark == ",":
        yield _next_elements(window, path)
        mark = window.skip_blanks()
        if mark not in ("]", ","):
            window.refuse("a comma or the closing bracket is expected")
        if mark == ",":
            window.drop(1)
            window.skip_blanks()
    window.drop(1)
    if wrapper is not None:
        if window.skip_blanks() != "}":
            _refuse_more(window, wrapper, path)
        window.drop(1)
    if window.skip_blanks():
        if wrapper is not None:
            _refuse_more(window, wrapper, path)
        window.refuse("there is more behind the array")


def _refuse_more(window: Window, wrapper: str, path: Sequence[str]) -> NoReturn:
    raise UnreadableFile(
        f"the records are nested in {wrapper[:100]}, and not alone there, as {window.place(0)} shows: send "
        "flat records, as one array or one a line",
        path,
    )


def _next_elements(window: Window, path: Sequence[str]) -> list[object]:
    """Parse all elements that the window shows whole, one at least."""
    while True:
        try:
            values = _all_at_once(window) or _one_by_one(window)
        except RecursionError:
            raise UnreadableFile("the records are nested too deeply: send flat ones", path) from None
        except _Unusable as error:
            raise UnreadableFile(f"the records can't be read: {error}", path) from None
        if values:
            return values
        window.grow()


def _all_at_once(window: Window) -> list[object]:
    """Parse the elements up to the last closing brace, the fast way; none where that is no element's end."""
    end = window.text.rfind("}") + 1
    try:
        # What follows a cut inside an element or a text is no JSON: a success is the right cut.
        values: list[object] = _DECODER.decode(f"[{window.text[:end]}]")
    except (ValueError, RecursionError):
        return []
    if values:
        window.drop(end)
    return values


def _one_by_one(window: Window) -> list[object]:
    """Parse elements until one is not whole; raise UnreadableFile when the first is broken."""
    values: list[object] = []
    start = end = 0
    while True:
        try:
            value, stop = _DECODER.raw_decode(window.text, start)
        except json.JSONDecodeError as error:
            if not values and not window.may_go_on(error):
                window.refuse(said(error), error.pos)
            break
        except _Unusable:
            if not values:
                raise
            break
        except ValueError:
            window.refuse(_MANY_DIGITS, start)
        if stop == len(window.text) and not window.ended:
            break  # a number may go on
        values.append(value)
        end = stop
        separator = _SEPARATOR.match(window.text, end)
        if separator is None:
            break
        start = separator.end()
    window.drop(end)
    return values


def line_values(window: Window) -> Iterator[list[object]]:
    """Parse one object a line; blank lines do not count, a line that is no object is a Broken."""
    while window.text or not window.ended:
        end = len(window.text) if window.ended else window.text.rfind("\n") + 1
        if not end:
            window.grow()
            continue
        first, lines = window.line, [line.strip(BLANKS) for line in window.text[:end].split("\n")]
        window.drop(end)
        full = [line for line in lines if line]
        if full:
            yield _lines_at_once(full) or [
                _line_value(line, number) for number, line in enumerate(lines, first) if line
            ]


def _lines_at_once(lines: list[str]) -> list[object]:
    """Parse lines the fast way; nothing where they are not an object each."""
    if not all(line[0] == "{" and line[-1] == "}" for line in lines):
        return []
    try:
        values: list[object] = _DECODER.decode(f"[{','.join(lines)}]")
    except (ValueError, RecursionError):
        return []
    return values if len(values) == len(lines) else []


def _line_value(line: str, number: int) -> object:
    try:
        value = _DECODER.decode(line)
    except json.JSONDecodeError as error:
        return Broken(f"line {number:,} is not JSON: {said(error)} at column {error.pos + 1:,}")
    except RecursionError:
        return Broken(f"line {number:,} is nested too deeply")
    except _Unusable as error:
        return Broken(f"line {number:,} can't be read: {error}")
    except ValueError:
        return Broken(f"line {number:,} can't be read: {_MANY_DIGITS}")
    return value if isinstance(value, dict) else Broken(f"line {number:,} is not an object")
