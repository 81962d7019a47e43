"""Who asks, and with what: made anew for each operation, and each event of a subscription."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import strawberry
from starlette.requests import HTTPConnection

from domain.services.runtime import Runtime
from graph.resolving.loaders import Loaders


@dataclass
class Context:
    """What resolvers lean on. `connection` is the HTTP request or the WebSocket it came by."""

    runtime: Runtime
    connection: HTTPConnection
    connection_params: Mapping[str, object] | None = None
    loaders: Loaders = field(default_factory=Loaders)

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
