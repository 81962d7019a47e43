"""GraphQL over HTTP: queries by GET, all operations by POST, answered as JSON or as an event stream.

Source: GraphQL over HTTP, working draft (graphql.github.io/graphql-over-http/draft);
GraphQL multipart request specification.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from email.message import EmailMessage
from http import HTTPStatus

import strawberry
import structlog
from graphql import GraphQLError, OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from domain.settings import PREFIX, Settings
from domain.terms.access import Caller
from graph.resolving.errors import (
    INTERNAL,
    BadRequest,
    Forbidden,
    RateLimited,
    Rejected,
    RequestTooLarge,
    Unauthenticated,
)
from graph.serving.accepting import EVENT_STREAM, GRAPHQL_JSON, JSON, JSON_TYPES, accepted, is_browser
from graph.serving.ending import while_signed_in
from graph.serving.guarding import Guard
from graph.serving.leaving import heard
from graph.serving.multipart import MULTIPART, announced_length, incoming
from graph.serving.operations import ContextFactory, Operation, Operations, Outcome, refused
from graph.serving.patience import TooSlow, patient
from graph.serving.payloads import decode, encode
from graph.serving.requests import GraphQLRequest, from_json, from_parameters
from graph.serving.sse import EventStream

HEARTBEAT_SECONDS = 15.0
LINGER_SECONDS = 2.0

PREFLIGHT_HEADERS = ("GraphQL-Preflight", "Apollo-Require-Preflight", "X-Requested-With")
"""A page of another origin can post a form, but no form with one of these, unless CORS lets it."""


STATUS_OF_CODE = {
    Unauthenticated.code: HTTPStatus.UNAUTHORIZED,
    Forbidden.code: HTTPStatus.FORBIDDEN,
    RateLimited.code: HTTPStatus.TOO_MANY_REQUESTS,
    INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""What application/graphql-response+json says of an operation that was not run; 400 of all others."""

logger = structlog.get_logger(__name__)


