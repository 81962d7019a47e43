"""Administrators hand out what is kept of a person, and erase it."""

from typing import Any
from uuid import uuid4

from tests.graph.schema.conftest import PEOPLE, Unchanged, as_csv
from tests.servers.api import Api, mistakes, until

ROW = 3
CUSTOMER = "customers { edges { node { key attributes } } }"
EXPORTED = """records {
  dataset { id } attributes
  assignments { run { id } segment { id index } unassigned confidence }
}"""
ERASED = "erased { dataset { id } rows }"


def people() -> tuple[str, list[dict[str, object]]]:
    """The twelve customers with keys that no other dataset has, and the key of the one in row 3."""
    mark = uuid4().hex[:12]
    rows = [{**row, "id": f"{row['id']}-{mark}"} for row in PEOPLE]
    return str(rows[ROW]["id"]), rows


async def customers(api: Api, dataset: str) -> list[Any]:
    found = await api.node("Dataset", dataset, CUSTOMER)
    return [edge["node"] for edge in found["customers"]["edges"]]


async def test_an_export_has_a_record_for_each_dataset_and_every_run(api: Api) -> None:
    key, rows = people()
    older, newer = await api.dataset(as_csv(rows)), await api.dataset(as_csv(rows))
    run = await api.run(older, selection="id segments { id index }")

    payload = await api.mutate("exportCustomerData", EXPORTED, key=key)

    assert payload["userErrors"] == []
    first, second = payload["records"]
    assert (first["dataset"]["id"], first["assignments"]) == (newer, [])
    assert second["dataset"]["id"] == older
    assert second["attributes"] == first["attributes"] == rows[ROW]
    (placed,) = second["assignments"]
    assert placed["run"]["id"] == run["id"]
    assert placed["segment"] in run["segments"]
    assert placed["unassigned"] is None
    assert 0 < placed["confidence"] <= 1


async def test_an_erased_person_is_gone_and_everybody_else_is_not(api: Api) -> None:
    key, rows = people()
    dataset = await api.dataset(as_csv(rows))
    before = await customers(api, dataset)

    payload = await api.mutate("eraseCustomer", ERASED, key=key)

    assert payload == {"erased": [{"dataset": {"id": dataset}, "rows": 1}], "userErrors": []}
    after = await customers(api, dataset)
    assert after.pop(ROW) == {"key": f"erased-{ROW + 1}", "attributes": dict.fromkeys(rows[ROW])}
    assert before.pop(ROW)["key"] == key
    assert after == before
    for mutation, selection in (("eraseCustomer", ERASED), ("exportCustomerData", EXPORTED)):
        assert mistakes(await api.mutate(mutation, selection, key=key)) == [("NOT_FOUND", ["input", "key"])]


async def test_who_is_not_there_is_not_found_and_nothing_changes(api: Api, unchanged: Unchanged) -> None:
    _, rows = people()
    dataset = await api.dataset(as_csv(rows))
    before = await customers(api, dataset)
    for mutation, field, selection in (
        ("exportCustomerData", "records", EXPORTED),
        ("eraseCustomer", "erased", ERASED),
    ):
        async with unchanged():
            payload = await api.mutate(mutation, selection, key="nobody at all")
        assert mistakes(payload) == [("NOT_FOUND", ["input", "key"])]
        assert payload[field] is None
    assert await customers(api, dataset) == before


async def test_the_audit_says_what_became_of_an_erasure_whose_client_hung_up(api: Api) -> None:
    key, rows = people()
    dataset = await api.dataset(as_csv(rows))
    before = await erasures(api)
    query = "mutation($input: EraseCustomerInput!) { eraseCustomer(input: $input) { userErrors { code } } }"
    async with api.client.stream(
        "POST",
        f"{api.url}/graphql",
        json={"query": query, "variables": {"input": {"key": key}}},
        headers={"Accept": "text/event-stream"},
    ) as response:
        assert response.status_code == 200
        # Meanwhile it has begun, if it is not done.
        assert len(await customers(api, dataset)) == len(rows)

    async def written_down() -> list[Any]:
        return (await erasures(api))[: -len(before) or None]

    (entry,) = await until(written_down, "the erasure is in the audit")
    assert (entry["outcome"], entry["code"]) == ("SUCCEEDED", None)
    assert (await customers(api, dataset))[ROW]["key"] == f"erased-{ROW + 1}"


async def erasures(api: Api) -> list[Any]:
    """List what the audit says of erasures, the newest first."""
    found = await api.ask(
        """{ auditEvents(first: 100, action: "eraseCustomer") { edges { node { id outcome code } } } }"""
    )
    return [edge["node"] for edge in found["auditEvents"]["edges"]]
