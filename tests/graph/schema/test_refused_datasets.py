"""Uploads and imports that are refused, each with its reason, and with nothing left of it."""

from typing import Any

import pytest

from tests.graph.schema.conftest import Unchanged
from tests.servers.api import Api, mistakes

CSV = b"id,age,city\nC-1,25,Bonn\nC-2,61,Kiel\nC-3,44,Bonn\nC-4,38,Kiel\n"
FILE, NAME, COLUMNS = ["input", "file"], ["input", "name"], ["input", "columns"]


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 9, "UNREADABLE_FILE", "PNG", id="a picture"),
        pytest.param(bytes(range(256)) * 9, "UNREADABLE_FILE", "", id="bytes of no text"),
        pytest.param(b"", "UNREADABLE_FILE", "empty", id="nothing"),
        pytest.param(b"\n \n\n", "UNREADABLE_FILE", "empty", id="blank lines only"),
        pytest.param(b"id,age,city\n", "UNSUITABLE_DATA", "no rows", id="a header only"),
        pytest.param(b"id,age\nC-1,25\n", "UNSUITABLE_DATA", "one row", id="one row"),
        pytest.param(b"id\nC-1\nC-2\nC-3\n", "UNSUITABLE_DATA", "no column to cluster", id="keys only"),
        pytest.param(b"a,b\n1,x\n1,x\n1,x\n", "UNSUITABLE_DATA", "no column to cluster", id="constants only"),
        pytest.param(b'a,b\n1,"x\n2,y\n', "UNREADABLE_FILE", "quot", id="a quote that is never closed"),
    ],
)
async def test_a_file_that_is_no_table_of_customers_is_refused(
    api: Api, unchanged: Unchanged, content: bytes, code: str, words: str
) -> None:
    async with unchanged():
        payload = await api.upload(content)

    assert payload["dataset"] is None
    assert mistakes(payload) == [(code, FILE)]
    assert words in payload["userErrors"][0]["message"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("x" * 10_000, "10,000 characters: 200 at most", id="10,000 characters"),
        pytest.param("", "empty", id="nothing"),
        pytest.param(" \u2003\n", "empty", id="blanks only"),
        pytest.param("June\0", "control characters", id="a zero character"),
        pytest.param("June\r\n2026", "control characters", id="a line break"),
        pytest.param("\x1b[31mJune", "control characters", id="an escape"),
    ],
)
async def test_a_name_that_is_none_is_refused(api: Api, unchanged: Unchanged, name: str, words: str) -> None:
    async with unchanged():
        uploaded = await api.upload(CSV, name=name)
        imported = await api.mutate(
            "importCustomers", "dataset { id }", name=name, customers=[{"age": 1}, {"age": 2}]
        )

    for payload in (uploaded, imported):
        assert payload["dataset"] is None
        assert mistakes(payload) == [("INVALID", NAME)]
        assert words in payload["userErrors"][0]["message"]


async def test_a_name_of_two_hundred_characters_is_just_short_enough(api: Api) -> None:
    payload = await api.upload(CSV, name="ü" * 200, selection="name")

    assert payload["dataset"] == {"name": "ü" * 200}


@pytest.mark.parametrize(
    ("columns", "code", "path", "words"),
    [
        ([("height", "NUMERIC")], "INVALID", [*COLUMNS, "0", "name"], 'no column "height"'),
        ([("city", "NUMERIC")], "INVALID", [*COLUMNS, "0", "role"], 'column "city" can\'t be NUMERIC'),
        ([("city", "DATETIME")], "INVALID", [*COLUMNS, "0", "role"], 'column "city" can\'t be DATETIME'),
        ([("age", "TEXT"), ("age", "NUMERIC")], "INVALID", [*COLUMNS, "1", "name"], "twice"),
        ([("age", "IGNORED"), ("city", "IGNORED")], "UNSUITABLE_DATA", FILE, "no column to cluster"),
    ],
)
async def test_roles_that_do_not_fit_are_refused(
    api: Api, unchanged: Unchanged, columns: list[tuple[str, str]], code: str, path: list[str], words: str
) -> None:
    async with unchanged():
        payload = await api.upload(CSV, columns=[{"name": name, "role": role} for name, role in columns])

    assert payload["dataset"] is None
    assert mistakes(payload) == [(code, path)]
    assert words in payload["userErrors"][0]["message"]


