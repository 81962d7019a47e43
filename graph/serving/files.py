"""Pictures, at signed addresses."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from domain.errors import Conflict, UserErrorCode
from domain.services import auditing, identifying, links, pictures
from domain.services.identities import now
from domain.services.runtime import Runtime
from domain.terms.access import Caller
from domain.terms.auditing import AuditEntry, AuditOutcome, Subject
from domain.terms.limiting import Limit
from domain.terms.pictures import MEDIA_TYPES
from graph.resolving.errors import Rejected
from graph.serving.accepting import GRAPHQL_JSON
from graph.serving.counting import Counting
from graph.serving.credentials import address_of
from graph.serving.logging import request_id_of
from graph.serving.operations import refused
from graph.serving.refusing import headers_of, status_of

ACTION = "download"
COST = 1_000
"""As many values of its account's budget as a picture counts that is served."""

# A picture is drawn from names that people choose: whatever is in it, it is not run.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class Files:
    """Serves what a signed address opens; draws it first, if nobody asked before."""

    def __init__(self, counting: Counting) -> None:
        self._counting = counting

    async def picture(self, request: Request) -> Response:
        """Answer a picture; 404 for an address that is forged, expired, or ended with its run or account.

        429 where its account, or who tries such addresses, does it too often.
        """
        try:
            return await self._picture(request)
        except Rejected as rejection:
            outcome = refused(rejection.errors)
            words = f"{outcome.errors[0]['message']}\n"
            return PlainTextResponse(words, status_of(outcome, GRAPHQL_JSON), headers_of(outcome))

    async def _picture(self, request: Request) -> Response:
        runtime: Runtime = request.app.state.runtime
        link = links.verify(runtime, request.path_params["token"])
        if link is None:
            return await self._gone(request)
        subject = Subject("ClusteringRun", link.address.run_id)
        caller = await identifying.by_link(link.account_id, address_of(request), request_id_of(request))
        if caller is None:
            return await self._gone(request, subject)
        try:
            drawn = await pictures.fetch(runtime, link.address)
        except Conflict as busy:
            return Response(f"{busy.message}\n", 503, {"Retry-After": "5"})
        if drawn is None:
            return await self._gone(request, subject)
        left = max(0, int((link.expires_at - now()).total_seconds()))
        headers = {**_HEADERS, "ETag": f'"{drawn.tag}"', "Cache-Control": f"private, max-age={left}"}
        if drawn.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if request.method != "HEAD":
            await self._counting.take(caller, Limit.COST, COST, action=ACTION)
            await auditing.record(AuditEntry(ACTION, AuditOutcome.SUCCEEDED, caller, subject))
        return Response(drawn.content, media_type=MEDIA_TYPES[link.address.format], headers=headers)

    async def _gone(self, request: Request, subject: Subject | None = None) -> Response:
        """Whoever tries addresses is counted, so that this fills no audit."""
        caller = Caller(address=address_of(request), request_id=request_id_of(request))
        await self._counting.take(caller, Limit.REQUESTS, action=ACTION)
        await self._counting.refusals.write_down(caller, ACTION, UserErrorCode.NOT_FOUND.value, subject)
        return PlainTextResponse("This address has expired, or what it stood for is gone.\n", 404)
