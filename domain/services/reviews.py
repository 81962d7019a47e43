"""Reviews: what people made of a recommendation."""

import unicodedata
from collections.abc import Iterator
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.errors import DomainError, Invalid, NotFound, refuse_if_any
from domain.models import Recommendation
from domain.services import locks
from domain.services.identities import now
from domain.terms.recommendations import ReviewStatus

NOTE_LENGTH = 2_000
_NOTE = ("input", "note")


async def review(
    key: UUID | None, status: ReviewStatus | None, note: str | None = None, *, status_given: bool = True
) -> Recommendation:
    """Accept or dismiss a recommendation, with a note; a status of None takes the review back.

    It replaces the one before. Raises Refused with NotFound, and with Invalid for a
    status that was left out, and for a note that is too long, can't be kept, or has no status.
    """
    note = (note or "").strip() or None
    mistakes = list(_status_mistakes(given=status_given))
    # Of a status that is yet to be given, nobody knows whether a note goes with it.
    mistakes += _note_mistakes(note, fits=status is not None or not status_given)
    found = await Recommendation.get_or_none(id=key).select_related("segment") if key else None
    if found is None:
        mistakes.append(NotFound("there is no such recommendation", ["input", "id"]))
    refuse_if_any(mistakes)
    async with in_transaction():
        # Held: recommendations that are being made anew would come without this review.
        if found and await locks.hold_run(found.segment.run_id):
            await Recommendation.filter(id=key).update(
                review_status=status, review_note=note, reviewed_at=now() if status else None
            )
        row = await Recommendation.get_or_none(id=key)
    if row is None:
        raise NotFound("the recommendation has just been deleted", ["input", "id"])
    return row


def _status_mistakes(*, given: bool) -> Iterator[DomainError]:
    if not given:
        # Null takes a review back, nothing is a slip.
        yield Invalid("give a status: ACCEPTED, DISMISSED, or null to take it back", ["input", "status"])


def _note_mistakes(note: str | None, *, fits: bool) -> Iterator[DomainError]:
    if note is None:
        return
    if not fits:
        yield Invalid("a note goes with a status: ACCEPTED or DISMISSED", _NOTE)
    if len(note) > NOTE_LENGTH:
        yield Invalid(f"the note has {len(note):,} characters: {NOTE_LENGTH:,} at most", _NOTE)
    elif any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\r\t" for letter in note):
        yield Invalid("the note holds control characters: leave them out", _NOTE)
