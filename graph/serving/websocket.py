"""GraphQL over WebSocket: many operations of any kind on one connection, by graphql-transport-ws.

Source: graphql-ws, PROTOCOL.md. The older subprotocol of the same kind, "graphql-ws", is not spoken.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import ExitStack, aclosing, suppress
from typing import Any
from urllib.parse import urlsplit

import strawberry
import structlog
from graphql import OperationType
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from domain.settings import PREFIX, Settings
from domain.terms.access import Viewer
from graph.resolving.authorising import WHY_SIGNED_OUT
from graph.resolving.errors import BadRequest, RateLimited, Rejected, presented
from graph.serving.guarding import ConnectionParams, Guard
from graph.serving.messages import Complete, Init, Message, Ping, Pong, Subscribe, read
from graph.serving.operations import ContextFactory, Operation, Operations, Outcome, refused
from graph.serving.payloads import encode

SUBPROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
PING_SECONDS = 20.0
MAX_REASON_BYTES = 123  # of a WebSocket's close frame

MAX_MESSAGES = 1_200
"""Messages that a connection may send in a minute; operations are counted besides."""

TOO_MANY_MESSAGES = 1008
BAD_MESSAGE = 4400
UNAUTHORIZED = 4401
FORBIDDEN = 4403
FAILED = 1011
WRONG_SUBPROTOCOL = 4406
INIT_TIMEOUT = 4408
ID_TAKEN = 4409
TOO_MANY_INITS = 4429

GONE = (WebSocketDisconnect, WebSocketDisconnected)
"""What sending raises once the client, or we, have closed the connection."""

logger = structlog.get_logger(__name__)


class GraphQLWebSocket:
    """ASGI endpoint that runs the operations of a schema for WebSocket clients."""

    def __init__(
        self,
        schema: strawberry.Schema,
        settings: Settings,
        make_context: ContextFactory,
        guard: Guard,
        *,
        init_timeout: float = INIT_SECONDS,
        ping_interval: float = PING_SECONDS,
    ) -> None:
        self._settings = settings
        self._guard = guard
        self._operations = Operations(schema, settings, make_context, guard)
        self._init_timeout = init_timeout
        self._ping_interval = ping_interval

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until it is closed."""
        websocket = WebSocket(scope, receive, send)
        if not _is_welcome(websocket, self._settings):
            await websocket.close()  # before it is accepted: HTTP 403
            return
        if SUBPROTOCOL not in websocket.scope.get("subprotocols", ()):
            await websocket.accept()
            await websocket.close(WRONG_SUBPROTOCOL, f"Subprotocol not acceptable: use {SUBPROTOCOL}")
            return
        await websocket.accept(SUBPROTOCOL)
        connection = _Connection(websocket, self._operations, self._guard, self._settings)
        # A client that goes is nothing to report.
        with suppress(*GONE):
            await connection.serve(self._init_timeout, self._ping_interval)


def _is_welcome(websocket: WebSocket, settings: Settings) -> bool:
    """Whether the page that connects, if it is one, is of our own host or of an origin that is allowed.

    CORS does not hold for WebSockets: any page could open one in its visitor's name.
    """
    origin = websocket.headers.get("origin")
    if origin is None or "*" in settings.cors_origins or origin in settings.cors_origins:
        return True
    return urlsplit(origin).netloc.lower() == websocket.headers.get("host", "").lower()


