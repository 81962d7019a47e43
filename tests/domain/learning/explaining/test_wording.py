"""Figures as people write them."""

import pytest

from domain.learning.explaining.wording import date, level_text, lift, moment, number, numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (89.9123, "89.9"),
        (64.0, "64"),
        (1234.5, "1,234"),
        (999.96, "1,000"),
        (12345678.9, "12,345,679"),
        (-0.0123456, "-0.0123"),
        (0.00012, "0.00012"),
        (1.5e20, "1.5e+20"),
    ],
)
def test_numbers_have_three_digits_and_whole_thousands(value: float, text: str) -> None:
    assert number(value) == text


def test_two_numbers_are_written_so_that_they_differ() -> None:
    assert numbers(89.9, 64.8) == ("89.9", "64.8")
    assert numbers(2020.1, 2020.4) == ("2,020.1", "2,020.4")
    assert numbers(3.0, 3.0) == ("3", "3")


def test_a_lift_is_how_often_a_share_holds_that_of_all() -> None:
    assert lift(0.71, 0.24) == " (lift 3)"
    assert lift(0.5, 0.04) == " (lift 12)"
    assert lift(0.1, 0.4) == " (lift 0.25)"
    assert lift(0, 0) == ""


def test_days_are_dates() -> None:
    assert moment(0) == "1970-01-01"
    assert moment(19783.5) == "2024-03-01 12:00:00"
    assert date(19783.5) == "2024-03-01"
    assert date(1e9) == "day 1,000,000,000"


def test_a_category_is_told_on_one_line_of_a_hundred_characters() -> None:
    assert level_text("two\nyears\x00") == "two years"
    assert level_text("x" * 100_000) == "x" * 99 + "…"
