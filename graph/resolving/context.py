"""Who asks, and with what: made anew for each operation, and each event of a subscription."""

import asyncio
from dataclasses import dataclass, field
from typing import TypeAlias

import strawberry
from starlette.requests import HTTPConnection

from domain.services.runtime import Runtime
from domain.terms.access import Caller, Viewer
from domain.terms.auditing import Subject
from graph.resolving.authorising import unauthenticated
from graph.resolving.loaders import Loaders


@dataclass
class Context:
    """What resolvers lean on. `connection` is the HTTP request or the WebSocket it came by.

    `cost` is that of the whole operation: how many values it may answer. `about` is what a
    mutation acts on, and `why` what it was refused for, where the audit could not tell by
    its input and its payload.
    """

    runtime: Runtime
    connection: HTTPConnection
    caller: Caller = field(default_factory=Caller)
    cost: int = 0
    about: Subject | None = None
    why: str | None = None
    loaders: Loaders = field(default_factory=Loaders)

    @property
    def viewer(self) -> Viewer:
        """Who is signed in. Raises Unauthenticated where nobody is."""
        if self.caller.viewer is None:
            raise unauthenticated(self.caller)
        return self.caller.viewer

    @property
    def client_gone(self) -> "asyncio.Future[None] | None":
        """Done when the client has hung up; None where the connection itself ends what it carries."""
        gone: asyncio.Future[None] | None = getattr(self.connection.state, "client_gone", None)
        return gone

    def renew_loaders(self) -> None:
        """Drop what was loaded: after a mutation the next one of the operation should see the present."""
        self.loaders = Loaders()

    def url(self, path: str) -> str:
        """Make a path absolute, on the address by which the client reached us."""
        if public := self.runtime.settings.public_url:
            return f"{public}{path}"
        base = self.connection.base_url
        scheme = {"ws": "http", "wss": "https"}.get(base.scheme, base.scheme)
        return str(base.replace(scheme=scheme, path=path, query="", fragment=""))


Info: TypeAlias = strawberry.Info[Context, None]
