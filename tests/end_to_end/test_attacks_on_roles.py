"""Whoever is signed in gets no more than is theirs, by whatever way they ask for it."""

import json
from uuid import uuid4

import pytest
import websockets

from graph.resolving.relay import global_id
from tests.end_to_end.attackers import Person, client, somebody
from tests.servers.api import SUBPROTOCOL, Api

HARD = "quiet meadow 8 bells"
WHOLE = """query($id: ID!) { node(id: $id) {
  __typename id ... on User { username email } ... on Session { address client } ... on ApiKey { prefix name }
} }"""


async def ids_of(person: Person) -> dict[str, str]:
    """The ids of everything that is a person's own."""
    key = await person.api.mutate("createApiKey", "apiKey { id }", name="mine")
    session = await person.api.ask("{ sessions(first: 1) { edges { node { id } } } }")
    return {
        "User": person.id,
        "ApiKey": key["apiKey"]["id"],
        "Session": session["sessions"]["edges"][0]["node"]["id"],
    }


async def test_ids_of_others_are_answered_as_ids_that_nobody_has(api: Api) -> None:
    victim, thief = await somebody(api, "ANALYST"), await somebody(api, "ANALYST")
    theirs = await ids_of(victim)
    event = await api.ask("{ auditEvents(first: 1) { edges { node { id } } } }")
    theirs["AuditEvent"] = event["auditEvents"]["edges"][0]["node"]["id"]
    nobodys = {kind: global_id(kind, uuid4()) for kind in theirs}
    for kind in theirs:
        for found in (theirs[kind], nobodys[kind]):
            assert await thief.api.post(WHOLE, id=found) == {"data": {"node": None}}
            forbidden = await thief.api.errors(
                "query($id: ID!) { node(id: $id) { ... on AuditEvent { at } } }", id=found
            )
            assert forbidden[0]["extensions"]["code"] == "FORBIDDEN"
    query = "query($id: ID!) { user(id: $id) { username } }"
    assert await thief.api.post(query, id=theirs["User"]) == await thief.api.post(query, id=nobodys["User"])
    query = "query($id: ID!) { apiKeys(userId: $id) { totalCount edges { node { id } } } }"
    assert await thief.api.post(query, id=theirs["User"]) == await thief.api.post(query, id=nobodys["User"])
    for mutation, kind in (("revokeApiKey", "ApiKey"), ("endSession", "Session")):
        refused = await thief.api.mutate(mutation, id=theirs[kind])
        assert refused == await thief.api.mutate(mutation, id=nobodys[kind])
        assert [error["code"] for error in refused["userErrors"]] == ["NOT_FOUND"]
    assert await victim.works()
    key = await victim.api.node("ApiKey", theirs["ApiKey"], "revokedAt")
    assert key == {"revokedAt": None}
    # They are there for whom they belong to.
    for kind in ("User", "ApiKey", "Session"):
        assert (await victim.api.ask(WHOLE, id=theirs[kind]))["node"]["id"] == theirs[kind]


async def test_not_even_an_administrator_reads_the_sessions_of_others(api: Api) -> None:
    victim = await somebody(api)
    theirs = await ids_of(victim)
    assert await api.post(WHOLE, id=theirs["Session"]) == {"data": {"node": None}}


DENIED = {
    "several fields": """mutation {
      updateViewer(input: {name: "changed"}) { userErrors { code } }
      setUserRole(input: {id: "%s", role: ADMIN}) { userErrors { code } }
    }""",
    "aliases": """mutation {
      a: updateViewer(input: {name: "changed"}) { userErrors { code } }
      updateViewer: setUserRole(input: {id: "%s", role: ADMIN}) { userErrors { code } }
    }""",
    "fragments": """mutation { ...a ... on Mutation { ...b } }
    fragment a on Mutation { updateViewer(input: {name: "changed"}) { userErrors { code } } }
    fragment b on Mutation { ... { setUserRole(input: {id: "%s", role: ADMIN}) { userErrors { code } } } }""",
    "a default": """mutation($x: Boolean! = true) {
      updateViewer(input: {name: "changed"}) { userErrors { code } }
      setUserRole(input: {id: "%s", role: ADMIN}) @include(if: $x) { userErrors { code } }
    }""",
    "a default and skip": """mutation($x: Boolean = false) {
      updateViewer(input: {name: "changed"}) { userErrors { code } }
      setUserRole(input: {id: "%s", role: ADMIN}) @skip(if: $x) { userErrors { code } }
    }""",
}


