"""Text that means something to a database, a page or a terminal is text, and nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.end_to_end.attackers import Person, client, somebody
from tests.servers.api import Api
from tests.servers.running import Server

MEANING = [
    "' OR '1'='1",
    "'; DROP TABLE account; --",
    '" OR ""="',
    "%",
    "_",
    "%%",
    "\\",
    "\\%",
    "a\\",
    "*",
    "?",
    "$1",
    "{0}",
    "\u202etxt.exe",
    "\u0000",
    "a\u0000b",
    "\ud7ff\ue000",
    "\U0001f600",
    "x" * 10_000,
    "%' ESCAPE '",
    "||(SELECT 1)||",
    "<script>alert(1)</script>",
    "\x1b[2J",
    "\r\nX: y",
    " ",
    "\u017f",
    "İ",
    "ﬁ",
]
PAYLOAD = "<svg/onload=alert(1)>\"'&]]><script>alert(1)</script><!--"
SEARCH = "query($s: String) { users(search: $s, first: 100) { edges { node { username name email } } } }"
FILTERS = """query($t: String, $id: ID) {
  action: auditEvents(first: 1, action: $t) { ...Found }
  address: auditEvents(first: 1, address: $t) { ...Found }
  actorId: auditEvents(first: 1, actorId: $id) { ...Found }
  apiKeyId: auditEvents(first: 1, apiKeyId: $id) { ...Found }
  subjectId: auditEvents(first: 1, subjectId: $id) { ...Found }
}
fragment Found on AuditEventConnection { totalCount edges { node { action } } }"""
OBJECTS = """query($t: ID!) {
  node(id: $t) { id }
  user(id: $t) { id }
  dataset(id: $t) { id }
  clusteringRun(id: $t) { id }
  segment(id: $t) { id }
}"""
CSV = b"id,age,city\nC-1,25,Bonn\nC-2,61,Kiel\nC-3,44,Bonn\nC-4,38,Kiel\nC-5,26,Bonn\nC-6,60,Kiel\n"


@pytest_asyncio.fixture(scope="module")
async def decoy(server: Server) -> AsyncIterator[Person]:
    """An account that is found by whatever name it has at the time."""
    async with _somebody(server, "USER") as person:
        yield person


@pytest_asyncio.fixture(scope="module")
async def analyst(server: Server) -> AsyncIterator[Person]:
    """An account that may upload."""
    async with _somebody(server, "ANALYST") as person:
        yield person


@asynccontextmanager
async def _somebody(server: Server, role: str) -> AsyncIterator[Person]:
    admin = Api(server.url)
    async with admin.client:
        yield await somebody(admin, role)


@pytest.mark.parametrize("text", MEANING, ids=range(len(MEANING)))
async def test_what_is_searched_for_is_found_as_it_is_written(api: Api, decoy: Person, text: str) -> None:
    data = await api.ask(SEARCH, s=text)
    found = [edge["node"] for edge in data["users"]["edges"]]
    wanted = text.strip().lower()
    if wanted:
        for each in found:
            held = " ".join(value for value in each.values() if value).lower()
            assert wanted in held or any(ord(letter) > 127 for letter in text), each
    # Names are found too, when they have it.
    changed = await decoy.api.mutate("updateViewer", name=f"before{text}after")
    if not changed["userErrors"]:
        data = await api.ask(SEARCH, s=f"before{text}after".strip())
        assert decoy.username in {edge["node"]["username"] for edge in data["users"]["edges"]}
    else:
        assert {error["code"] for error in changed["userErrors"]} == {"INVALID"}


@pytest.mark.parametrize("text", MEANING, ids=range(len(MEANING)))
async def test_no_text_breaks_what_takes_it(api: Api, text: str) -> None:
    person = await somebody(api, "ANALYST")
    filtered = await api.ask(FILTERS, t=text, id=text)
    assert list(filtered.values()) == [{"totalCount": 0, "edges": []}] * 5
    assert list((await api.ask(OBJECTS, t=text)).values()) == [None] * 5
    (error,) = await api.errors("query($t: String) { users(after: $t) { totalCount } }", t=text)
    assert error["extensions"]["code"] == "INVALID"
    for mutation, fields in (
        ("refreshSession", {"refreshToken": text}),
        ("revokeApiKey", {"id": text}),
        ("endSession", {"id": text}),
        ("setUserActive", {"id": text, "active": False}),
        ("deleteUser", {"id": text}),
        ("exportCustomerData", {"key": text}),
        ("deleteDataset", {"id": text}),
        ("changePassword", {"currentPassword": text, "newPassword": text}),
        ("register", {"username": f"'{text}", "password": text}),
    ):
        shown = person.api if mutation == "changePassword" else api
        payload = await shown.mutate(mutation, **fields)
        assert payload["userErrors"], mutation
    for name in (text, f"a{text}"):
        made = await person.api.mutate("createApiKey", "apiKey { id name }", name=name)
        if made["apiKey"]:
            assert made["apiKey"]["name"] == name.strip()
            assert await person.api.node("ApiKey", made["apiKey"]["id"], "name") == {"name": name.strip()}
        else:
            assert {error["code"] for error in made["userErrors"]} == {"INVALID"}
    assert await person.works()


async def test_names_with_markup_come_back_as_data_and_are_only_drawn(api: Api) -> None:
    analyst = await somebody(api, "ANALYST")
    name = f"{PAYLOAD}{uuid4().hex}"
    dataset = await analyst.api.dataset(CSV, name=name, filename="../../<b>x.csv")
    run = await analyst.api.run(
        dataset,
        algorithm={"kmeans": {"clusterCount": 2}},
        selection="id dataset { name } segments { id } picture(kind: SIZES, format: SVG) { url }",
    )
    renamed = await analyst.api.mutate(
        "renameSegment", "segment { name }", id=run["segments"][0]["id"], name=PAYLOAD
    )
    assert renamed == {"segment": {"name": PAYLOAD}, "userErrors": []}
    assert run["dataset"]["name"] == name
    response = await analyst.api.client.post(
        f"{api.url}/graphql", json={"query": "{ datasets { edges { node { name } } } }"}
    )
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["x-content-type-options"] == "nosniff"
    found = await analyst.api.node("ClusteringRun", run["id"], "picture(kind: SIZES, format: SVG) { url }")
    picture = await client(api.url, signed_out=True).client.get(found["picture"]["url"])
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert "sandbox" in picture.headers["content-security-policy"]
    assert "<script" not in picture.text
    assert "<svg/onload" not in picture.text
    assert "&lt;s" in picture.text


@pytest.mark.parametrize(
    "filename",
    [
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "/etc/passwd",
        "C:\\x.csv",
        "a%00.csv",
        "..",
        ".",
        "",
        "a%0Ab.csv",
        "x" * 5_000,
    ],
)
async def test_the_name_of_a_file_leads_nowhere(analyst: Person, filename: str) -> None:
    response = await analyst.api.send_file(CSV, filename=filename or "%00", selection="id name")
    if len(filename) > 4_000:
        # The head of a part has an end, too.
        assert response.status_code == 400
        assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
        return
    answer = response.json()
    payload = answer["data"]["uploadDataset"]
    if payload["dataset"]:
        name = payload["dataset"]["name"]
        assert not set("/\\\n\0") & set(name)
        assert len(name) <= 200
        assert (await analyst.api.mutate("deleteDataset", id=payload["dataset"]["id"]))["userErrors"] == []
    else:
        assert {error["code"] for error in payload["userErrors"]} == {"INVALID"}
