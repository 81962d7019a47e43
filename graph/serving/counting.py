"""What callers do in a while and at once, and what is written down when it is too much."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import structlog
from graphql import GraphQLError

from domain.errors import TooOften
from domain.services import auditing
from domain.services.runtime import Runtime
from domain.settings import PREFIX
from domain.terms.access import Caller
from domain.terms.auditing import AuditEntry, AuditOutcome, Subject
from domain.terms.limiting import Limit
from graph.resolving.errors import RateLimited, Rejected, rate_limited

BUSY_RETRY_SECONDS = 5
"""When it is worth another try, once something else may have ended."""

QUIET_SECONDS = 60.0
"""How long the audit keeps quiet of a caller that is over a limit which does not end by itself."""

log = structlog.get_logger(__name__)


@dataclass
class Refusals:
    """Writes down what callers are refused; what is over a limit once a window, whatever is sent in it."""

    _quiet_until: dict[tuple[str, str], float] = field(default_factory=dict)

    async def write_down(
        self, caller: Caller, action: str, code: str, subject: Subject | None = None
    ) -> None:
        """Write down that something was refused; it stays refused where the audit can't be written."""
        try:
            await auditing.record(AuditEntry(action, AuditOutcome.DENIED, caller, subject, code))
        except Exception:
            log.exception("the audit could not be written", action=action, outcome="DENIED", code=code)

    async def write_down_once(self, caller: Caller, action: str, limit: str, seconds: float | None) -> None:
        """Write down that a caller is over a limit, unless that is done for so many seconds already."""
        now, key = time.monotonic(), (limit, caller.counted_as)
        if self._quiet_until.get(key, now) > now:
            return
        # Cleared when something is written anyway: many callers make this long.
        self._quiet_until = {each: until for each, until in self._quiet_until.items() if until > now}
        self._quiet_until[key] = now + (seconds or QUIET_SECONDS)
        await self.write_down(caller, action, RateLimited.code)


@dataclass
class Counting:
    """Counts what callers do."""

    open_runtime: Callable[[], Runtime]
    refusals: Refusals = field(default_factory=Refusals)
    _held: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def take(
        self,
        caller: Caller,
        limit: Limit,
        amount: int = 1,
        rate: str | None = None,
        action: str = "request",
    ) -> None:
        """Use so much of a caller's limit, for an action. Raises Rejected where there is not so much left."""
        with masked():
            try:
                await self.open_runtime().limiter.take(limit, caller.counted_as, amount, rate)
            except TooOften as refusal:
                await self.refusals.write_down_once(caller, action, limit, refusal.retry_after)
                raise Rejected([rate_limited(refusal)]) from None

    @asynccontextmanager
    async def holding(self, caller: Caller, most: int, what: str, setting: str) -> AsyncIterator[None]:
        """Hold one of those that a caller may have at once. Raises Rejected where it has them all."""
        key = setting, caller.counted_as
        if self._held[key] >= most:
            await self.refusals.write_down_once(caller, "request", setting, QUIET_SECONDS)
            raise Rejected([too_many(f"You have {most:,} {what}", setting)])
        self._held[key] += 1
        try:
            yield
        finally:
            self._held[key] -= 1
            if not self._held[key]:
                del self._held[key]


def too_many(having: str, setting: str) -> RateLimited:
    """Say that somebody has as many of something under way as is allowed."""
    return RateLimited(
        f"{having} under way, as many as allowed: complete one first, or have {PREFIX}{setting} raised.",
        retryAfter=BUSY_RETRY_SECONDS,
    )


@contextmanager
def masked() -> Iterator[None]:
    """Refuse the operation when the database is away, as any other failure of ours."""
    try:
        yield
    except Rejected:
        raise
    except Exception as error:
        raise Rejected([GraphQLError(str(error), original_error=error)]) from error
