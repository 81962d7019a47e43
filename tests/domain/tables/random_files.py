"""Writes random tables in random dialects and formats, with what a reader is to find in them.

Tables that a reader can't tell from others are told by an option: the delimiter of a
single column, whether there is a header where the first row has no number, date or key, and
Windows-1252, which its letters tell only where they stand in words.
Lines of a title stand only before a table of three columns or more.
"""

import io
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import openpyxl  # type: ignore[import-untyped]  # it has no types
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from domain.terms.columns import ColumnRole
from domain.terms.imports import TableFormat, TableOptions
from tests.domain.tables import random_columns
from tests.domain.tables.random_columns import AMONG_NUMBERS, AMONG_WORDS, Gaps, Native, RandomColumn, Value

NAMES = (
    *(
        "amount",
        "Umsatz",
        "größe",
        "名称",
        "b, c",
        "d;e",
        "f|g",
        'the "best"',
        "it's",
        "Été",
        "naïve",
        "x y z",
    ),
    *("first\nsecond", "mean (sum)", "Ärger", "ключ", "🎁", "a.b", "left/right"),
)
CLUSTERED = (random_columns.whole_numbers, random_columns.decimals, random_columns.dates)
WORDS = (random_columns.categories, random_columns.truths)
KEYS = (random_columns.keys, random_columns.sequences)
LETTERS = "abzABZ0189 äöüßéñ€名称日本🎁,;|\t\"'\n.:/-_#()[]{}<>%&\u00a0\u2028"
FRAGMENTS = st.text(st.sampled_from(LETTERS), min_size=1, max_size=12)
FRAGMENTS_WITH_RETURNS = st.text(st.sampled_from(LETTERS + "\r"), min_size=1, max_size=12)
TELLING = (ColumnRole.NUMERIC, ColumnRole.DATETIME, ColumnRole.IDENTIFIER)
TITLES = ("Report of all customers", "exported on 31.12.2025", "Kunden, die zählen")


@dataclass(frozen=True)
class WrittenTable:
    """A file, what is said of it, and what it is to come back as: columns by name, facts of the report."""

    content: bytes
    options: TableOptions
    columns: Mapping[str, tuple[ColumnRole, tuple[Value, ...]]]
    identifier: str | None
    report: Mapping[str, object]


@dataclass(frozen=True)
class Dialect:
    """How a delimited text is written."""

    delimiter: str
    always_quoted: bool
    line_end: str
    encoding: str
    has_header: bool
    ends_with_line: bool
    titles: int


@st.composite
def random_tables(
    draw: st.DrawFn, fragments_of: st.SearchStrategy[str] = FRAGMENTS_WITH_RETURNS
) -> tuple[tuple[str, ...], tuple[RandomColumn, ...], random.Random]:
    """Make up a table of 1 to 8 columns and 14 to 60 rows, one column of which at least can be clustered.

    The first column is complete, so that no row is blank. No column is a copy of another.
    """
    chance = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311 - made-up values, no secrets
    rows = draw(st.integers(14, 60))
    fragments = draw(st.lists(fragments_of, min_size=1, max_size=6))
    kinds = draw(
        st.lists(st.sampled_from((*CLUSTERED, *WORDS, *KEYS, _prose(fragments))), min_size=1, max_size=8)
    )
    if not {*kinds} & {*CLUSTERED, *WORDS}:
        kinds[-1] = random_columns.whole_numbers
    columns: list[RandomColumn] = []
    while len(columns) < len(kinds):
        kind = kinds[len(columns)]
        left_out = random_columns.gaps(rows, AMONG_NUMBERS if kind in CLUSTERED else AMONG_WORDS, chance)
        made = kind(rows, left_out if columns else replace(left_out, rows=frozenset()), chance)
        if all(made.natives_back != each.natives_back and made.back != each.back for each in columns):
            columns.append(made)
    return tuple(chance.sample(NAMES, len(columns))), tuple(columns), chance


def _prose(fragments: Sequence[str]) -> Callable[[int, Gaps, random.Random], RandomColumn]:
    return lambda rows, left_out, chance: random_columns.prose(rows, left_out, chance, fragments)


@st.composite
def delimited_files(draw: st.DrawFn) -> WrittenTable:
    """Write a table as delimited text."""
    names, columns, chance = draw(random_tables())
    wide = len(columns) > 2
    dialect = Dialect(
        delimiter=draw(st.sampled_from(",;\t|")),
        always_quoted=draw(st.booleans()),
        line_end=draw(st.sampled_from(("\n", "\r\n", "\r"))),
        encoding=draw(st.sampled_from(("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"))),
        has_header=draw(st.booleans()),
        ends_with_line=draw(st.booleans()),
        titles=draw(st.sampled_from((0, 0, 0, 1, 2))) if wide else 0,
    )
    text = _delimited(names, columns, dialect)
    content = text.encode(dialect.encoding, "ignore")
    if dialect.encoding == "cp1252" and content.decode("cp1252") != text:
        dialect = replace(dialect, encoding="utf-8")
        content = text.encode()
    said = TableOptions(
        delimiter=dialect.delimiter if len(columns) == 1 or chance.random() < 0.1 else None,
        encoding="cp1252" if dialect.encoding == "cp1252" else None,
        has_header=_said_of_header(columns, dialect.has_header, chance),
    )
    report = {"format": TableFormat.CSV, "delimiter": dialect.delimiter, "has_header": dialect.has_header}
    texts = [each.back for each in columns]
    return _written(content, said, names if dialect.has_header else None, columns, texts, report)


