"""Spellings of a missing value are found whatever their case, and nothing else is taken for one."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.tables.values.converting import convert
from domain.tables.values.deciding import Candidate, decide
from domain.tables.values.evidence import Evidence
from domain.tables.values.missing import SPELLINGS, missing_spellings
from domain.terms.imports import ImportWarningCode, TableOptions
from domain.terms.readings import Kind


def found(*cells: str, spellings: tuple[str, ...] = SPELLINGS) -> list[bool]:
    return [bool(each) for each in missing_spellings(spellings).find(pa.array(cells, pa.string()))]


def column(
    cells: list[str], missing: tuple[str, ...] | None = None
) -> tuple[Kind, list[object], list[ImportWarningCode]]:
    evidence = Evidence(missing)
    evidence.look(pa.array(cells, pa.string()))
    (decision,) = decide([Candidate("x", evidence, None)], TableOptions(missing_values=missing))
    converted = convert(pa.array(cells, pa.string()), decision.reading)
    return decision.reading.kind, converted.cells.to_pylist(), [note.code for note in decision.notes]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_found_in_any_case(spelling: str) -> None:
    assert found(spelling, spelling.upper(), spelling.title(), spelling.capitalize()) == [True] * 4


@given(st.text(max_size=20))
def test_nothing_else_is_found(cell: str) -> None:
    cell = cell.encode(errors="ignore").decode()
    assert found(cell) == [cell.lower() in SPELLINGS]


def test_text_keeps_none_and_loses_unknown() -> None:
    assert column(["a", "none", "Unknown", "?", "b", "N/A", "", " "]) == (
        *(Kind.TEXT, ["a", "none", None, None, "b", None, None, None]),
        [],
    )


def test_numbers_and_dates_know_none_as_missing() -> None:
    assert column(["1", "none", "k.A.", "-"])[:2] == (Kind.NUMBERS, [1, None, None, None])
    assert column(["2020-01-01", "None", "--", "."])[:2] == (Kind.DATES, ["2020-01-01", None, None, None])


def test_north_america_is_kept_beside_other_codes() -> None:
    assert column(["NA", "EMEA", "APAC", "NA", "LATAM", "unknown"]) == (
        *(Kind.TEXT, ["NA", "EMEA", "APAC", "NA", "LATAM", None]),
        [ImportWarningCode.MISSING_SPELLING_KEPT],
    )


@pytest.mark.parametrize(
    "others", [["Europe", "Asia"], ["YES", "NO"], ["M", "F"], ["blue", "RED"], ["EMEA", "EMEA"]]
)
def test_na_is_missing_beside_anything_else(others: list[str]) -> None:
    assert column(["NA", *others]) == (Kind.TEXT, [None, *others], [])


def test_the_option_replaces_the_table() -> None:
    assert column(["-999", "5", "7"], ("-999",))[:2] == (Kind.NUMBERS, [None, 5, 7])
    assert column(["n.v.", "a", "unknown", "NA", "none"], ("N.V.", "none"))[:2] == (
        *(Kind.TEXT, [None, "a", "unknown", "NA", None]),
    )
    assert column(["nan", "5"], ())[:2] == (Kind.TEXT, ["nan", "5"])


def test_a_column_of_nothing_but_missing_values_holds_nothing() -> None:
    assert column(["", "unknown", "-"]) == (Kind.NOTHING, [None, None, None], [])
    assert column([]) == (Kind.NOTHING, [], [])
    assert column(["none", ""]) == (Kind.TEXT, ["none", None], [])
