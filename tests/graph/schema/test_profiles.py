"""Customer profiles over the API: private, placed, and watched while a promotion moves them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
import websockets

from tests.graph.schema.conftest import PEOPLE, Sample
from tests.servers.api import Api, mistakes
from tests.servers.running import Server

PASSWORD = "a fine long passphrase 42"  # noqa: S105  # of accounts of tests
SOON = 30
"""Seconds in which something has to show, however busy the machine."""

PROFILE = """id name attributes note createdAt updatedAt owner { username } model { id }
  modelVersion { id version } segment { id run { id } } unassigned confidence distance problem placedAt
  history { totalCount edges { node {
    segment { id } segmentName version modelVersion { id } unassigned confidence distance problem placedAt
  } } }"""
SUBSCRIPTION = f"subscription($id: ID!) {{ customerProfile(id: $id) {{ {PROFILE} }} }}"
LISTED = "totalCount edges { node { id name } }"


@pytest_asyncio.fixture
async def mary(server: Server, api: Api) -> AsyncIterator[Api]:
    """A client of somebody with the role USER."""
    client = await somebody(server, api)
    async with client.client:
        yield client


async def somebody(server: Server, api: Api) -> Api:
    """Make an account with the role USER, and sign it in."""
    name = f"user-{uuid4().hex[:8]}"
    await api.mutate("register", "user { id }", username=name, password=PASSWORD)
    stranger = Api(server.url, signed_out=True)
    async with stranger.client:
        signed = await stranger.mutate("signIn", "accessToken", username=name, password=PASSWORD)
    return Api(server.url, token=signed["accessToken"])


@pytest_asyncio.fixture(scope="session")
async def versions(server: Server, sample: Sample) -> AsyncIterator[dict[str, str]]:
    """A model whose champion is the k-means run; the hierarchical one is its second version."""
    api, name = Api(server.url), f"model {uuid4().hex}"
    async with api.client:
        made = [
            (await api.mutate("registerModel", "modelVersion { id model { id } }", runId=run, name=name))[
                "modelVersion"
            ]
            for run in (sample.kmeans, sample.ward)
        ]
        found = {"model": made[0]["model"]["id"], "kmeans": made[0]["id"], "ward": made[1]["id"]}
        await promote(api, found["kmeans"])
        yield found


async def promote(api: Api, version: str) -> None:
    payload = await api.mutate("promoteModel", "model { id }", modelVersionId=version)
    assert payload["userErrors"] == []


async def created(api: Api, versions: dict[str, str], **fields: Any) -> Any:
    """Make a profile of the first customer, by the test's own model."""
    given = {"name": "Ada", "attributes": PEOPLE[0], "modelId": versions["model"], **fields}
    payload = await api.mutate("createCustomerProfile", f"customerProfile {{ {PROFILE} }}", **given)
    assert payload["userErrors"] == []
    return payload["customerProfile"]


async def segment_of(api: Api, run: str, row: int) -> Any:
    """Find the segment that a run has put a customer in."""
    found = await api.node("ClusteringRun", run, "assignments { edges { node { segment { id } } } }")
    return found["assignments"]["edges"][row]["node"]["segment"]["id"]


async def test_a_profile_is_made_placed_changed_listed_and_deleted(
    mary: Api, sample: Sample, versions: dict[str, str]
) -> None:
    own = await segment_of(mary, sample.kmeans, 0)
    made = await created(mary, versions, note="likes tea")
    assert (made["name"], made["note"], made["attributes"]) == ("Ada", "likes tea", PEOPLE[0])
    assert made["model"] == {"id": versions["model"]}
    assert made["modelVersion"] == {"id": versions["kmeans"], "version": 1}
    assert made["segment"] == {"id": own, "run": {"id": sample.kmeans}}
    assert (made["unassigned"], made["problem"]) == (None, None)
    assert 0 < made["confidence"] <= 1
    (placement,) = made["history"]["edges"]
    assert placement["node"]["segment"] == {"id": own}
    assert placement["node"]["placedAt"] == made["placedAt"]
    assert await mary.node("CustomerProfile", made["id"], PROFILE) == made

    payload = await mary.mutate(
        "updateCustomerProfile",
        f"customerProfile {{ {PROFILE} }}",
        id=made["id"],
        attributes=PEOPLE[-1],
        note=None,
    )
    moved = payload["customerProfile"]
    assert (moved["name"], moved["note"], moved["attributes"]) == ("Ada", None, PEOPLE[-1])
    assert moved["segment"]["id"] == await segment_of(mary, sample.kmeans, -1) != own
    assert moved["history"]["totalCount"] == 2
    assert moved["history"]["edges"][1] == placement

    query = (
        "query($segment: ID, $name: String) "
        f"{{ customerProfiles(segmentId: $segment, name: $name) {{ {LISTED} }} }}"
    )
    for variables, count in (
        ({}, 1),
        ({"segment": moved["segment"]["id"], "name": "AD"}, 1),
        ({"segment": own}, 0),
        ({"segment": "nonsense"}, 0),
        ({"name": "Eve"}, 0),
    ):
        found = (await mary.ask(query, **variables))["customerProfiles"]
        assert (found["totalCount"], len(found["edges"])) == (count, count), variables

    for again in ([], [("NOT_FOUND", ["input", "id"])]):
        payload = await mary.mutate("deleteCustomerProfile", "deletedId", id=made["id"])
        assert mistakes(payload) == again
        assert payload["deletedId"] == (None if again else made["id"])
    assert await mary.node("CustomerProfile", made["id"]) is None


