"""GraphQL over server-sent events: one operation a request ("distinct connections mode").

Source: graphql-sse, PROTOCOL.md.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.types import Receive, Send

from graph.serving.leaving import until_gone
from graph.serving.operations import Outcome
from graph.serving.payloads import encode

HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),  # nginx would collect events before it passes them on
)
HEARTBEAT = b":\n\n"
COMPLETE = b"event: complete\ndata:\n\n"


class EventStream:
    """Sends outcomes to a client as events until they end or the client goes."""

    def __init__(self, outcomes: AsyncGenerator[Outcome, None], heartbeat: float) -> None:
        self._outcomes = outcomes
        self._heartbeat = heartbeat

    async def respond(self, receive: Receive, send: Send) -> None:
        """Answer the request; the outcomes are closed when this returns, or is canceled."""
        await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
        # A comment at once: proxies and clients then know that the stream is open.
        await _send_body(send, HEARTBEAT)
        tasks = {
            asyncio.create_task(self._send_events(send)),
            asyncio.create_task(self._send_heartbeats(send)),
            asyncio.create_task(until_gone(receive)),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    async def _send_events(self, send: Send) -> None:
        async with aclosing(self._outcomes) as outcomes:
            async for outcome in outcomes:
                await _send_body(send, b"event: next\ndata: " + encode(outcome.payload) + b"\n\n")
        await _send_body(send, COMPLETE)
        await _send_body(send, b"", more=False)

    async def _send_heartbeats(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self._heartbeat)
            await _send_body(send, HEARTBEAT)


async def _send_body(send: Send, body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})
