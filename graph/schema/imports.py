"""What an import did."""

import strawberry

from domain.terms import imports as terms
from graph.resolving.enums import describe

describe(
    terms.TableFormat,
    "How a table was written.",
    CSV="Comma-separated values.",
    JSON="JSON records.",
)
describe(
    terms.ImportWarningCode,
    "What an import changed, guessed or left out.",
    RAGGED_ROW="A row with too many or too few cells was left out.",
    BLANK_ROW="Rows without any value were left out.",
    HEADER_RENAMED="A column without a name, or with the name of another, was given one of its own.",
    VALUE_TRIMMED="Blanks around numbers were taken off.",
    MISSING_SPELLING="Cells such as NA or - were taken as missing.",
    NOT_A_NUMBER="A column was not read as numbers, for a few cells that are none.",
    OUT_OF_RANGE="A column was not read as numbers, for a few that are too large.",
)
TableFormat = terms.TableFormat
ImportWarningCode = terms.ImportWarningCode


@strawberry.type(description="One thing that an import changed, guessed or left out.")
class ImportWarning:
    code: ImportWarningCode = strawberry.field(description="What kind of thing it is.")
    message: str = strawberry.field(description="What was done, in words.")
    column: str | None = strawberry.field(description="The column concerned; null where it is the whole row.")
    row: int | None = strawberry.field(
        description="The first row concerned, counted from 1 without the header."
    )
    count: int = strawberry.field(description="How many rows or cells are concerned.")


@strawberry.type(description="What an import read, and everything it did with it.")
class ImportReport:
    format: TableFormat = strawberry.field(description="The format of the upload.")
    encoding: str | None = strawberry.field(
        description="The character encoding; null where the format has none of its own."
    )
    delimiter: str | None = strawberry.field(
        description="What separates the columns; null where the format has no delimiter."
    )
    rows_read: int = strawberry.field(description="Rows that were read, without the header.")
    rows_rejected: int = strawberry.field(description="Of these, rows that were left out.")
    warnings: list[ImportWarning] = strawberry.field(description="What was changed, guessed or left out.")
