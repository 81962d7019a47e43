"""Clients that begin a request and never end it."""

import asyncio

from starlette.requests import Request
from starlette.types import Message, Receive, Scope


class TooSlow(Exception):
    """The rest of a request did not come in time."""


class Patient:
    """Gives the same messages; raises TooSlow when the next piece of the body takes longer than this.

    Once the body is `whole`, there is no hurry: what is waited for then is that the client hangs up.
    """

    def __init__(self, receive: Receive, seconds: float) -> None:
        self.whole = False
        self._receive = receive
        self._seconds = seconds

    async def __call__(self) -> Message:
        """Wait for the next message."""
        if self.whole:
            return await self._receive()
        try:
            async with asyncio.timeout(self._seconds):
                message = await self._receive()
        except TimeoutError:
            raise TooSlow(f"nothing came for {self._seconds:g} seconds") from None
        self.whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message


class IncomingRequest(Request):
    """A request whose body has to come in time, where it has one that is read.

    `counted` tells whether it is among the operations of its caller already.
    """

    def __init__(self, scope: Scope, receive: Receive, seconds: float) -> None:
        self._patient = Patient(receive, seconds)
        self.counted = False
        super().__init__(scope, self._patient if scope["method"] == "POST" else receive)

    @property
    def more_to_come(self) -> bool:
        """Whether a part of the body has not been received yet."""
        return self.method == "POST" and not self._patient.whole
