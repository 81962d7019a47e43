"""Text that a spreadsheet would run begins with an apostrophe, and nothing else is touched."""

import pyarrow as pa
import pytest

from domain.jobs.formulas import made_safe, name_made_safe

RUN = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://example.com?x="&A1,"click")',
    "+1+1",
    "-1+1",
    "-2+3+cmd|' /C calc'!D2",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\tplain",
    "\rplain",
    "  =1+1",
    "\u00a0=1+1",
    "\u3000=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\x00=1+1",
    '"=1+1"',
    "'=1+1",
    "“=1+1”",
    ' "\t@x',
    "＝1+1",  # noqa: RUF001  # full-width on purpose
    "＋1+1",  # noqa: RUF001
    "－1+1",  # noqa: RUF001
    "＠SUM(1)",  # noqa: RUF001
    "-",
    "+",
    "-5 EUR",
    "+49 228 1234",
    "-5=5",
    "--5",
    "1e5".replace("1", "-1e"),
    "- no",
    " -5",
]
KEPT = [
    "-5",
    "+3.5e2",
    "-.5",
    "+5.",
    "-1E-3",
    "5",
    "",
    "plain",
    "a=1",
    "a@example.com",
    "1-2",
    "ä",
    "00012",
    "(-5)",
]


@pytest.mark.parametrize("text", RUN)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert made_safe(pa.array([text])).to_pylist() == [f"'{text}"]


@pytest.mark.parametrize("text", KEPT)
def test_plain_numbers_and_other_text_stay_as_they_are(text: str) -> None:
    assert made_safe(pa.array([text, "=1"])).to_pylist() == [text, "'=1"]


def test_missing_values_stay_missing() -> None:
    assert made_safe(pa.array(["=1", None, "x"])).to_pylist() == ["'=1", None, "x"]


def test_a_column_in_several_pieces_stays_so() -> None:
    assert made_safe(pa.chunked_array([["=1"], ["b"]])).to_pylist() == ["'=1", "b"]


def test_a_name_of_a_column_is_made_safe_too() -> None:
    assert (name_made_safe("=x"), name_made_safe("x")) == ("'=x", "x")