def _delimited(names: Sequence[str], columns: Sequence[RandomColumn], dialect: Dialect) -> str:
    rows = [*([names] if dialect.has_header else []), *zip(*(each.texts for each in columns), strict=True)]
    special = {dialect.delimiter, '"', "\r", "\n"}

    def written(cell: str) -> str:
        quoted = dialect.always_quoted or not special.isdisjoint(cell)
        return f'"{cell.replace(chr(34), chr(34) * 2)}"' if quoted else cell

    titles = [written(title) for title in TITLES[: dialect.titles]]
    lines = [*titles, *(dialect.delimiter.join(map(written, row)) for row in rows)]
    return dialect.line_end.join(lines) + dialect.line_end * dialect.ends_with_line


def _said_of_header(columns: Sequence[RandomColumn], has_header: bool, chance: random.Random) -> bool | None:
    told = any(each.role in TELLING and each.natives[0] is not None for each in columns)
    return None if told and chance.random() < 0.9 else has_header


def _written(
    content: bytes,
    options: TableOptions,
    names: Sequence[str] | None,
    columns: Sequence[RandomColumn],
    back: Sequence[tuple[Value, ...]],
    report: Mapping[str, object],
) -> WrittenTable:
    called = (
        [f"column_{place}" for place in range(1, len(columns) + 1)]
        if names is None
        else [name.replace("\n", " ") for name in names]
    )
    found = {name: (each.role, values) for name, each, values in zip(called, columns, back, strict=True)}
    identifier = next((name for name, (role, _) in found.items() if role is ColumnRole.IDENTIFIER), None)
    counts = {"rows_read": len(back[0]), "rows_rejected": 0}
    return WrittenTable(content, options, found, identifier, {**report, **counts})


def _typed(
    columns: Sequence[RandomColumn], chance: random.Random
) -> tuple[list[tuple[Native, ...]], list[tuple[Value, ...]]]:
    """Give each column in its own type or as text, and what it comes back as."""
    own = [chance.random() < 0.6 for _ in columns]
    cells = [each.natives if typed else each.texts for each, typed in zip(columns, own, strict=True)]
    back = [each.natives_back if typed else each.back for each, typed in zip(columns, own, strict=True)]
    return cells, back


@st.composite
def workbooks(draw: st.DrawFn) -> WrittenTable:
    """Write a table as XLSX, whose XML knows one line break alone."""
    names, columns, chance = draw(random_tables(FRAGMENTS))
    cells, back = _typed(columns, chance)
    has_header = draw(st.booleans())
    workbook = openpyxl.Workbook(write_only=True)
    for title in chance.sample(("Kunden", "Notes", "2025"), draw(st.integers(1, 3))):
        sheet = workbook.create_sheet(title)
        if sheet is workbook.worksheets[0]:
            for row in [*([names] if has_header else []), *zip(*cells, strict=True)]:
                sheet.append(row)
    saved = io.BytesIO()
    workbook.save(saved)
    said = TableOptions(has_header=_said_of_header(columns, has_header, chance))
    report = {"format": TableFormat.XLSX, "has_header": has_header, "sheet": workbook.worksheets[0].title}
    return _written(saved.getvalue(), said, names if has_header else None, columns, back, report)


@st.composite
def parquet_files(draw: st.DrawFn) -> WrittenTable:
    """Write a table as Parquet."""
    names, columns, chance = draw(random_tables())
    cells, back = _typed(columns, chance)
    table = pa.table([pa.array(each) for each in cells], names=list(names))
    file = io.BytesIO()
    pq.write_table(
        table,
        file,
        compression=draw(st.sampled_from(("none", "snappy", "zstd"))),
        row_group_size=draw(st.integers(5, 100)),
        use_dictionary=draw(st.booleans()),
        data_page_version=draw(st.sampled_from(("1.0", "2.0"))),
    )
    return _written(file.getvalue(), TableOptions(), names, columns, back, {"format": TableFormat.PARQUET})


@st.composite
def json_files(draw: st.DrawFn) -> WrittenTable:
    """Write a table as an array of JSON objects, or one a line; of the first one, all keys are there."""
    names, columns, chance = draw(random_tables())
    cells, back = _typed(columns, chance)
    leaves_out, ascii_only = draw(st.booleans()), draw(st.booleans())
    records = [
        {
            name: cell if isinstance(cell, str | int | float | None) else cell.isoformat()
            for name, cell in zip(names, row, strict=True)
            if place == 0 or cell is not None or not leaves_out
        }
        for place, row in enumerate(zip(*cells, strict=True))
    ]
    if draw(st.booleans()):
        text = json.dumps(records, ensure_ascii=ascii_only, indent=draw(st.sampled_from((None, 2))))
    else:
        text = "\n".join(json.dumps(record, ensure_ascii=ascii_only) for record in records)
    encoding = draw(st.sampled_from(("utf-8", "utf-8", "utf-8-sig", "utf-16")))
    report = {"format": TableFormat.JSON}
    return _written(text.encode(encoding), TableOptions(), names, columns, back, report)
