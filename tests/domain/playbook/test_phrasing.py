"""The sentences of a recommendation."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.playbook.phrasing import column_name, evidence_sentence, is_flag, number, quotable, size_sentence
from domain.terms.segments import Characteristic, SegmentFindings


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (89.94, "89.9"),
        (12_345.0, "12,300"),
        (1_234_567.0, "1.23 million"),
        (999_999.0, "1 million"),
        (2.5e9, "2.5 billion"),
        (7e13, "70 trillion"),
        (0.001234, "0.00123"),
        (-5.25, "-5.25"),
        (-64_800.0, "-64,800"),
        (1e-9, "nearly 0"),
        (3.21e18, "3.21 · 10^18"),
    ],
)
def test_a_number_is_written_for_a_reader(value: float, shown: str) -> None:
    assert number(value) == shown


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_has_at_most_three_significant_digits_and_no_e(value: float) -> None:
    shown = number(value)
    assert "e+" not in shown
    if "nearly" not in shown:
        figure = shown.split(" · ")[0].split(" ")[0].replace(",", "").lstrip("-")
        assert len(figure.replace(".", "").strip("0")) <= 3


@given(st.floats(min_value=1e-6, max_value=1e14))
def test_a_number_is_off_by_half_a_percent_at_most(value: float) -> None:
    figure, _, word = number(value).partition(" ")
    scale = {"": 1.0, "million": 1e6, "billion": 1e9, "trillion": 1e12}[word]
    assert float(figure.replace(",", "")) * scale == pytest.approx(value, rel=0.005)


def test_a_mean_is_told_with_both_figures_and_the_effect() -> None:
    of = Characteristic("", "MonthlyCharges", None, 89.94, 64.76, 0.8372)
    assert evidence_sentence(of, is_date=False) == (
        "Its average for monthly charges is 89.9, against 64.8 for all customers, "
        "0.837 standard deviations higher."
    )


def test_one_standard_deviation_is_singular() -> None:
    of = Characteristic("", "tenure", None, 10, 20, -1.0)
    assert evidence_sentence(of, is_date=False) == (
        "Its average for tenure is 10, against 20 for all customers, 1 standard deviation lower."
    )


def test_means_that_three_digits_do_not_tell_apart_are_told_by_their_difference() -> None:
    of = Characteristic("", "score", None, 1003.1, 1001.0, 0.7)
    assert evidence_sentence(of, is_date=False) == (
        "Its average for score lies 2.1 above the 1,000 of all customers, 0.7 standard deviations higher."
    )


def test_a_year_is_neither_rounded_nor_grouped() -> None:
    of = Characteristic("", "Year_Birth", None, 1985.2, 1969.1, 1.3)
    assert "is 1985, against 1969 for" in evidence_sentence(of, is_date=False)


def test_a_category_is_told_by_its_shares() -> None:
    of = Characteristic("", "Contract", "Month-to-month", 0.89, 0.551, 0.79)
    assert evidence_sentence(of, is_date=False) == (
        "The value of contract is “Month-to-month” for 89 % of its customers, "
        "against 55 % of all (Cohen's h 0.79)."
    )


def test_zeros_and_ones_are_told_as_shares() -> None:
    # p = 0.2: the standard deviation is √(0.2 · 0.8) = 0.4, and 0.5 lies 0.75 of it above.
    of = Characteristic("", "SeniorCitizen", None, 0.5, 0.2, 0.75)
    assert is_flag(of)
    assert evidence_sentence(of, is_date=False) == (
        "The value of senior citizen is “1” for 50 % of its customers, "
        "against 20 % of all (0.75 standard deviations)."
    )
    assert not is_flag(Characteristic("", "rate", None, 0.5, 0.2, 1.5))


def test_a_date_is_told_as_a_date() -> None:
    of = Characteristic("", "last_order", None, 365.9, 31.0, 1.5)
    assert evidence_sentence(of, is_date=True) == (
        "Its average date for last order is 1971-01-01, against 1970-02-01 for all customers, "
        "1.5 standard deviations later."
    )


def test_the_size_is_told_with_its_share() -> None:
    def segment(size: int, share: float) -> SegmentFindings:
        return SegmentFindings(0, "Loyal", "#6883ff", None, size, share, (), (), None, None, None)

    assert size_sentence(segment(1150, 0.23)) == "The segment has 1,150 customers, 23 % of all in a segment."
    assert size_sentence(segment(1, 0.0002)) == "The segment has 1 customer, under 0.1 % of all in a segment."


def test_names_are_made_fit_for_a_sentence() -> None:
    assert column_name("$$$") == "“$$$”"
    assert quotable("two\nlines\x00") == "two lines"
    assert quotable("x" * 100) == "x" * 59 + "…"


@given(
    st.text(max_size=80),
    st.one_of(st.none(), st.text(max_size=80)),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(-5, 5),
    st.booleans(),
)
def test_every_sentence_is_one_line_that_ends_with_a_full_stop(
    column: str, category: str | None, here: float, there: float, effect: float, is_date: bool
) -> None:
    sentence = evidence_sentence(Characteristic("", column, category, here, there, effect), is_date=is_date)
    assert re.fullmatch(r"(Its average|The value of) [^\n]*\.", sentence)
