"""What HTTP says of requests that are not answered as they would like to be."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Send

from graph.resolving.errors import (
    INTERNAL,
    BadRequest,
    Forbidden,
    RateLimited,
    RequestTooLarge,
    Unauthenticated,
)
from graph.serving.accepting import EVENT_STREAM, JSON, JSON_TYPES
from graph.serving.operations import Outcome
from graph.serving.patience import TooSlow
from graph.serving.payloads import encode

LINGER_SECONDS = 2.0

STATUS_OF_CODE = {
    Unauthenticated.code: HTTPStatus.UNAUTHORIZED,
    Forbidden.code: HTTPStatus.FORBIDDEN,
    RateLimited.code: HTTPStatus.TOO_MANY_REQUESTS,
    INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""What application/graphql-response+json says of an operation that was not run; 400 of all others."""


class Refusal(Exception):
    """A request that HTTP itself has an answer to."""

    def __init__(
        self, status: HTTPStatus, error: GraphQLError, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(error.message)
        self.status = status
        self.error = error
        self.headers = headers or {}


def not_allowed(methods: str, message: str) -> Refusal:
    """Refuse a method."""
    return Refusal(HTTPStatus.METHOD_NOT_ALLOWED, BadRequest(message), {"Allow": methods})


def unsupported(message: str) -> Refusal:
    """Refuse a body of another media type."""
    return Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, BadRequest(message))


def not_acceptable() -> Refusal:
    """Refuse to answer in another media type."""
    offered = " or ".join((*JSON_TYPES, EVENT_STREAM))
    return Refusal(HTTPStatus.NOT_ACCEPTABLE, BadRequest(f"Answers are {offered}: accept one of them."))


def unreadable(error: BadRequest | RequestTooLarge | TooSlow, patience: float) -> Refusal:
    """Refuse a request that is no operation, or did not become one in so many seconds of silence."""
    if isinstance(error, BadRequest):
        return Refusal(HTTPStatus.BAD_REQUEST, error)
    if isinstance(error, RequestTooLarge):
        # What is still to come is not wanted, so the connection is of no further use.
        return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error, {"Connection": "close"})
    slow = BadRequest(f"Nothing came for {patience:g} seconds: send it again.")
    return Refusal(HTTPStatus.REQUEST_TIMEOUT, slow, {"Connection": "close"})


def not_stored(error: OSError) -> Refusal:
    """Refuse files that the disk does not take: it is full, or not ours to write to. Masked, and logged."""
    bug = GraphQLError(str(error), original_error=error)
    return Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, bug, {"Connection": "close"})


def wants_a_stream() -> BadRequest:
    """Say how to send a subscription."""
    return BadRequest(
        "A subscription has many answers: send it over a WebSocket (graphql-transport-ws) at this address, "
        f"or with the header Accept: {EVENT_STREAM}."
    )


def status_of(outcome: Outcome, media_type: str) -> HTTPStatus:
    """Tell by which status an outcome is answered."""
    codes = [error.get("extensions", {}).get("code") for error in outcome.errors]
    # application/json has meant 200 for all that is GraphQL since before there was a specification;
    # but proxies and clients back off by themselves from a 429.
    if outcome.executed or (media_type == JSON and RateLimited.code not in codes):
        return HTTPStatus.OK
    return next((STATUS_OF_CODE[code] for code in codes if code in STATUS_OF_CODE), HTTPStatus.BAD_REQUEST)


def headers_of(outcome: Outcome) -> dict[str, str]:
    """What HTTP says besides of what an outcome, or a field of it, was refused for."""
    headers = {}
    for told in (error.get("extensions", {}) for error in outcome.errors):
        if "retryAfter" in told:
            headers["Retry-After"] = str(told["retryAfter"])
        if told.get("code") == Unauthenticated.code:
            headers["WWW-Authenticate"] = "Bearer"
    return headers


def response_of(
    outcome: Outcome,
    media_type: str,
    status: HTTPStatus | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Write an outcome as an answer, by its own status and headers where no others are given."""
    headers = {
        "Content-Type": f"{media_type}; charset=utf-8",
        **(headers_of(outcome) if headers is None else headers),
    }
    return Response(encode(outcome.payload), status or status_of(outcome, media_type), headers)


async def send_and_linger(response: Response, request: Request, send: Send) -> None:
    """Answer at once, and throw away what still comes for a while before the connection is closed.

    Closed at once, it is reset, and a client that is still sending loses the answer.
    """
    # What is not at its end yet would be compressed as a stream: whole only after the wait.
    response.headers["Content-Encoding"] = "identity"
    response.headers["Connection"] = "close"

    async def send_but_the_end(message: Message) -> None:
        await send({**message, "more_body": True} if message["type"] == "http.response.body" else message)

    await response(request.scope, request.receive, send_but_the_end)
    with suppress(TimeoutError, TooSlow):
        async with asyncio.timeout(LINGER_SECONDS):
            while (await request.receive()).get("more_body", False):
                pass
    await send({"type": "http.response.body", "body": b"", "more_body": False})
