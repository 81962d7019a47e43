"""What a column's name says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.playbook.naming import meaning_of, says, spoken, words
from domain.playbook.reader import shipped


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("MonthlyCharges", "monthly charges"),
        ("monthly_charges", "monthly charges"),
        ("Annual Income (k$)", "annual income (k$)"),
        ("customerID", "customer ID"),
        ("CLV", "CLV"),
        ("ANNUAL_INCOME", "annual income"),
        ("Q1Sales2024", "q 1 sales 2024"),
        ("高收入", "高收入"),
        ("$$$", "$$$"),
    ],
)
def test_a_column_is_named_in_words(name: str, shown: str) -> None:
    assert spoken(name) == shown


def test_words_have_no_case_no_seams_and_no_plural() -> None:
    assert words("MonthlyCharges") == words("monthly charge") == ("monthly", "charge")
    assert words("Frequencies") == ("frequency",)
    assert words("class of bus") == ("class", "of", "bus")


@pytest.mark.parametrize(
    ("column", "meaning"),
    [
        ("annual_income", "income"),
        ("EstimatedSalary", "income"),
        ("Spending Score (1-100)", "spend"),
        ("MonthlyCharges", "spend"),
        ("TotalCharges", "spend"),
        ("MntWines", "spend"),
        ("avg_order_value", "basket"),
        ("NumWebPurchases", "frequency"),
        ("orders", "frequency"),
        ("visitsPerMonth", "frequency"),
        ("NumDealsPurchases", "discount"),
        ("coupon_use", "discount"),
        ("Recency", "recency"),
        ("days_since_last_purchase", "recency"),
        ("daysSinceFirstOrder", "tenure"),
        ("tenure", "tenure"),
        ("months as customer", "tenure"),
        ("account_age", "tenure"),
        ("Age", "age"),
        ("SeniorCitizen", "age"),
        ("support_calls", "complaints"),
        ("CustServ Calls", "complaints"),
        ("Complain", "complaints"),
        ("churnRisk", "churn_risk"),
        ("Contract", "contract"),
        ("preferred_channel", "channel"),
        ("num_products", "breadth"),
        ("NPS", "satisfaction"),
        ("return_rate", "returns"),
        ("AcceptedCmp3", "response"),
        ("order_hour", None),
        ("loan_amount", None),
        ("gender", None),
        ("StreamingTV", None),
        ("", None),
    ],
)
def test_a_column_is_recognized_by_its_name(column: str, meaning: str | None) -> None:
    assert meaning_of(column, shipped().meanings, is_date=False) == meaning


@pytest.mark.parametrize(
    ("column", "meaning"),
    [
        ("last_purchase_date", "recency"),
        ("CustomerSince", "tenure"),
        ("first_order", "tenure"),
        ("order_date", None),
        ("tenure", None),
    ],
)
def test_a_date_is_recognized_by_phrases_of_its_own(column: str, meaning: str | None) -> None:
    assert meaning_of(column, shipped().meanings, is_date=True) == meaning


def test_a_category_is_one_of_the_phrases_only_as_a_whole() -> None:
    phrases = [words("month to month"), words("monthly")]
    assert says("Month-to-month", phrases)
    assert says("MONTHLY", phrases)
    assert not says("not monthly", phrases)


@given(st.text(max_size=40))
def test_every_name_has_words_that_are_not_empty(name: str) -> None:
    assert all(words(name))
    assert bool(spoken(name)) == bool(name)
