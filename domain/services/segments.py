"""Segments: names that people give."""

from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.queryset import QuerySet

from domain.errors import Conflict, NotFound, refuse_if_any
from domain.models import Segment
from domain.models.segments import NAME_LENGTH
from domain.services import checks


def of_run(run_id: UUID) -> QuerySet[Segment]:
    """The segments of a run, by index."""
    return Segment.filter(run_id=run_id).order_by("index")


async def rename(segment_id: UUID | None, name: str) -> Segment:
    """Give a segment a name; within a run no two are alike.

    Raises NotFound, Conflict when another segment of the run has the name, and
    Refused when it is no name.
    """
    mistakes = list(checks.name_mistakes(name, NAME_LENGTH, ["input", "name"]))
    segment = await Segment.get_or_none(id=segment_id) if segment_id else None
    if segment is None:
        mistakes.append(NotFound("there is no such segment", ["input", "id"]))
    refuse_if_any(mistakes)
    try:
        renamed = await Segment.filter(id=segment_id).update(name=name.strip())
    except IntegrityError:
        raise Conflict(
            f"another segment of this run is called {name.strip()!r}: choose another name",
            ["input", "name"],
        ) from None
    found = await Segment.get_or_none(id=segment_id) if renamed else None
    if found is None:
        raise NotFound("the segment has just been deleted", ["input", "id"])
    return found