@pytest.mark.parametrize("way", DENIED)
async def test_of_an_operation_that_is_denied_nothing_runs(api: Api, way: str) -> None:
    thief = await somebody(api)
    (error,) = await thief.api.errors(DENIED[way] % thief.id)
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert error["extensions"]["requiredRole"] == "ADMIN"
    found = await thief.api.ask("{ viewer { name role } }")
    assert found["viewer"] == {"name": thief.username, "role": "USER"}


@pytest.mark.parametrize("value", [True, None, "false", 0, [], {}, "absent"])
async def test_a_variable_that_is_no_plain_no_does_not_leave_a_field_out(api: Api, value: object) -> None:
    thief = await somebody(api)
    query = """mutation($x: Boolean = true) { updateViewer(input: {name: "changed"}) { userErrors { code } }
      setUserRole(input: {id: "%s", role: ADMIN}) @include(if: $x) { userErrors { code } } }"""
    given = {} if value == "absent" else {"x": value}
    errors = await thief.api.errors(query % thief.id, **given)
    assert {error["extensions"]["code"] for error in errors} <= {"FORBIDDEN", "BAD_USER_INPUT"}
    found = await thief.api.ask("{ viewer { name role } }")
    assert found["viewer"] == {"name": thief.username, "role": "USER"}


async def test_of_several_operations_the_one_that_is_named_is_looked_at(api: Api) -> None:
    thief = await somebody(api)
    document = """query fine { viewer { id } } query theirs { users { totalCount } }
      mutation change { setUserRole(input: {id: "%s", role: ADMIN}) { userErrors { code } } }"""
    codes = {}
    for name in ("fine", "theirs", "change", "absent", None):
        body = {"query": document % thief.id, "operationName": name}
        answer = (await thief.api.client.post(f"{api.url}/graphql", json=body)).json()
        codes[name] = [error["extensions"]["code"] for error in answer.get("errors", ())]
    assert codes == {
        "fine": [],
        "theirs": ["FORBIDDEN"],
        "change": ["FORBIDDEN"],
        "absent": ["BAD_REQUEST"],
        None: ["BAD_REQUEST"],
    }


@pytest.mark.parametrize("way", ["post", "get", "events", "events by get", "websocket"])
async def test_signed_out_no_way_leads_to_what_is_kept(api: Api, way: str) -> None:
    queries = [
        "{ datasets { totalCount } }",
        '{ node(id: "x") { ... on Node { id } } }',
        "query($x: Boolean! = true) { ... @include(if: $x) { a: datasets { b: totalCount } } }",
        'subscription { run(id: "x") { status } }',
        'subscription { ...f } fragment f on Subscription { a: run(id: "x") { status } }',
    ]
    stranger = client(api.url, signed_out=True)
    for query in queries:
        if way == "websocket":
            code = await _by_websocket(api.url, query)
        else:
            code = await _by_http(stranger, query, way)
        assert code == "UNAUTHENTICATED", query
    open_ = '{ __type(name: "User") { fields { name } } __schema { types { name } } viewer { id } }'
    found = await stranger.ask(open_)
    assert found["viewer"] is None
    assert found["__type"]["fields"]


async def _by_http(stranger: Api, query: str, way: str) -> str:
    headers = {"Accept": "text/event-stream" if "events" in way else "application/json"}
    url, body = f"{stranger.url}/graphql", {"query": query}
    if "get" in way:
        response = await stranger.client.get(url, params=body, headers=headers)
    else:
        response = await stranger.client.post(url, json=body, headers=headers)
    text = response.text
    if "events" in way:
        text = next(line for line in text.splitlines() if line.startswith("data:"))[5:]
    answer = json.loads(text)
    assert "data" not in answer
    code: str = answer["errors"][0]["extensions"]["code"]
    return code


