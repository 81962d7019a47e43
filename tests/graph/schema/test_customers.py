"""Customers of a dataset: found by key, filtered and sorted, through the server."""

from typing import Any, cast

import pytest

from tests.servers.api import Api

CSV = (
    b"id,spend,city,since\n"
    b"C-01,10.5,Bonn,2024-03-01\n"
    b"C-02,99,Kiel,2023-01-15\n"
    b"C-03,,Bonn,2024-12-31\n"
    b"C-04,45.25,Ulm,2022-07-07\n"
    b"C-05,10.5,Kiel,\n"
)
FOUND = """query(
  $id: ID!, $filter: [CustomerFilterInput!], $orderBy: CustomerOrderInput, $first: Int, $after: String
) {
  dataset(id: $id) {
    customers(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      edges { cursor node { key } } pageInfo { hasNextPage } totalCount
    }
  }
}"""
ONE = "query($id: ID!, $key: String!) { dataset(id: $id) { customer(key: $key) { key attributes } } }"


async def found(api: Api, dataset: str, **asked: Any) -> Any:
    return (await api.ask(FOUND, id=dataset, **asked))["dataset"]["customers"]


def keys(customers: Any) -> list[str]:
    return [edge["node"]["key"] for edge in customers["edges"]]


async def test_a_customer_is_found_by_its_key(api: Api) -> None:
    dataset = await api.dataset(CSV)

    there = await api.ask(ONE, id=dataset, key="C-04")
    nobody = await api.ask(ONE, id=dataset, key="4")

    assert there["dataset"]["customer"] == {
        "key": "C-04",
        "attributes": {"id": "C-04", "spend": 45.25, "city": "Ulm", "since": "2022-07-07"},
    }
    assert nobody["dataset"]["customer"] is None


async def test_filters_choose_and_an_order_sorts(api: Api) -> None:
    dataset = await api.dataset(CSV)

    northern = await found(api, dataset, filter=[{"column": "city", "in": ["Kiel", "Bonn"]}])
    some = [{"column": "spend", "min": 10, "max": 50}, {"column": "city", "notIn": ["Ulm"]}]
    spending = await found(api, dataset, filter=some, orderBy={"column": "city", "direction": "DESCENDING"})
    recent = await found(api, dataset, filter=[{"column": "since", "since": "2023-01-15T00:00:00Z"}])
    oldest = await found(api, dataset, orderBy={"column": "since"})
    nobody = await found(api, dataset, filter=[{"column": "city", "contains": "X"}])

    assert (keys(northern), northern["totalCount"]) == (["C-01", "C-02", "C-03", "C-05"], 4)
    assert (keys(spending), spending["totalCount"]) == (["C-05", "C-01"], 2)
    assert keys(recent) == ["C-01", "C-02", "C-03"]
    assert keys(oldest) == ["C-04", "C-02", "C-01", "C-03", "C-05"]
    assert (keys(nobody), nobody["totalCount"]) == ([], 0)


async def test_pages_of_what_was_found_follow_one_another(api: Api) -> None:
    dataset = await api.dataset(CSV)
    order = {"column": "spend", "direction": "DESCENDING"}

    first = await found(api, dataset, orderBy=order, first=2)
    then = await found(api, dataset, orderBy=order, first=2, after=first["edges"][-1]["cursor"])
    last = await found(api, dataset, orderBy=order, first=2, after=then["edges"][-1]["cursor"])

    assert [keys(page) for page in (first, then, last)] == [["C-02", "C-04"], ["C-01", "C-05"], ["C-03"]]
    assert [page["pageInfo"]["hasNextPage"] for page in (first, then, last)] == [True, True, False]
    assert [page["totalCount"] for page in (first, then, last)] == [5, 5, 5]


async def test_no_filters_and_null_are_all_customers_in_the_order_of_the_file(api: Api) -> None:
    dataset = await api.dataset(CSV)

    for asked in cast("list[dict[str, Any]]", [{}, {"filter": [], "orderBy": None}, {"filter": None}]):
        assert keys(await found(api, dataset, **asked)) == ["C-01", "C-02", "C-03", "C-04", "C-05"]


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"filter": [{"column": "town", "missing": True}]}, ["filter", "0", "column"]),
        ({"filter": [{"column": "city"}]}, ["filter", "0"]),
        ({"filter": [{"column": "city", "in": None, "min": None}]}, ["filter", "0"]),
        ({"filter": [{"column": "city", "min": 1}]}, ["filter", "0", "min"]),
        ({"filter": [{"column": "spend", "min": 2, "max": 1}]}, ["filter", "0", "min"]),
        (
            {"filter": [{"column": "id", "in": ["C-01"]}, {"column": "city", "in": []}]},
            ["filter", "1", "in"],
        ),
        ({"orderBy": {"column": "town"}}, ["orderBy", "column"]),
    ],
)
async def test_what_does_not_fit_the_columns_is_a_coded_error(
    api: Api, asked: dict[str, Any], path: list[str]
) -> None:
    dataset = await api.dataset(CSV)

    errors = await api.errors(FOUND, id=dataset, **asked)

    assert [error["extensions"] for error in errors] == [{"code": "INVALID", "path": path}]
    assert errors[0]["path"] == ["dataset", "customers"]


@pytest.mark.parametrize("text", ["\0", "x" * 100_000, "%_.*"])
async def test_a_text_that_no_customer_has_finds_none(api: Api, text: str) -> None:
    dataset = await api.dataset(CSV)

    for condition in ({"in": [text]}, {"contains": text}):
        none = await found(api, dataset, filter=[{"column": "city", **condition}])
        assert none["totalCount"] == 0
    assert (await api.ask(ONE, id=dataset, key=text))["dataset"]["customer"] is None
