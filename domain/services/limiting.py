"""How often callers may do what costs something."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from math import ceil
from typing import cast

import limits
from limits.aio.storage import Storage
from limits.storage import storage_from_string

from domain.errors import TooOften
from domain.models.connection import Dialect, dialect_of
from domain.services.windows import IN_DATABASE, IN_MEMORY, FittingWindow
from domain.settings import PREFIX, Settings
from domain.terms.limiting import Allowance, Limit


@dataclass(frozen=True)
class _Wording:
    """The setting of a limit, and what is counted, for messages."""

    setting: str
    counted: str


_WORDING = {
    Limit.REQUESTS: _Wording("rate_limit", "operations"),
    Limit.COST: _Wording("cost_limit", "values asked for"),
    Limit.UPLOADS: _Wording("upload_limit", "uploads"),
    Limit.SIGN_INS: _Wording("sign_in_limit", "sign-ins that fail"),
}


class Limiter:
    """Counts what callers do, in fixed windows that begin with the first use.

    In the database, a count is made where the caller's transaction is: outside of one it holds at once.
    """

    def __init__(self, settings: Settings) -> None:
        kept_in = settings.limits_kept_in
        shared = kept_in == "database" or (
            kept_in == "auto" and dialect_of(settings.database) is Dialect.POSTGRES
        )
        storage = storage_from_string(f"{IN_DATABASE if shared else IN_MEMORY}://")
        self._window = FittingWindow(cast("Storage", storage))
        self._rates = {limit: getattr(settings, wording.setting) for limit, wording in _WORDING.items()}

    async def take(self, limit: Limit, who: str, amount: int = 1, rate: str | None = None) -> Allowance:
        """Use so much of a limit, and tell what is left; a `rate` of one's own goes before the setting.

        Raises TooOften, and uses nothing, when there is not so much left.
        """
        if amount < 0:
            raise ValueError("what was used is not given back")
        item = self._item(limit, rate)
        if amount > item.amount:
            raise TooOften(_never(limit, item, amount, rate), None)
        stats = await self._window.use(item, limit, _unnamed(who), cost=amount)
        if stats is None:
            stats = await self._window.get_window_stats(item, limit, _unnamed(who))
            seconds = max(stats.reset_time - time.time(), 0.0)
            raise TooOften(_later(limit, item, seconds, rate), seconds)
        return _allowance(limit, item, stats)

    async def look(self, limit: Limit, who: str, rate: str | None = None) -> Allowance:
        """Tell what is left of a limit, and use nothing."""
        item = self._item(limit, rate)
        return _allowance(limit, item, await self._window.get_window_stats(item, limit, _unnamed(who)))

    def _item(self, limit: Limit, rate: str | None) -> limits.RateLimitItem:
        return _parsed(rate or self._rates[limit])


@lru_cache(maxsize=1_000)
def _parsed(rate: str) -> limits.RateLimitItem:
    return limits.parse(rate)


def _unnamed(who: str) -> str:
    # What somebody took for a user name may be a password; and a key is of one length.
    return sha256(who.encode("utf-8", "surrogatepass")).hexdigest()


def _allowance(limit: Limit, item: limits.RateLimitItem, stats: limits.WindowStats) -> Allowance:
    return Allowance(limit, item.amount, stats.remaining, datetime.fromtimestamp(stats.reset_time, UTC))


def _later(limit: Limit, item: limits.RateLimitItem, seconds: float, rate: str | None) -> str:
    whole = max(ceil(seconds), 1)
    return (
        f"Too often: {_allowed(limit, item, rate)}. "
        f"Try again in {whole:,} second{'s' if whole > 1 else ''}, when they are counted anew."
    )


def _never(limit: Limit, item: limits.RateLimitItem, amount: int, rate: str | None) -> str:
    return (
        f"Too much at once, now and later: {_allowed(limit, item, rate)}, and this would be {amount:,}. "
        "Do less at a time, or have the limit raised."
    )


def _allowed(limit: Limit, item: limits.RateLimitItem, rate: str | None) -> str:
    wording, period = _WORDING[limit], item.GRANULARITY.name
    each = period if item.multiples == 1 else f"{item.multiples} {period}s"
    whose = "of this API key" if rate and limit is Limit.REQUESTS else f"{PREFIX}{wording.setting.upper()}"
    return f"the limit is {item.amount:,} {wording.counted} per {each} ({whose})"
