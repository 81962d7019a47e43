"""GraphQL over HTTP: queries by GET, all operations by POST, answered as JSON or as an event stream.

Source: GraphQL over HTTP, working draft (graphql.github.io/graphql-over-http/draft);
GraphQL multipart request specification.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from email.message import EmailMessage

import strawberry
import structlog
from graphql import OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from domain.settings import PREFIX, Settings
from domain.terms.access import Denial
from graph.resolving.authorising import unauthenticated
from graph.resolving.errors import BadRequest, Rejected, RequestTooLarge, Unauthenticated
from graph.serving.accepting import EVENT_STREAM, GRAPHQL_JSON, JSON, accepted, is_browser
from graph.serving.ending import while_signed_in
from graph.serving.guarding import Guard
from graph.serving.leaving import heard
from graph.serving.multipart import MULTIPART, announced_length, incoming
from graph.serving.operations import ContextFactory, Operation, Operations, Outcome, refused
from graph.serving.patience import IncomingRequest, TooSlow
from graph.serving.payloads import decode
from graph.serving.refusing import (
    Refusal,
    not_acceptable,
    not_allowed,
    not_stored,
    response_of,
    send_and_linger,
    unreadable,
    unsupported,
    wants_a_stream,
)
from graph.serving.requests import GraphQLRequest, from_json, from_parameters
from graph.serving.sse import EventStream

HEARTBEAT_SECONDS = 15.0

PREFLIGHT_HEADERS = ("GraphQL-Preflight", "Apollo-Require-Preflight", "X-Requested-With")
"""A page of another origin can post a form, but no form with one of these, unless CORS lets it."""

logger = structlog.get_logger(__name__)


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
        request = IncomingRequest(scope, receive, self._settings.idle_seconds)
        accept = request.headers.get("accept")
        if self._page and request.method in {"GET", "HEAD"} and is_browser(accept):
            await self._page()(scope, receive, send)
            return
        media_type = accepted(accept)
        try:
            if media_type is None:
                raise not_acceptable()
            async with AsyncExitStack() as stack:
                try:
                    operation = await self._read(request, stack)
                except Rejected as rejection:
                    await self._refuse(request, rejection, media_type, send)
                else:
                    await self._answer(request, operation, media_type, stack, send)
        except ClientDisconnect:
            logger.info("client gone before its request was read")
        except Refusal as refusal:
            logger.info("request refused", status=refusal.status.value)
            media_type = GRAPHQL_JSON if media_type == GRAPHQL_JSON else JSON
            response = response_of(refused([refusal.error]), media_type, refusal.status, refusal.headers)
            if refusal.headers.get("Connection") == "close" and request.more_to_come:
                await send_and_linger(response, request, send)
            else:
                await response(scope, receive, send)

    async def _answer(
        self,
        request: IncomingRequest,
        operation: Operation,
        media_type: str,
        stack: AsyncExitStack,
        send: Send,
    ) -> None:
        if media_type == EVENT_STREAM:
            await self._stream(request, operation, stack, send)
        elif operation.kind is OperationType.SUBSCRIPTION:
            await self._refuse(request, Rejected([wants_a_stream()]), media_type, send)
        else:
            async with heard(request):
                async for outcome in self._operations.stream(operation, request):
                    await response_of(outcome, media_type)(request.scope, request.receive, send)

    async def _stream(
        self, request: Request, operation: Operation, stack: AsyncExitStack, send: Send
    ) -> None:
        outcomes = self._operations.stream(operation, request)
        if operation.kind is OperationType.SUBSCRIPTION:
            try:
                await stack.enter_async_context(self._guard.subscribing(operation.caller))
            except Rejected as rejection:
                outcomes = _only(refused(rejection.errors))
            else:
                outcomes = while_signed_in(outcomes, self._guard, operation.caller)
        await EventStream(outcomes, self._heartbeat).respond(request.receive, send)

    async def _refuse(
        self, request: IncomingRequest, rejection: Rejected, media_type: str, send: Send
    ) -> None:
        outcome = refused(rejection.errors)
        if media_type == EVENT_STREAM:
            await EventStream(_only(outcome), self._heartbeat).respond(request.receive, send)
        elif request.more_to_come:
            # Such as its files, which are not wanted.
            await send_and_linger(response_of(outcome, media_type), request, send)
        else:
            await response_of(outcome, media_type)(request.scope, request.receive, send)

    async def _read(self, request: IncomingRequest, stack: AsyncExitStack) -> Operation:
        """The operation, ready to be run; its files are there until the stack is closed.

        Raises Refusal, and Rejected where the operation may not be run.
        """
        if request.method not in {"GET", "POST"}:
            raise not_allowed("GET, POST", "Send GraphQL requests by GET or POST.")
        try:
            if request.method == "GET":
                return await self._read_address(request)
            if _content_type(request) == MULTIPART:
                _refuse_without_preflight(request)
                return await self._read_files(request, stack)
            return await self._prepare(request, from_json(decode(await self._body(request))))
        except (BadRequest, RequestTooLarge, TooSlow) as error:
            if not request.counted:
                # It is work for us, too.
                await self._guard.count(await self._guard.identify(request))
            raise unreadable(error, self._settings.idle_seconds) from None
        except OSError as error:
            raise not_stored(error) from None

    async def _prepare(self, request: IncomingRequest, asked: GraphQLRequest) -> Operation:
        request.counted = True
        # Who calls is found out now that all has come, not when it began to: a body may take its time,
        # and whoever is signed out meanwhile would say the rest of it as who they were.
        return await self._operations.prepare(asked, await self._guard.identify(request))

    async def _read_address(self, request: IncomingRequest) -> Operation:
        operation = await self._prepare(request, from_parameters(request.query_params))
        if operation.kind is OperationType.MUTATION:
            await self._guard.refused(operation.caller, operation.fields[0], BadRequest.code)
            raise not_allowed("POST", "A mutation can't be sent by GET: send it by POST.")
        return operation

    async def _read_files(self, request: IncomingRequest, stack: AsyncExitStack) -> Operation:
        operations: list[Operation] = []

        async def admit(early: GraphQLRequest) -> None:
            operations.append(await self._prepare(request, early))
            await stack.enter_async_context(self._guard.uploading(operations[0].caller))

        async def expect(files: int) -> None:
            # One file can be given to many fields, each of which makes something of it.
            amount = max(files, len(operations[0].fields))
            await self._guard.count_uploads(operations[0].caller, amount)

        arrived = await stack.enter_async_context(incoming(request, self._settings, admit, expect))
        await self._refuse_ended(operations[0])
        return replace(operations[0], request=arrived)

    async def _refuse_ended(self, operation: Operation) -> None:
        """Refuse an upload whose session, key or role ended while its files came.

        That the token expired on the way is no matter: large files take their time.
        """
        caller = operation.caller
        if caller.viewer is not None and not await self._guard.still_holds(caller.viewer):
            await self._guard.refused(caller, operation.fields[0], Unauthenticated.code)
            raise Rejected([unauthenticated(replace(caller, viewer=None, denial=Denial.ENDED))])

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


def _content_type(request: Request) -> str:
    """The media type of the body: JSON or a form with files. Raises Refusal."""
    header = EmailMessage()
    header["Content-Type"] = request.headers.get("content-type", "")
    media_type, charset = header.get_content_type(), header.get_content_charset("utf-8")
    if "content-type" not in request.headers or media_type not in {JSON, MULTIPART}:
        raise unsupported(f"Send GraphQL requests as {JSON}, or as {MULTIPART} where they have files.")
    if charset not in {"utf-8", "utf8"}:
        raise unsupported(f"Send GraphQL requests in UTF-8, not in {charset[:40]!r}.")
    return media_type


def _refuse_without_preflight(request: Request) -> None:
    if not any(request.headers.get(name) for name in PREFLIGHT_HEADERS):
        raise BadRequest(
            f"A {MULTIPART} request needs a header that no foreign web page can send unasked: "
            f"add {PREFLIGHT_HEADERS[0]}: 1 ({' or '.join(PREFLIGHT_HEADERS[1:])} will do as well)."
        )


async def _only(outcome: Outcome) -> AsyncGenerator[Outcome, None]:
    yield outcome
