"""The door: who comes, how often, and what it may run."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from graphql import GraphQLSchema, OperationDefinitionNode, OperationType
from starlette.requests import HTTPConnection

from domain.services import identifying
from domain.services.runtime import Runtime
from domain.terms.access import Caller, Denial, Viewer
from domain.terms.auditing import Subject
from domain.terms.limiting import Limit
from graph.resolving.authorising import refusals
from graph.resolving.errors import Rejected
from graph.resolving.selections import root_fields
from graph.serving.counting import QUIET_SECONDS, Counting, masked
from graph.serving.credentials import address_of, shown_by
from graph.serving.documents import Document
from graph.serving.logging import request_id_of

ConnectionParams: TypeAlias = Mapping[str, object] | None
"""The payload of a WebSocket's connection_init; None for HTTP and where it had none."""


class Guard(Protocol):
    """What the transports ask before they run anything."""

    async def identify(self, connection: HTTPConnection, params: ConnectionParams = None) -> Caller:
        """Find out who calls; one that is signed out, or shows what does not hold, is a caller too."""

    async def count(self, caller: Caller) -> None:
        """Count one operation of the caller. Raises Rejected over its limit."""

    async def admit(
        self,
        caller: Caller,
        document: Document,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
        cost: int,
    ) -> None:
        """Let the caller run an operation that may answer so many values, or raise Rejected."""

    async def refused(self, caller: Caller, action: str, code: str, subject: Subject | None = None) -> None:
        """Write down that a transport refused something; `action` and `code` are words of ours."""

    async def over(self, caller: Caller, limit: str) -> None:
        """Write down, once a while, that a transport refused what is over a limit."""

    def uploading(self, caller: Caller) -> AbstractAsyncContextManager[None]:
        """Hold one request with files. Raises Rejected where the caller has as many as it may."""

    async def count_uploads(self, caller: Caller, amount: int) -> None:
        """Count uploads of the caller, before the first file comes. Raises Rejected over its limit."""

    def subscribing(self, caller: Caller) -> AbstractAsyncContextManager[None]:
        """Hold one subscription. Raises Rejected where the caller has as many as it may."""

    async def still_holds(self, viewer: Viewer) -> bool:
        """Tell whether nothing but time has ended what the viewer has shown. Raises Rejected."""

    async def until_ended(self, viewer: Viewer) -> Denial:
        """Wait until what the viewer has shown holds no longer."""


@dataclass
class AccountGuard:
    """Lets callers in by their accounts, roles and limits."""

    schema: GraphQLSchema
    open_runtime: Callable[[], Runtime]
    counting: Counting = field(init=False)

    def __post_init__(self) -> None:
        self.counting = Counting(self.open_runtime)

    async def identify(self, connection: HTTPConnection, params: ConnectionParams = None) -> Caller:
        """By the headers or by connection_init's payload."""
        shown = shown_by(connection.headers, params)
        with masked():
            return await identifying.identify(
                self.open_runtime(), shown, address_of(connection), request_id_of(connection)
            )

    async def count(self, caller: Caller) -> None:
        """By its key's own limit where that has one."""
        await self.counting.take(caller, Limit.REQUESTS, rate=_own_rate(caller))

    async def admit(
        self,
        caller: Caller,
        document: Document,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
        cost: int,
    ) -> None:
        """Refuse what the caller's role does not allow, then what its budget does not.

        Of a mutation each field counts as one operation.
        """
        reasons = refusals(self.schema, document.tree, operation, variables, caller)
        if reasons:
            first = reasons[0]
            await self.refused(caller, first.field, first.error.code)
            raise Rejected([reason.error for reason in reasons])
        # One after the other, each is written down, and may hash a password: the first is counted.
        more = len(root_fields(document.tree, operation)) - 1
        if operation.operation is OperationType.MUTATION and more:
            await self.counting.take(caller, Limit.REQUESTS, amount=more, rate=_own_rate(caller))
        await self.counting.take(caller, Limit.COST, amount=cost)

    async def refused(self, caller: Caller, action: str, code: str, subject: Subject | None = None) -> None:
        """In the audit, as what was denied."""
        await self.counting.refusals.write_down(caller, action, code, subject)

    async def over(self, caller: Caller, limit: str) -> None:
        """In the audit, once a minute."""
        await self.counting.refusals.write_down_once(caller, "request", limit, QUIET_SECONDS)

    def uploading(self, caller: Caller) -> AbstractAsyncContextManager[None]:
        """Of all that come at once to this process."""
        most = self.open_runtime().settings.max_concurrent_uploads
        return self.counting.holding(caller, most, "uploads", "MAX_CONCURRENT_UPLOADS")

    async def count_uploads(self, caller: Caller, amount: int) -> None:
        """Of all that come in a while."""
        await self.counting.take(caller, Limit.UPLOADS, amount)

    def subscribing(self, caller: Caller) -> AbstractAsyncContextManager[None]:
        """Of all that this process has open."""
        most = self.open_runtime().settings.max_subscriptions
        return self.counting.holding(caller, most, "subscriptions", "MAX_SUBSCRIPTIONS")

    async def still_holds(self, viewer: Viewer) -> bool:
        """Its session or key is not ended, its account is active, and its role the same."""
        with masked():
            return await identifying.still_holds(viewer)

    async def until_ended(self, viewer: Viewer) -> Denial:
        """Its token or key expires, or its session, key or account ends."""
        return await identifying.until_ended(self.open_runtime(), viewer)


def _own_rate(caller: Caller) -> str | None:
    return caller.viewer.rate_limit if caller.viewer else None
