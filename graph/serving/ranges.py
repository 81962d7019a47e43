"""Which part of a file a request asks for. RFC 9110, section 14."""

import re

_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.IGNORECASE)


class Unsatisfiable(Exception):
    """The part lies behind the end of the file."""


def part_of(asked: str | None, size: int) -> tuple[int, int] | None:
    """Read a Range header: the first byte of the part and the one behind its last; None for the whole file.

    What can't be read, and several parts at once, are answered by the whole, as the RFC allows. Raises
    Unsatisfiable.
    """
    found = _RANGE.fullmatch(asked) if asked else None
    if found is None or found[0].strip().endswith("=-"):
        return None
    first, last = found.groups()
    if not first:
        # The last so many bytes.
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < int(first):
            return None
    if start >= end:
        raise Unsatisfiable
    return start, end
