"""GraphQL over WebSocket: who is let in.

Source: graphql-ws, PROTOCOL.md. The older subprotocol of the same kind, "graphql-ws", is not spoken.
"""

from contextlib import suppress
from urllib.parse import urlsplit

import strawberry
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from domain.settings import Settings
from graph.serving.closing import WRONG_SUBPROTOCOL
from graph.serving.connection import GONE, PING_SECONDS, Connection
from graph.serving.guarding import Guard
from graph.serving.operations import ContextFactory, Operations

SUBPROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0


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
        connection = Connection(websocket, self._operations, self._guard, self._settings)
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
    try:
        page = urlsplit(origin)
    except ValueError:
        return False  # no address at all, such as `http://[`
    if page.scheme not in {"http", "https"}:
        return False
    # A proxy need not hand on which host it was asked for, nor the port.
    public = urlsplit(settings.public_url)
    is_public = (page.scheme, page.netloc.lower()) == (public.scheme, public.netloc.lower())
    return is_public or page.netloc.lower() == websocket.headers.get("host", "").lower()