class Refusal(Exception):
    """A request that HTTP itself has an answer to."""

    def __init__(
        self, status: HTTPStatus, error: GraphQLError, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(error.message)
        self.status = status
        self.error = error
        self.headers = headers or {}


class GraphQLHTTP:
    """ASGI endpoint that runs the operations of a schema for HTTP clients."""

    def __init__(
        self,
        schema: strawberry.Schema,
        settings: Settings,
        make_context: ContextFactory,
        guard: Guard,
        *,
        page: Callable[[], Response] | None = None,
        heartbeat: float = HEARTBEAT_SECONDS,
    ) -> None:
        """A `page` is what a browser is shown at this address."""
        self._page = page
        self._settings = settings
        self._heartbeat = heartbeat
        self._guard = guard
        self._operations = Operations(schema, settings, make_context, guard)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        accept = request.headers.get("accept")
        if self._page and request.method in {"GET", "HEAD"} and is_browser(accept):
            await self._page()(scope, receive, send)
            return
        media_type = accepted(accept)
        try:
            if media_type is None:
                raise _not_acceptable()
            async with AsyncExitStack() as stack:
                try:
                    caller = await self._guard.identify(request)
                    operation = await self._read(request, caller, stack)
                except Rejected as rejection:
                    await self._refuse(request, rejection, media_type, send)
                else:
                    await self._answer(request, operation, media_type, stack, send)
        except ClientDisconnect:
            logger.info("client gone before its request was read")
        except Refusal as refusal:
            logger.info("request refused", status=refusal.status.value)
            media_type = GRAPHQL_JSON if media_type == GRAPHQL_JSON else JSON
            response = _response(refused([refusal.error]), media_type, refusal.status, refusal.headers)
            if refusal.headers.get("Connection") == "close":
                await _send_and_linger(response, request, send)
            else:
                await response(scope, receive, send)

    async def _answer(
        self,
        request: Request,
        operation: Operation,
        media_type: str,
        stack: AsyncExitStack,
        send: Send,
    ) -> None:
        _refuse_by_get(request, operation)
        if media_type == EVENT_STREAM:
            await self._stream(request, operation, stack, send)
        elif operation.kind is OperationType.SUBSCRIPTION:
            await self._refuse(request, Rejected([_wants_a_stream()]), media_type, send)
        else:
            async with heard(request):
                async for outcome in self._operations.stream(operation, request):
                    response = _response(outcome, media_type, _status(outcome, media_type))
                    await response(request.scope, request.receive, send)

    async def _stream(
        self, request: Request, operation: Operation, stack: AsyncExitStack, send: Send
    ) -> None:
        outcomes = self._operations.stream(operation, request)
        if operation.kind is OperationType.SUBSCRIPTION:
            try:
                stack.enter_context(self._guard.subscribing(operation.caller))
            except Rejected as rejection:
                outcomes = _only(refused(rejection.errors))
            else:
                outcomes = while_signed_in(outcomes, self._guard, operation.caller)
        await EventStream(outcomes, self._heartbeat).respond(request.receive, send)

    async def _refuse(self, request: Request, rejection: Rejected, media_type: str, send: Send) -> None:
        outcome = refused(rejection.errors)
        if media_type == EVENT_STREAM:
            await EventStream(_only(outcome), self._heartbeat).respond(request.receive, send)
            return
        headers = _headers(outcome)
        if _is_multipart(request):
            # Its files are still to come, and not wanted.
            headers["Connection"] = "close"
            response = _response(outcome, media_type, _status(outcome, media_type), headers)
            await _send_and_linger(response, request, send)
        else:
            response = _response(outcome, media_type, _status(outcome, media_type), headers)
            await response(request.scope, request.receive, send)

    async def _read(self, request: Request, caller: Caller, stack: AsyncExitStack) -> Operation:
        """The operation, ready to be run; its files are there until the stack is closed.

        Raises Refusal, and Rejected where the operation may not be run.
        """
        if request.method not in {"GET", "POST"}:
            raise _not_allowed("GET, POST", "Send GraphQL requests by GET or POST.")
        try:
            if request.method == "GET":
                return await self._operations.prepare(from_parameters(request.query_params), caller)
            # What still comes has to come in time; afterwards the client may be silent while it waits.
            coming = Request(request.scope, patient(request.receive, self._settings.idle_seconds))
            if _content_type(request) == MULTIPART:
                _refuse_without_preflight(request)
                return await self._read_files(coming, caller, stack)
            return await self._operations.prepare(from_json(decode(await self._body(coming))), caller)
        except BadRequest as error:
            raise Refusal(HTTPStatus.BAD_REQUEST, error) from None
        except RequestTooLarge as error:
            # What is still to come is not wanted, so the connection is of no further use.
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error, {"Connection": "close"}) from None
        except TooSlow:
            slow = BadRequest(f"Nothing came for {self._settings.idle_seconds:g} seconds: send it again.")
            raise Refusal(HTTPStatus.REQUEST_TIMEOUT, slow, {"Connection": "close"}) from None
        except OSError as error:
            # The disk is full, or not ours to write to: masked, and logged.
            bug = GraphQLError(str(error), original_error=error)
            raise Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, bug, {"Connection": "close"}) from None

    async def _read_files(self, request: Request, caller: Caller, stack: AsyncExitStack) -> Operation:
        operations: list[Operation] = []

        async def admit(early: GraphQLRequest) -> None:
            operations.append(await self._operations.prepare(early, caller))
            await stack.enter_async_context(self._guard.uploading(caller))

        arrived = await stack.enter_async_context(incoming(request, self._settings, admit))
        return replace(operations[0], request=arrived)

    async def _body(self, request: Request) -> bytearray:
        limit = self._settings.max_request_bytes
        body = bytearray()
        if announced_length(request) <= limit:
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    break
            else:
                return body
        raise RequestTooLarge(
            f"The request is over the limit of {limit:,} bytes: send less at a time, files by the GraphQL "
            f"multipart request specification, or have {PREFIX}MAX_REQUEST_BYTES raised."
        )


