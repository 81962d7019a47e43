"""Nothing secret is written down anywhere, and nothing that a client sends passes for a line of the log."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import websockets

from tests.end_to_end.attackers import Person, client, fresh, signed_in, somebody
from tests.servers.api import SUBPROTOCOL, Api, until
from tests.servers.running import ADMIN_PASSWORD, Server, serving

pytestmark = pytest.mark.slow

KEY = "Zz-customer-4711-zZ"
CITY = "Xy-onlycity-xY"
PEOPLE = "".join(
    f"{KEY if each == 3 else f'C-{each}'},{20 + each},{CITY if each == 3 else 'Bonn'}\n" for each in range(12)
)
FORGED = '\n2026-01-01 [info] admin signed in\r\x1b[31m{"event": "forged"}\u2028\u202e'


@pytest.fixture(params=["json", "console"])
def loud(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Server]:
    """A server that logs all it can."""
    settings: dict[str, Any] = {"log_level": "DEBUG", "log_format": request.param}
    with serving(tmp_path / "data", database_url, **settings) as server:
        yield server


async def rows_of(server: Server, table: str) -> str:
    """All that a table has, as text."""
    address = server.environment["SEGMENTGRAPH_DATABASE_URL"]
    if address.startswith("postgres"):
        connection = await asyncpg.connect(address)
        try:
            return str([tuple(row) for row in await connection.fetch(f"SELECT * FROM {table}")])  # noqa: S608
        finally:
            await connection.close()
    import sqlite3

    connection_ = sqlite3.connect(address.removeprefix("sqlite://"))
    try:
        return str(connection_.execute(f"SELECT * FROM {table}").fetchall())  # noqa: S608
    finally:
        connection_.close()


async def all_tables(server: Server) -> str:
    from tortoise import Tortoise

    Tortoise.init_models(["domain.models"], "models")
    tables = [model._meta.db_table for model in Tortoise.apps["models"].values()]
    assert "audit_event" in tables
    return "".join([await rows_of(server, table) for table in tables])


async def story(server: Server) -> list[str]:
    """Do everything that takes or gives a secret, and list them."""
    admin = await signed_in(server.url, "admin", ADMIN_PASSWORD)
    api = admin.api
    person: Person = await somebody(api, "ANALYST")
    stranger = client(server.url, signed_out=True)
    wrong = "my own wrong passphrase"
    for username, password in (
        ("admin", wrong),
        ("typed-as-name-passphrase", "x"),
        ("typed as name passphrase", "x"),
        (person.username, f"{wrong} 2"),
    ):
        refused = await stranger.mutate("signIn", username=username, password=password)
        assert refused["userErrors"]
    renewed = await fresh(server.url, person.refresh)
    changed = "another harbour 9 bells"
    given = "third harbour 9 bells"
    person = await signed_in(server.url, person.username, person.password)
    weak = await person.api.mutate("changePassword", currentPassword=wrong, newPassword=changed)
    assert weak["userErrors"]
    done = await person.api.mutate("changePassword", currentPassword=person.password, newPassword=changed)
    assert done["userErrors"] == []
    key = (await person.api.mutate("createApiKey", "token", name="k", role="ANALYST"))["token"]
    by_key = client(server.url, key=key)
    dataset = await by_key.dataset(PEOPLE.join(["id,age,city\n", ""]).encode())
    run = await by_key.run(dataset, algorithm={"kmeans": {"clusterCount": 2}})
    assert run["id"]
    assert (await by_key.post("{ nothing }"))["errors"]
    assert (await by_key.post("query($i: SignInInput!) { viewer { id } }", i={"password": given}))["errors"]
    assert await api.mutate("exportCustomerData", "records { attributes }", key=KEY)
    assert (await api.mutate("exportCustomerData", key=f"{KEY} typo"))["userErrors"]
    assert (await api.mutate("eraseCustomer", "erased { rows }", key=KEY))["userErrors"] == []
    assert (await api.mutate("setUserPassword", id=person.id, password=given))["userErrors"] == []
    # By WebSocket: in the headers of the handshake, in connection_init and in an operation.
    address = server.url.replace("http", "ws", 1) + "/graphql"
    for headers, payload in (
        ({"Authorization": f"Bearer {admin.access}"}, {}),
        ({"X-API-Key": key}, {}),
        ({}, {"X-API-Key": key}),
        ({}, {"Authorization": f"Bearer {admin.access}"}),
    ):
        async with websockets.connect(
            address, subprotocols=[SUBPROTOCOL], additional_headers=headers
        ) as socket_:
            await socket_.send(json.dumps({"type": "connection_init", "payload": payload}))
            assert json.loads(await socket_.recv())["type"] == "connection_ack"
            query = "mutation($i: SignInInput!) { signIn(input: $i) { accessToken refreshToken } }"
            body = {"query": query, "variables": {"i": {"username": "nobody", "password": wrong}}}
            await socket_.send(json.dumps({"id": "1", "type": "subscribe", "payload": body}))
            await socket_.recv()
    # In addresses, where they do not belong.
    await stranger.client.get(f"{server.url}/graphql", params={"query": "{ viewer { id } }", "key": key})
    await stranger.client.get(f"{server.url}/files/{key}")
    return [
        ADMIN_PASSWORD,
        "4 lanterns",
        wrong,
        "wrong passphrase",
        "name-passphrase",
        "name passphrase",
        changed,
        "9 bells",
        given,
        key,
        key[-20:],
        key[12:],
        admin.access,
        admin.access.rsplit(".")[-1][-20:],
        admin.refresh,
        person.access,
        person.refresh,
        renewed["accessToken"],
        renewed["refreshToken"],
        admin.refresh[4:24],
        (server.data_dir / "secret-key").read_text(),
    ]


async def test_no_secret_and_nobody_erased_is_in_the_log_the_audit_or_the_database(loud: Server) -> None:
    secrets = await story(loud)
    audit, kept = await rows_of(loud, "audit_event"), await all_tables(loud)
    assert "eraseCustomer" in audit
    loud.stop()
    log = loud.log.read_text()
    assert "operation" in log
    files = [path for path in loud.data_dir.rglob("*") if path.is_file() and path.name != "secret-key"]
    stored = b"".join(path.read_bytes() for path in files)
    for secret in secrets:
        for place, text in (("log", log), ("audit", audit), ("database", kept)):
            assert secret not in text, (place, secret)
        assert secret.encode() not in stored, secret
    for personal in (KEY, CITY):
        for place, text in (("log", log), ("audit", audit), ("database", kept)):
            assert personal not in text, (place, personal)
        assert personal.encode() not in stored, personal


async def test_nobody_forges_a_line_of_the_log_or_of_the_audit(loud: Server) -> None:
    admin = await signed_in(loud.url, "admin", ADMIN_PASSWORD)
    stranger = client(loud.url, signed_out=True)
    marker = uuid4().hex
    forged = f"{marker}{FORGED}{marker}"
    for shown in (stranger, admin.api):
        await shown.mutate("signIn", username=forged, password=forged)
        await shown.mutate("register", username=forged, password=forged, name=forged, email=forged)
        await shown.post("{ viewer { id } }", forged=forged)
        body = {"query": "query a { viewer { id } } query b { viewer { id } }", "operationName": forged}
        await shown.client.post(f"{loud.url}/graphql", json=body)
        await shown.post(f"query {forged} {{ viewer {{ id }} }}")
        await shown.client.get(f"{loud.url}/files/{marker}%0A%1b[31m%0d")
        for name in ("X-Request-ID", "User-Agent", "X-Forwarded-For", "Referer"):
            value = forged.encode().translate(None, b"\r\n\0")
            await shown.client.post(
                f"{loud.url}/graphql",
                json={"query": "{ viewer { id } }"},
                headers={name.encode(): value.replace(b"\x1b", b"")},
            )
    await admin.api.mutate("updateViewer", name=forged)
    await admin.api.send_file(PEOPLE.encode(), filename=f"a%0A{forged}.csv")
    made = await admin.api.mutate("createApiKey", "token", name=forged)
    assert made["userErrors"]
    audit = await rows_of(loud, "audit_event")
    await until(lambda: "operation" in loud.log.read_text(), "what was done is logged")
    loud.stop()
    written = loud.log.read_bytes().decode()
    log = written[written.index("operation") :]
    assert not {"\x1b", "\r", "\u2028", "\u202e"} & set(log)
    assert not [line for line in log.splitlines() if line.startswith("2026-01-01")]
    if loud.environment["SEGMENTGRAPH_LOG_FORMAT"] == "json":
        written_lines = [line for line in log.splitlines()[1:] if line]
        lines = [json.loads(line) for line in written_lines if line.startswith("{")]
        assert lines
        assert "forged" not in {line["event"] for line in lines}
        # Workers that are ended may say so in a way of their own, but nothing of a client's.
        assert not [line for line in written_lines if not line.startswith("{") and "forged" in line]
    for sign in ("\\n", "\\r", "\\x1b", "\\u2028", "\\u202e"):
        assert sign not in audit


async def test_whoever_acts_is_written_down_by_a_name_that_nobody_else_has(api: Api) -> None:
    person = await somebody(api)
    assert (await person.api.mutate("updateViewer", name="admin"))["userErrors"] == []
    assert (await person.api.mutate("createApiKey", name="k"))["userErrors"] == []
    query = """query($id: ID) { auditEvents(actorId: $id, first: 10) {
      edges { node { action actorName } } } }"""
    found = await api.ask(query, id=person.id)
    names = {edge["node"]["actorName"] for edge in found["auditEvents"]["edges"]}
    assert names == {person.username}
