"""Refuses tables that are larger than the settings allow, by the name of the setting."""

from collections.abc import Sequence

from domain.errors import TooLarge
from domain.terms.imports import ImportLimits


def check_rows(count: int, limits: ImportLimits, path: Sequence[str]) -> None:
    """Raise TooLarge when a table has, so far, more rows than it may have."""
    if count > limits.max_rows:
        raise TooLarge(
            f"the table has more than {limits.max_rows:,} rows, the most that SEGMENTGRAPH_MAX_ROWS allows: "
            "upload a part of it, or raise the setting",
            path,
        )


def check_columns(count: int, limits: ImportLimits, path: Sequence[str]) -> None:
    """Raise TooLarge when a table has more columns than it may have."""
    if count > limits.max_columns:
        raise TooLarge(
            f"the table has {count:,} columns, more than the {limits.max_columns:,} that "
            "SEGMENTGRAPH_MAX_COLUMNS allows: leave some out, or raise the setting",
            path,
        )


def check_unpacked(size: int, limits: ImportLimits, path: Sequence[str]) -> None:
    """Raise TooLarge when a file unpacks, so far, to more bytes than it may."""
    if size > limits.max_decompressed_bytes:
        raise TooLarge(
            f"the file unpacks to more than {limits.max_decompressed_bytes:,} bytes, the most that "
            "SEGMENTGRAPH_MAX_DECOMPRESSED_BYTES allows: upload a part of it, or raise the setting",
            path,
        )


def cell_too_long(place: str, limits: ImportLimits, path: Sequence[str]) -> TooLarge:
    """Make the error of a cell that is longer than it may be; `place` names it."""
    return TooLarge(
        f"{place} is longer than the {limits.max_cell_length:,} characters that SEGMENTGRAPH_MAX_CELL_LENGTH "
        "allows: shorten it, leave its column out, or raise the setting",
        path,
    )
