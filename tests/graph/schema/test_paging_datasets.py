"""Customers and datasets, a page at a time."""

from typing import Any

import pytest

from tests.graph.schema.conftest import PEOPLE, Sample, as_csv
from tests.servers.api import Api

CSV = b"id,age,income,city\nC-1,25,30000.5,Bonn\nC-2,61,,Kiel\nC-3,44,72000,Bonn\nC-4,38,51000,Kiel\n"
PAGE = (
    "edges { cursor node { key } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount"
)
CUSTOMERS = f"""query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {{
  dataset(id: $id) {{
    customers(first: $first, after: $after, last: $last, before: $before) {{ {PAGE} }}
  }}
}}"""


async def test_customers_are_paged_forwards_in_the_order_of_the_file(api: Api) -> None:
    dataset = await api.dataset(as_csv(PEOPLE))
    expected = [person["id"] for person in PEOPLE]

    found: list[str] = []
    after = None
    for page in range(3):
        customers = await _customers(api, dataset, first=5, after=after)
        found += [edge["node"]["key"] for edge in customers["edges"]]
        assert customers["totalCount"] == 12
        assert customers["pageInfo"] == {
            "hasNextPage": page < 2,
            "hasPreviousPage": page > 0,
            "startCursor": customers["edges"][0]["cursor"],
            "endCursor": customers["edges"][-1]["cursor"],
        }
        after = customers["pageInfo"]["endCursor"]
    assert found == expected


async def test_customers_are_paged_backwards_from_the_end(api: Api) -> None:
    dataset = await api.dataset(as_csv(PEOPLE))
    expected = [person["id"] for person in PEOPLE]

    found: list[str] = []
    before = None
    for page in range(3):
        customers = await _customers(api, dataset, last=5, before=before)
        found = [edge["node"]["key"] for edge in customers["edges"]] + found
        assert customers["pageInfo"]["hasPreviousPage"] is (page < 2)
        assert customers["pageInfo"]["hasNextPage"] is (page > 0)
        before = customers["pageInfo"]["startCursor"]
    assert found == expected


async def test_between_two_cursors_there_is_what_lies_between_them(api: Api) -> None:
    dataset = await api.dataset(as_csv(PEOPLE))
    cursors = [edge["cursor"] for edge in (await _customers(api, dataset))["edges"]]

    between = await _customers(api, dataset, after=cursors[2], before=cursors[6], first=10)
    crossed = await _customers(api, dataset, after=cursors[6], before=cursors[2], first=10)

    assert [edge["cursor"] for edge in between["edges"]] == cursors[3:6]
    assert crossed["edges"] == []
    assert crossed["totalCount"] == 12


async def test_a_page_of_none_still_counts(api: Api) -> None:
    customers = await _customers(api, await api.dataset(CSV), first=0)

    assert customers == {
        "edges": [],
        "totalCount": 4,
        "pageInfo": {"hasNextPage": True, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }


@pytest.mark.parametrize(
    ("page", "argument"),
    [
        ({"first": -1}, "first"),
        ({"first": 10_001}, "first"),
        ({"last": 10_001}, "last"),
        ({"first": 1, "last": 1}, "last"),
        ({"after": "nonsense"}, "after"),
        ({"before": ""}, "before"),
        ({"after": "cm93Oi0x"}, "after"),  # row:-1
        ({"first": 2, "before": "a2V5OjE"}, "before"),  # key:1
    ],
)
async def test_a_page_that_cannot_be_is_a_coded_error(api: Api, page: dict[str, Any], argument: str) -> None:
    dataset = await api.dataset(CSV)

    errors = await api.errors(CUSTOMERS, id=dataset, **page)

    assert [error["extensions"] for error in errors] == [{"code": "INVALID", "path": [argument]}]
    assert errors[0]["path"] == ["dataset", "customers"]


@pytest.mark.parametrize("page", [{"first": 101}, {"last": -1}, {"after": "cm93OjE"}])
async def test_a_page_of_datasets_that_cannot_be_is_a_coded_error(api: Api, page: dict[str, Any]) -> None:
    query = """query($first: Int, $last: Int, $after: String) {
      datasets(first: $first, last: $last, after: $after) { totalCount }
    }"""
    errors = await api.errors(query, **page)

    assert [error["extensions"] for error in errors] == [{"code": "INVALID", "path": list(page)}]


async def test_datasets_of_a_name_are_its_versions_the_newest_first(api: Api) -> None:
    older, newer = [await api.dataset(CSV, name="Versions") for _ in range(2)]
    query = """query($name: String, $first: Int, $after: String, $last: Int) {
      datasets(name: $name, first: $first, after: $after, last: $last) {
        totalCount edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage }
      }
    }"""

    both = (await api.ask(query, name="Versions"))["datasets"]
    last = (await api.ask(query, name="Versions", last=1))["datasets"]
    rest = (await api.ask(query, name="Versions", first=1, after=both["edges"][0]["cursor"]))["datasets"]
    none = (await api.ask(query, name="versions"))["datasets"]
    newest = (await api.ask(query, first=2))["datasets"]

    assert [edge["node"]["id"] for edge in both["edges"]] == [newer, older]
    assert both["totalCount"] == 2
    assert last["edges"] == rest["edges"] == both["edges"][1:]
    assert last["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": True}
    assert none == {
        "totalCount": 0,
        "edges": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False},
    }
    assert [edge["node"]["id"] for edge in newest["edges"]] == [newer, older]


@pytest.mark.parametrize("name", ["\0", "%", "' OR 1=1 --", "x" * 10_000])
async def test_a_name_that_no_dataset_has_finds_none(api: Api, name: str) -> None:
    query = "query($name: String) { datasets(name: $name) { totalCount edges { node { id } } } }"

    assert await api.ask(query, name=name) == {"datasets": {"totalCount": 0, "edges": []}}


async def test_ten_thousand_customers_with_six_fields_are_one_answer(api: Api, sample: Sample) -> None:
    rows = "\n".join(f"K{row:05},{row % 90},{row % 7}.5" for row in range(10_000))
    dataset = await api.dataset(f"id,age,visits\n{rows}\n".encode())
    six = "key attributes second: key third: attributes fourth: key fifth: attributes"
    assigned = "customer { key attributes } segment { index name } unassigned confidence"

    data = await api.ask(
        f"""query($dataset: ID!) {{
          dataset(id: $dataset) {{ customers(first: 10000) {{ edges {{ cursor node {{ {six} }} }} }} }}
        }}""",
        dataset=dataset,
    )
    run = await api.node(
        "ClusteringRun", sample.kmeans, f"assignments(first: 10000) {{ edges {{ node {{ {assigned} }} }} }}"
    )

    found = [edge["node"] for edge in data["dataset"]["customers"]["edges"]]
    assert [each["key"] for each in found] == [f"K{row:05}" for row in range(10_000)]
    assert found[9_999]["attributes"] == {"id": "K09999", "age": 9, "visits": 3.5}
    assert len(run["assignments"]["edges"]) == 12


async def _customers(api: Api, dataset: str, **page: Any) -> Any:
    return (await api.ask(CUSTOMERS, id=dataset, **page))["dataset"]["customers"]


async def test_a_number_of_thousands_of_digits_is_a_mistake_of_the_client(api: Api) -> None:
    answer = await api.post(f"{{ datasets(first: {'9' * 5_000}) {{ totalCount }} }}")

    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert error["message"] == "A number in the document has too many digits."