async def test_attributes_that_cannot_be_placed_are_kept_with_the_problem(
    mary: Api, versions: dict[str, str]
) -> None:
    made = await created(mary, versions, attributes={"age": "many"})
    assert (made["segment"], made["confidence"]) == (None, None)
    assert "age" in made["problem"]
    assert made["modelVersion"]["version"] == 1


async def test_mistakes_are_told_with_their_paths_and_nothing_is_kept(
    mary: Api, versions: dict[str, str]
) -> None:
    payload = await mary.mutate(
        "createCustomerProfile",
        "customerProfile { id }",
        name=" ",
        attributes={"age": {"years": 3}, "city": "Bonn"},
        note="x" * 2_001,
        modelId=versions["kmeans"],
    )
    assert payload["customerProfile"] is None
    assert mistakes(payload) == [
        ("INVALID", ["input", "name"]),
        ("INVALID", ["input", "attributes", "age"]),
        ("INVALID", ["input", "note"]),
        ("NOT_FOUND", ["input", "modelId"]),
    ]
    assert (await mary.ask("{ customerProfiles { totalCount } }"))["customerProfiles"]["totalCount"] == 0


async def test_two_accounts_do_not_see_each_other_and_an_administrator_sees_both(
    server: Server, api: Api, mary: Api, versions: dict[str, str]
) -> None:
    hers = await created(mary, versions, name=f"hers {uuid4().hex}")
    jane = await somebody(server, api)
    async with jane.client:
        await created(jane, versions, name="mine")
        found = (await jane.ask(f"{{ customerProfiles {{ {LISTED} }} }}"))["customerProfiles"]
        assert [edge["node"]["name"] for edge in found["edges"]] == ["mine"]
        one = "query($id: ID!) { customerProfile(id: $id) { id } }"
        assert await jane.ask(one, id=hers["id"]) == {"customerProfile": None}
        assert await jane.node("CustomerProfile", hers["id"]) is None
        states = [state async for state in jane.subscribed(SUBSCRIPTION, id=hers["id"])]
        assert states == [{"customerProfile": None}]
        for mutation, fields in (("updateCustomerProfile", {"name": "x"}), ("deleteCustomerProfile", {})):
            payload = await jane.mutate(mutation, "__typename", id=hers["id"], **fields)
            assert mistakes(payload) == [("NOT_FOUND", ["input", "id"])]
        everyone = f"query($name: String) {{ allCustomerProfiles(name: $name) {{ {LISTED} }} }}"
        assert [each["extensions"]["code"] for each in await jane.errors(everyone)] == ["FORBIDDEN"]
    found = (await api.ask(everyone, name=hers["name"]))["allCustomerProfiles"]
    assert [edge["node"]["id"] for edge in found["edges"]] == [hers["id"]]
    assert await api.node("CustomerProfile", hers["id"], PROFILE) == hers
    payload = await api.mutate("deleteCustomerProfile", "deletedId", id=hers["id"])
    assert mistakes(payload) == [("NOT_FOUND", ["input", "id"])]


async def test_a_promotion_moves_a_profile_before_the_eyes_of_who_watches(
    api: Api, mary: Api, sample: Sample, versions: dict[str, str]
) -> None:
    made = await created(mary, versions)
    async with (
        asyncio.timeout(SOON),
        aclosing(mary.subscribed(SUBSCRIPTION, id=made["id"])) as states,
    ):
        assert (await anext(states))["customerProfile"] == made
        await promote(api, versions["ward"])
        moved = (await anext(states))["customerProfile"]
        assert moved["segment"] == {
            "id": await segment_of(mary, sample.ward, 0),
            "run": {"id": sample.ward},
        }
        assert moved["modelVersion"]["version"] == 2
        assert moved["history"]["edges"][1] == made["history"]["edges"][0]
        assert moved["updatedAt"] == made["updatedAt"]
        payload = await api.mutate("rollbackModel", "model { id }", modelId=versions["model"])
        assert payload["userErrors"] == []
        back = (await anext(states))["customerProfile"]
        assert back["segment"] == made["segment"]
        assert [each["node"]["version"] for each in back["history"]["edges"]] == [1, 2, 1]
        await mary.mutate("deleteCustomerProfile", "deletedId", id=made["id"])
        assert [state async for state in states] == [{"customerProfile": None}]


async def test_who_signs_out_watches_no_more(server: Server, api: Api, versions: dict[str, str]) -> None:
    leaving = await somebody(server, api)
    async with leaving.client:
        made = await created(leaving, versions)

        async def watched() -> None:
            async for _ in leaving.subscribed(SUBSCRIPTION, id=made["id"]):
                await leaving.mutate("signOut", "ended")

        with pytest.raises(websockets.ConnectionClosedError, match="has been ended"):
            await asyncio.wait_for(watched(), SOON)
    assert await api.node("CustomerProfile", made["id"], "name") == {"name": "Ada"}
