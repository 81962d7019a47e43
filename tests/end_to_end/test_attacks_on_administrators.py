"""A server of this test's own, whose administrators can be counted, and where anybody may register."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.end_to_end.attackers import Person, client, somebody
from tests.servers.api import Api
from tests.servers.running import Server, serving

pytestmark = pytest.mark.slow

ROUNDS = 5
ADMINISTRATORS = "{ users(role: ADMIN, active: true, kind: PERSON) { edges { node { id } } } }"
LOSSES: dict[str, dict[str, object]] = {
    "setUserRole": {"role": "USER"},
    "setUserActive": {"active": False},
    "deleteUser": {},
}


@pytest.fixture
def open_server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "data", database_url, registration="open") as server:
        yield server


async def by_key(person: Person) -> Api:
    """Act by a key: it goes on when sessions end."""
    payload = await person.api.mutate("createApiKey", "token", name="k", role="ADMIN")
    return client(person.api.url, key=payload["token"])


async def administrators(api: Api) -> list[str]:
    data = await api.ask(ADMINISTRATORS)
    return [edge["node"]["id"] for edge in data["users"]["edges"]]


async def test_of_the_last_two_administrators_one_stays_whatever_they_do_to_each_other_at_once(
    open_server: Server,
) -> None:
    first = Api(open_server.url)
    async with first.client:
        left = await somebody(first, "ADMIN")
        me = (await first.ask("{ viewer { id } }"))["viewer"]["id"]
    left_api = await by_key(left)
    assert (await left_api.mutate("deleteUser", id=me))["userErrors"] == []
    for mutation, fields in LOSSES.items():
        query = f"""mutation($id: ID!) {{ {mutation}(input: {{id: $id, {_written(fields)}}}) {{
          userErrors {{ code }} }} }}"""
        for _ in range(ROUNDS):
            other = await somebody(left_api, "ADMIN")
            other_api = await by_key(other)
            assert len(await administrators(left_api)) == 2
            answers = await asyncio.gather(
                left_api.post(query, id=other.id), other_api.post(query, id=left.id)
            )
            done = [(each.get("data") or {}).get(mutation) == {"userErrors": []} for each in answers]
            assert sorted(done) == [False, True], answers
            if done[1]:
                left, left_api = other, other_api
            assert await administrators(left_api) == [left.id]
    for mutation, fields in LOSSES.items():
        refused = await left_api.mutate(mutation, id=left.id, **fields)
        assert [error["code"] for error in refused["userErrors"]] == ["CONFLICT"]
    refused = await left_api.mutate("deleteViewer", password=left.password)
    assert [error["code"] for error in refused["userErrors"]] == ["CONFLICT"]
    assert await administrators(left_api) == [left.id]


def _written(fields: dict[str, object]) -> str:
    return ", ".join(
        f"{name}: {str(value).lower() if value is False else value}" for name, value in fields.items()
    )


async def test_where_anybody_registers_nobody_makes_an_administrator(open_server: Server) -> None:
    admin = Api(open_server.url)
    async with admin.client:
        known = await administrators(admin)
        member = await somebody(admin)
        stranger = client(open_server.url, signed_out=True)
        password = "quiet meadow 8 bells"  # noqa: S105  # of nobody
        for shown in (stranger, member.api):
            for role in ("ADMIN", "ANALYST"):
                name = f"p{uuid4().hex}"
                refused = await shown.mutate("register", username=name, password=password, role=role)
                assert [error["path"] for error in refused["userErrors"]] == [["input", "role"]]
                made = await shown.mutate("register", "user { role }", username=name, password=password)
                assert made == {"user": {"role": "USER"}, "userErrors": []}
        assert await administrators(admin) == known
