"""What all signed addresses have in common: who opens them too often is told so, and what is gone is gone."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from domain.errors import UserErrorCode
from domain.services import auditing, identifying
from domain.services.links import Link
from domain.terms.access import Caller
from domain.terms.auditing import AuditEntry, AuditOutcome, Subject
from domain.terms.limiting import Limit
from graph.resolving.errors import Rejected
from graph.serving.accepting import GRAPHQL_JSON
from graph.serving.counting import Counting
from graph.serving.credentials import address_of
from graph.serving.logging import request_id_of
from graph.serving.operations import refused
from graph.serving.refusing import headers_of, status_of

ACTION = "download"
COST = 1_000
"""As many values of its account's budget as a file counts that is served."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class Addresses:
    """Opens signed addresses in the name of the account that they were made for."""

    def __init__(self, counting: Counting) -> None:
        self._counting = counting

    async def answered(self, request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        """Answer a request; 429 where its account, or who tries such addresses, does it too often."""
        try:
            return await answer(request)
        except Rejected as rejection:
            outcome = refused(rejection.errors)
            words = f"{outcome.errors[0]['message']}\n"
            return PlainTextResponse(words, status_of(outcome, GRAPHQL_JSON), headers_of(outcome))

    async def caller(self, request: Request, link: Link) -> Caller | None:  # type: ignore[type-arg]  # of any
        """Tell in whose name a link is opened; None where the account is gone or kept out."""
        return await identifying.by_link(link.account_id, address_of(request), request_id_of(request))

    async def served(self, caller: Caller, subject: Subject) -> None:
        """Count a file that is served, and write it down."""
        await self._counting.take(caller, Limit.COST, COST, action=ACTION)
        await auditing.record(AuditEntry(ACTION, AuditOutcome.SUCCEEDED, caller, subject))

    async def gone(self, request: Request, subject: Subject | None = None) -> Response:
        """Answer 404. Whoever tries addresses is counted, so that this fills no audit."""
        caller = Caller(address=address_of(request), request_id=request_id_of(request))
        await self._counting.take(caller, Limit.REQUESTS, action=ACTION)
        await self._counting.refusals.write_down(caller, ACTION, UserErrorCode.NOT_FOUND.value, subject)
        return PlainTextResponse("This address has expired, or what it stood for is gone.\n", 404)
