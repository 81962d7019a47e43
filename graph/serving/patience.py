"""Clients that begin a request and never end it."""

import asyncio

from starlette.types import Message, Receive


class TooSlow(Exception):
    """The rest of a request did not come in time."""


def patient(receive: Receive, seconds: float) -> Receive:
    """Give the same messages; raise TooSlow when the next piece of the body takes longer than this.

    Once the body is whole, there is no hurry: what is waited for then is that the client hangs up.
    """
    whole = False

    async def receive_in_time() -> Message:
        nonlocal whole
        if whole:
            return await receive()
        try:
            async with asyncio.timeout(seconds):
                message = await receive()
        except TimeoutError:
            raise TooSlow(f"nothing came for {seconds:g} seconds") from None
        whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    return receive_in_time
