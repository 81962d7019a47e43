"""Previews, as a client asks for them: what a file would become, and no trace of it."""

from typing import Any

import pytest

from tests.graph.schema.conftest import Unchanged
from tests.servers.api import Api, generated, mistakes

GERMAN = "Kunde;Umsatz;Stadt\n007;1.234,50;Köln\n008;99,00;Bonn\n009;;Köln\n010;5,25;Ulm\n".encode()
REPORT = """importReport {
  format encoding delimiter quote decimal hasHeader sheet identifierColumn rowsRead rowsRejected
  rejectedRows { row reason } warnings { code column row count }
}"""
COLUMNS = """columns {
  name originalName role roleReason missingCount distinctCount approximate
  numeric { min max mean median skewness quantiles { share value } histogram { edges counts } }
  topValues { value count }
}"""


async def test_a_preview_shows_the_first_rows_the_dialect_and_the_roles(
    api: Api, unchanged: Unchanged
) -> None:
    async with unchanged():
        payload = await api.preview(
            GERMAN,
            selection=f"rows columns {{ name role }} rowsLookedAt complete {REPORT}",
            first=2,
        )

    assert payload["userErrors"] == []
    preview = payload["preview"]
    assert preview["rows"] == [
        {"Kunde": "007", "Umsatz": 1234.5, "Stadt": "Köln"},
        {"Kunde": "008", "Umsatz": 99.0, "Stadt": "Bonn"},
    ]
    assert preview["columns"] == [
        {"name": "Kunde", "role": "IDENTIFIER"},
        {"name": "Umsatz", "role": "NUMERIC"},
        {"name": "Stadt", "role": "CATEGORICAL"},
    ]
    assert (preview["rowsLookedAt"], preview["complete"]) == (4, True)
    report = preview["importReport"]
    assert (report["format"], report["delimiter"], report["decimal"]) == ("CSV", ";", "COMMA")
    assert (report["hasHeader"], report["sheet"], report["identifierColumn"]) == (True, None, "Kunde")
    assert (report["rowsRead"], report["rowsRejected"], report["rejectedRows"]) == (4, 0, [])


async def test_a_preview_and_the_upload_of_a_small_file_tell_the_same(api: Api) -> None:
    options: dict[str, Any] = {
        "options": {"delimiter": ";", "missingValues": ["ulm"], "identifierColumn": "Kunde"},
        "columns": [{"name": "Stadt", "role": "IGNORED"}],
    }
    previewed = await api.preview(GERMAN, selection=f"{COLUMNS} {REPORT}", **options)
    uploaded = await api.upload(GERMAN, selection=f"{COLUMNS} {REPORT}", **options)

    assert uploaded["userErrors"] == []
    assert previewed["preview"] == uploaded["dataset"]


async def test_ten_rows_are_shown_unless_others_are_asked_for(api: Api, unchanged: Unchanged) -> None:
    content = generated(300)
    async with unchanged():
        ten, one, hundred = [
            (await api.preview(content))["preview"]["rows"],
            (await api.preview(content, first=1))["preview"]["rows"],
            (await api.preview(content, first=100))["preview"]["rows"],
        ]

    assert (len(ten), len(one), len(hundred)) == (10, 1, 100)
    assert hundred[:10] == ten
    assert ten[:1] == one


async def test_a_table_shorter_than_asked_for_is_shown_whole(api: Api) -> None:
    payload = await api.preview(GERMAN, first=100)

    assert len(payload["preview"]["rows"]) == 4


@pytest.mark.parametrize(
    ("content", "options", "told"),
    [
        pytest.param(b"", {}, [("UNREADABLE_FILE", "input.file")], id="nothing"),
        pytest.param(
            b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 9,
            {},
            [("UNREADABLE_FILE", "input.file")],
            id="a picture",
        ),
        pytest.param(GERMAN, {"first": 0}, [("INVALID", "input.first")], id="no rows"),
        pytest.param(GERMAN, {"first": 101}, [("INVALID", "input.first")], id="too many rows"),
        pytest.param(
            GERMAN,
            {"options": {"identifierColumn": "nobody"}, "columns": [{"name": "Ort", "role": "TEXT"}]},
            [("INVALID", "input.columns.0.name"), ("INVALID", "input.options.identifierColumn")],
            id="columns that are not there",
        ),
        pytest.param(
            GERMAN,
            {"columns": [{"name": "Stadt", "role": "NUMERIC"}]},
            [("INVALID", "input.columns.0.role")],
            id="a role that does not fit",
        ),
    ],
)
async def test_a_preview_that_is_refused_tells_why_and_leaves_nothing(
    api: Api, unchanged: Unchanged, content: bytes, options: dict[str, Any], told: list[tuple[str, str]]
) -> None:
    async with unchanged():
        payload = await api.preview(content, **options)

    assert payload["preview"] is None
    assert [(code, ".".join(path)) for code, path in mistakes(payload)] == told


async def test_a_preview_without_a_file_is_a_bad_input(api: Api, unchanged: Unchanged) -> None:
    query = "mutation($input: PreviewTableInput!) { previewTable(input: $input) { preview { rows } } }"
    async with unchanged():
        missing = await api.errors(query, input={})
        text = await api.errors(query, input={"file": "id,age\n1,2\n"})

    assert [error["extensions"]["code"] for error in (*missing, *text)] == ["BAD_USER_INPUT"] * 2
