"""Clients that hang up before they have their answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request
from starlette.types import Receive


async def until_gone(receive: Receive) -> None:
    """Wait until the client hangs up."""
    while (await receive())["type"] != "http.disconnect":
        pass


@asynccontextmanager
async def heard(request: Request) -> AsyncIterator[None]:
    """Tell resolvers, by `Context.client_gone`, when nobody waits for their answer any more."""
    gone = asyncio.create_task(until_gone(request.receive))
    request.state.client_gone = gone
    try:
        yield
    finally:
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