class _Closed(Exception):
    """The client broke the protocol: the connection is to be closed with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = _short(reason)


def _short(reason: str) -> str:
    return reason.encode()[:MAX_REASON_BYTES].decode("utf-8", "ignore")


class _Connection:
    """One client: what it has said of itself, and the operations that run for it."""

    def __init__(
        self, websocket: WebSocket, operations: Operations, guard: Guard, settings: Settings
    ) -> None:
        self._websocket = websocket
        self._operations = operations
        self._guard = guard
        self._settings = settings
        self._initialised = False
        self._acknowledged = False
        self._params: ConnectionParams = None
        self._messages = 0
        self._minute = 0
        self._running: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        # One message at a time: while a slow client takes it, operations wait instead of piling up.
        self._sending = asyncio.Lock()

    async def serve(self, init_timeout: float, ping_interval: float) -> None:
        """Take messages until the client goes or breaks the protocol. Leaves nothing running."""
        try:
            await self._take_init(init_timeout)
            self._start(self._send_pings(ping_interval))
            while True:
                await self._take(await self._receive())
        except _Closed as closed:
            logger.info("connection closed", code=closed.code)
            await self._websocket.close(closed.code, closed.reason)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take_init(self, init_timeout: float) -> None:
        try:
            async with asyncio.timeout(init_timeout):
                while not self._acknowledged:
                    await self._take(await self._receive())
        except TimeoutError:
            raise _Closed(INIT_TIMEOUT, "Connection initialisation timeout") from None

    async def _receive(self) -> Message:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1006))
        self._count_message()
        text = message.get("text")
        if text is None:
            raise _Closed(BAD_MESSAGE, "Send text messages, not binary ones")
        if len(text) > self._settings.max_request_bytes:
            raise _Closed(BAD_MESSAGE, f"Message over the limit of {self._settings.max_request_bytes} bytes")
        try:
            return read(text)
        except BadRequest as error:
            raise _Closed(BAD_MESSAGE, f"Invalid message: {error.message}") from None

    def _count_message(self) -> None:
        minute = int(asyncio.get_running_loop().time()) // 60
        self._messages = self._messages + 1 if minute == self._minute else 1
        self._minute = minute
        if self._messages > MAX_MESSAGES:
            raise _Closed(TOO_MANY_MESSAGES, f"More than {MAX_MESSAGES} messages a minute")

    async def _take(self, message: Message) -> None:
        match message:
            case Init():
                if self._initialised:
                    raise _Closed(TOO_MANY_INITS, "Too many initialisation requests")
                self._initialised = True
                self._params = message.payload
                await self._identify()
                await self._send("connection_ack")
                self._acknowledged = True
            case Ping():
                await self._send("pong", **({} if message.payload is None else {"payload": message.payload}))
            case Subscribe():
                self._begin(message)
            case Complete():
                # An operation may have ended while the client's word was on its way.
                if task := self._running.pop(message.id, None):
                    task.cancel()
            case Pong():
                pass

    async def _identify(self) -> None:
        """Let in who is signed out, and who can show who it is; what does not hold closes the connection."""
        try:
            caller = await self._guard.identify(self._websocket, self._params)
        except Rejected as rejection:
            presented(rejection.errors)  # which logs it
            raise _Closed(FAILED, "Internal error: try again later") from None
        if caller.denial is not None:
            raise _Closed(FORBIDDEN, f"Forbidden: {WHY_SIGNED_OUT[caller.denial]}")
        if caller.viewer is not None:
            self._start(self._close_when_ended(caller.viewer))

    async def _close_when_ended(self, viewer: Viewer) -> None:
        # Clients connect again after this code, with what they have to show by then.
        denial = await self._guard.until_ended(viewer)
        logger.info("connection closed", code=FORBIDDEN, reason=denial)
        with suppress(*GONE):
            await self._websocket.close(FORBIDDEN, _short(f"Forbidden: {WHY_SIGNED_OUT[denial]}"))

    def _begin(self, message: Subscribe) -> None:
        if not self._acknowledged:
            raise _Closed(UNAUTHORIZED, "Unauthorized")
        if message.id in self._running:
            raise _Closed(ID_TAKEN, f"Subscriber for {message.id[:60]} already exists")
        self._running[message.id] = self._start(self._run(message))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _run(self, message: Subscribe) -> None:
        # A client that goes is seen, and everything ended, where messages are received.
        with suppress(*GONE):
            error = await self._tell(message)
            # The id is free for another operation as soon as the client can know that this one is over.
            self._running.pop(message.id, None)
            if error is None:
                await self._send("complete", id=message.id)
            else:
                await self._send("error", id=message.id, payload=error.payload["errors"])

    async def _tell(self, message: Subscribe) -> Outcome | None:
        """Send an operation's outcomes as they come; return the one that says why there are no more."""
        most = self._settings.max_subscriptions
        if len(self._running) > most:
            return refused([_too_many(most)])
        try:
            caller = await self._guard.identify(self._websocket, self._params)
            operation = await self._operations.prepare(message.request, caller)
            with ExitStack() as stack:
                if operation.kind is OperationType.SUBSCRIPTION:
                    stack.enter_context(self._guard.subscribing(caller))
                return await self._send_all(message.id, operation)
        except Rejected as rejection:
            return refused(rejection.errors)

    async def _send_all(self, key: str, operation: Operation) -> Outcome | None:
        async with aclosing(self._operations.stream(operation, self._websocket)) as outcomes:
            async for outcome in outcomes:
                if not outcome.executed:
                    return outcome
                await self._send("next", id=key, payload=outcome.payload)
        return None

    async def _send_pings(self, interval: float) -> None:
        with suppress(*GONE):
            while True:
                await asyncio.sleep(interval)
                await self._send("ping")

    async def _send(self, kind: str, **members: Any) -> None:
        # Each member apart: one that can't be written is replaced, and the message still is one.
        written = [f'"{name}":{encode(value).decode()}' for name, value in {"type": kind, **members}.items()]
        async with self._sending:
            await self._websocket.send_text(f"{{{','.join(written)}}}")


def _too_many(most: int) -> RateLimited:
    return RateLimited(
        f"This connection has {most:,} operations under way, as many as it may: complete one first, or have "
        f"{PREFIX}MAX_SUBSCRIPTIONS raised."
    )
