"""By which names the server may be called.

A page that has its own name lead to this machine (DNS rebinding) is of the server's
origin to a browser, and could do here what its visitor could.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from domain.settings import PREFIX, Settings


class KnownHosts:
    """ASGI middleware: refuses requests that call the server by a name that is not its own."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._names = {name.lower() for name in settings.allowed_hosts}
        if settings.public_url:
            self._names.add(_name_of(settings.public_url))
        # Who listens for others has names that only the operator knows.
        self._any = not settings.allowed_hosts and not is_loopback(settings.host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is for this server."""
        if scope["type"] == "lifespan" or self._any or self._is_known(Headers(scope=scope).get("host", "")):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        else:
            message = f"This server is not called so: see {PREFIX}ALLOWED_HOSTS and {PREFIX}PUBLIC_URL.\n"
            await PlainTextResponse(message, 421)(scope, receive, send)

    def _is_known(self, host: str) -> bool:
        name = _name_of(f"//{host}")
        return name in self._names or is_loopback(name)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, seen from itself only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _name_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
