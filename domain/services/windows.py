"""Where limits are counted: storages of the library `limits`, in this process or in the database.

Unlike the library's own they add only what fits, in one step: what is refused is never
counted, not even for a moment in which another caller would be refused because of it.
"""

import heapq
import time
from abc import ABC, abstractmethod
from typing import cast

import structlog
from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.util import WindowStats
from tortoise import Tortoise
from tortoise.exceptions import OperationalError

from domain.models import RateWindow

IN_MEMORY = "async+windows-in-memory"
IN_DATABASE = "async+windows-in-database"

CLEARING_SECONDS = 60.0
"""How often windows that have ended are cleared away."""

MOST_IN_MEMORY = 100_000
"""Above so many windows, half of them go, those first that would end first."""

_UNLIMITED = 2**62

# In one statement: whoever comes at the same time waits for the row, or is told that it is full.
_ADD = """
INSERT INTO rate_window (key, amount, expires_at) VALUES ($1, $2, $3)
ON CONFLICT (key) DO UPDATE SET
    amount = CASE WHEN rate_window.expires_at <= $4
        THEN excluded.amount ELSE rate_window.amount + excluded.amount END,
    expires_at = CASE WHEN rate_window.expires_at <= $4
        THEN excluded.expires_at ELSE rate_window.expires_at END
WHERE rate_window.expires_at <= $4 OR rate_window.amount + excluded.amount <= $5
RETURNING amount, expires_at
"""

logger = structlog.get_logger(__name__)


class Windows(ABC):
    """What a storage can do that adds to a window what fits into it, and else leaves it as it is."""

    @abstractmethod
    async def add(self, key: str, expiry: float, amount: int, most: int) -> tuple[int, float] | None:
        """Add to a window, or begin one; give what is in it now and when it ends, None if it is full.

        `expiry` is how long a window lasts, in seconds; its end is in seconds since 1970.
        """

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Add whatever there is in the window already."""
        added = await self.add(key, expiry, amount, _UNLIMITED)
        return added[0] if added else _UNLIMITED


class WindowsInMemory(Windows, MemoryStorage):
    """The library's own memory, except that it is looked through once a minute, not with every count.

    With 100,000 callers the latter takes 14 ms each time.
    """

    STORAGE_SCHEME = [IN_MEMORY]  # noqa: RUF012  # the library's way to register a storage

    def __init__(self, uri: str | None = None, most: int = MOST_IN_MEMORY) -> None:
        super().__init__(uri)
        self._most = most
        self._cleared = time.monotonic()

    async def add(self, key: str, expiry: float, amount: int, most: int) -> tuple[int, float] | None:
        """Add without ever waiting for anything: nobody comes between."""
        used = await self.get(key)
        if used + amount > most:
            return None
        self._clear()
        self.storage[key] = used + amount
        return used + amount, self.expirations.setdefault(key, time.time() + expiry)

    def _clear(self) -> None:
        if len(self.expirations) < self._most and time.monotonic() - self._cleared < CLEARING_SECONDS:
            return
        self._cleared, now = time.monotonic(), time.time()
        gone = [key for key, ends in self.expirations.items() if ends <= now]
        if len(self.expirations) - len(gone) >= self._most:
            gone = heapq.nsmallest(len(self.expirations) // 2, self.expirations, self.expirations.__getitem__)
        for key in gone:
            self.storage.pop(key, None)
            self.expirations.pop(key, None)


class WindowsInDatabase(Windows, Storage):
    """Windows that all servers on one database share; their clocks agree within a few seconds."""

    STORAGE_SCHEME = [IN_DATABASE]  # noqa: RUF012  # the library's way to register a storage

    def __init__(self, uri: str | None = None) -> None:
        super().__init__(uri)
        self._cleared = time.monotonic()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the library may wrap; it is not asked to."""
        return OperationalError

    async def add(self, key: str, expiry: float, amount: int, most: int) -> tuple[int, float] | None:
        """Add in one statement, on whatever server."""
        await self._clear()
        connection, now = Tortoise.get_connection("default"), time.time()
        statement = _ADD.replace("$", "?") if connection.capabilities.dialect == "sqlite" else _ADD
        rows = await connection.execute_query_dict(statement, [key, amount, now + expiry, now, most])
        return (rows[0]["amount"], rows[0]["expires_at"]) if rows else None

    async def get(self, key: str) -> int:
        """Give what is in a window; 0 where there is none."""
        window = await RateWindow.get_or_none(key=key, expires_at__gt=time.time())
        return window.amount if window else 0

    async def get_expiry(self, key: str) -> float:
        """Give the end of a window; now, where there is none."""
        now = time.time()
        window = await RateWindow.get_or_none(key=key, expires_at__gt=now)
        return window.expires_at if window else now

    async def check(self) -> bool:
        """Tell whether the database can be asked."""
        await RateWindow.exists()
        return True

    async def reset(self) -> int:
        """Forget all windows."""
        return await RateWindow.all().delete()

    async def clear(self, key: str) -> None:
        """Forget one window."""
        await RateWindow.filter(key=key).delete()

    async def _clear(self) -> None:
        if time.monotonic() - self._cleared < CLEARING_SECONDS:
            return
        self._cleared = time.monotonic()
        try:
            await RateWindow.filter(expires_at__lte=time.time()).delete()
        except OperationalError as error:
            # Two servers that clear at once may stand in each other's way: the next minute will do.
            logger.warning("windows of limits were not cleared", reason=str(error))


class FittingWindow(FixedWindowRateLimiter):
    """The library's fixed window, in which a refused hit uses nothing up."""

    def __init__(self, storage: Storage) -> None:
        super().__init__(storage)
        self._windows = cast("Windows", storage)

    async def hit(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        """Use the limit, and tell whether it was enough."""
        return await self.use(item, *identifiers, cost=cost) is not None

    async def use(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> WindowStats | None:
        """Use the limit, and give the state of its window; None where it was not enough."""
        # A window that has just begun would take any amount.
        if cost > item.amount:
            return None
        added = await self._windows.add(item.key_for(*identifiers), item.get_expiry(), cost, item.amount)
        return WindowStats(added[1], item.amount - added[0]) if added else None
