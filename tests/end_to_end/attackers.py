"""Accounts for attacks, and what an attack needs that no client should."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from tests.servers.api import Api

SESSION = "accessToken refreshToken user { id role }"


@dataclass
class Person:
    """An account of this test's own, signed in."""

    api: Api
    username: str
    password: str = field(repr=False)
    id: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)

    async def again(self) -> "Person":
        """The same account in another session."""
        return await signed_in(self.api.url, self.username, self.password)

    async def works(self) -> bool:
        """Tell whether its access token still opens what needs one."""
        return "errors" not in await self.api.post("{ datasets(first: 0) { totalCount } }")


def client(url: str, **shown: Any) -> Api:
    """Make a client that keeps no connection open, so that nobody has to close it."""
    api = Api(url, **shown)
    api.client = httpx.AsyncClient(
        timeout=120, headers=api.client.headers, limits=httpx.Limits(max_keepalive_connections=0)
    )
    return api


async def somebody(admin: Api, role: str = "USER") -> Person:
    """Register an account and sign in."""
    username, password = f"p{uuid4().hex}", f"quiet meadow {uuid4().hex[:12]}"
    made = await admin.mutate("register", username=username, password=password, role=role)
    assert made["userErrors"] == []
    return await signed_in(admin.url, username, password)


async def signed_in(url: str, username: str, password: str) -> Person:
    """Sign in."""
    stranger = client(url, signed_out=True)
    payload = await stranger.mutate("signIn", SESSION, username=username, password=password)
    assert payload["userErrors"] == []
    access = payload["accessToken"]
    return Person(
        client(url, token=access), username, password, payload["user"]["id"], access, payload["refreshToken"]
    )


async def fresh(url: str, refresh_token: str) -> dict[str, Any]:
    """Use a refresh token."""
    stranger = client(url, signed_out=True)
    return await stranger.mutate("refreshSession", "accessToken refreshToken", refreshToken=refresh_token)


class SlowRequest:
    """A request whose body is sent in pieces, on a connection of its own."""

    def __init__(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        self._url = url
        self._body = body
        lines = [f"{name}: {value}" for name, value in headers.items()]
        host = urlsplit(url).netloc
        head = ["POST /graphql HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}", *lines]
        self._head = "\r\n".join([*head, "Connection: close", "", ""]).encode()

    async def begin(self, size: int) -> None:
        """Send the head, and so many bytes of the body."""
        parts = urlsplit(self._url)
        self._reader, self._writer = await asyncio.open_connection(parts.hostname, parts.port)
        self._writer.write(self._head + self._body[:size])
        await self._writer.drain()
        self._sent = size

    async def end(self) -> str:
        """Send the rest, and give the whole answer."""
        self._writer.write(self._body[self._sent :])
        await self._writer.drain()
        async with asyncio.timeout(60):
            answer = await self._reader.read()
        self._writer.close()
        return answer.decode()


async def asked_raw(url: str, request: bytes) -> bytes:
    """Send bytes as they are, and give the whole answer, as far as it came."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        async with asyncio.timeout(30):
            try:
                writer.write(request)
                await writer.drain()
            except ConnectionError:
                pass  # it has said enough
            return await reader.read()
    finally:
        writer.close()
