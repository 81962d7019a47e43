"""Pictures at signed addresses count, and are written down: each that is served, and each that is refused."""

from pathlib import Path
from typing import Any

import httpx

from tests.end_to_end.attackers import Person, client, signed_in, somebody
from tests.servers.api import Api
from tests.servers.running import ADMIN_PASSWORD, serving

PEOPLE = b"id,age,city\nC-1,25,Bonn\nC-2,61,Kiel\nC-3,44,Bonn\nC-4,38,Kiel\n"
DOWNLOADS = """{ auditEvents(first: 50, action: "download") { edges { node {
  outcome code address actorName subjectKind subjectId } } } }"""

ADDRESSES = """{ auditEvents(first: 50, action: "download") {
  totalCount edges { node { outcome code address } } } }"""


async def downloads(admin: Api) -> list[tuple[str, str | None, str | None]]:
    """What the audit has of them, the oldest first: how it went, why not, and whose address it was."""
    edges = (await admin.ask(DOWNLOADS))["auditEvents"]["edges"]
    nodes: list[dict[str, Any]] = [edge["node"] for edge in reversed(edges)]
    assert {node["address"] for node in nodes} <= {"127.0.0.1"}
    return [(node["outcome"], node["code"], node["actorName"]) for node in nodes]


async def picture_of(person: Person, run: str) -> str:
    found = await person.api.node("ClusteringRun", run, "picture(kind: SIZES) { url }")
    url: str = found["picture"]["url"]
    return url


async def test_a_picture_counts_a_thousand_values_of_its_account_and_only_where_it_is_served(
    database_url: str, tmp_path: Path
) -> None:
    with serving(tmp_path / "data", database_url, cost_limit="3500/hour") as server:
        admin = (await signed_in(server.url, "admin", ADMIN_PASSWORD)).api
        person, other = await somebody(admin), await somebody(admin)
        run = (await admin.run(await admin.dataset(PEOPLE), algorithm={"kmeans": {"clusterCount": 2}}))["id"]
        url, others = await picture_of(person, run), await picture_of(other, run)
        stranger = client(server.url, signed_out=True).client
        first = await stranger.get(url)
        not_modified = [
            await stranger.get(url, headers={"If-None-Match": first.headers["etag"]}) for _ in range(5)
        ]
        heads = [await stranger.head(url) for _ in range(5)]
        more = [await stranger.get(url) for _ in range(4)]
        of_another = await stranger.get(others)
        written = await downloads(admin)

    assert {each.status_code for each in not_modified} == {304}
    assert {(each.status_code, each.content) for each in heads} == {(200, b"")}
    assert [each.status_code for each in (first, *more)] == [200, 200, 200, 429, 429]
    assert 3_000 < int(more[-1].headers["retry-after"]) <= 3_600
    assert "SEGMENTGRAPH_COST_LIMIT" in more[-1].text
    assert of_another.status_code == 200
    assert written == [
        *[("SUCCEEDED", None, person.username)] * 3,
        ("DENIED", "RATE_LIMITED", person.username),
        ("SUCCEEDED", None, other.username),
    ]


async def test_an_address_that_opens_nothing_counts_and_is_written_down(
    database_url: str, tmp_path: Path
) -> None:
    with serving(
        tmp_path / "data", database_url, rate_limit="20/hour", trusted_proxies="127.0.0.1"
    ) as server:
        admin = (await signed_in(server.url, "admin", ADMIN_PASSWORD)).api
        guesser = httpx.AsyncClient(headers={"X-Forwarded-For": "198.51.100.7"})
        async with guesser:
            answers = [await guesser.get(f"{server.url}/files/forged{n}") for n in range(25)]
        found = (await admin.ask(ADDRESSES))["auditEvents"]

    assert [each.status_code for each in answers] == [404] * 20 + [429] * 5
    assert int(answers[-1].headers["retry-after"]) > 3_000
    nodes = [edge["node"] for edge in found["edges"]]
    assert found["totalCount"] == 21
    assert nodes[0] == {"outcome": "DENIED", "code": "RATE_LIMITED", "address": "198.51.100.7"}
    assert nodes[1] == {"outcome": "DENIED", "code": "NOT_FOUND", "address": "198.51.100.7"}


async def test_an_address_of_an_account_that_is_kept_out_opens_nothing_and_says_which_picture(
    api: Api,
) -> None:
    person = await somebody(api)
    run = (await api.run(await api.dataset(PEOPLE), algorithm={"kmeans": {"clusterCount": 2}}))["id"]
    url = await picture_of(person, run)
    assert (await api.mutate("setUserActive", id=person.id, active=False))["userErrors"] == []
    assert (await client(api.url, signed_out=True).client.get(url)).status_code == 404

    query = """query($id: ID!) { auditEvents(action: "download", subjectId: $id) { edges { node {
      outcome code actorName subjectKind subjectId } } } }"""
    found = await api.ask(query, id=run)
    assert [edge["node"] for edge in found["auditEvents"]["edges"]] == [
        {"outcome": "DENIED", "code": "NOT_FOUND", "actorName": None, "subjectKind": "ClusteringRun",
         "subjectId": run}
    ]  # fmt: skip
