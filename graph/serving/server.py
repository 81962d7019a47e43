"""Runs the application on uvicorn."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from types import FrameType

import structlog
import uvicorn

from domain.errors import Conflict
from domain.services import starting
from domain.settings import Settings, unknown
from graph.serving.app import create_app
from graph.serving.hosts import is_loopback

log = structlog.get_logger(__name__)

GRACE_SECONDS = 3
"""How long open requests may take when the server is told to stop."""


async def run(
    settings: Settings, *, or_free_port: bool = False, beside: Callable[[str], Awaitable[None]] | None = None
) -> None:
    """Bring the database up to date and serve until told to stop.

    With `or_free_port`, a port that is taken makes way for a free one. `beside` is
    begun with the server's address as soon as it serves, and ends with it at the
    latest. Raises Conflict when the port is taken, Unavailable when the database is
    away or the storage another's.
    """
    for name in unknown():
        log.warning("there is no such setting", name=name)
    if not is_loopback(settings.host):
        log.warning(
            "there are no accounts: whoever reaches this address may do everything", host=settings.host
        )
    with _listening(settings, or_free=or_free_port) as listener:
        address = _address(settings, listener)
        await starting.prepare(settings)
        server = _Server(_config(settings))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        if beside is not None:
            await _until_started(server, serving)
            await _beside(beside(address), server, serving)
        await serving


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
        log_config=None,
        access_log=False,
        server_header=False,
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
