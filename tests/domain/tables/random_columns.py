"""Columns with made-up values, as people write them, and as they are to come back.

What would leave a reader in doubt is kept out: each column has three rows that are never
missing, with three different values among them, one of which has a fraction other than of
three digits, or a day beyond the twelfth. Texts have no backslash, which other programs
write before a quote, and an equals sign, which is a formula to a spreadsheet, no more.
"""

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from domain.terms.columns import ColumnRole

Value: TypeAlias = str | int | float | None
Native: TypeAlias = str | int | float | bool | dt.date | None


@dataclass(frozen=True)
class RandomColumn:
    """A column: as texts that a file may hold, and what they come back as.

    `natives` are the same values in the types of formats that have some, None for
    missing ones, and `natives_back` is what those come back as.
    """

    kind: str
    role: ColumnRole
    texts: tuple[str, ...]
    back: tuple[Value, ...]
    natives: tuple[Native, ...]
    natives_back: tuple[Value, ...]


@dataclass(frozen=True)
class Gaps:
    """Which rows of a column are missing, how that is spelled, and three rows that are not."""

    rows: frozenset[int]
    spellings: tuple[str, ...]
    pinned: tuple[int, int, int]


AMONG_NUMBERS = (
    "",
    "NA",
    "n/a",
    "NULL",
    "null",
    "None",
    "-",
    "--",
    "?",
    "unknown",
    "#N/A",
    "missing",
    "NaN",
    ".",
)
AMONG_WORDS = tuple(spelling for spelling in AMONG_NUMBERS if spelling != "None")


