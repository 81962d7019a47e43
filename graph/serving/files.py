"""Pictures, at signed addresses."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from domain.errors import Conflict
from domain.services import auditing, identifying, links, pictures
from domain.services.runtime import Runtime
from domain.terms.access import Caller
from domain.terms.auditing import AuditEntry, AuditOutcome, Subject
from domain.terms.pictures import MEDIA_TYPES
from graph.serving.credentials import address_of
from graph.serving.logging import request_id_of

# A picture is drawn from names that people choose: whatever is in it, it is not run.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class Files:
    """Serves what a signed address opens; draws it first, if nobody asked before."""

    async def picture(self, request: Request) -> Response:
        """Answer a picture; 404 for an address that is forged, expired, or ended with its run or account."""
        runtime: Runtime = request.app.state.runtime
        link = links.verify(runtime, request.path_params["token"])
        caller = await _caller(request, link) if link else None
        if link is None or caller is None:
            return _gone()
        try:
            drawn = await pictures.fetch(runtime, link.address)
        except Conflict as busy:
            return Response(f"{busy.message}\n", 503, {"Retry-After": "5"})
        if drawn is None:
            return _gone()
        subject = Subject("ClusteringRun", link.address.run_id)
        await auditing.record(AuditEntry("download", AuditOutcome.SUCCEEDED, caller, subject))
        headers = {
            **_HEADERS,
            "ETag": f'"{drawn.tag}"',
            "Cache-Control": f"private, max-age={runtime.settings.signed_url_seconds}",
        }
        if drawn.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(drawn.content, media_type=MEDIA_TYPES[link.address.format], headers=headers)


async def _caller(request: Request, link: links.Link) -> Caller | None:
    return await identifying.by_link(link.account_id, address_of(request), request_id_of(request))


def _gone() -> Response:
    return PlainTextResponse("This address has expired, or what it stood for is gone.\n", 404)
