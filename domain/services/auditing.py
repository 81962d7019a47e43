"""The audit: written once, read by administrators, never changed or deleted by this program."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.queryset import QuerySet

from domain.models import AuditEvent
from domain.services import checks, usernames
from domain.services.identities import new_id, now
from domain.services.moments import in_utc
from domain.terms.access import Viewer
from domain.terms.administration import AuditFilter
from domain.terms.auditing import AuditEntry
from domain.terms.wording import shorten, tidy

WORD_LENGTH = 64
NAME_LENGTH = 200

_SLACK = 60_000
_ID_BITS_BELOW_THE_TIME = 80


async def record(entry: AuditEntry) -> AuditEvent:
    """Write an entry down.

    What came from outside, such as a request id, is put on one line without control
    characters and cut to what there is room for: an odd request is written down as well.
    """
    viewer = entry.actor or entry.caller.viewer
    return await AuditEvent.create(
        at=now(),
        id=new_id(),
        action=_fit(entry.action),
        outcome=entry.outcome,
        code=entry.code and _fit(entry.code),
        actor_id=viewer and viewer.account_id,
        actor_name=viewer and _fit(_named(viewer), NAME_LENGTH),
        actor_kind=viewer and viewer.kind,
        key_id=viewer and viewer.key_id,
        subject_kind=entry.subject and _fit(entry.subject.kind),
        subject_id=entry.subject and entry.subject.id,
        address=_fit(entry.caller.address),
        request_id=_fit(entry.caller.request_id),
    )


def newest_first(wanted: AuditFilter | None = None) -> QuerySet[AuditEvent]:
    """The events that every given value fits, or all, the newest first."""
    wanted = wanted or AuditFilter()
    words = [word for word in (wanted.action, wanted.address) if word is not None]
    # The databases refuse to look for what no event can say.
    if any(any(checks.name_mistakes(word, WORD_LENGTH, [])) for word in words if word):
        return AuditEvent.filter(id__in=[]).order_by("-id")
    same = ("actor_id", "action", "outcome", "subject_id", "key_id", "address")
    given = {name: getattr(wanted, name) for name in same if getattr(wanted, name) is not None}
    return AuditEvent.filter(**given, **_period(wanted.since, wanted.until)).order_by("-id")


def _period(since: datetime | None, until: datetime | None) -> dict[str, Any]:
    # By the id as well, which begins with the time: a period is then a stretch of the key.
    period: dict[str, Any] = {}
    if since is not None:
        period |= {"at__gte": in_utc(since), "id__gte": _id_about(since, -_SLACK)}
    if until is not None:
        period |= {"at__lt": in_utc(until), "id__lt": _id_about(until, _SLACK)}
    return period


def _id_about(moment: datetime, slack: int) -> UUID:
    """The least id of a time; `slack`, in milliseconds, is for an id that was made a little later."""
    milliseconds = int(in_utc(moment).timestamp() * 1_000) + slack
    return UUID(int=max(milliseconds, 0) << _ID_BITS_BELOW_THE_TIME)


def _named(viewer: Viewer) -> str:
    # People by nothing else: anybody may call oneself what somebody else is called.
    told = viewer.name and viewer.username.startswith(usernames.OF_PROGRAMS)
    return f"{viewer.username} ({viewer.name})" if told else viewer.username


def _fit(text: str, length: int = WORD_LENGTH) -> str:
    return shorten(tidy(text), length)
