"""Real files, read as a person reads them."""

from collections.abc import Callable

import pytest

from domain.terms.columns import Column, ColumnRole
from domain.terms.imports import ImportWarningCode, TableFormat
from tests.domain.tables.imported import ImportedTable

IDENTIFIER, NUMERIC, CATEGORICAL, DATETIME, TEXT, IGNORED = ColumnRole
ReadFile = Callable[[str], ImportedTable]


def figures(column: Column) -> tuple[float, ...]:
    assert column.numeric is not None
    found = column.numeric
    return (found.min, found.max, found.mean, found.standard_deviation, found.median)


def names(columns: tuple[Column, ...], role: ColumnRole) -> list[str]:
    return [column.name for column in columns if column.role is role]


def test_telecom_customers(public_file: ReadFile) -> None:
    imported = public_file("Telco-Customer-Churn.csv")
    outcome, columns = imported.outcome, {column.name: column for column in imported.outcome.columns}
    assert (outcome.row_count, len(columns), outcome.identifier) == (7043, 21, "customerID")
    assert (outcome.report.rows_read, outcome.report.rows_rejected, outcome.report.warnings) == (7043, 0, ())
    assert names(outcome.columns, IDENTIFIER) == ["customerID"]
    assert names(outcome.columns, NUMERIC) == ["tenure", "MonthlyCharges", "TotalCharges"]
    assert len(names(outcome.columns, CATEGORICAL)) == 17
    assert {name: column.missing_count for name, column in columns.items() if column.missing_count} == {
        "TotalCharges": 11
    }
    assert columns["TotalCharges"].distinct_count == 6530
    assert figures(columns["TotalCharges"]) == pytest.approx(
        (18.8, 8684.8, 2283.300441, 2266.771362, 1397.475)
    )
    assert figures(columns["tenure"]) == pytest.approx((0, 72, 32.371149, 24.559481, 29))
    assert figures(columns["SeniorCitizen"]) == pytest.approx((0, 1, 0.162147, 0.368612, 0), abs=1e-6)
    assert [(each.value, each.count) for each in columns["SeniorCitizen"].top_values] == [
        ("0", 5901),
        ("1", 1142),
    ]
    assert [(each.value, each.count) for each in columns["MonthlyCharges"].top_values[:2]] == [
        ("20.05", 61),
        ("19.85", 45),
    ]
    assert imported.table.slice(0, 1).to_pylist()[0] == {
        "customerID": "7590-VHVEG",
        "gender": "Female",
        "SeniorCitizen": "0",
        "Partner": "Yes",
        "Dependents": "No",
        "tenure": 1,
        "PhoneService": "No",
        "MultipleLines": "No phone service",
        "InternetService": "DSL",
        "OnlineSecurity": "No",
        "OnlineBackup": "Yes",
        "DeviceProtection": "No",
        "TechSupport": "No",
        "StreamingTV": "No",
        "StreamingMovies": "No",
        "Contract": "Month-to-month",
        "PaperlessBilling": "Yes",
        "PaymentMethod": "Electronic check",
        "MonthlyCharges": 29.85,
        "TotalCharges": 29.85,
        "Churn": "No",
    }


def test_bank_clients(public_file: ReadFile) -> None:
    imported = public_file("bank-full.csv")
    outcome, columns = imported.outcome, {column.name: column for column in imported.outcome.columns}
    assert (outcome.row_count, len(columns), outcome.identifier) == (45_211, 17, None)
    assert [(each.code, each.column, each.row, each.count) for each in outcome.report.warnings] == [
        (ImportWarningCode.MISSING_SPELLING, "poutcome", 1, 36_959),
        (ImportWarningCode.MISSING_SPELLING, "job", 5, 288),
        (ImportWarningCode.MISSING_SPELLING, "education", 4, 1_857),
        (ImportWarningCode.MISSING_SPELLING, "contact", 1, 13_020),
    ]
    assert names(outcome.columns, NUMERIC) == [
        *("day", "campaign", "duration", "pdays", "previous", "age", "balance")
    ]
    assert len(names(outcome.columns, CATEGORICAL)) == 10
    assert {name: column.missing_count for name, column in columns.items() if column.missing_count} == {
        "poutcome": 36_959,
        "job": 288,
        "education": 1_857,
        "contact": 13_020,
    }
    assert figures(columns["balance"]) == pytest.approx((-8019, 102_127, 1362.272058, 3044.765829, 448))
    assert figures(columns["pdays"]) == pytest.approx((-1, 871, 40.197828, 100.128746, -1))
    assert columns["pdays"].top_values[0].count == 36_954
    assert [(each.value, each.count) for each in columns["poutcome"].top_values] == [
        ("failure", 4901),
        ("other", 1840),
        ("success", 1511),
    ]


def test_wine_offers(public_file: ReadFile) -> None:
    outcome = public_file("wine_offers.csv").outcome
    assert (outcome.row_count, outcome.identifier) == (32, "Offer #")
    assert names(outcome.columns, IDENTIFIER) == ["Offer #"]
    assert names(outcome.columns, NUMERIC) == ["Minimum Qty (kg)", "Discount (%)"]
    assert names(outcome.columns, CATEGORICAL) == ["Campaign", "Varietal", "Origin", "Past Peak"]
    assert figures(outcome.columns[4]) == pytest.approx((17, 89, 57.84375, 20.770807, 55))


def test_wine_transactions(public_file: ReadFile) -> None:
    outcome = public_file("wine_transactions.csv").outcome
    assert (outcome.row_count, outcome.identifier) == (324, None)
    assert [(column.role, column.distinct_count) for column in outcome.columns] == [
        (TEXT, 100),
        (CATEGORICAL, 32),
    ]


def test_purchases_aligned_with_blanks(public_file: ReadFile) -> None:
    imported = public_file("CDNOW_master.txt")
    outcome, columns = imported.outcome, {column.name: column for column in imported.outcome.columns}
    report = outcome.report
    assert (report.format, report.delimiter, report.has_header) == (TableFormat.CSV, "whitespace", True)
    assert (report.rows_read, report.rows_rejected, outcome.row_count) == (69_659, 0, 69_659)
    assert {name: column.role for name, column in columns.items()} == {
        "customer_id": IDENTIFIER,
        "date": DATETIME,
        "number_of_cds": NUMERIC,
        "dollar_value": NUMERIC,
    }
    # A customer has a row for each purchase.
    assert outcome.identifier is None
    assert [column.distinct_count for column in outcome.columns[:2]] == [23_570, 546]
    assert sum(column.missing_count for column in outcome.columns) == 0
    assert figures(columns["dollar_value"]) == pytest.approx((0, 1286.01, 35.893648, 36.281942, 25.98))
    assert columns["number_of_cds"].numeric is not None
    assert columns["number_of_cds"].numeric.max == 99
    assert [each.code for each in report.warnings] == [ImportWarningCode.DATE_FORMAT]
    assert imported.table.slice(0, 1).to_pylist() == [
        {"customer_id": "00001", "date": "19970101", "number_of_cds": 1, "dollar_value": 11.77}
    ]
    last = imported.table.slice(69_658).to_pylist()
    assert last == [{"customer_id": "23570", "date": "19970326", "number_of_cds": 2, "dollar_value": 42.96}]
