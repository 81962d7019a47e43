"""Text that means something to a database, a page or a terminal is text, and nothing else."""

from uuid import uuid4

import pytest

from tests.end_to_end.attackers import client, somebody
from tests.servers.api import Api

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
FILTER = """query($action: String, $address: String, $actorId: ID, $apiKeyId: ID, $subjectId: ID) {
  auditEvents(
    first: 1 action: $action address: $address actorId: $actorId apiKeyId: $apiKeyId subjectId: $subjectId
  ) { totalCount edges { node { action } } }
}"""
CSV = b"id,age,city\nC-1,25,Bonn\nC-2,61,Kiel\nC-3,44,Bonn\nC-4,38,Kiel\nC-5,26,Bonn\nC-6,60,Kiel\n"


@pytest.mark.parametrize("text", MEANING, ids=range(len(MEANING)))
async def test_what_is_searched_for_is_found_as_it_is_written(api: Api, text: str) -> None:
    decoy = await somebody(api)
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
    for field in ("action", "address"):
        data = await api.ask(FILTER, **{field: text})
        assert data["auditEvents"] == {"totalCount": 0, "edges": []}
    for field in ("actorId", "apiKeyId", "subjectId"):
        data = await api.ask(FILTER, **{field: text})
        assert data["auditEvents"] == {"totalCount": 0, "edges": []}
    for query in (
        "query($t: ID!) { node(id: $t) { id } }",
        "query($t: ID!) { user(id: $t) { id } }",
        "query($t: ID!) { dataset(id: $t) { id } }",
        "query($t: ID!) { clusteringRun(id: $t) { id } }",
        "query($t: ID!) { segment(id: $t) { id } }",
    ):
        (answer,) = (await api.ask(query, t=text)).values()
        assert answer is None
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
async def test_the_name_of_a_file_leads_nowhere(api: Api, filename: str) -> None:
    analyst = await somebody(api, "ANALYST")
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
