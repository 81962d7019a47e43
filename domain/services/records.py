"""Customers given as records: what is wrong with them, and the file that they are imported from."""

import hashlib
import json
import math
from collections.abc import Iterator
from pathlib import Path

from domain.errors import DomainError, Invalid


def mistakes(customers: tuple[object, ...]) -> Iterator[DomainError]:
    """Find what is no flat record, each with its path in the request."""
    for position, record in enumerate(customers):
        path = ["input", "customers", str(position)]
        if not isinstance(record, dict):
            yield Invalid(f"customer {position + 1} is not a record: give an object of columns", path)
            continue
        for column, value in record.items():
            if isinstance(value, dict | list):
                kind = "a list" if isinstance(value, list) else "an object"
                yield Invalid(
                    f"column {column!r} of customer {position + 1} holds {kind}: records are flat, "
                    "give each part a column of its own",
                    [*path, str(column)],
                )
            elif isinstance(value, float) and not math.isfinite(value):
                yield Invalid(
                    f"column {column!r} of customer {position + 1} holds a number that is too large: "
                    "leave it out, or send null",
                    [*path, str(column)],
                )


def write(path: Path, customers: tuple[object, ...]) -> tuple[int, str]:
    """Write the records in their own order, and answer size and checksum of their canonical form."""
    path.write_text(json.dumps(customers, ensure_ascii=False, allow_nan=False), encoding="utf-8")
    canonical = json.dumps(
        customers, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()
    return len(canonical), hashlib.sha256(canonical).hexdigest()