def _is_multipart(request: Request) -> bool:
    return request.headers.get("content-type", "").lower().startswith(MULTIPART)


def _content_type(request: Request) -> str:
    """The media type of the body: JSON or a form with files. Raises Refusal."""
    header = EmailMessage()
    header["Content-Type"] = request.headers.get("content-type", "")
    media_type, charset = header.get_content_type(), header.get_content_charset("utf-8")
    if "content-type" not in request.headers or media_type not in {JSON, MULTIPART}:
        raise _unsupported(f"Send GraphQL requests as {JSON}, or as {MULTIPART} where they have files.")
    if charset not in {"utf-8", "utf8"}:
        raise _unsupported(f"Send GraphQL requests in UTF-8, not in {charset[:40]!r}.")
    return media_type


def _refuse_without_preflight(request: Request) -> None:
    if not any(request.headers.get(name) for name in PREFLIGHT_HEADERS):
        raise BadRequest(
            f"A {MULTIPART} request needs a header that no foreign web page can send unasked: "
            f"add {PREFLIGHT_HEADERS[0]}: 1 ({' or '.join(PREFLIGHT_HEADERS[1:])} will do as well)."
        )


def _refuse_by_get(request: Request, operation: Operation) -> None:
    if request.method == "GET" and operation.kind is OperationType.MUTATION:
        raise _not_allowed("POST", "A mutation can't be sent by GET: send it by POST.")


def _not_allowed(methods: str, message: str) -> Refusal:
    return Refusal(HTTPStatus.METHOD_NOT_ALLOWED, BadRequest(message), {"Allow": methods})


def _unsupported(message: str) -> Refusal:
    return Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, BadRequest(message))


def _not_acceptable() -> Refusal:
    offered = " or ".join((*JSON_TYPES, EVENT_STREAM))
    return Refusal(HTTPStatus.NOT_ACCEPTABLE, BadRequest(f"Answers are {offered}: accept one of them."))


def _wants_a_stream() -> BadRequest:
    return BadRequest(
        "A subscription has many answers: send it over a WebSocket (graphql-transport-ws) at this address, "
        f"or with the header Accept: {EVENT_STREAM}."
    )


def _status(outcome: Outcome, media_type: str) -> HTTPStatus:
    codes = [error.get("extensions", {}).get("code") for error in outcome.errors]
    # application/json has meant 200 for all that is GraphQL since before there was a specification;
    # but proxies and clients back off by themselves from a 429.
    if outcome.executed or (media_type == JSON and RateLimited.code not in codes):
        return HTTPStatus.OK
    return next((STATUS_OF_CODE[code] for code in codes if code in STATUS_OF_CODE), HTTPStatus.BAD_REQUEST)


def _headers(outcome: Outcome) -> dict[str, str]:
    """What HTTP says besides of an operation that was not run."""
    headers = {}
    for told in (error.get("extensions", {}) for error in outcome.errors):
        if "retryAfter" in told:
            headers["Retry-After"] = str(told["retryAfter"])
        if told.get("code") == Unauthenticated.code:
            headers["WWW-Authenticate"] = "Bearer"
    return headers


def _response(
    outcome: Outcome, media_type: str, status: HTTPStatus, headers: Mapping[str, str] | None = None
) -> Response:
    content_type = {"Content-Type": f"{media_type}; charset=utf-8"}
    return Response(encode(outcome.payload), status, {**content_type, **(headers or {})})


async def _send_and_linger(response: Response, request: Request, send: Send) -> None:
    """Answer at once, and throw away what still comes for a while before the connection is closed.

    Closed at once, it is reset, and a client that is still sending loses the answer.
    """

    async def send_but_the_end(message: Message) -> None:
        await send({**message, "more_body": True} if message["type"] == "http.response.body" else message)

    await response(request.scope, request.receive, send_but_the_end)
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while (await request.receive()).get("more_body", False):
                pass
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _only(outcome: Outcome) -> AsyncGenerator[Outcome, None]:
    yield outcome
