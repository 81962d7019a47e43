"""A file that came once is at hand for everything that the operation does with it."""

import json
from typing import Any

from tests.servers.api import Api, at_rest
from tests.servers.running import Server

PEOPLE = b"id,age,city\nC-1,25,Bonn\nC-2,61,Kiel\nC-3,44,Bonn\nC-4,38,Kiel\n"
MAKE = "dataset { rowCount checksum } userErrors { message }"


async def sent(api: Api, query: str, variables: dict[str, Any], *places: str) -> dict[str, Any]:
    """Send one file to these places of the variables, and answer the data."""
    response = await api.client.post(
        f"{api.url}/graphql",
        headers={"GraphQL-Preflight": "1"},
        data={
            "operations": json.dumps({"query": query, "variables": variables}),
            "map": json.dumps({"0": [f"variables.{place}" for place in places]}),
        },
        files={"0": ("people.csv", PEOPLE, "text/csv")},
    )
    answer = response.json()
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


async def test_one_variable_is_used_by_several_fields(api: Api, server: Server) -> None:
    query = f"""mutation($f: Upload!) {{
      a: uploadDataset(input: {{file: $f, name: "a"}}) {{ {MAKE} }}
      b: previewTable(input: {{file: $f}}) {{ preview {{ rowsLookedAt }} userErrors {{ message }} }}
      c: uploadDataset(input: {{file: $f, name: "c"}}) {{ {MAKE} }}
    }}"""
    data = await sent(api, query, {"f": None}, "f")

    assert [data[key]["userErrors"] for key in "abc"] == [[], [], []]
    assert [data[key]["dataset"]["rowCount"] for key in "ac"] == [4, 4]
    assert data["b"]["preview"] == {"rowsLookedAt": 4}
    assert data["a"]["dataset"]["checksum"] == data["c"]["dataset"]["checksum"]
    # Nothing is left of what came.
    assert not {path for path in await at_rest(server) if path.startswith("uploads/")}


async def test_one_file_belongs_to_several_places(api: Api) -> None:
    query = f"""mutation($f: Upload!, $g: Upload!) {{
      a: uploadDataset(input: {{file: $f, name: "a"}}) {{ {MAKE} }}
      b: uploadDataset(input: {{file: $g, name: "b"}}) {{ {MAKE} }}
    }}"""
    data = await sent(api, query, {"f": None, "g": None}, "f", "g")

    assert [data[key]["dataset"]["rowCount"] for key in "ab"] == [4, 4]
