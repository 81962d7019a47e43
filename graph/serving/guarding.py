"""The door: who comes, how often, and what it may run."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode
from starlette.requests import HTTPConnection

from domain.errors import TooOften
from domain.services import auditing, identifying
from domain.services.runtime import Runtime
from domain.settings import PREFIX
from domain.terms.access import Caller, Denial, Viewer
from domain.terms.auditing import AuditEntry, AuditOutcome
from domain.terms.limiting import Limit
from graph.resolving.authorising import refusals
from graph.resolving.errors import RateLimited, Rejected, rate_limited
from graph.serving.credentials import address_of, shown_by
from graph.serving.documents import Document
from graph.serving.logging import request_id_of

ConnectionParams: TypeAlias = Mapping[str, object] | None
"""The payload of a WebSocket's connection_init; None for HTTP and where it had none."""

BUSY_RETRY_SECONDS = 5


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

    def uploading(self, caller: Caller) -> AbstractAsyncContextManager[None]:
        """Hold one upload of the caller. Raises Rejected over its limits."""

    def subscribing(self, caller: Caller) -> AbstractContextManager[None]:
        """Hold one subscription of the caller. Raises Rejected over its limit."""

    async def until_ended(self, viewer: Viewer) -> Denial:
        """Wait until what the viewer has shown holds no longer."""


@dataclass
class AccountGuard:
    """Lets callers in by their accounts, roles and limits."""

    schema: GraphQLSchema
    open_runtime: Callable[[], Runtime]
    _uploads: Counter[str] = field(default_factory=Counter)
    _subscriptions: Counter[str] = field(default_factory=Counter)
    _told: dict[str, float] = field(default_factory=dict)

    async def identify(self, connection: HTTPConnection, params: ConnectionParams = None) -> Caller:
        """Find out who calls, by the headers or by connection_init's payload."""
        shown = shown_by(connection.headers, params)
        with _masked():
            return await identifying.identify(
                self.open_runtime(), shown, address_of(connection), request_id_of(connection)
            )

    async def count(self, caller: Caller) -> None:
        """Count one operation of the caller, by its key's own limit where that has one."""
        rate = caller.viewer.rate_limit if caller.viewer else None
        await self._take(caller, Limit.REQUESTS, rate=rate)

    async def admit(
        self,
        caller: Caller,
        document: Document,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
        cost: int,
    ) -> None:
        """Refuse what the caller's role does not allow, then what its budget does not."""
        reasons = refusals(self.schema, document.tree, operation, variables, caller)
        if reasons:
            first = reasons[0]
            with _masked():
                await _write_down(caller, first.field, first.error.code)
            raise Rejected([reason.error for reason in reasons])
        await self._take(caller, Limit.COST, amount=cost)

    @asynccontextmanager
    async def uploading(self, caller: Caller) -> AsyncIterator[None]:
        """Hold one upload: of all that it may send in a while, and at once."""
        runtime = self.open_runtime()
        most = runtime.settings.max_concurrent_uploads
        with self._holding(self._uploads, caller, most, "uploads", "MAX_CONCURRENT_UPLOADS"):
            await self._take(caller, Limit.UPLOADS)
            yield

    @contextmanager
    def subscribing(self, caller: Caller) -> Iterator[None]:
        """Hold one subscription."""
        most = self.open_runtime().settings.max_subscriptions
        with self._holding(self._subscriptions, caller, most, "subscriptions", "MAX_SUBSCRIPTIONS"):
            yield

    async def until_ended(self, viewer: Viewer) -> Denial:
        """Wait until the viewer's token or key expires, or its session, key or account ends."""
        return await identifying.until_ended(self.open_runtime(), viewer)

    @contextmanager
    def _holding(
        self, held: Counter[str], caller: Caller, most: int, what: str, setting: str
    ) -> Iterator[None]:
        who = caller.counted_as
        if held[who] >= most:
            message = f"You have {most:,} {what} under way, as many as one may: complete one first, or have"
            raise Rejected(
                [RateLimited(f"{message} {PREFIX}{setting} raised.", retryAfter=BUSY_RETRY_SECONDS)]
            )
        held[who] += 1
        try:
            yield
        finally:
            held[who] -= 1
            if not held[who]:
                del held[who]

    async def _take(self, caller: Caller, limit: Limit, amount: int = 1, rate: str | None = None) -> None:
        with _masked():
            try:
                await self.open_runtime().limiter.take(limit, caller.counted_as, amount, rate)
            except TooOften as refusal:
                raise await self._too_often(caller, refusal) from None

    async def _too_often(self, caller: Caller, refusal: TooOften) -> Rejected:
        """Tell the caller; the audit has it once a window, whatever else is sent in it."""
        now = time.monotonic()
        self._told = {who: until for who, until in self._told.items() if until > now}
        if caller.counted_as not in self._told:
            self._told[caller.counted_as] = now + refusal.retry_after
            await _write_down(caller, "request", RateLimited.code)
        return Rejected([rate_limited(refusal)])


@contextmanager
def _masked() -> Iterator[None]:
    """Refuse the operation when the database is away, as any other failure of ours."""
    try:
        yield
    except Rejected:
        raise
    except Exception as error:
        raise Rejected([GraphQLError(str(error), original_error=error)]) from error


async def _write_down(caller: Caller, action: str, code: str) -> None:
    await auditing.record(AuditEntry(action, AuditOutcome.DENIED, caller, None, code))