@pytest.mark.parametrize(
    ("customers", "code", "path"),
    [
        pytest.param([], "UNSUITABLE_DATA", [], id="no records"),
        pytest.param([{"age": 1}], "UNSUITABLE_DATA", [], id="one record"),
        pytest.param([{}, {}], "UNSUITABLE_DATA", [], id="records of nothing"),
        pytest.param([{"age": 1}, 5], "INVALID", ["1"], id="a number for a record"),
        pytest.param([{"age": 1}, [1]], "INVALID", ["1"], id="a list for a record"),
        pytest.param([{"age": 1}, {"age": {"years": 2}}], "INVALID", ["1", "age"], id="an object inside"),
        pytest.param([{"age": []}, {"age": 1}], "INVALID", ["0", "age"], id="a list inside"),
        pytest.param([{"a\0b": 1}, {"a\0b": 2}], "INVALID", ["0", "ab"], id="a zero character in a key"),
        pytest.param([{"a": "x\0"}, {"a": "y"}], "INVALID", ["0", "a"], id="a zero character in a value"),
    ],
)
async def test_records_that_are_no_customers_are_refused(
    api: Api, unchanged: Unchanged, customers: list[Any], code: str, path: list[str]
) -> None:
    async with unchanged():
        payload = await api.mutate("importCustomers", "dataset { id }", name="Records", customers=customers)

    assert payload["dataset"] is None
    assert mistakes(payload)[0] == (code, ["input", "customers", *path])


async def test_all_mistakes_of_records_are_told_at_once(api: Api, unchanged: Unchanged) -> None:
    async with unchanged():
        payload = await api.mutate(
            "importCustomers",
            "dataset { id }",
            name="",
            customers=[{"a": 1, "b": [2]}, "text", {"a": {"c": 3}}],
        )

    assert mistakes(payload) == [
        ("INVALID", NAME),
        ("INVALID", ["input", "customers", "0", "b"]),
        ("INVALID", ["input", "customers", "1"]),
        ("INVALID", ["input", "customers", "2", "a"]),
    ]


async def test_a_number_too_large_for_json_is_refused_as_a_literal_too(
    api: Api, unchanged: Unchanged
) -> None:
    async with unchanged():
        data = await api.ask(
            """mutation { importCustomers(input: { name: "x", customers: [{ a: 1 }, { a: 1e999 }] }) {
              dataset { id } userErrors { code message path }
            } }"""
        )

    assert mistakes(data["importCustomers"]) == [("INVALID", ["input", "customers", "1", "a"])]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
async def test_what_json_has_no_number_for_is_no_request(api: Api, unchanged: Unchanged, number: str) -> None:
    query = "mutation($input: ImportCustomersInput!) { importCustomers(input: $input) { dataset { id } } }"
    body = (
        f'{{"query": "{query}", "variables": {{"input": {{"name": "x", "customers": [{{"a": {number}}}]}}}}}}'
    )
    async with unchanged():
        response = await api.client.post(
            f"{api.url}/graphql", content=body, headers={"Content-Type": "application/json"}
        )

    assert response.status_code == 400
    assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["BAD_REQUEST"]


async def test_null_for_a_record_is_a_bad_input(api: Api, unchanged: Unchanged) -> None:
    query = "mutation($input: ImportCustomersInput!) { importCustomers(input: $input) { dataset { id } } }"
    async with unchanged():
        errors = await api.errors(query, input={"name": "x", "customers": [{"age": 1}, None]})

    assert [error["extensions"]["code"] for error in errors] == ["BAD_USER_INPUT"]
    assert "customers[1]" in errors[0]["message"]


async def test_a_file_where_there_is_none_is_a_bad_input(api: Api, unchanged: Unchanged) -> None:
    query = "mutation($input: UploadDatasetInput!) { uploadDataset(input: $input) { dataset { id } } }"
    async with unchanged():
        missing = await api.errors(query, input={"name": "x"})
        text = await api.errors(query, input={"file": "id,age\n1,2\n"})

    assert [error["extensions"]["code"] for error in (*missing, *text)] == ["BAD_USER_INPUT"] * 2
    assert "multipart" in text[0]["message"]
