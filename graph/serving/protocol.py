"""HTTP on a connection, with bounds on what arrives before the application is asked.

uvicorn keeps the head of a request until it is whole, however long that is and takes.
"""

import asyncio
from http import HTTPStatus

import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from domain.settings import PREFIX, Settings
from graph.serving.security import ALWAYS, NOTHING

LINGER_SECONDS = 2.0
"""How long what still comes is thrown away after a refusal: a reset could overtake the answer."""


MOST_PIPELINED = 100
"""Requests that may wait for their turn on one connection; a megabyte has room for ten thousands."""

_WORDS = {
    HTTPStatus.BAD_REQUEST: "This is no valid HTTP request.",
    HTTPStatus.TOO_MANY_REQUESTS: f"More than {MOST_PIPELINED} requests wait on this connection.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        "The address and headers of the request are over the limit of {largest:,} bytes: send less, or have "
        "{setting} raised."
    ),
}

_CAREFUL = [
    (name.lower().encode(), value.encode())
    for name, value in {**ALWAYS, "Content-Security-Policy": NOTHING}.items()
]

logger = structlog.get_logger(__name__)


class _Refused(Exception):
    """Ends the parser's work."""


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's own, except that a head has a largest size and a longest time."""

    largest_head: int
    patience: float

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._arriving = True  # a head, rather than a body
        self._size = 0  # bytes of it so far; in a body, those that were nothing the application gets
        self._began_anew = False  # since the parser was last fed
        self._refused: HTTPStatus | None = None
        self._ended = False  # as HTTP
        self._hanging_up: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._be_patient()

    def connection_lost(self, exc: Exception | None) -> None:
        """End what was begun."""
        self._ended = True
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what arrives, of a head no more than it may have."""
        while data and not (self._refused or self._ended or self.transport.is_closing()):
            room = self.largest_head - self._size if self._arriving else len(data)
            self._feed(data[:room])
            data = data[room:]
        if self._is_idle() and not (self._refused or self._ended):
            self._be_patient()

    def _feed(self, data: bytes) -> None:
        self._began_anew = False
        super().data_received(data)
        # Where in these bytes the next head began is unknown: of such a one, on_headers_complete knows.
        self._size = 0 if self._began_anew else self._size + len(data)
        if self._size >= self.largest_head and not (self._ended or self.transport.is_closing()):
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """Let the application begin."""
        # At least, since a space after the colon may be missing.
        head = sum(len(name) + len(value) + len(":\r\n") for name, value in self.headers)
        head += len(self.parser.get_method()) + len(self.url) + len("  HTTP/1.1\r\n\r\n")
        if head > self.largest_head:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            raise _Refused
        if len(self.pipeline) >= MOST_PIPELINED:
            self._refuse(HTTPStatus.TOO_MANY_REQUESTS)
            raise _Refused
        self._arriving, self._began_anew = False, True
        self._stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hand a piece of a body on."""
        self._began_anew = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Be ready for the next head."""
        self._arriving = self._began_anew = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with the next request, or say what is wrong with it."""
        super().on_response_complete()
        if self._is_idle() and not self.transport.is_closing():
            self._answer_refused()

    def handle_websocket_upgrade(self) -> None:
        """Leave the connection to the WebSocket's protocol."""
        self._ended = True
        self._stop_waiting()
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser could not read."""
        # It is told about what was refused already, too.
        if not self._refused and not self._ended:
            self._refuse(HTTPStatus.BAD_REQUEST)

    def _refuse(self, status: HTTPStatus) -> None:
        self._refused = status
        self._stop_waiting()
        if self._is_idle():
            self._answer_refused()
        elif self.cycle.more_body:
            # The application waits for the rest of a body that is not going to come.
            if not self.pipeline and not self.cycle.response_started:
                self._write_refusal(status)
            self.transport.close()
        # Else those before it are answered first: on_response_complete comes back to it.

    def _answer_refused(self) -> None:
        if not self._refused:
            return
        self._write_refusal(self._refused)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._unset_keepalive_if_required()
        self._hanging_up = self.loop.call_later(LINGER_SECONDS, self.transport.close)
        self.flow.resume_reading()

    def _write_refusal(self, status: HTTPStatus) -> None:
        logger.info("request refused", status=status.value)
        words = _WORDS[status].format(largest=self.largest_head, setting=f"{PREFIX}MAX_HEADER_BYTES").encode()
        headers = [
            *self.server_state.default_headers,
            *_CAREFUL,
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % (len(words) + 1)),
            (b"connection", b"close"),
        ]
        lines = [STATUS_LINE[status.value], *(b"%s: %s\r\n" % header for header in headers)]
        self.transport.write(b"".join([*lines, b"\r\n", words, b"\n"]))

    def _is_idle(self) -> bool:
        return not self.pipeline and (self.cycle is None or self.cycle.response_complete)

    def _be_patient(self) -> None:
        # From the first byte on, or from the connection: no byte that trickles in after it buys more time.
        if self._hanging_up is None:
            self._hanging_up = self.loop.call_later(self.patience, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._hanging_up is not None:
            self._hanging_up.cancel()
            self._hanging_up = None


def protocol_for(settings: Settings) -> type[asyncio.Protocol]:
    """Make the protocol of a server with these settings."""

    class Bounded(BoundedProtocol):
        largest_head = settings.max_header_bytes
        patience = settings.idle_seconds

    return Bounded
