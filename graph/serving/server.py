"""Runs the application on uvicorn."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import FrameType
from typing import cast

import structlog
import uvicorn
from starlette.applications import Starlette

from domain.errors import Conflict, Unavailable
from domain.services import starting
from domain.services.operators import FirstAdministrator
from domain.services.runtime import Runtime
from domain.settings import PREFIX, Settings, WrongSetting, unknown
from graph.serving.app import create_app
from graph.serving.hosts import is_loopback
from graph.serving.protocol import protocol_for

log = structlog.get_logger(__name__)

GRACE_SECONDS = 3
"""How long open requests may take when the server is told to stop."""


@dataclass(frozen=True)
class Serving:
    """A server that takes requests; `first` is the administrator that its start made, if it did."""

    url: str
    first: FirstAdministrator | None
    runtime: Runtime


async def run(
    settings: Settings,
    *,
    or_free_port: bool = False,
    welcome: Callable[[str, FirstAdministrator], None],
    beside: Callable[[Serving], Awaitable[None]] | None = None,
) -> None:
    """Bring the database up to date and serve until told to stop.

    With `or_free_port`, a port that is taken makes way for a free one. `welcome` is told
    the address and the first administrator by the one server that made it. `beside` is
    begun as soon as the server serves, and ends with it at the latest. Raises WrongSetting
    when others are let in and no key is set, Conflict when the port is taken, Unavailable
    when the database is away or the storage another's.
    """
    for name in unknown():
        log.warning("there is no such setting", name=name)
    _require_key(settings)
    with _listening(settings, or_free=or_free_port) as listener:
        address = _address(settings, listener)
        first = await starting.prepare(settings)
        config = _config(settings)
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await _until_started(server, serving)
        if first is not None:
            # Even by a server that did not come up: its password is known to nobody else.
            welcome(settings.public_url or address, first)
        if beside is not None and server.started:
            runtime: Runtime = cast("Starlette", config.app).state.runtime
            await _beside(beside(Serving(address, first, runtime)), server, serving)
        await serving
        if not server.started:
            raise Unavailable("the server could not start: its log says why")


def _require_key(settings: Settings) -> None:
    # One that is made and kept here would be another on the next machine, or go with a container.
    if settings.secret_key or is_loopback(settings.host):
        return
    raise WrongSetting(
        f"others can reach {settings.host}, so {PREFIX}SECRET_KEY has to be set: to 32 characters or more "
        "that nobody guesses, the same at every start. This makes such a key: "
        'python -c "import secrets; print(secrets.token_urlsafe(48))", or: openssl rand -base64 48'
    )


class _Server(uvicorn.Server):
    """A server that tells when it is told to stop, not only when it has stopped."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stopping = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal, anywhere between two steps of the program."""
        super().handle_exit(sig, frame)
        self._loop.call_soon_threadsafe(self.stopping.set)


async def _beside(story: Awaitable[None], server: _Server, serving: "asyncio.Task[None]") -> None:
    telling = asyncio.ensure_future(story)
    stopping = asyncio.ensure_future(server.stopping.wait())
    await asyncio.wait({telling, serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not telling.done():
        telling.cancel()
        await asyncio.wait({telling})
    elif error := telling.exception():
        server.should_exit = True
        await serving
        raise error


async def _until_started(server: uvicorn.Server, serving: "asyncio.Task[None]") -> None:
    while not server.started and not serving.done():  # noqa: ASYNC110  # uvicorn tells by this flag only
        await asyncio.sleep(0.02)


def _address(settings: Settings, listener: socket.socket) -> str:
    everywhere = settings.host in {"0.0.0.0", "::"}  # noqa: S104  # compared, not bound
    host = "127.0.0.1" if everywhere else f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}"


def _config(settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(settings),
        http=protocol_for(settings),
        log_config=None,
        access_log=False,
        server_header=False,
        # uvicorn believes whoever connects from this machine unless it is told whom to.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        ws_max_size=settings.max_request_bytes,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _listening(settings: Settings, *, or_free: bool) -> socket.socket:
    """Bind before anything is started, so that a taken port is one clear line."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        if or_free:
            listener.bind((settings.host, 0))
        else:
            listener.close()
            raise Conflict(
                f"can't listen on {settings.host}:{settings.port}: {error.strerror or error}; "
                "choose another with --host and --port"
            ) from None
    return listener
