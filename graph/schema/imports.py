"""What an import did, and what a client may tell it beforehand."""

import strawberry

from domain.terms import imports as terms
from domain.terms import readings as reading_terms
from graph.resolving.access import USER
from graph.resolving.enums import describe
from graph.resolving.unset import given

Unset = strawberry.UNSET

describe(
    terms.TableFormat,
    "How a table was written.",
    CSV="Text with a delimiter: commas, semicolons, tabs, pipes, blanks or another.",
    XLSX="A workbook of Excel, one sheet of it.",
    PARQUET="A Parquet file.",
    JSON="JSON records, in an array or one a line.",
)
describe(
    reading_terms.DecimalMark,
    "What separates the whole part of a number from its fraction.",
    POINT="A point: 1234.5.",
    COMMA="A comma: 1234,5.",
)
describe(
    terms.ImportWarningCode,
    "What an import changed, guessed or left out.",
    ENCODING_GUESSED="The file does not tell its encoding, which was guessed, or not all bytes fit it.",
    JUNK_LINE="Lines before the table, such as a title, or an object around JSON records, were left out.",
    HEADER_MISSING="The first row holds values and no names: the columns were named column_1 and so on.",
    HEADER_RENAMED="A column without a name, or with one that can't be used so, was given another.",
    EMPTY_COLUMN="A column without a name or a value, at the end of the table, was left out.",
    COLUMN_LEFT_OUT="A column of values that fit no table, such as lists or bytes, was left out.",
    SHEETS_LEFT_OUT="The workbook has other sheets with values, which were not read.",
    RAGGED_ROW="Rows with too many or too few cells were left out.",
    UNREADABLE_ROW="Rows with bytes that are no characters, or lines that are no JSON, were left out.",
    BLANK_ROW="Rows without any value were left out.",
    VALUE_TRIMMED="Blanks around numbers were taken off.",
    VALUE_CONVERTED="A workbook's errors, such as #N/A, or formulas without a result were taken as missing.",
    MISSING_SPELLING="Cells such as NA or - were taken as missing.",
    MISSING_SPELLING_KEPT="Cells that could be a spelling of missing, such as NA, were kept as values.",
    NUMBER_FORMAT="A column's numbers are written with a decimal comma, groups or a unit, and were read so.",
    NUMBER_AMBIGUOUS="A column's numbers can be read in two ways, as 1,234 can, and one was chosen.",
    NOT_A_NUMBER="A few cells among numbers are none: they were taken as missing, or the column stayed text.",
    OUT_OF_RANGE="Numbers that are infinite or too large were taken as missing.",
    DATE_FORMAT="A column's dates are not written as ISO 8601 has it, and were read in their own order.",
    DATE_AMBIGUOUS="A column's dates can be read with the day or the month first, and one was chosen.",
    NOT_A_DATE="A few cells among dates are none: they were taken as missing, or the column stayed text.",
    BOOLEAN_SPELLING="A truth value in words is spelled in several ways, such as yes and Y: one category.",
    IDENTIFIER_NOT_USED="The identifierColumn repeats or has gaps: the row number is Customer.key instead.",
)
TableFormat = terms.TableFormat
ImportWarningCode = terms.ImportWarningCode
DecimalMark = reading_terms.DecimalMark


@strawberry.type(description="One thing that an import changed, guessed or left out.", directives=[USER])
class ImportWarning:
    code: ImportWarningCode = strawberry.field(description="What kind of thing it is.")
    message: str = strawberry.field(description="What was done, in words.")
    column: str | None = strawberry.field(
        description="The column concerned; null where it is a row, or the file."
    )
    row: int | None = strawberry.field(
        description="The first row concerned, counted from 1 without the header; null where it is no row."
    )
    count: int = strawberry.field(description="How many rows or cells are concerned.")


@strawberry.type(description="A row that an import left out.", directives=[USER])
class RejectedRow:
    row: int = strawberry.field(description="Its number, counted from 1 without the header.")
    reason: str = strawberry.field(description="Why it was left out, in words.")


@strawberry.type(description="What an import read, and everything it did with it.", directives=[USER])
class ImportReport:
    format: TableFormat = strawberry.field(description="The format of the upload, told by its content.")
    encoding: str | None = strawberry.field(
        description="The character encoding; null where the format has none of its own."
    )
    encoding_confidence: float | None = strawberry.field(
        description="How sure the encoding is, 0 to 1; null where there is none."
    )
    delimiter: str | None = strawberry.field(
        description='What separates the columns, "whitespace" for runs of blanks; null where the format has '
        "no delimiter."
    )
    quote: str | None = strawberry.field(
        description="What encloses cells that hold a delimiter; null where there is no such thing."
    )
    decimal: DecimalMark | None = strawberry.field(
        description="What separates whole part and fraction of most columns' numbers; null where no column "
        "holds numbers."
    )
    has_header: bool | None = strawberry.field(
        description="Whether the first row holds the names of the columns; null where the format names them "
        "by itself."
    )
    sheet: str | None = strawberry.field(description="The sheet that was read; null unless a workbook.")
    identifier_column: str | None = strawberry.field(
        description="The column that gave Customer.key; null where the row number did."
    )
    rows_read: int = strawberry.field(description="Rows that were read, without the header and blank rows.")
    rows_rejected: int = strawberry.field(description="Of these, rows that were left out.")
    rejected_rows: list[RejectedRow] = strawberry.field(
        description="The rows that were left out, the first hundred of them."
    )
    warnings: list[ImportWarning] = strawberry.field(description="What was changed, guessed or left out.")


@strawberry.input(
    description="What is known of a file. What is left out is found out; what is given wins over what the "
    "file looks like, and is refused where the file can't be read so."
)
class TableOptionsInput:
    delimiter: str | None = strawberry.field(
        default=Unset,
        description='What separates the columns: one character, "tab", or "whitespace" for runs of blanks. '
        "Of text alone.",
    )
    encoding: str | None = strawberry.field(
        default=Unset, description="The character encoding, such as UTF-8 or windows-1252. Of text alone."
    )
    decimal: DecimalMark | None = strawberry.field(
        default=Unset, description="What separates the whole part of numbers from their fraction."
    )
    has_header: bool | None = strawberry.field(
        default=Unset,
        description="Whether the first row holds the names of the columns. Of text and workbooks.",
    )
    sheet: str | None = strawberry.field(
        default=Unset,
        description="The sheet of a workbook to read; the first one with a value when left out.",
    )
    identifier_column: str | None = strawberry.field(
        default=Unset,
        description="The column that gives Customer.key where it is unique and complete, as IDENTIFIER.",
    )
    missing_values: list[str] | None = strawberry.field(
        default=Unset,
        description="Spellings of a missing value, in place of the usual ones, at most 100; blank cells are "
        "missing in any case.",
    )

    def to_term(self) -> terms.TableOptions:
        """Translate into the domain's terms."""
        spellings = given(self.missing_values)
        return terms.TableOptions(
            delimiter=given(self.delimiter),
            encoding=given(self.encoding),
            decimal=given(self.decimal),
            has_header=given(self.has_header),
            sheet=given(self.sheet),
            identifier_column=given(self.identifier_column),
            missing_values=None if spellings is None else tuple(spellings),
        )


def table_options(options: TableOptionsInput | None) -> terms.TableOptions:
    """Translate the options of an input; null is none."""
    return options.to_term() if options else terms.TableOptions()