def gaps(rows: int, spellings: Sequence[str], chance: random.Random) -> Gaps:
    """Leave up to a fifth of the rows out; most are blank, some are spelled."""
    pinned = chance.sample(range(rows), 3)
    others = [row for row in range(rows) if row not in pinned]
    missing = chance.sample(others, chance.choice((0, 0, 1, rows // 10, rows // 5)))
    chosen = ("", *chance.sample(spellings, chance.choice((0, 1, 2))))
    return Gaps(frozenset(missing), chosen, (pinned[0], pinned[1], pinned[2]))


def column(
    kind: str,
    role: ColumnRole,
    texts: Sequence[str],
    back: Sequence[Value],
    natives: Sequence[Native],
    natives_back: Sequence[Value],
    left_out: Gaps,
    chance: random.Random,
) -> RandomColumn:
    """Put the gaps into a column."""

    def with_gaps(cells: Sequence[Value]) -> tuple[Value, ...]:
        return tuple(None if row in left_out.rows else cell for row, cell in enumerate(cells))

    written = tuple(
        chance.choice(left_out.spellings) if row in left_out.rows else text for row, text in enumerate(texts)
    )
    natives = tuple(None if row in left_out.rows else native for row, native in enumerate(natives))
    return RandomColumn(kind, role, written, with_gaps(back), natives, with_gaps(natives_back))


def whole_numbers(rows: int, left_out: Gaps, chance: random.Random) -> RandomColumn:
    """Amounts without a fraction; the first and the second pinned rows are alike, so that they are no key."""
    largest = chance.choice((9, 1_000, 10**6, 10**12))
    numbers = [chance.randint(-largest, largest) for _ in range(rows)]
    first, second, third = left_out.pinned
    numbers[first], numbers[second], numbers[third] = 1_234_567, -3, 42
    spare = next(row for row in range(rows) if row not in {*left_out.rows, *left_out.pinned})
    numbers[spare] = 42
    write = chance.choice((str, str, "{:,}".format, lambda number: f"{number:,}".replace(",", ".")))
    texts = [write(number) for number in numbers]
    return column("whole", ColumnRole.NUMERIC, texts, numbers, numbers, numbers, left_out, chance)


def _german(cents: int) -> str:
    return f"{cents / 100:,.2f}".translate(str.maketrans(",.", ".,"))


DECIMALS: Mapping[str, Callable[[int], str]] = {
    "plain": lambda cents: f"{cents / 100:.2f}",
    "shortest": lambda cents: repr(cents / 100),
    "comma": lambda cents: f"{cents / 100:.2f}".replace(".", ","),
    "english": lambda cents: f"{cents / 100:,.2f}",
    "german": _german,
    "french": lambda cents: f"{cents / 100:,.2f}".translate(str.maketrans(",.", "\u00a0,")),
    "blanks": lambda cents: f"{cents / 100:,.2f}".translate(str.maketrans(",.", " ,")),
    "swiss": lambda cents: f"{cents / 100:,.2f}".replace(",", "'"),
    "dollars": lambda cents: f"{'-' if cents < 0 else ''}${abs(cents) / 100:,.2f}",
    "euros": lambda cents: f"{_german(cents)} €",
    "code": lambda cents: f"CHF {cents / 100:.2f}",
    "percent": lambda cents: f"{cents / 100:.2f} %",
    "percent comma": lambda cents: f"{cents / 100:.2f}%".replace(".", ","),
    "accounting": lambda cents: f"({-cents / 100:,.2f})" if cents < 0 else f"{cents / 100:,.2f}",
    "minus behind": lambda cents: f"{-cents / 100:.2f}-" if cents < 0 else f"{cents / 100:.2f}",
    "scientific": lambda cents: f"{cents / 100:.9e}",
    "signed": lambda cents: f"{cents / 100:+.2f}",
}


def decimals(rows: int, left_out: Gaps, chance: random.Random) -> RandomColumn:
    """Amounts with a fraction, all written in one way."""
    largest = chance.choice((999, 10**5, 10**9))
    cents = [chance.randint(-largest, largest) for _ in range(rows)]
    for row, number in zip(left_out.pinned, (123_456_789, -325, 1_050), strict=True):
        cents[row] = number
    name = chance.choice(sorted(DECIMALS))
    texts = [DECIMALS[name](number) for number in cents]
    numbers = [float(f"{number / 100:.2f}") for number in cents]
    return column(f"decimals {name}", ColumnRole.NUMERIC, texts, numbers, numbers, numbers, left_out, chance)


DATES = (
    *("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ", "%Y/%m/%d", "%Y%m%d"),
    *("%d.%m.%Y", "%d.%m.%y", "%d.%m.%Y %H:%M", "%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y", "%d %b %Y", "%d-%b-%y"),
    *("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%Y %I:%M %p", "%m/%d/%y", "%B %d, %Y", "%b %d %Y"),
)


def dates(rows: int, left_out: Gaps, chance: random.Random) -> RandomColumn:
    """Days, all written in one order, with a time or without."""
    first = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - files have no zone
    moments = [first + dt.timedelta(minutes=chance.randrange(50 * 365 * 1_440)) for _ in range(rows)]
    for day, row in enumerate(left_out.pinned, 13):
        moments[row] = moments[row].replace(day=day)
    order = chance.choice(DATES)
    texts = [moment.strftime(order) for moment in moments]
    days = [moment.date() for moment in moments]
    iso = [day.isoformat() for day in days]
    return column(f"dates {order}", ColumnRole.DATETIME, texts, texts, days, iso, left_out, chance)


CATEGORIES = (
    *(("gold", "silver", "bronze"), ("Köln", "Zürich", "Genève", "Málaga"), ("東京", "大阪", "京都")),
    *(("a, b", "c; d", "e | f"), ('15" screen', '17" screen', "none"), ("01067", "80331", "04109", "20095")),
    *(("rock 'n' roll", "'tis", "l'été"), ("EMEA", "APAC", "NA", "LATAM"), ("A-1", "B-2", "C-3")),
)
TRUTHS = (
    *(("yes", "no"), ("Ja", "Nein"), ("TRUE", "FALSE"), ("true", "false"), ("Y", "N"), ("oui", "non")),
    *(("sí", "no"), ("wahr", "falsch"), ("on", "off")),
)


def categories(rows: int, left_out: Gaps, chance: random.Random) -> RandomColumn:
    """A few words, again and again."""
    pool = chance.choice(CATEGORIES)
    words = _all_of(pool, rows, left_out, chance)
    # Where NA is North America, it does not spell a missing value as well.
    spellings = ("", *(each for each in left_out.spellings if each != "NA" and each not in pool))
    left_out = Gaps(left_out.rows, spellings, left_out.pinned)
    return column(f"category {pool[0]}", ColumnRole.CATEGORICAL, words, words, words, words, left_out, chance)


def truths(rows: int, left_out: Gaps, chance: random.Random) -> RandomColumn:
    """Truth values in words."""
    pool = chance.choice(TRUTHS)
    words = _all_of(pool, rows, left_out, chance)
    natives = [word == pool[0] for word in words]
    told = ["true" if native else "false" for native in natives]
    return column(f"truth {pool[0]}", ColumnRole.CATEGORICAL, words, words, natives, told, left_out, chance)


def _all_of(pool: Sequence[str], rows: int, left_out: Gaps, chance: random.Random) -> list[str]:
    words = [chance.choice(pool) for _ in range(rows)]
    for place, row in enumerate(left_out.pinned):
        words[row] = pool[place % len(pool)]
    return words


def keys(rows: int, left_out: Gaps, chance: random.Random) -> RandomColumn:
    """Codes that all differ, with leading zeros or a letter before them."""
    write = chance.choice(("{:08d}".format, "C-{:04d}".format, "0{}".format, "{:04x}-ä7".format))
    codes = [write(number) for number in chance.sample(range(1_000, 10_000), rows)]
    return _complete("key", codes)


def sequences(rows: int, left_out: Gaps, chance: random.Random) -> RandomColumn:
    """Numbers that count the rows, in any order: a key, too."""
    start = chance.choice((0, 1, 5_000, 10**9))
    numbers = chance.sample(range(start, start + rows), rows)
    texts = tuple(map(str, numbers))
    return RandomColumn("sequence", ColumnRole.IDENTIFIER, texts, texts, tuple(numbers), texts)


def _complete(kind: str, texts: Sequence[str]) -> RandomColumn:
    cells = tuple(texts)
    return RandomColumn(kind, ColumnRole.IDENTIFIER, cells, cells, cells, cells)


def prose(rows: int, left_out: Gaps, chance: random.Random, fragments: Sequence[str]) -> RandomColumn:
    """Sentences that all differ, of four words or more, with anything in between.

    Not in all of them: a mark that stands in each line as often might as well be a delimiter.
    """
    some = ("nothing else", *fragments)
    sentences = [
        f"Note {row} says that {chance.choice(some)} and {chance.choice(some)}" for row in range(rows)
    ]
    return column("prose", ColumnRole.TEXT, sentences, sentences, sentences, sentences, left_out, chance)
