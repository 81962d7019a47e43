"""Pictures, at signed addresses."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from domain.errors import Conflict
from domain.services import links, pictures
from domain.services.runtime import Runtime
from domain.terms.pictures import MEDIA_TYPES

# A picture is drawn from names that people choose: whatever is in it, it is not run.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class Files:
    """Serves what a signed address opens; draws it first, if nobody asked before."""

    async def picture(self, request: Request) -> Response:
        """Answer a picture; 404 for an address that is forged, has expired, or ended with its run."""
        runtime: Runtime = request.app.state.runtime
        address = links.verify(runtime, request.path_params["token"])
        try:
            drawn = await pictures.fetch(runtime, address) if address else None
        except Conflict as busy:
            return Response(f"{busy.message}\n", 503, {"Retry-After": "5"})
        if address is None or drawn is None:
            return PlainTextResponse("This address has expired, or what it stood for is gone.\n", 404)
        headers = {
            **_HEADERS,
            "ETag": f'"{drawn.tag}"',
            "Cache-Control": f"private, max-age={runtime.settings.signed_url_seconds}",
        }
        if drawn.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(drawn.content, media_type=MEDIA_TYPES[address.format], headers=headers)
