"""Logs: one format for all that is logged, and an id that ties a request's lines together."""

import asyncio
import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.dev import ConsoleRenderer
from structlog.types import ExcInfo, Processor

from domain.settings import Settings

REQUEST_ID_HEADER = "X-Request-ID"
SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,64}")
CONTROL_CHARACTERS = {
    code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
} | {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}

logger = structlog.get_logger(__name__)


class RequestLog:
    """ASGI middleware: binds an id to all that is logged for a request, and answers it in a header.

    The client's own X-Request-ID is kept where it is sane, so that a trace can go on through us.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request or connection."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope))
        begun = False
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"] in {
                "http.response.start",
                "websocket.accept",
                "websocket.http.response.start",
            }:
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            except asyncio.CancelledError:
                # Only a server that stops cancels a request, and then nothing comes after it.
                logger.warning("request broken off, the server stops")
            except Exception:
                if begun or scope["type"] != "http":
                    raise
                logger.exception("request failed")
                failed = PlainTextResponse(f"Something went wrong on our side; quote {request_id}.\n", 500)
                await failed(scope, receive, send_with_id)


def request_id_of(connection: HTTPConnection) -> str:
    """The id of a request or connection that has come through the log."""
    request_id: str = getattr(connection.state, "request_id", "")
    return request_id


def _request_id(headers: Mapping[str, str]) -> str:
    given = headers.get(REQUEST_ID_HEADER, "")
    return given if SANE_REQUEST_ID.fullmatch(given) else uuid4().hex


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Send all logs, the libraries' included, to the stream (stderr): lines for people, or JSON."""
    stream = stream or sys.stderr
    console = settings.log_format == "console" or (settings.log_format == "auto" and stream.isatty())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_common(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_common(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_for_people(stream) if console else _for_machines()),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    _adopt_uvicorn()
    # At DEBUG these tell the values of every query: customers, e-mail addresses, hashes. And what goes
    # over a WebSocket, for which uvicorn lends its logger: headers with tokens, messages with passwords.
    for name in ("tortoise", "tortoise.db_client", "aiosqlite", "asyncpg", "uvicorn.error"):
        logging.getLogger(name).setLevel(max(logging.INFO, root.level))


def _adopt_uvicorn() -> None:
    """Let uvicorn log through us, except for addresses: a query in a URL has its variables there."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_tells_no_address)


def _tells_no_address(record: logging.LogRecord) -> bool:
    return '"WebSocket' not in str(record.msg)


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]


def _for_machines() -> list[Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _for_people(stream: TextIO) -> list[Processor]:
    return [one_line, ConsoleRenderer(colors=stream.isatty(), exception_formatter=indented)]


def one_line(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Escape line breaks and other control characters: nothing a client sends can forge a line."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = value.translate(CONTROL_CHARACTERS)
    return event


def indented(stream: TextIO, exc_info: ExcInfo) -> None:
    """Write a traceback with every line of it set in: an exception's message can't pass for a line."""
    lines = "".join(traceback.format_exception(*exc_info)).splitlines()
    stream.write("\n" + "\n".join("    " + line.translate(CONTROL_CHARACTERS) for line in lines))
