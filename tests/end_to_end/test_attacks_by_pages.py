"""What a page elsewhere could send in its visitor's name, and addresses that lead where they should not."""

import asyncio
import json
from urllib.parse import urlsplit

import pytest
import websockets

from tests.end_to_end.attackers import asked_raw, client, somebody
from tests.servers.api import SUBPROTOCOL, Api
from tests.servers.running import Server

pytestmark = pytest.mark.slow

MUTATION = 'mutation { updateViewer(input: {name: "changed"}) { userErrors { code } } }'
CSV = b"id,age,city\nC-1,25,Bonn\nC-2,61,Kiel\nC-3,44,Bonn\nC-4,38,Kiel\nC-5,26,Bonn\nC-6,60,Kiel\n"
EVIL = "http://evil.example"


async def test_what_a_form_or_an_image_can_send_changes_nothing(api: Api) -> None:
    victim = await somebody(api)
    send, url = victim.api.client, f"{api.url}/graphql"
    body = json.dumps({"query": MUTATION})
    answers = {
        "get": await send.get(url, params={"query": MUTATION}),
        "get of events": await send.get(
            url, params={"query": MUTATION}, headers={"Accept": "text/event-stream"}
        ),
        "named": await send.get(
            url,
            params={
                "query": f"query a {{ viewer {{ id }} }} {MUTATION.replace('mutation', 'mutation b')}",
                "operationName": "b",
            },
        ),
        "form": await send.post(url, data={"query": MUTATION}),
        "text": await send.post(url, content=body, headers={"Content-Type": "text/plain"}),
        "text that looks like JSON": await send.post(
            url, content=body, headers={"Content-Type": "text/plain; application/json"}
        ),
        "no type": await send.post(url, content=body, headers={"Content-Type": ""}),
        "multipart": await send.post(
            url, data={"operations": body, "map": "{}"}, files={"0": ("a", b"x", "text/csv")}
        ),
        "multipart with an empty header": await send.post(
            url,
            data={"operations": body, "map": "{}"},
            files={"0": ("a", b"x", "text/csv")},
            headers={"GraphQL-Preflight": ""},
        ),
        "put": await send.put(url, json={"query": MUTATION}),
        "head": await send.head(url, params={"query": MUTATION}),
    }
    statuses = {name: answer.status_code for name, answer in answers.items()}
    assert statuses == {
        "get": 405,
        "get of events": 405,
        "named": 405,
        "form": 415,
        "text": 415,
        "text that looks like JSON": 415,
        "no type": 415,
        "multipart": 400,
        "multipart with an empty header": 400,
        "put": 405,
        "head": 405,
    }
    assert (await victim.api.ask("{ viewer { name } }"))["viewer"]["name"] == victim.username


