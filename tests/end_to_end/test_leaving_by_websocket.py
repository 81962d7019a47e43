"""Whoever ends its own session or key by an operation on a WebSocket hears how it went."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from typing import Any

import pytest
import websockets

from tests.end_to_end.attackers import somebody
from tests.servers.api import Api, connected

SIGN_OUT = "mutation($input: SignOutInput!) { signOut(input: $input) { userErrors { message } } }"
REVOKE = "mutation($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { userErrors { message } } }"
DELETE = "mutation($input: DeleteViewerInput!) { deleteViewer(input: $input) { userErrors { message } } }"


async def until_closed(
    url: str, shown: Mapping[str, str], query: str, **fields: Any
) -> tuple[list[Any], int]:
    """Send a mutation and answer all that is said of it, and the code that the connection is closed with."""
    async with connected(url, shown) as socket:
        payload = {"query": query, "variables": {"input": fields}}
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        said = [json.loads(text) async for text in _until_the_end(socket)]
        assert socket.close_code is not None
        return said, socket.close_code


async def _until_the_end(socket: websockets.ClientConnection) -> AsyncGenerator[str | bytes, None]:
    with suppress(websockets.ConnectionClosedError):
        async for text in socket:
            yield text


@pytest.mark.parametrize("way", ["signOut", "revokeApiKey", "deleteViewer"])
async def test_what_ends_its_own_connection_is_answered_first(api: Api, way: str) -> None:
    person = await somebody(api)
    shown = {"Authorization": f"Bearer {person.access}"}
    if way == "signOut":
        said, code = await until_closed(api.url, shown, SIGN_OUT)
    elif way == "deleteViewer":
        said, code = await until_closed(api.url, shown, DELETE, password=person.password)
    else:
        made = await person.api.mutate("createApiKey", "token apiKey { id }", name="k", role="USER")
        shown = {"X-API-Key": made["token"]}
        said, code = await until_closed(api.url, shown, REVOKE, id=made["apiKey"]["id"])

    assert [each for each in said if each["type"] != "ping"] == [
        {"id": "1", "type": "next", "payload": {"data": {way: {"userErrors": []}}}},
        {"id": "1", "type": "complete"},
    ]
    assert code == 4403
