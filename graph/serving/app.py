"""The ASGI application: its routes, and what lives as long as it does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute

from domain.services import health
from domain.services.runtime import opened
from domain.services.supervision import supervised
from domain.settings import Settings
from domain.terms.access import Caller
from domain.terms.exports import EXPORT_MEDIA_TYPES
from graph.resolving.context import Context
from graph.schema.root import schema
from graph.serving.downloads import Downloads
from graph.serving.explorer import explorer_page, explorer_routes
from graph.serving.files import Files
from graph.serving.guarding import AccountGuard
from graph.serving.hosts import KnownHosts
from graph.serving.http import PREFLIGHT_HEADERS, GraphQLHTTP
from graph.serving.logging import RequestLog
from graph.serving.security import SecurityHeaders
from graph.serving.websocket import GraphQLWebSocket


def create_app(settings: Settings) -> Starlette:
    """Build the application; what `starting.prepare` does is done by then."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with opened(settings) as runtime, supervised(runtime):
            app.state.runtime = runtime
            yield

    async def make_context(connection: HTTPConnection, caller: Caller, cost: int) -> Context:
        return Context(app.state.runtime, connection, caller, cost)

    guard = AccountGuard(schema._schema, lambda: app.state.runtime)  # noqa: SLF001  # it has no public name

    app = Starlette(
        routes=[
            Route("/", lambda _: RedirectResponse("/graphql")),
            Route("/health/live", _live),
            Route("/health/ready", _ready),
            Route("/graphql", GraphQLHTTP(schema, settings, make_context, guard, page=explorer_page)),
            WebSocketRoute("/graphql", GraphQLWebSocket(schema, settings, make_context, guard)),
            Route("/files/{token}", Files(guard.counting).picture),
            Route("/exports/{token}/{file_name}", Downloads(guard.counting).export),
            *explorer_routes(),
        ],
        middleware=_middleware(settings),
        lifespan=lifespan,
    )
    return app


def _middleware(settings: Settings) -> list[Middleware]:
    cors = Middleware(
        CORSMiddleware,
        allow_origins=list(settings.cors_origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-Request-ID", *PREFLIGHT_HEADERS],
        expose_headers=["X-Request-ID", "Retry-After", "WWW-Authenticate"],
        max_age=600,
    )
    return [
        Middleware(SecurityHeaders, settings),
        Middleware(RequestLog),
        Middleware(KnownHosts, settings),
        *([cors] if settings.cors_origins else []),
        Middleware(
            GZipMiddleware,
            minimum_size=1024,
            compresslevel=5,
            # A download that is resumed goes on where the bytes of the file broke off.
            exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, *EXPORT_MEDIA_TYPES.values()),
        ),
    ]


async def _live(request: Request) -> Response:
    return JSONResponse({"status": "live"})


async def _ready(request: Request) -> Response:
    reason = await health.unready_because(request.app.state.runtime)
    if reason:
        return JSONResponse({"status": "not ready", "reason": reason}, 503, {"Retry-After": "5"})
    return JSONResponse({"status": "ready"})
