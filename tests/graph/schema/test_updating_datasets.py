"""Datasets that get another name or other roles."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.graph.schema.conftest import PEOPLE, Unchanged, as_csv
from tests.servers.api import Api, Mistakes, mistakes

STATE = "id name rowCount columns { name role roleReason } customers(first: 1) { edges { node { key } } }"
ROWS = [{**row, "code": f"K{place}"} for place, row in enumerate(PEOPLE)]
ROLES = {"id": "IDENTIFIER", "age": "NUMERIC", "income": "NUMERIC", "city": "CATEGORICAL", "code": "TEXT"}


def given(**roles: str) -> list[dict[str, str]]:
    return [{"name": name, "role": role} for name, role in roles.items()]


@pytest_asyncio.fixture
async def dataset(api: Api) -> AsyncIterator[str]:
    """Twelve customers, whose `id` names them, and whose `code` could."""
    yield await api.dataset(as_csv(ROWS), name="Before", columns=given(code="TEXT", id="IDENTIFIER"))


async def updated(api: Api, dataset: str, **values: Any) -> Any:
    payload = await api.mutate("updateDataset", f"dataset {{ {STATE} }}", id=dataset, **values)
    assert payload["userErrors"] == []
    return payload["dataset"]


def roles(dataset: dict[str, Any]) -> dict[str, str]:
    return {column["name"]: column["role"] for column in dataset["columns"]}


def key(dataset: dict[str, Any]) -> str:
    found: str = dataset["customers"]["edges"][0]["node"]["key"]
    return found


async def test_a_new_name_is_answered_and_kept(api: Api, dataset: str) -> None:
    before = await api.node("Dataset", dataset, STATE)
    after = await updated(api, dataset, name=" After ")

    assert after == {**before, "name": "After"}
    assert await api.node("Dataset", dataset, STATE) == after


async def test_new_roles_are_answered_with_what_was_before(api: Api, dataset: str) -> None:
    before = await api.node("Dataset", dataset, STATE)
    assert roles(before) == ROLES
    after = await updated(api, dataset, columns=given(age="CATEGORICAL", city="IGNORED"))

    assert roles(after) == {**ROLES, "age": "CATEGORICAL", "city": "IGNORED"}
    reasons = {column["name"]: column["roleReason"] for column in before["columns"]}
    assert {column["name"]: column["roleReason"] for column in after["columns"]} == {
        **reasons,
        "age": f"given later; before, it was NUMERIC: {reasons['age']}",
        "city": f"given later; before, it was CATEGORICAL: {reasons['city']}",
    }
    assert await api.node("Dataset", dataset, STATE) == after


async def test_customers_are_known_by_a_new_identifier_and_by_their_row_without_any(
    api: Api, dataset: str
) -> None:
    assert key(await api.node("Dataset", dataset, STATE)) == "C-B0"
    assert key(await updated(api, dataset, columns=given(id="TEXT", code="IDENTIFIER"))) == "K0"
    assert key(await updated(api, dataset, columns=given(code="TEXT"))) == "1"
    # Several customers of a city: it names none of them.
    assert key(await updated(api, dataset, columns=given(city="IDENTIFIER"))) == "1"


async def test_a_run_keeps_its_roles_and_the_next_one_takes_the_new(api: Api, dataset: str) -> None:
    run = await api.run(dataset, selection="id parameters")
    await updated(api, dataset, columns=given(city="IGNORED"))
    again = await api.run(dataset, selection="id parameters")

    assert again["id"] != run["id"]
    assert {"name": "city", "role": "CATEGORICAL"} in run["parameters"]["columns"]
    assert {"name": "city", "role": "IGNORED"} in again["parameters"]["columns"]
    assert await api.node("ClusteringRun", run["id"], "id parameters") == run


@pytest.mark.parametrize(
    ("values", "told"),
    [
        pytest.param({"name": ""}, [("INVALID", ["input", "name"])], id="an empty name"),
        pytest.param({"name": "x" * 201}, [("INVALID", ["input", "name"])], id="a long name"),
        pytest.param(
            {"name": "\n", "columns": given(city="NUMERIC", nobody="TEXT", age="DATETIME")},
            [
                ("INVALID", ["input", "name"]),
                ("INVALID", ["input", "columns", "1", "name"]),
                ("INVALID", ["input", "columns", "0", "role"]),
                ("INVALID", ["input", "columns", "2", "role"]),
            ],
            id="many mistakes",
        ),
        pytest.param(
            {"columns": [*given(age="TEXT"), *given(age="NUMERIC")]},
            [("INVALID", ["input", "columns", "1", "name"])],
            id="a role twice",
        ),
        pytest.param(
            {"name": "After", "columns": given(age="TEXT", income="IGNORED", city="IDENTIFIER")},
            [("UNSUITABLE_DATA", ["input", "columns"])],
            id="nothing to cluster by",
        ),
    ],
)
async def test_an_update_that_is_refused_tells_why_and_changes_nothing(
    api: Api, unchanged: Unchanged, dataset: str, values: dict[str, Any], told: Mistakes
) -> None:
    before = await api.node("Dataset", dataset, STATE)
    async with unchanged():
        payload = await api.mutate("updateDataset", f"dataset {{ {STATE} }}", id=dataset, **values)

    assert payload["dataset"] is None
    assert mistakes(payload) == told
    assert await api.node("Dataset", dataset, STATE) == before


async def test_upload_training_and_update_refuse_a_role_in_the_same_words(api: Api, dataset: str) -> None:
    wrong = given(nobody="TEXT")
    uploaded = await api.upload(as_csv(ROWS), columns=wrong)
    trained = await api.train(dataset, columns=wrong)
    changed = await api.mutate("updateDataset", "dataset { id }", id=dataset, columns=wrong)

    told = [payload["userErrors"] for payload in (uploaded, trained, changed)]
    assert told[0] == told[1] == told[2]
    assert told[0] == [
        {
            "code": "INVALID",
            "message": 'there is no column "nobody"; the columns are "id", "age", "income", "city", "code"',
            "path": ["input", "columns", "0", "name"],
        }
    ]


@pytest.mark.parametrize("key", ["nonsense", "RGF0YXNldDowMDAw", ""])
async def test_a_dataset_that_is_not_there_is_not_found(api: Api, unchanged: Unchanged, key: str) -> None:
    async with unchanged():
        payload = await api.mutate("updateDataset", "dataset { id }", id=key, name="After")

    assert mistakes(payload) == [("NOT_FOUND", ["input", "id"])]
