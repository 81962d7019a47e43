"""Rate limits as people write them, in settings and for API keys: `60/minute`, `10/5 minutes`."""

import limits

MOST = 1_000_000_000
"""The highest number a rate limit allows in its period: what is counted fits the database's integers."""

LONGEST_PERIOD = 366 * 86_400
"""Seconds of the longest period of a rate limit."""

LENGTH = 64
"""More characters than any rate limit has."""


def parsed(rate: str) -> limits.RateLimitItem:
    """Read a rate limit. Raises ValueError, which says what it should be."""
    try:
        items = limits.parse_many(rate) if len(rate) <= LENGTH else []
    except ValueError:
        items = []
    # Several in one are told from one: the others would be forgotten.
    if len(items) != 1:
        raise ValueError("should be NUMBER/PERIOD, such as 60/minute or 10/5 minutes")
    if not 1 <= items[0].amount <= MOST:
        raise ValueError(f"should allow from 1 to {MOST:,} in its period")
    if items[0].get_expiry() > LONGEST_PERIOD:
        raise ValueError("should have a period of a year at most")
    return items[0]


def plain(rate: str) -> str:
    """Write a rate limit as everybody does. Raises ValueError where it is none."""
    item = parsed(rate)
    period = item.GRANULARITY.name
    return f"{item.amount}/{period}" if item.multiples == 1 else f"{item.amount}/{item.multiples} {period}s"
