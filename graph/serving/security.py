"""What browsers are told not to do with our answers."""

from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.settings import Settings

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}

NOTHING = "default-src 'none'; frame-ancestors 'none'"
OWN_PARTS = "default-src 'self'; frame-ancestors 'none'"
"""For scripts: one that runs as a worker runs by its own answer's policy, and fetches its parts."""

ONE_YEAR = 365 * 86_400
API = "/graphql"


class SecurityHeaders:
    """ASGI middleware: adds the headers that make a browser careful, where an answer has none of its own."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._always = dict(ALWAYS)
        if settings.public_url.startswith("https://"):
            self._always["Strict-Transport-Security"] = f"max-age={ONE_YEAR}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            # A 304 leaves what the browser has as it was sent, headers included.
            if message["type"] == "http.response.start" and message["status"] != HTTPStatus.NOT_MODIFIED:
                self._add(MutableHeaders(scope=message), scope["path"])
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _add(self, headers: MutableHeaders, path: str) -> None:
        for name, value in self._always.items():
            headers.setdefault(name, value)
        # A picture may be shown by a page of anybody's, in a frame too.
        if headers.get("Cross-Origin-Resource-Policy") != "cross-origin":
            headers.setdefault("X-Frame-Options", "DENY")
        is_script = headers.get("Content-Type", "").startswith("text/javascript")
        headers.setdefault("Content-Security-Policy", OWN_PARTS if is_script else NOTHING)
        if path == API:
            headers.setdefault("Cache-Control", "no-store")
