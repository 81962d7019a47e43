"""What a client tells of its file wins over what the file looks like, or is refused with the reason."""

from typing import Any

import pytest

from tests.graph.schema.conftest import Unchanged
from tests.servers.api import Api, mistakes

CSV = b"id,age,city\nC-1,25,Bonn\nC-2,61,Kiel\nC-3,44,Bonn\nC-4,38,Kiel\n"
SELECTION = """rowCount columns { name role missingCount }
  importReport { encoding encodingConfidence delimiter decimal hasHeader sheet identifierColumn }
  customers(first: 1) { edges { node { key attributes } } }"""


async def uploaded(api: Api, content: bytes, **options: Any) -> Any:
    payload = await api.upload(content, selection=SELECTION, options=options)
    assert payload["userErrors"] == []
    return payload["dataset"]


def first(dataset: dict[str, Any]) -> Any:
    return dataset["customers"]["edges"][0]["node"]


async def test_a_delimiter_that_is_given_separates_the_columns(api: Api) -> None:
    dataset = await uploaded(api, b"a|b,c\n1|2,x\n3|4,y\n5|6,x\n", delimiter="|")

    assert dataset["importReport"]["delimiter"] == "|"
    assert first(dataset)["attributes"] == {"a": 1, "b,c": "2,x"}


async def test_runs_of_blanks_are_a_delimiter_by_name(api: Api) -> None:
    dataset = await uploaded(api, b"age   city\n25    Bonn\n61  Kiel\n44 Bonn\n", delimiter="whitespace")

    assert dataset["importReport"]["delimiter"] == "whitespace"
    assert first(dataset)["attributes"] == {"age": 25, "city": "Bonn"}


async def test_an_encoding_that_is_given_is_not_guessed(api: Api) -> None:
    dataset = await uploaded(
        api, "age,city\n25,Łódź\n61,Kiel\n44,Łódź\n".encode("iso8859-2"), encoding="latin2"
    )

    assert first(dataset)["attributes"] == {"age": 25, "city": "Łódź"}
    assert dataset["importReport"]["encodingConfidence"] == 1


async def test_a_decimal_mark_that_is_given_decides_what_1_234_is(api: Api) -> None:
    content = b"price;city\n1,234;Bonn\n2,345;Kiel\n3,456;Bonn\n"
    comma = await uploaded(api, content, decimal="COMMA")
    point = await uploaded(api, content, decimal="POINT")

    assert [each["importReport"]["decimal"] for each in (comma, point)] == ["COMMA", "POINT"]
    assert [first(each)["attributes"]["price"] for each in (comma, point)] == [1.234, 1234]


async def test_a_first_row_is_a_header_or_a_customer_as_is_said(api: Api) -> None:
    content = b"25,Bonn\n61,Kiel\n44,Bonn\n"
    named, unnamed = (
        await uploaded(api, content, hasHeader=True),
        await uploaded(api, content, hasHeader=False),
    )

    assert [each["rowCount"] for each in (named, unnamed)] == [2, 3]
    assert [each["importReport"]["hasHeader"] for each in (named, unnamed)] == [True, False]
    assert first(named)["attributes"] == {"25": 61, "Bonn": "Kiel"}
    assert first(unnamed)["attributes"] == {"column_1": 25, "column_2": "Bonn"}


async def test_an_identifier_that_is_named_gives_the_key_where_it_can(api: Api) -> None:
    content = b"id,age,code,city\nC-1,25,7,Bonn\nC-2,61,8,Kiel\nC-3,44,9,Bonn\nC-4,25,6,Kiel\n"
    code = await uploaded(api, content, identifierColumn="code")
    age = await uploaded(api, content, identifierColumn="age")

    assert (code["importReport"]["identifierColumn"], first(code)["key"]) == ("code", "7")
    assert {"name": "code", "role": "IDENTIFIER", "missingCount": 0} in code["columns"]
    # Two customers of an age: it names nobody, and is still no feature.
    assert (age["importReport"]["identifierColumn"], first(age)["key"]) == (None, "1")
    assert {"name": "age", "role": "IDENTIFIER", "missingCount": 0} in age["columns"]


async def test_spellings_of_missing_that_are_given_stand_in_for_the_usual_ones(api: Api) -> None:
    dataset = await uploaded(api, b"age,city\n25,Bonn\n-1,Kiel\n44,NA\n38,Bonn\n", missingValues=["-1"])

    assert [column["missingCount"] for column in dataset["columns"]] == [1, 0]


async def test_null_is_as_good_as_left_out(api: Api) -> None:
    names = ("delimiter", "encoding", "decimal", "hasHeader", "sheet", "identifierColumn", "missingValues")
    left_out = await api.upload(CSV, selection=SELECTION)
    assert left_out["dataset"] is not None
    values: list[dict[str, None] | None] = [None, {}, dict.fromkeys(names)]
    for options in values:
        assert await api.upload(CSV, selection=SELECTION, options=options) == left_out


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        ({"delimiter": ""}, "INVALID", "delimiter"),
        ({"delimiter": ", "}, "INVALID", "delimiter"),
        ({"encoding": "klingon"}, "INVALID", "encoding"),
        ({"encoding": "base64"}, "INVALID", "encoding"),
        ({"missingValues": ["x"] * 101}, "INVALID", "missingValues"),
        ({"identifierColumn": "nobody"}, "INVALID", "identifierColumn"),
        ({"identifierColumn": ""}, "INVALID", "identifierColumn"),
        ({"sheet": "June"}, "INVALID", "sheet"),
    ],
)
async def test_an_option_that_does_not_fit_is_refused(
    api: Api, unchanged: Unchanged, options: dict[str, Any], code: str, field: str
) -> None:
    async with unchanged():
        uploaded = await api.upload(CSV, options=options)
        previewed = await api.preview(CSV, options=options)

    assert uploaded["dataset"] is previewed["preview"] is None
    assert mistakes(uploaded) == [(code, ["input", "options", field])]
    assert uploaded["userErrors"] == previewed["userErrors"]


async def test_an_encoding_that_the_bytes_are_not_in_is_refused(api: Api, unchanged: Unchanged) -> None:
    async with unchanged():
        content = "age,city\n25,Köln\n61,Bonn\n44,Düren\n".encode("latin-1")
        payload = await api.upload(content, options={"encoding": "UTF-8"})

    assert payload["dataset"] is None
    assert mistakes(payload) == [("UNREADABLE_FILE", ["input", "file"])]
    first = "2 of 3 rows can't be used, the first of them row 1: "
    assert payload["userErrors"][0]["message"].startswith(first)


async def test_a_column_can_not_be_the_identifier_and_something_else(api: Api, unchanged: Unchanged) -> None:
    async with unchanged():
        payload = await api.upload(
            CSV, options={"identifierColumn": "age"}, columns=[{"name": "age", "role": "NUMERIC"}]
        )

    assert mistakes(payload) == [("INVALID", ["input", "options", "identifierColumn"])]
