"""One WebSocket: many operations of any kind on one connection, by graphql-transport-ws.

Source: graphql-ws, PROTOCOL.md.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing, suppress
from typing import Any, cast

import structlog
from graphql import OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from domain.settings import Settings
from domain.terms.access import Caller, Denial, Viewer
from graph.resolving.authorising import WHY_SIGNED_OUT
from graph.resolving.errors import BadRequest, Rejected, presented
from graph.serving import closing
from graph.serving.closing import Closed
from graph.serving.counting import too_many
from graph.serving.guarding import ConnectionParams, Guard
from graph.serving.messages import Complete, Init, Message, Ping, Pong, Subscribe, read
from graph.serving.operations import Operation, Operations, Outcome, refused
from graph.serving.payloads import encode

PING_SECONDS = 20.0
PARTING_SECONDS = 5.0
"""How long what is under way may take once who began it is signed out, such as by the operation itself."""

MAX_MESSAGES = 1_200
"""Messages that a connection may send in a minute; operations are counted besides."""

GONE = (WebSocketDisconnect, WebSocketDisconnected)
"""What sending raises once the client, or we, have closed the connection."""

logger = structlog.get_logger(__name__)


class Connection:
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
        self._caller = Caller()
        self._ended: Denial | None = None
        self._messages = 0
        self._minute = 0
        self._running: dict[str, asyncio.Task[None]] = {}
        self._under_way: set[asyncio.Task[None]] = set()  # without subscriptions
        self._watching: set[asyncio.Task[None]] = set()
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
        except Closed as closed:
            await self._close(closed)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _close(self, closed: Closed) -> None:
        logger.info("connection closed", code=closed.code)
        await self._websocket.close(closed.code, closed.reason)

    async def _take_init(self, init_timeout: float) -> None:
        try:
            async with asyncio.timeout(init_timeout):
                while not self._acknowledged:
                    await self._take(await self._receive())
        except TimeoutError:
            raise Closed(closing.INIT_TIMEOUT, "Connection initialisation timeout") from None

    async def _receive(self) -> Message:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1006))
        self._count_message()
        text = message.get("text")
        if text is None:
            raise Closed(closing.BAD_MESSAGE, "Send text messages, not binary ones")
        most = self._settings.max_request_bytes
        if len(text) > most:
            raise Closed(closing.BAD_MESSAGE, f"Message over the limit of {most} bytes")
        try:
            return read(text)
        except BadRequest as error:
            raise Closed(closing.BAD_MESSAGE, f"Invalid message: {error.message}") from None

    def _count_message(self) -> None:
        minute = int(asyncio.get_running_loop().time()) // 60
        self._messages = self._messages + 1 if minute == self._minute else 1
        self._minute = minute
        if self._messages > MAX_MESSAGES:
            raise Closed(closing.TOO_MANY_MESSAGES, f"More than {MAX_MESSAGES} messages a minute")

    async def _take(self, message: Message) -> None:
        match message:
            case Init():
                if self._initialised:
                    raise Closed(closing.TOO_MANY_INITS, "Too many initialisation requests")
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
            self._caller = await self._guard.identify(self._websocket, self._params)
        except Rejected as rejection:
            presented(rejection.errors)  # which logs it
            raise Closed(closing.AWAY, "Internal error: try again later") from None
        if self._caller.denial is not None:
            raise _signed_out(self._caller.denial)
        if self._caller.viewer is not None:
            self._start(self._close_when_ended(self._caller.viewer))

    async def _close_when_ended(self, viewer: Viewer) -> None:
        """Close it when what its client showed holds no longer, once what is under way is answered.

        Clients connect again, with what they have to show by then, and send anew what was not
        answered: a mutation would run twice.
        """
        self._ended = await self._guard.until_ended(viewer)
        for task in self._watching:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=PARTING_SECONDS)
        with suppress(*GONE):
            await self._close(_signed_out(self._ended))

    def _begin(self, message: Subscribe) -> None:
        if not self._acknowledged:
            raise Closed(closing.UNAUTHORIZED, "Unauthorized")
        if message.id in self._running:
            raise Closed(closing.ID_TAKEN, f"Subscriber for {message.id[:60]} already exists")
        # What comes while it is being closed is sent again by the client, on another one.
        if self._ended is None:
            task = self._running[message.id] = self._start(self._run(message))
            _keep(task, self._under_way)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        _keep(task, self._tasks)
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
        try:
            await self._refuse_another()
            caller = await self._guard.identify(self._websocket, self._params)
            operation = await self._operations.prepare(message.request, caller)
            if operation.kind is not OperationType.SUBSCRIPTION:
                return await self._send_all(message.id, operation)
            async with self._guard.subscribing(caller):
                return await self._watch(message.id, operation)
        except Rejected as rejection:
            return refused(rejection.errors)

    async def _refuse_another(self) -> None:
        most = self._settings.max_subscriptions
        if len(self._running) > most:
            await self._guard.over(self._caller, "operations on a connection")
            raise Rejected([too_many(f"This connection has {most:,} operations", "MAX_SUBSCRIPTIONS")])

    async def _watch(self, key: str, operation: Operation) -> Outcome | None:
        """Send a subscription's events until what its client showed ends."""
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._under_way.discard(task)
        _keep(task, self._watching)
        if self._ended is not None:
            task.cancel()  # at the next step
        return await self._send_all(key, operation)

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


def _keep(task: asyncio.Task[None], tasks: set[asyncio.Task[None]]) -> None:
    """Have a task in a set until it is done."""
    tasks.add(task)
    task.add_done_callback(tasks.discard)


def _signed_out(denial: Denial) -> Closed:
    return Closed(closing.FORBIDDEN, f"Forbidden: {WHY_SIGNED_OUT[denial]}")
