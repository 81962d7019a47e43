"""Reviews: what people made of a recommendation."""

import unicodedata
from collections.abc import Iterator
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.errors import DomainError, Invalid, NotFound, refuse_if_any
from domain.models import Recommendation
from domain.services import recommendations
from domain.services.identities import now
from domain.terms.recommendations import ReviewStatus

NOTE_LENGTH = 2_000
_NOTE = ("input", "note")


async def review(key: UUID | None, status: ReviewStatus | None, note: str | None = None) -> Recommendation:
    """Accept or dismiss a recommendation, with a note; a status of None takes the review back.

    It replaces the one before. Raises Refused with NotFound, and with Invalid for a note
    that is too long, can't be kept, or has no status.
    """
    note = (note or "").strip() or None
    mistakes = list(_note_mistakes(status, note))
    found = await Recommendation.get_or_none(id=key).select_related("segment") if key else None
    if found is None:
        mistakes.append(NotFound("there is no such recommendation", ["input", "id"]))
    refuse_if_any(mistakes)
    async with in_transaction():
        # Held: recommendations that are being made anew would come without this review.
        if found and await recommendations.hold(found.segment.run_id):
            await Recommendation.filter(id=key).update(
                review_status=status, review_note=note, reviewed_at=now() if status else None
            )
        row = await Recommendation.get_or_none(id=key)
    if row is None:
        raise NotFound("the recommendation has just been deleted", ["input", "id"])
    return row


def _note_mistakes(status: ReviewStatus | None, note: str | None) -> Iterator[DomainError]:
    if note is None:
        return
    if status is None:
        yield Invalid("a note goes with a status: ACCEPTED or DISMISSED", _NOTE)
    if len(note) > NOTE_LENGTH:
        yield Invalid(f"the note has {len(note):,} characters: {NOTE_LENGTH:,} at most", _NOTE)
    elif any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\r\t" for letter in note):
        yield Invalid("the note holds control characters: leave them out", _NOTE)
