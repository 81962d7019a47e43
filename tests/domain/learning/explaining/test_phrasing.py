"""Columns and their values as people say them."""

import pytest

from domain.learning.explaining.phrasing import date_phrase, flag_phrase, level_phrase, number_phrase


@pytest.mark.parametrize(
    ("column", "high", "low"),
    [
        ("annual_income_eur", "high annual income", "low annual income"),
        ("Minimum Qty (kg)", "high minimum qty", "low minimum qty"),
        ("number_of_orders", "many orders", "few orders"),
        ("order_count", "many orders", "few orders"),
        ("# visits", "many visits", "few visits"),
        ("age", "older", "younger"),
        ("tenure", "long tenure", "short tenure"),
        ("days_since_last_order", "long since last order", "recent order"),
        ("visits_per_month", "many visits per month", "few visits per month"),
        ("spend_per_month", "high spend per month", "low spend per month"),
        ("sales_per_year", "high sales per year", "low sales per year"),
        ("petal length (cm)", "long petals", "short petals"),
        ("call_duration_seconds", "long calls", "short calls"),
        ("day", "late day", "early day"),
        ("(%)", "high (%)", "low (%)"),
    ],
)
def test_a_number_is_high_or_low_without_its_unit(column: str, high: str, low: str) -> None:
    said = [number_phrase(column, up, 1.0) for up in (True, False)]
    assert [phrase.text if phrase else None for phrase in said] == [high, low]


def test_a_recency_in_days_is_said_as_long_inactive_and_one_that_may_be_a_score_is_not() -> None:
    days = number_phrase("recency", True, 480.0, overall=367.0)
    score = number_phrase("recency", True, 5.0, overall=3.1)
    assert days is not None
    assert score is not None
    assert (days.text, score.text) == ("long inactive", "high recency")


@pytest.mark.parametrize("column", ["customer_id", "Offer #", "ZIP code", "UUID"])
def test_what_identifies_is_neither_high_nor_low(column: str) -> None:
    assert number_phrase(column, True, 1.0) is None


def test_a_number_has_degrees_and_a_figure() -> None:
    income = number_phrase("income", True, 31234.0, strong=True)
    assert income is not None
    assert income.text == "very high income"
    assert [income.at(degree) for degree in range(4)] == [
        "fairly high income",
        "high income",
        "very high income",
        "extremely high income",
    ]
    assert income.figure == "income about 31,234"


@pytest.mark.parametrize(
    ("column", "late", "early"),
    [
        ("signup_date", "recent signup", "early signup"),
        ("member since", "recent member", "early member"),
        ("registered_at", "registered recently", "registered early"),
        ("last_order_date", "recent order", "long since last order"),
        ("date", "recent date", "early date"),
    ],
)
def test_a_date_is_recent_or_early(column: str, late: str, early: str) -> None:
    assert date_phrase(column, True, "2024").text == late
    assert date_phrase(column, False, "2024").text == early


@pytest.mark.parametrize(
    ("column", "yes", "no"),
    [
        ("SeniorCitizen", "senior citizens", "no senior citizens"),
        ("has_app", "app", "no app"),
        ("PaperlessBilling", "paperless billing", "no paperless billing"),
    ],
)
def test_a_yes_is_said_by_the_column_alone(column: str, yes: str, no: str) -> None:
    assert (flag_phrase(column, True), flag_phrase(column, False)) == (yes, no)
    assert (level_phrase(column, "Yes"), level_phrase(column, "FALSE")) == (yes, no)


@pytest.mark.parametrize(
    ("column", "level", "said"),
    [
        ("Contract", "Two year", "two year contract"),
        ("Contract", "Month-to-month", "month-to-month contract"),
        ("InternetService", "No", "no internet service"),
        ("OnlineBackup", "No internet service", "no internet service"),
        ("gender", "Female", "Female"),
        ("PaymentMethod", "Electronic check", "electronic check"),
        ("city", "New York", "New York"),
        ("education", "tertiary", "tertiary education"),
        ("poutcome", "unknown", "unknown poutcome"),
        ("plan", "B", "plan B"),
        ("size", "42", "size 42"),
        ("plan", "(missing)", "no plan given"),
        ("plan", "None", "no plan"),
        ("preferred_channel", "Web", "prefers Web"),
        ("Favourite colour", "Dark red", "prefers dark red"),
        ("preferred_channel", "missing", "no preferred channel given"),
        ("preferred_channel", "unknown", "unknown preferred channel"),
        ("plan", "", "plan empty"),
    ],
)
def test_a_category_is_said_with_as_little_of_the_column_as_it_needs(
    column: str, level: str, said: str
) -> None:
    assert level_phrase(column, level) == said
