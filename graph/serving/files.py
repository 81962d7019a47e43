"""Pictures, at signed addresses."""

from starlette.requests import Request
from starlette.responses import Response

from domain.errors import Conflict
from domain.services import links, pictures
from domain.services.identities import now
from domain.services.runtime import Runtime
from domain.terms.auditing import Subject
from domain.terms.pictures import MEDIA_TYPES
from graph.serving.addresses import HEADERS, Addresses
from graph.serving.counting import Counting

# A picture is drawn from names that people choose: whatever is in it, it is not run.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    **HEADERS,
}


class Files:
    """Serves what a signed address opens; draws it first, if nobody asked before."""

    def __init__(self, counting: Counting) -> None:
        self._addresses = Addresses(counting)

    async def picture(self, request: Request) -> Response:
        """Answer a picture; 404 for an address that is forged, expired, or ended with its run or account.

        429 where its account, or who tries such addresses, does it too often.
        """
        return await self._addresses.answered(request, self._picture)

    async def _picture(self, request: Request) -> Response:
        runtime: Runtime = request.app.state.runtime
        link = links.verify(runtime, request.path_params["token"])
        if link is None:
            return await self._addresses.gone(request)
        subject = Subject("ClusteringRun", link.address.run_id)
        caller = await self._addresses.caller(request, link)
        if caller is None:
            return await self._addresses.gone(request, subject)
        try:
            drawn = await pictures.fetch(runtime, link.address)
        except Conflict as busy:
            return Response(f"{busy.message}\n", 503, {"Retry-After": "5"})
        if drawn is None:
            return await self._addresses.gone(request, subject)
        left = max(0, int((link.expires_at - now()).total_seconds()))
        headers = {**_HEADERS, "ETag": f'"{drawn.tag}"', "Cache-Control": f"private, max-age={left}"}
        if drawn.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if request.method != "HEAD":
            await self._addresses.served(caller, subject)
        return Response(drawn.content, media_type=MEDIA_TYPES[link.address.format], headers=headers)
