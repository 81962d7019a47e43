"""Finding profiles: by what they are called, and by where they are now."""

from uuid import UUID

from tortoise.expressions import Q, RawSQL, Subquery
from tortoise.queryset import QuerySet

from domain.models import CustomerProfile, ProfilePlacement
from domain.models.profiles import NAME_LENGTH
from domain.services import checks

_IS_OVERTAKEN = RawSQL(
    'EXISTS (SELECT 1 FROM "profile_placement" "later" WHERE '
    '"later"."profile_id" = "profile_placement"."profile_id" AND "later"."id" > "profile_placement"."id")'
)


def named(profiles: QuerySet[CustomerProfile], part: str) -> QuerySet[CustomerProfile]:
    """Those of some profiles whose names hold a part, in any case."""
    # The databases refuse to look for what no name can have.
    if any(checks.name_mistakes(part, NAME_LENGTH, [])):
        return profiles.filter(id__in=[])
    # SQLite knows the capitals of ASCII only, PostgreSQL those of its locale.
    spellings = sorted({part, part.lower(), part.upper(), part.title()})
    return profiles.filter(Q(*(Q(name__icontains=spelt) for spelt in spellings), join_type=Q.OR))


def in_segment(profiles: QuerySet[CustomerProfile], segment_id: UUID | None) -> QuerySet[CustomerProfile]:
    """Those of some profiles that are in a segment now; none where the id names nothing."""
    if segment_id is None:
        return profiles.filter(id__in=[])
    there = newest_placements().filter(segment_id=segment_id).values("profile_id")
    return profiles.filter(id__in=Subquery(there), scored_version_id__isnull=False)


def newest_placements() -> QuerySet[ProfilePlacement]:
    """The newest placement of every profile that has one."""
    return ProfilePlacement.annotate(overtaken=_IS_OVERTAKEN).filter(overtaken=False)


def history(profile_id: UUID) -> QuerySet[ProfilePlacement]:
    """Where a profile's customer has been, the newest first."""
    return ProfilePlacement.filter(profile_id=profile_id).order_by("-id")
