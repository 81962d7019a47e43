"""A guard for tests of the transports: it does what it is told, and needs no database."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode
from starlette.requests import HTTPConnection

from domain.errors import TooOften
from domain.terms.access import Caller, Denial, Role, Viewer, ViewerKind
from domain.terms.auditing import Subject
from graph.resolving.authorising import refusals
from graph.resolving.errors import RateLimited, Rejected, rate_limited
from graph.serving.credentials import shown_by
from graph.serving.documents import Document
from graph.serving.guarding import ConnectionParams

MOST_SUBSCRIPTIONS = 3


class Door:
    """Lets everybody in as whom they say they are: a token is a name, and `ADMIN-…` an administrator's.

    Tests tell it whom to count, whose token ends, and for whom the database is away. What was
    `told` to it, of refusals, they look up.
    """

    BROKEN = "broken"

    def __init__(self, schema: GraphQLSchema) -> None:
        self.left: dict[str, int] = {}
        self.uploads: defaultdict[str, int] = defaultdict(lambda: 1_000_000, full=0)
        self.told: list[tuple[str, str, str]] = []
        self._schema = schema
        # `Basic` is what is left of a header with another scheme.
        self._ended: dict[str, Denial] = {"wrong": Denial.INVALID, "Basic": Denial.INVALID}
        self._waiting: dict[str, list[tuple[asyncio.AbstractEventLoop, asyncio.Future[Denial]]]] = {}
        self._subscriptions: Counter[str] = Counter()

    def end(self, token: str, denial: Denial = Denial.ENDED) -> None:
        """Have a token hold no longer, from now on and for what it was shown for already."""
        self._ended[token] = denial
        for loop, ended in self._waiting.pop(token, ()):
            loop.call_soon_threadsafe(_tell, ended, denial)

    async def identify(self, connection: HTTPConnection, params: ConnectionParams = None) -> Caller:
        """Tell who calls."""
        token = shown_by(connection.headers, params)
        if token == self.BROKEN:
            raise Rejected([GraphQLError("x", original_error=OSError("no database at db.example"))])
        if token is None or token in self._ended:
            return Caller(None, self._ended.get(token or ""), "192.0.2.1")
        role = Role.ADMIN if token.startswith("ADMIN-") else Role.USER
        account_id = uuid5(NAMESPACE_OID, token)
        return Caller(Viewer(account_id, token, role, ViewerKind.USER, account_id), None, "192.0.2.1")

    async def count(self, caller: Caller) -> None:
        """Count one operation, of those that a test has given a number of."""
        name = caller.viewer.username if caller.viewer else ""
        if name in self.left:
            self.left[name] -= 1
            if self.left[name] < 0:
                raise Rejected([rate_limited(TooOften("that is enough: wait", 6.1))])

    async def admit(
        self,
        caller: Caller,
        document: Document,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
        cost: int,
    ) -> None:
        """Refuse what a role does not allow."""
        reasons = refusals(self._schema, document.tree, operation, variables, caller)
        if reasons:
            raise Rejected([reason.error for reason in reasons])

    async def refused(self, caller: Caller, action: str, code: str, subject: Subject | None = None) -> None:
        """Keep what was refused."""
        self.told.append((caller.viewer.username if caller.viewer else "", action, code))

    async def over(self, caller: Caller, limit: str) -> None:
        """Keep what was too much."""
        await self.refused(caller, "request", RateLimited.code)

    @asynccontextmanager
    async def uploading(self, caller: Caller) -> AsyncIterator[None]:
        """Hold one upload; nobody who is called `busy` has room for one."""
        if caller.viewer and caller.viewer.username == "busy":
            raise Rejected([rate_limited(TooOften("you have uploads under way: wait", 5))])
        yield

    async def count_uploads(self, caller: Caller, amount: int) -> None:
        """Count uploads, of those that a test has given a number of."""
        name = caller.viewer.username if caller.viewer else ""
        self.uploads[name] -= amount
        if self.uploads[name] < 0:
            raise Rejected([rate_limited(TooOften("you have sent enough files: wait", 60))])

    @asynccontextmanager
    async def subscribing(self, caller: Caller) -> AsyncIterator[None]:
        """Hold one subscription; who is signed out may have any number."""
        name = caller.viewer.username if caller.viewer else ""
        if name and self._subscriptions[name] >= MOST_SUBSCRIPTIONS:
            raise Rejected([rate_limited(TooOften("you have too many subscriptions: complete one", 5))])
        self._subscriptions[name] += 1
        try:
            yield
        finally:
            self._subscriptions[name] -= 1

    async def still_holds(self, viewer: Viewer) -> bool:
        """Tell whether a test has not ended it: an expired token is no matter."""
        return self._ended.get(viewer.username, Denial.EXPIRED) is Denial.EXPIRED

    async def until_ended(self, viewer: Viewer) -> Denial:
        """Wait until a test says that it has ended."""
        if viewer.username in self._ended:
            return self._ended[viewer.username]
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[Denial] = loop.create_future()
        self._waiting.setdefault(viewer.username, []).append((loop, ended))
        return await ended


def _tell(ended: asyncio.Future[Denial], denial: Denial) -> None:
    if not ended.done():  # as where whoever waited has gone
        ended.set_result(denial)
