"""What a column's name says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.playbook.naming import LONGEST_PHRASE, meaning_of, said, words
from domain.playbook.reader import shipped


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
    phrases = {words("month to month"), words("monthly")}
    assert said("Month-to-month") in phrases
    assert said("MONTHLY") in phrases
    assert said("not monthly") not in phrases


def test_a_text_that_is_longer_than_any_phrase_is_none() -> None:
    assert said("a" * LONGEST_PHRASE) == ("a" * LONGEST_PHRASE,)
    assert said("a" * (LONGEST_PHRASE + 1)) is None


@given(st.text(max_size=40))
def test_every_name_has_words_that_are_not_empty(name: str) -> None:
    assert all(words(name))
