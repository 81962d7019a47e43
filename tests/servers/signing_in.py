"""Signing in at servers of tests, once each, as the administrator that their first start has made."""

import asyncio
import threading
from collections.abc import AsyncGenerator

import httpx

from tests.servers.running import ADMIN_PASSWORD

SIGN_IN = """mutation($input: SignInInput!) {
  signIn(input: $input) { accessToken userErrors { code message } }
}"""
REFUSED_BYTES = 2_000
"""No refusal is longer; what is longer is not looked at, for it may be a stream that somebody reads."""

_tokens: dict[str, str] = {}
_signing_in = threading.Lock()


def signed_in(url: str, *, instead_of: str | None = None) -> dict[str, str]:
    """Give the headers of the administrator, which connection_init's payload may have too.

    `instead_of` is a token that works no longer, as when another server has taken over the port.
    """
    with _signing_in:
        if _tokens.get(url) in {None, instead_of}:
            _tokens[url] = token_of(url, "admin", ADMIN_PASSWORD)
        return {"Authorization": f"Bearer {_tokens[url]}"}


def token_of(url: str, username: str, password: str) -> str:
    """Sign in, and give the access token."""
    credentials = {"username": username, "password": password}
    body = {"query": SIGN_IN, "variables": {"input": credentials}}
    answer = httpx.post(f"{url}/graphql", json=body, timeout=60).json()
    payload = answer["data"]["signIn"]
    assert payload["userErrors"] == [], payload
    token: str = payload["accessToken"]
    return token


class Administrator(httpx.Auth):
    """Signs requests to a server as its administrator, from the first of them on."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Sign a request, and once more where its server has not signed us in itself."""
        shown = _show(request, await asyncio.to_thread(signed_in, self._url))
        response = yield request
        if _may_be_refusal(response) and "UNAUTHENTICATED" in (await response.aread()).decode():
            _show(request, await asyncio.to_thread(signed_in, self._url, instead_of=shown))
            yield request


def _show(request: httpx.Request, headers: dict[str, str]) -> str:
    request.headers.update(headers)
    return headers["Authorization"].removeprefix("Bearer ")


def _may_be_refusal(response: httpx.Response) -> bool:
    return "json" in response.headers.get("content-type", "") and (
        int(response.headers.get("content-length", REFUSED_BYTES)) < REFUSED_BYTES
    )
