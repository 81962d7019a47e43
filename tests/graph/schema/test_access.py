"""Who may do what: declared for every field, documented, and so."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from graphql import (
    GraphQLInputType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

from graph.resolving.relay import NODES
from graph.schema import root
from tests.access_page import PAGE, ROOTS, allowed, declared, with_tables
from tests.graph.schema.conftest import Sample
from tests.servers.api import Api
from tests.servers.running import Server

EXPORTED = (Path(__file__).parents[3] / "schema.graphql").read_text(encoding="utf-8")
SCHEMA: GraphQLSchema = build_schema(EXPORTED)
ROLES = ("USER", "ANALYST", "ADMIN")
TABLE = dict(allowed(PAGE.read_text(encoding="utf-8")))
NODE = "query($id: ID!) { node(id: $id) { __typename } }"
REFUSED = {"UNAUTHENTICATED", "FORBIDDEN"}
PASSWORD = "a fine long passphrase 42"  # noqa: S105  # of accounts of tests


def test_every_field_of_the_exported_schema_says_to_whom_it_is_open() -> None:
    undeclared = [
        f"{kind}.{name}"
        for kind, fields in declared(EXPORTED).items()
        for name, access in fields.items()
        if access is None
    ]
    assert undeclared == []


def test_a_type_that_says_nothing_is_found() -> None:
    assert declared("type Query { a: Int @access(to: USER) b: Int }")["Query"] == {"a": "USER", "b": None}


def test_the_page_tells_what_the_schema_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_tables(page, EXPORTED) == page, "run `make docs`"
    assert set(TABLE) == {f"{kind}.{name}" for kind in ROOTS for name in declared(EXPORTED)[kind]}


def test_every_type_of_object_can_be_read_by_its_id() -> None:
    nodes = SCHEMA.get_possible_types(SCHEMA.type_map["Node"])  # type: ignore[arg-type]  # an interface
    assert {kind.name for kind in nodes} == set(root._NODES)


@dataclass(frozen=True)
class Somebody:
    """An account that tests act as, by a key and by a session."""

    id: str
    key: str
    key_id: str
    token: str


@pytest_asyncio.fixture(scope="session")
async def people(server: Server) -> AsyncIterator[dict[str, Somebody]]:
    """One account of each role, one that was deactivated, and one whose key was revoked and session ended."""
    admin = Api(server.url)
    async with admin.client:
        found = {role: await _somebody(admin, server, role) for role in ROLES}
        found["deactivated"] = await _somebody(admin, server, "ADMIN")
        await admin.mutate("setUserActive", "user { id }", id=found["deactivated"].id, active=False)
        found["revoked"] = await _somebody(admin, server, "ADMIN")
        await admin.mutate("revokeApiKey", "apiKey { id }", id=found["revoked"].key_id)
        left = Api(server.url, token=found["revoked"].token)
        async with left.client:
            assert (await left.mutate("signOut", "ended"))["ended"] == 1
        yield found


async def _somebody(admin: Api, server: Server, role: str) -> Somebody:
    name = f"{role.lower()}-{uuid4().hex[:8]}"
    made = await admin.mutate("register", "user { id }", username=name, password=PASSWORD, role=role)
    assert made["userErrors"] == []
    stranger = Api(server.url, signed_out=True)
    async with stranger.client:
        signed = await stranger.mutate("signIn", "accessToken", username=name, password=PASSWORD)
    own = Api(server.url, token=signed["accessToken"])
    async with own.client:
        key = await own.mutate("createApiKey", "token apiKey { id }", name="tests", role=role)
    return Somebody(made["user"]["id"], key["token"], key["apiKey"]["id"], signed["accessToken"])


def _clients(server: Server, people: dict[str, Somebody], who: str) -> list[Api]:
    if who == "signed out":
        return [Api(server.url, signed_out=True)]
    somebody = people[who]
    return [Api(server.url, key=somebody.key), Api(server.url, token=somebody.token)]


@pytest.mark.parametrize("who", ["signed out", *ROLES, "revoked", "deactivated"])
async def test_every_field_of_the_root_is_open_to_those_that_the_page_names(
    server: Server, people: dict[str, Somebody], who: str
) -> None:
    place = {"signed out": 0, "USER": 1, "ANALYST": 2, "ADMIN": 3, "revoked": 0, "deactivated": 0}[who]
    short = "FORBIDDEN" if place else "UNAUTHENTICATED"
    for client in _clients(server, people, who):
        async with client.client:
            answered = {
                name: await _refusal(client, name) for name in TABLE if not _ends_sessions(name, client)
            }
        expected = {name: None if TABLE[name][place] else short for name in answered}
        assert answered == expected


def _ends_sessions(name: str, client: Api) -> bool:
    # Asked with a session, it would end the very one that the next fields are asked with.
    return name == "Mutation.signOut" and client.token is not None


async def _refusal(client: Api, coordinate: str) -> str | None:
    """Ask for a field with arguments that fit and name nothing; tell by which code it was refused."""
    kind, _, name = coordinate.partition(".")
    field = SCHEMA.type_map[kind].fields[name]  # type: ignore[attr-defined]  # a root
    needed = {key: each for key, each in field.args.items() if is_required_argument(each)}
    variables = {key: _value(each.type) for key, each in needed.items()}
    heads = ", ".join(f"${key}: {each.type}" for key, each in needed.items())
    passed = ", ".join(f"{key}: ${key}" for key in needed)
    asked = f"{name}{f'({passed})' if passed else ''}"
    selection = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    query = f"{kind.lower()}{f'({heads})' if heads else ''} {{ {asked}{selection} }}"
    if kind == "Subscription":
        codes = [code async for code in _codes_of_stream(client, query, variables)]
    else:
        answer = await client.post(query, **variables)
        codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
    assert "INTERNAL" not in codes, f"{coordinate}: {codes}"
    return next((code for code in codes if code in REFUSED), None)


async def _codes_of_stream(client: Api, query: str, variables: dict[str, Any]) -> AsyncIterator[str]:
    headers = {"Accept": "text/event-stream"}
    body = {"query": query, "variables": variables}
    async with client.client.stream("POST", f"{client.url}/graphql", json=body, headers=headers) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                for error in json.loads(line.removeprefix("data: ")).get("errors", ()):
                    yield error["extensions"]["code"]


def _value(kind: GraphQLInputType) -> Any:
    """Make up a value of a type, every part of it that has to be there."""
    if is_non_null_type(kind):
        return _value(kind.of_type)
    if is_list_type(kind):
        return []
    if is_enum_type(kind):
        return next(iter(kind.values))
    if is_input_object_type(kind):
        fields = kind.fields.items()
        if kind.is_one_of:
            return {name: _value(each.type) for name, each in list(fields)[:1]}
        return {name: _value(each.type) for name, each in fields if is_required_input_field(each)}
    return {"ID": "bm90aGluZw", "Int": 1, "Float": 1.0, "Boolean": True, "Upload": None}.get(
        str(kind), f"?{uuid4().hex}"
    )


async def test_what_belongs_to_somebody_is_not_there_for_others(
    server: Server, people: dict[str, Somebody], sample: Sample
) -> None:
    seen: dict[str, set[str]] = {}
    owner = people["USER"]
    own = Api(server.url, token=owner.token)
    admin = Api(server.url)
    async with own.client, admin.client:
        mine = await own.ask("{ viewer { id } sessions { edges { node { id } } } }")
        event = (await admin.ask("{ auditEvents(first: 1) { edges { node { id } } } }"))["auditEvents"]
        run = await admin.node("ClusteringRun", sample.kmeans, "segments { id } recommendations { id }")
        made = await _made_with_models(admin, own, sample)
    objects = {
        **made,
        "Dataset": sample.dataset,
        "ClusteringRun": sample.kmeans,
        "Segment": run["segments"][0]["id"],
        "Recommendation": run["recommendations"][0]["id"],
        "User": owner.id,
        "Viewer": mine["viewer"]["id"],
        "ApiKey": owner.key_id,
        "Session": mine["sessions"]["edges"][0]["node"]["id"],
        "AuditEvent": event["edges"][0]["node"]["id"],
    }
    assert set(objects) == set(root._NODES) == NODES
    for who in ROLES:
        client = Api(server.url, token=people[who].token)
        async with client.client:
            found = {kind: await client.ask(NODE, id=key) for kind, key in objects.items()}
            assert all(each["node"] in (None, {"__typename": kind}) for kind, each in found.items())
            seen[who] = {kind for kind, each in found.items() if each["node"]}

    # The server is shared, and a profile without a model comes to rest on whichever is registered next.
    own = Api(server.url, token=owner.token)
    async with own.client:
        gone = await own.mutate("deleteCustomerProfile", id=objects["CustomerProfile"])
        assert gone["userErrors"] == []

    shared = {
        "Dataset",
        "ClusteringRun",
        "Segment",
        "Recommendation",
        "Model",
        "ModelVersion",
        "DatasetPrediction",
        "Audience",
        "TrainingComparison",
    }
    # Analysts see what everybody had predicted.
    assert seen == {
        "USER": {*shared, "User", "Viewer", "ApiKey", "Session", "CustomerProfile", "RememberedPrediction"},
        "ANALYST": {*shared, "RememberedPrediction"},
        "ADMIN": {*shared, "RememberedPrediction", "User", "ApiKey", "AuditEvent", "CustomerProfile"},
    }


async def _made_with_models(admin: Api, own: Api, sample: Sample) -> dict[str, str]:
    """Make one of each object that models bring; the profile and the prediction are somebody's own."""
    payload = await admin.mutate(
        "registerModel", "modelVersion { id model { id } }", runId=sample.ward, name=f"seen {uuid4().hex}"
    )
    version = payload["modelVersion"]
    run = await admin.node("ClusteringRun", sample.ward, "segments { id }")
    placed = await admin.mutate(
        "predictDataset", "datasetPrediction { id }", modelVersionId=version["id"], datasetId=sample.dataset
    )
    audience = await admin.mutate(
        "createAudience", "audience { id }", name=f"seen {uuid4().hex}", segmentId=run["segments"][0]["id"]
    )
    comparison = await admin.mutate(
        "trainClusterings",
        "comparison { id }",
        datasetId=sample.dataset,
        algorithms=[{"hierarchical": {"clusterCount": 3}}, {"hierarchical": {"clusterCount": 2}}],
    )
    profile = await own.mutate("createCustomerProfile", "customerProfile { id }", name="Ada", attributes={})
    customer = {"age": 30, "income": 40_000, "city": "Bonn"}
    told = await own.mutate(
        "predict", "predictions { row }", runId=sample.ward, customers=[customer], remember=True
    )
    assert told["userErrors"] == []
    remembered = await own.ask("{ predictions(first: 1) { edges { node { id } } } }")
    return {
        "Model": version["model"]["id"],
        "ModelVersion": version["id"],
        "DatasetPrediction": placed["datasetPrediction"]["id"],
        "Audience": audience["audience"]["id"],
        "TrainingComparison": comparison["comparison"]["id"],
        "CustomerProfile": profile["customerProfile"]["id"],
        "RememberedPrediction": remembered["predictions"]["edges"][0]["node"]["id"],
    }


