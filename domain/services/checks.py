"""What a request must fulfil before anything is written; every mistake is found, not only the first."""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice

from domain.errors import MOST_MISTAKES, DomainError, Invalid, UnsuitableData
from domain.tables.overrides import OVERRIDES_PATH, check_fit, check_twice, check_unknown
from domain.terms.columns import CLUSTERED_ROLES, Column, RoleOverride

MOST_PREVIEWED = 100
"""Rows of a table that a preview shows at most."""

MOST_WRITTEN = 2_000
"""Characters of a note or a description at most."""


def name_mistakes(name: str, longest: int, path: Sequence[str]) -> Iterator[DomainError]:
    """Find what is wrong with a name that people give: empty, too long, not printable."""
    if not name.strip():
        yield Invalid("the name is empty: give it at least one character", path)
    elif len(name) > longest:
        yield Invalid(f"the name has {len(name):,} characters: {longest} at most", path)
    elif any(_is_control(letter) for letter in name):
        yield Invalid("the name holds control characters: leave them out", path)


def name_key(name: str) -> str:
    """Give what names are compared by: neither case, form nor blanks around it tell two apart."""
    # Twice, since folding the case may leave what has another normal form.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name.strip()).casefold())


def text_mistakes(text: str | None, noun: str, path: Sequence[str]) -> Iterator[DomainError]:
    """Find what is wrong with a text of several lines, such as a note: too long, control characters."""
    if text is None:
        return
    if len(text) > MOST_WRITTEN:
        yield Invalid(f"the {noun} has {len(text):,} characters: {MOST_WRITTEN:,} at most", path)
    elif any(_is_control(letter) and letter not in "\n\r\t" for letter in text):
        yield Invalid(f"the {noun} holds control characters: leave them out", path)


def name_of_file(filename: str, longest: int) -> str:
    """Make a file's name one for what is in it: what can't be printed left out, and cut to the longest."""
    printed = "".join(letter for letter in filename if not _is_control(letter))
    return printed.strip()[:longest].strip() or "customers"


def override_mistakes(overrides: Sequence[RoleOverride]) -> list[DomainError]:
    """Find columns that are given a role twice, the first of them."""
    return list(islice(check_twice(overrides, OVERRIDES_PATH), MOST_MISTAKES))


def role_mistakes(overrides: Sequence[RoleOverride], columns: Sequence[Column]) -> list[DomainError]:
    """Find roles for columns that are not there, or whose values do not fit them, the first of each."""
    names = [column.name for column in columns]
    return [
        *islice(check_unknown(overrides, names, OVERRIDES_PATH), MOST_MISTAKES),
        *islice(check_fit(overrides, columns, OVERRIDES_PATH), MOST_MISTAKES),
    ]


def usable_columns_mistakes(roles: Sequence[RoleOverride]) -> Iterator[DomainError]:
    """Find that nothing is left to cluster by."""
    if not any(role.role in CLUSTERED_ROLES for role in roles):
        yield UnsuitableData(
            "no column is left to cluster by: give at least one the role NUMERIC, CATEGORICAL or DATETIME",
            OVERRIDES_PATH,
        )


def preview_rows_mistakes(rows: int) -> Iterator[DomainError]:
    """Find a number of rows that a preview does not show."""
    if not 1 <= rows <= MOST_PREVIEWED:
        yield Invalid(f"{rows} rows: from 1 to {MOST_PREVIEWED} can be asked for", ["input", "first"])


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) in {"Cc", "Cs"}