async def _by_websocket(url: str, query: str) -> str:
    address = url.replace("http", "ws", 1) + "/graphql"
    async with websockets.connect(address, subprotocols=[SUBPROTOCOL]) as socket_:
        await socket_.send('{"type": "connection_init"}')
        await socket_.recv()
        await socket_.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
        message = json.loads(await socket_.recv())
    assert message["type"] == "error"
    code: str = message["payload"][0]["extensions"]["code"]
    return code


INPUTS = {
    "updateViewer": ["role: ADMIN", "active: true", 'id: "%s"', 'username: "root"', 'accountId: "%s"'],
    "changePassword": ['id: "%s"', 'accountId: "%s"'],
    "createApiKey": ['accountId: "%s"', 'userId: "%s"', 'token: "sg_mine"', 'madeBy: "%s"'],
    "signIn": ["role: ADMIN", 'accountId: "%s"'],
    "register": ["active: true", "kind: SERVICE", 'id: "%s"'],
    "importCustomers": ['createdBy: "%s"', 'by: "%s"', 'id: "%s"'],
}
KNOWN = {
    "updateViewer": 'name: "changed"',
    "changePassword": 'currentPassword: "x", newPassword: "y"',
    "createApiKey": 'name: "k"',
    "signIn": 'username: "x", password: "y"',
    "register": 'username: "xyz", password: "quiet meadow 8 lanterns"',
    "importCustomers": 'name: "x", customers: []',
}


async def test_inputs_take_nothing_that_they_do_not_name(api: Api) -> None:
    thief = await somebody(api, "ANALYST")
    before = await thief.api.ask("{ viewer { user { username name role active } } }")
    for mutation, odd in INPUTS.items():
        kind = f"{mutation[0].upper()}{mutation[1:]}Input"
        for field in odd:
            smuggled = field.replace("%s", thief.id)
            given = f"{KNOWN[mutation]}, {smuggled}"
            query = f"mutation {{ {mutation}(input: {{{given}}}) {{ userErrors {{ code }} }} }}"
            (error,) = await thief.api.errors(query)
            assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
            name = smuggled.partition(":")[0]
            errors = await thief.api.errors(
                f"mutation($i: {kind}!) {{ {mutation}(input: $i) {{ userErrors {{ code }} }} }}",
                i={"username": "x", "password": "y", "name": "z", name: "ADMIN"},
            )
            assert {error["extensions"]["code"] for error in errors} == {"BAD_USER_INPUT"}
    assert await thief.api.ask("{ viewer { user { username name role active } } }") == before


async def test_nobody_makes_a_key_that_may_more_than_they_may(api: Api) -> None:
    thief = await somebody(api)
    for fields in ({"role": "ADMIN"}, {"role": "ANALYST"}, {"rateLimit": "1000000/second"}):
        refused = await thief.api.mutate("createApiKey", "token", name="k", **fields)
        assert refused["token"] is None
        assert [error["path"][-1] for error in refused["userErrors"]] == list(fields)
    assert (await thief.api.ask("{ apiKeys { totalCount } }"))["apiKeys"]["totalCount"] == 0
    # A key of an administrator that was made for less does not make one for more.
    less = await api.as_role("USER")
    async with less.client:
        refused = await less.mutate("createApiKey", "token", name="k", role="ADMIN")
        assert [error["path"] for error in refused["userErrors"]] == [["input", "role"]]


async def test_nobody_registers_where_it_is_closed_nor_gives_a_role(api: Api) -> None:
    for asks in (await somebody(api, "ANALYST"), None):
        shown = asks.api if asks else client(api.url, signed_out=True)
        name = f"p{uuid4().hex}"
        for role in ({}, {"role": "ADMIN"}):
            refused = await shown.mutate("register", username=name, password=HARD, **role)
            assert [error["code"] for error in refused["userErrors"]] == ["CONFLICT"]
        found = await api.ask("query($s: String) { users(search: $s) { totalCount } }", s=name)
        assert found["users"]["totalCount"] == 0
