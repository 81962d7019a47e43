"""Messages, names and texts count, list, shorten and say things in one way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.terms.wording import counted, percent, quoted, shorten, spoken, tidy


def test_one_thing_is_singular_and_all_other_numbers_are_plural() -> None:
    assert [counted(count, "row") for count in (0, 1, 2, 12_345)] == [
        "0 rows",
        "1 row",
        "2 rows",
        "12,345 rows",
    ]


def test_ten_names_are_listed_and_a_hundred_characters_of_each() -> None:
    assert quoted([]) == "none"
    assert quoted(["id", "x" * 101]) == f'"id", "{"x" * 100}"'
    assert quoted(list("abcdefghij")) == '"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"'
    assert quoted(list("abcdefghijk")) == '"a", "b", "c", "d", "e", "f", "g", "h", "i", "j" …'


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.0, "0 %"),
        (0.0001, "under 0.1 %"),
        (0.0042, "0.4 %"),
        (0.05, "5 %"),
        (0.0994, "9.9 %"),
        (0.0995, "10 %"),
        (0.231, "23 %"),
        (0.999, "over 99 %"),
        (1.0, "100 %"),
    ],
)
def test_a_share_is_written_for_a_reader(share: float, shown: str) -> None:
    assert percent(share) == shown


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("annual_income_eur", "annual income eur"),
        ("MonthlyCharges", "monthly charges"),
        ("monthly_charges", "monthly charges"),
        ("Annual Income (k$)", "annual income (k$)"),
        ("ANNUAL_INCOME", "annual income"),
        ("customerCLV", "customer CLV"),
        ("customerID", "customer ID"),
        ("CLV", "CLV"),
        ("CLVScore2", "CLV score2"),
        ("Q1Sales2024", "Q1 sales2024"),
        ("  Total\nspend ", "total spend"),
        ("年収", "年収"),
        ("%", "%"),
        ("$$$", "$$$"),
        ("", ""),
    ],
)
def test_the_name_of_a_column_is_spoken_in_words(name: str, words: str) -> None:
    assert spoken(name) == words


@given(st.text(max_size=40))
def test_every_name_is_spoken_as_something(name: str) -> None:
    assert bool(spoken(name)) == bool(name)


def test_a_text_is_put_on_one_line_without_what_cannot_be_printed() -> None:
    assert tidy(" two\nlines\x00\u2028of it ") == "two lines of it"


def test_a_text_is_cut_with_an_ellipsis() -> None:
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abc def", 5) == "abc…"
