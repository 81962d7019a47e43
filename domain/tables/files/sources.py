"""What every format of table has in common: a header, and rows of text that can be read again."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from domain.tables.files.ledger import Ledger
from domain.terms.imports import ImportWarning, TableFormat
from domain.terms.training import Watch

BATCH_ROWS = 65_536
"""A batch has so many rows at most."""


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a table before its rows are read.

    `names` are unique and usable, `original_names` what stood in the file; both have an
    entry a column. `warnings` are about the header, the encoding and whatever stands
    around the table. The other fields are ImportReport's.
    """

    format: TableFormat
    names: tuple[str, ...]
    original_names: tuple[str, ...]
    warnings: tuple[ImportWarning, ...] = ()
    encoding: str | None = None
    encoding_confidence: float | None = None
    delimiter: str | None = None
    quote: str | None = None
    has_header: bool | None = None
    sheet: str | None = None


class Source(Protocol):
    """A table in an uploaded file. It may be read several times, one reading at a time."""

    @property
    def head(self) -> Head:
        """What is known of it before its rows are read; the same at each call."""

    def read(self, ledger: Ledger, watch: Watch) -> Generator[pa.RecordBatch]:
        """Read all rows from the first on, in batches of 1 to 65,536 rows; blank rows are among them.

        The columns are named as in the head, and in this order. Each is of strings without
        nulls, "" where a cell is empty; or of float64 where the format has numbers, null
        where missing. Rows that can't be read are noted in the ledger, and are in no
        batch. `watch` hears how much of the file is read, 0..1. Memory is for a few
        batches; close it when you need no more. Raises UnreadableFile and TooLarge.
        """

    def explain_long_cell(self) -> None:
        """Raise what is wrong with the file if a cell is so long because of it, as by an open quote."""
