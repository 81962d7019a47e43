"""Ids and times of new rows."""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Make an id that sorts by the time it was made, so that newest first is a walk down the key."""
    return uuid7()


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
