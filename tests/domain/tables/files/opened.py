"""Tables that are opened in memory, with all their rows read, before anything is typed."""

import io
from dataclasses import dataclass

from domain.errors import DomainError
from domain.tables.files.ledger import Ledger
from domain.tables.files.opening import open_source
from domain.tables.files.sources import Head
from domain.terms.imports import ImportLimits, ImportWarning, ImportWarningCode, TableOptions

LIMITS = ImportLimits(max_rows=10_000_000, max_columns=1_000, max_cell_length=100_000)
PATH = ("input", "file")


def unwatched(_fraction: float, _doing: str) -> None:
    pass


@dataclass(frozen=True)
class OpenedTable:
    """A source's head, all its rows, and what was left out."""

    head: Head
    rows: list[list[str]]
    ledger: Ledger

    @property
    def names(self) -> list[str]:
        return list(self.head.names)

    @property
    def columns(self) -> dict[str, list[str]]:
        return {name: [row[place] for row in self.rows] for place, name in enumerate(self.names)}

    @property
    def codes(self) -> list[ImportWarningCode]:
        return [warning.code for warning in self.head.warnings]

    def warning(self, code: ImportWarningCode) -> ImportWarning:
        return next(
            warning for warning in (*self.head.warnings, *self.ledger.warnings()) if warning.code is code
        )


def opened(
    content: str | bytes, options: TableOptions | None = None, limits: ImportLimits = LIMITS
) -> OpenedTable:
    """Open a file and read all its rows."""
    stream = io.BytesIO(content.encode() if isinstance(content, str) else content)
    source = open_source(stream, options or TableOptions(), limits, unwatched, PATH)
    ledger = Ledger()
    rows = [
        list(row)
        for batch in source.read(ledger, unwatched)
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    ]
    return OpenedTable(source.head, rows, ledger)


def refusal(
    content: str | bytes, options: TableOptions | None = None, limits: ImportLimits = LIMITS
) -> DomainError:
    """Open a file that is refused, and give the reason."""
    try:
        opened(content, options, limits)
    except DomainError as error:
        return error
    raise AssertionError("the file was not refused")