async def test_no_page_elsewhere_is_allowed_to_ask(api: Api) -> None:
    stranger = client(api.url, signed_out=True)
    asked = {
        "Origin": EVIL,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    preflight = await stranger.client.options(f"{api.url}/graphql", headers=asked)
    plain = await stranger.client.get(f"{api.url}/graphql?query={{viewer{{id}}}}", headers={"Origin": EVIL})
    for answer in (preflight, plain):
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert preflight.status_code == 405


@pytest.mark.parametrize(
    "origin", [EVIL, "null", "http://[", "http://127.0.0.1", "{url}.evil.example", "x{url}", ""]
)
async def test_no_page_elsewhere_opens_a_websocket(api: Api, origin: str) -> None:
    headers = {"Origin": origin.replace("{url}", api.url)}
    address = api.url.replace("http", "ws", 1) + "/graphql"
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with websockets.connect(address, subprotocols=[SUBPROTOCOL], additional_headers=headers):
            pass
    assert refused.value.response.status_code == 403


async def test_ten_megabytes_of_headers_are_not_kept(api: Api, server: Server) -> None:
    host = urlsplit(api.url).netloc.encode()
    before = server.tree()[0].memory_info().rss
    for head in (
        b"POST /graphql HTTP/1.1\r\nHost: " + host + b"\r\nX-Long: " + b"x" * 10_000_000 + b"\r\n\r\n",
        b"GET /graphql?query=" + b"x" * 10_000_000 + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: " + host + b"\r\n" + b"X-A: y\r\n" * 1_000_000 + b"\r\n",
    ):
        answers = await asyncio.gather(*(asked_raw(api.url, head) for _ in range(3)), return_exceptions=True)
        whole = [answer for answer in answers if isinstance(answer, bytes) and answer]
        assert all(answer.startswith(b"HTTP/1.1 431 ") for answer in whole), whole
        assert whole
    assert server.tree()[0].memory_info().rss - before < 30_000_000
    assert (await api.ask("{ viewer { role } }"))["viewer"]["role"] == "ADMIN"


PATHS = [
    "/explorer/%2e%2e/%2e%2e/hosted.html",
    "/explorer/..%2f..%2fbuild.py",
    "/explorer/..%5c..%5cbuild.py",
    "/explorer/%2fetc%2fpasswd",
    "/explorer/../page.py",
    "/explorer/..",
    "/explorer/.",
    "/explorer/%00.js",
    "/explorer//etc/passwd",
    "/explorer/....//x.js",
    "/files/../graphql/%2e%2e",
    "/files/%2e%2e%2fsecret-key",
    "/files/..%5csecret-key",
    "/files//etc/passwd",
    "/files/%00",
    "/secret-key",
    "/../secret-key",
    "/%2e%2e/secret-key",
    "/storage/",
    "/segmentgraph.sqlite3",
    "//evil.example/graphql/",
    "/\\evil.example/",
    "/explorer/" + "a" * 5_000,
]


@pytest.mark.parametrize("path", PATHS)
async def test_no_path_leads_out_of_what_is_served(api: Api, server: Server, path: str) -> None:
    host = urlsplit(api.url).netloc
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    answer = (await asked_raw(api.url, request)).decode()
    assert answer.split(" ")[1] in {"404", "400", "307"}, answer[:200]
    head = answer.partition("\r\n\r\n")[0].lower()
    assert "location:" not in head or f"location: http://{host}/" in head
    secret = server.data_dir / "secret-key"
    assert secret.read_text().strip() not in answer
    assert "root:" not in answer


@pytest.mark.parametrize(
    "host",
    [EVIL[7:], "127.0.0.1.evil.example", "localhost@evil.example", "[::1", "", "evil.example:80", "a b"],
)
async def test_the_server_answers_to_no_name_but_its_own(api: Api, host: str) -> None:
    for path in ("/graphql?query=%7Bviewer%7Bid%7D%7D", "/", "/files/x", "/graphql/", "/health/live"):
        request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        answer = (await asked_raw(api.url, request)).decode()
        assert answer.split(" ")[1] in {"421", "400"}, answer[:200]


async def test_a_signed_address_opens_its_picture_and_nothing_else_until_its_account_or_run_ends(
    api: Api,
) -> None:
    analyst = await somebody(api, "ANALYST")
    dataset = await analyst.api.dataset(CSV)
    selection = "picture(kind: SIZES) { url }"
    runs = [
        await analyst.api.run(
            dataset, algorithm={"kmeans": {"clusterCount": count}}, selection=f"id {selection}"
        )
        for count in (2, 3)
    ]
    (first, second) = (run["picture"]["url"] for run in runs)
    stranger = client(api.url, signed_out=True).client
    assert (await stranger.get(first)).status_code == 200
    token, other = (url.rsplit("/", 1)[1] for url in (first, second))
    (payload, stamp, signature), swapped = token.rsplit(".", 2), other.rsplit(".", 2)
    forged = [
        f"{swapped[0]}.{stamp}.{signature}",
        f"{payload}.{swapped[1]}x.{signature}",
        f"{payload}.{stamp}.",
        f"{payload}.{stamp}",
        payload,
        f".{token}",
        f"{token}x",
        f"{token}%00",
        f"..%2f{token}",
        analyst.access,
        f"{payload}.{stamp}.{signature[:-2]}",
    ]
    base = first.rsplit("/", 1)[0]
    assert {(await stranger.get(f"{base}/{each}")).status_code for each in forged} == {404}
    assert (await analyst.api.mutate("deleteClusteringRun", id=runs[0]["id"]))["userErrors"] == []
    assert (await stranger.get(first)).status_code == 404
    assert (await stranger.get(second)).status_code == 200
    assert (await api.mutate("setUserActive", id=analyst.id, active=False))["userErrors"] == []
    assert (await stranger.get(second)).status_code == 404