async def test_the_viewers_id_is_taken_for_that_of_its_account(
    server: Server, people: dict[str, Somebody]
) -> None:
    client = Api(server.url, token=people["ANALYST"].token)
    async with client.client:
        viewer = (await client.ask("{ viewer { id user { id } } }"))["viewer"]
        found = await client.ask("query($id: ID!) { user(id: $id) { id } }", id=viewer["id"])

    assert viewer["id"] != viewer["user"]["id"] == people["ANALYST"].id
    assert found == {"user": {"id": people["ANALYST"].id}}


async def test_lists_hold_what_is_ones_own(server: Server, people: dict[str, Somebody]) -> None:
    client = Api(server.url, key=people["ANALYST"].key)
    async with client.client:
        data = await client.ask(
            """query($other: ID!) {
              apiKeys { totalCount edges { node { id user { id } } } }
              others: apiKeys(userId: $other) { totalCount edges { node { id } } }
              sessions { edges { node { id } } }
              user(id: $other) { id }
            }""",
            other=people["ADMIN"].id,
        )

    owners = [edge["node"]["user"]["id"] for edge in data["apiKeys"]["edges"]]
    assert set(owners) == {people["ANALYST"].id}
    assert data["apiKeys"]["totalCount"] == len(owners)
    assert data["others"] == {"totalCount": 0, "edges": []}
    assert len(data["sessions"]["edges"]) == 1
    assert data["user"] is None


async def test_an_operation_with_one_field_too_many_does_nothing_at_all(
    server: Server, people: dict[str, Somebody]
) -> None:
    client = Api(server.url, key=people["USER"].key)
    async with client.client:
        before = await client.ask("{ apiKeys { totalCount } }")
        errors = await client.errors(
            """mutation {
              createApiKey(input: { name: "first" }) { token }
              mine: setUserRole(input: { id: "x", role: ADMIN }) { user { id } }
            }"""
        )
        assert [(error["extensions"]["code"], error["path"]) for error in errors] == [("FORBIDDEN", ["mine"])]
        assert await client.ask("{ apiKeys { totalCount } }") == before
