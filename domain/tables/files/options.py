"""What a client may say of its file, before the file is looked at."""

from dataclasses import replace

from domain.errors import DomainError, Invalid
from domain.tables.files.dialects import WHITESPACE
from domain.tables.files.encodings import find_codec
from domain.terms.imports import TableOptions

OPTIONS_PATH = ("input", "options")
"""Where a request holds what the client knows of its file."""

MOST_SPELLINGS = 100
"""Spellings of a missing value that a client may give; each costs a look at every cell."""

_SPELLED = {"tab": "\t", "\\t": "\t", WHITESPACE: WHITESPACE}
_SHOWN_CHARACTERS = 50


def check_options(options: TableOptions) -> list[DomainError]:
    """Find options that mean nothing, whatever the file."""
    mistakes: list[DomainError] = []
    delimiter = in_force(options).delimiter
    if delimiter is not None and delimiter != WHITESPACE and not _may_cut(delimiter):
        mistakes.append(
            Invalid(
                f'the delimiter "{delimiter[:_SHOWN_CHARACTERS]}" is not a single character that can stand '
                'between cells: give one such as ; or |, "tab", or "whitespace" for runs of blanks',
                (*OPTIONS_PATH, "delimiter"),
            )
        )
    if options.encoding is not None and find_codec(options.encoding) is None:
        mistakes.append(
            Invalid(
                f'there is no encoding "{options.encoding[:_SHOWN_CHARACTERS]}": give a name such as UTF-8, '
                "UTF-16, Windows-1252 or Shift_JIS, or leave the option out",
                (*OPTIONS_PATH, "encoding"),
            )
        )
    spellings = len(options.missing_values or ())
    if spellings > MOST_SPELLINGS:
        message = f"{spellings:,} spellings of a missing value: {MOST_SPELLINGS} at most"
        mistakes.append(Invalid(message, (*OPTIONS_PATH, "missingValues")))
    return mistakes


def in_force(options: TableOptions) -> TableOptions:
    """Give the options with a delimiter that was called by its name as the character it is."""
    if options.delimiter is None:
        return options
    called = options.delimiter.strip(" ").lower()
    return replace(options, delimiter=_SPELLED.get(called, options.delimiter))


def _may_cut(delimiter: str) -> bool:
    return len(delimiter) == 1 and delimiter not in "\0\r\n\"'" and not "\ud800" <= delimiter <= "\udfff"
