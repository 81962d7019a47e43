"""Clears away what signing in leaves behind, so that it does not grow for ever."""

from datetime import timedelta
from uuid import UUID

from tortoise.expressions import Q

from domain.models import RefreshToken, Session
from domain.services.identities import now

KEPT = timedelta(days=7)
"""So long a session is kept that has ended or run out, for who looks at it and for who tries it again."""

MOST_USED_TOKENS = 100
"""Refresh tokens of a session that are kept after they were used, the newest: by them a copy is noticed."""

_BATCH = 1_000


async def clear_sessions() -> int:
    """Delete all sessions that are long over, with their refresh tokens, and answer how many there were."""
    before = now() - KEPT
    long_over = Session.filter(Q(expires_at__lt=before) | Q(ended_at__lt=before))
    cleared = 0
    # A batch at a time: others write in between.
    while ids := await long_over.order_by("id").limit(_BATCH).values_list("id", flat=True):
        await Session.filter(id__in=list(ids)).delete()
        cleared += len(ids)
    return cleared


async def clear_used_tokens(session_id: UUID) -> None:
    """Forget the refresh tokens of a session that were used the longest ago."""
    used = RefreshToken.filter(session_id=session_id, used_at__isnull=False).order_by("-used_at")
    hashes = await used.values_list("token_hash", flat=True)
    if len(hashes) > MOST_USED_TOKENS:
        await RefreshToken.filter(token_hash__in=list(hashes[MOST_USED_TOKENS:])).delete()
