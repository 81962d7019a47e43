"""By which names the server may be called."""

from urllib.parse import urlsplit

import httpx
import pytest
import websockets
from starlette.responses import PlainTextResponse

from domain.settings import load
from graph.serving.hosts import KnownHosts
from tests.servers.api import Api
from tests.servers.running import Server


async def status(name: str, **settings: object) -> int:
    """Call a server with these settings by this name."""
    app = KnownHosts(PlainTextResponse("welcome"), load(**settings))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        return (await client.get("/", headers={"Host": name})).status_code


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8000", "localhost", "LOCALHOST:80", "[::1]:8000", "app.localhost"]
)
async def test_a_loopback_server_answers_to_this_machines_names(host: str) -> None:
    assert await status(host) == 200


@pytest.mark.parametrize("host", ["evil.example:8000", "127.0.0.1.evil.example", "10.0.0.7", "", "[", "a@b"])
async def test_a_loopback_server_answers_to_no_other_name(host: str) -> None:
    assert await status(host) == 421


async def test_the_public_address_and_the_allowed_names_are_answered() -> None:
    assert await status("shop.example", public_url="https://shop.example") == 200
    assert await status("Other.Example:443", allowed_hosts="one.example, other.example") == 200


async def test_a_server_for_others_answers_to_any_name_unless_some_are_listed() -> None:
    assert await status("anything.example", host="0.0.0.0") == 200  # noqa: S104  # nothing is bound
    assert await status("anything.example", host="0.0.0.0", allowed_hosts="one.example") == 421  # noqa: S104


async def test_a_page_whose_name_leads_here_reaches_neither_the_api_nor_a_socket(
    server: Server, api: Api
) -> None:
    answer = await api.client.post(
        server.graphql, json={"query": "{ __typename }"}, headers={"Host": "evil.example"}
    )
    assert answer.status_code == 421

    port = urlsplit(server.url).port
    with pytest.raises(websockets.InvalidStatus, match="403"):
        async with websockets.connect(
            f"ws://evil.example:{port}/graphql",
            host="127.0.0.1",
            port=port,
            subprotocols=[websockets.Subprotocol("graphql-transport-ws")],
        ):
            pytest.fail("it was let in")
