"""Figures as people write them."""

import pytest

from domain.learning.explaining.wording import date, lift, moment, number, numbers, percent, shorten, spoken


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


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.71, "71 %"), (1, "100 %"), (0, "0 %"), (0.001, "less than 1 %"), (0.999, "over 99 %")],
)
def test_shares_are_percentages(share: float, text: str) -> None:
    assert percent(share) == text


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


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("annual_income_eur", "annual income eur"),
        ("MonthlyCharges", "monthly charges"),
        ("customerCLV", "customer CLV"),
        ("CLVScore2", "CLV score2"),
        ("  Total\nspend ", "total spend"),
        ("年収", "年収"),
        ("%", "%"),
    ],
)
def test_column_names_are_spoken(name: str, words: str) -> None:
    assert spoken(name) == words


def test_a_text_is_cut_with_an_ellipsis() -> None:
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abc def", 5) == "abc…"
