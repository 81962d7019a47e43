"""Runs the application on uvicorn."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from domain.errors import Conflict
from domain.services import migrations
from domain.settings import Settings
from graph.serving.app import create_app
from graph.serving.logging import configure

GRACE_SECONDS = 5
"""How long open requests may take when the server is told to stop."""


async def run(settings: Settings) -> None:
    """Bring the database up to date and serve until told to stop.

    Raises Conflict when the port is taken, Unavailable when the database is away.
    """
    configure(settings)
    with listening(settings) as listener:
        await migrations.up(settings.database)
        await server(settings).serve(sockets=[listener])


def server(settings: Settings) -> uvicorn.Server:
    """Make a server of these settings, to be started on a listening socket."""
    return uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            log_config=None,
            access_log=False,
            server_header=False,
            ws_max_size=settings.max_request_bytes,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )


@asynccontextmanager
async def serving(
    settings: Settings, started: uvicorn.Server, listener: socket.socket
) -> AsyncIterator[None]:
    """Serve in the background; leave when the server was told to stop, also in the middle of the body."""
    await migrations.up(settings.database)
    task = asyncio.create_task(started.serve(sockets=[listener]))
    while not started.started and not task.done():  # noqa: ASYNC110  # uvicorn tells by this flag only
        await asyncio.sleep(0.02)
    yield
    await task


def listening(settings: Settings, *, or_free: bool = False) -> socket.socket:
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
