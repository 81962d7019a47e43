"""Numbers as people write them are read as what they mean."""

import itertools
import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.tables.values.numerals import parse_numerals, parse_plain, read_numerals
from domain.terms.readings import PLAIN, DecimalMark, NumberFormat

POINT, COMMA = DecimalMark
GROUPINGS = (None, ",", ".", " ", "'", "_")
FORMATS = [
    NumberFormat(decimal, grouping, unit)
    for decimal, grouping, unit in itertools.product(DecimalMark, GROUPINGS, (None, "€", "USD", "kr.", "%"))
    if grouping != {POINT: ".", COMMA: ","}[decimal]
]


def read(*cells: str, format: NumberFormat = PLAIN) -> list[float | None]:
    found = read_numerals(pa.array(cells, pa.string()), None, format)
    return [float(value) if fits else None for value, fits in zip(found.values, found.fit, strict=True)]


def written(thousandths: int, format: NumberFormat, fraction_digits: int) -> str:
    """Write a number by the rules of a format, digit by digit."""
    whole, fraction = divmod(abs(thousandths), 1000)
    text = f"{whole:,}".replace(",", format.grouping or "")
    if fraction_digits:
        text += ("." if format.decimal is POINT else ",") + f"{fraction:03}"[:fraction_digits]
    return text


@given(
    st.integers(-(10**12), 10**12),
    st.sampled_from(FORMATS),
    st.sampled_from((0, 1, 2, 3)),
    st.sampled_from(("-{}", "{}-", "({})", "−{}")),  # noqa: RUF001 - the minus sign
    st.sampled_from(("{number}{unit}", "{number} {unit}", "{unit}{number}", "{unit}\u00a0{number}")),
)
def test_a_number_written_in_any_format_is_read_back(
    thousandths: int, format: NumberFormat, fraction_digits: int, minus: str, place: str
) -> None:
    step = 10 ** (3 - fraction_digits)
    thousandths = thousandths // step * step
    text = written(thousandths, format, fraction_digits)
    if format.unit:
        text = place.format(number=text, unit=format.unit)
    if thousandths < 0:
        text = minus.format(text)
    expected = float(
        f"{'-' if thousandths < 0 else ''}{abs(thousandths) // 1000}.{abs(thousandths) % 1000:03}"
    )
    assert read(text, format=format) == [expected]


@given(st.one_of(st.floats(-1e150, 1e150), st.integers(-(10**18), 10**18)))
def test_plain_numbers_are_what_python_reads(value: float) -> None:
    for text in (repr(value), f"{value:e}", f"{value:.3f}" if abs(value) < 1e12 else repr(value)):
        assert read(text) == [float(text)]
        plain = parse_plain(pa.array([text]))
        assert plain is not None
        assert plain.tolist() == [float(text)]


@given(st.text(alphabet="0123456789.,-+()eE€%_ '", max_size=12))
def test_what_is_read_as_a_plain_number_python_reads_the_same(text: str) -> None:
    (found,) = read(text.strip())
    special = (
        any(mark in text for mark in "()€%") or text.strip().endswith("-") or "- " in text or "+ " in text
    )
    if found is not None and not special:
        assert found == float(text.replace(" ", ""))


@pytest.mark.parametrize(
    ("format", "cell", "number"),
    [
        (NumberFormat(COMMA, ".", "€"), "1.234,50 €", 1234.5),
        (NumberFormat(COMMA, ".", "€"), "€ -5", -5),
        (NumberFormat(COMMA, ".", "€"), "12,5 EUR", 12.5),
        (NumberFormat(POINT, ","), "1,00,000.50", 100_000.5),
        (NumberFormat(POINT, ","), "12,34,56,789", 123_456_789),
        (NumberFormat(POINT, ",", "$"), "($1,234.50)", -1234.5),
        (NumberFormat(POINT, ",", "$"), "-$1,234.50", -1234.5),
        (NumberFormat(POINT, ",", "Rs."), "Rs.500", 500),
        (NumberFormat(POINT, "'", "CHF"), "CHF 1’234.50", 1234.5),  # noqa: RUF001 - as Swiss spreadsheets write
        (NumberFormat(COMMA, " ", "zł"), "1\u202f234,50 zł", 1234.5),
        (NumberFormat(COMMA, " "), "1\u00a0234\u00a0567", 1_234_567),
        (NumberFormat(unit="%"), "12.5 %", 12.5),
        (NumberFormat(unit="%"), "0", 0),
        (NumberFormat(POINT, "_"), "1_000_000", 1_000_000),
        (NumberFormat(unit="R$"), "R$ 5", 5),
        (PLAIN, "00012", 12),
        (PLAIN, "4.", 4),
        (PLAIN, ".5", 0.5),
        (PLAIN, "1E-3", 0.001),
        (PLAIN, "1e999", math.inf),
        (PLAIN, "-Infinity", -math.inf),
    ],
)
def test_numbers_with_their_units_and_signs(format: NumberFormat, cell: str, number: float) -> None:
    assert read(cell, format=format) == [number]


@pytest.mark.parametrize(
    ("format", "cell"),
    [
        *(
            (PLAIN, cell)
            for cell in ("", "-", ".", "1e", "e5", "--1", "1.2.3", "0x1F", "٣", "1,5", "1 000", "5.-")
        ),
        *(
            (PLAIN, cell)
            for cell in ("nan", "5 €", "5%", "12 apples", "A5", "(5", "-(5)", "5--", "$5€", "1-2")
        ),
        *(
            (NumberFormat(POINT, ","), cell)
            for cell in ("1,2", "12,34", "1,2345", "0,123", "1234,567", "1,234,56")
        ),
        *((NumberFormat(COMMA, "."), cell) for cell in ("1.5", "1.23", "1,234.5", "1 234")),
        *((NumberFormat(COMMA, " "), cell) for cell in ("1 23", "12 34 567,5", "1'234")),
        *((NumberFormat(unit="%"), cell) for cell in ("5", "5 €", "%%5")),
        *((NumberFormat(unit="€"), cell) for cell in ("5 $", "5 %")),
    ],
)
def test_what_does_not_follow_the_format_is_no_number(format: NumberFormat, cell: str) -> None:
    assert read(cell, format=format) == [None]


def test_a_negative_zero_is_zero() -> None:
    for cell in ("-0", "(0.00)", "0-"):
        (zero,) = read(cell)
        assert zero is not None
        assert math.copysign(1, zero) == 1


def test_numbers_too_large_are_not_given_to_learning() -> None:
    assert parse_numerals(pa.array(["1", "1e151"])) is None
    assert parse_numerals(pa.array(["1", "inf"])) is None
    assert parse_numerals(pa.array(["1", "1e150"])) is not None
