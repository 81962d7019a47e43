"""Segments followed from run to run: who continues whom, however many trainings lie between."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple
from uuid import UUID

from tortoise import Tortoise

from domain.models import Segment

MOST_LINKS = 50_000
"""So many segments are looked back over at once, the nearest first: thousands of trainings."""

# In one statement: a daily training makes long chains. UNION takes each segment once,
# wherever it is come from, and so ends.
_CHAINS = """
WITH RECURSIVE chain (id, run_id, previous_id) AS (
    SELECT id, run_id, previous_id FROM segment WHERE id IN ({places})
    UNION
    SELECT segment.id, segment.run_id, segment.previous_id
    FROM chain JOIN segment ON segment.id = chain.previous_id
)
SELECT id, run_id, previous_id FROM chain LIMIT {most}
"""


class Wish(NamedTuple):
    """A segment, and the run in which its people are looked for."""

    segment_id: UUID
    run_id: UUID


class _Link(NamedTuple):
    run_id: UUID
    previous_id: UUID | None


async def followed(wishes: Collection[Wish]) -> dict[Wish, Segment]:
    """Find the segments in which the people of others are, in other runs, in two queries.

    That is the segment itself in its own run, what continues it in a later one, and what it
    continues in an earlier one; where neither leads there, nothing is.
    """
    there = {each.id: each for each in await Segment.filter(run_id__in={wish.run_id for wish in wishes})}
    of_run: dict[UUID, list[UUID]] = {}
    for each in sorted(there.values(), key=lambda segment: segment.index):
        of_run.setdefault(each.run_id, []).append(each.id)
    away = [wish for wish in wishes if wish.segment_id not in of_run.get(wish.run_id, ())]
    starts = {wish.segment_id for wish in away}
    starts.update(key for wish in away for key in of_run.get(wish.run_id, ()))
    links = await _links(starts)
    later = {run: _continued_by(of_run.get(run, ()), links) for run in {wish.run_id for wish in away}}
    found = {wish: wish.segment_id for wish in wishes} | {
        wish: later[wish.run_id].get(wish.segment_id) or _continues(wish, links) for wish in away
    }
    return {wish: there[key] for wish, key in found.items() if key in there}


async def _links(starts: Collection[UUID]) -> dict[UUID, _Link]:
    """Read some segments and all that they continue, as they are linked."""
    if not starts:
        return {}
    connection = Tortoise.get_connection("default")
    is_sqlite = connection.capabilities.dialect == "sqlite"
    places = ", ".join("?" if is_sqlite else f"${count}" for count in range(1, len(starts) + 1))
    statement = _CHAINS.format(places=places, most=MOST_LINKS)
    # SQLite has ids as text.
    keys = [str(key) if is_sqlite else key for key in starts]
    rows = await connection.execute_query_dict(statement, keys)
    return {
        _id(row["id"]): _Link(_id(row["run_id"]), row["previous_id"] and _id(row["previous_id"]))
        for row in rows
    }


def _id(value: object) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))


def _continued_by(segment_ids: Collection[UUID], links: Mapping[UUID, _Link]) -> dict[UUID, UUID]:
    """Tell of all that some segments continue by which of them they are."""
    found: dict[UUID, UUID] = {}
    for segment_id in segment_ids:
        for earlier in _chain(segment_id, links):
            if earlier in found:
                break
            found[earlier] = segment_id
    return found


def _continues(wish: Wish, links: Mapping[UUID, _Link]) -> UUID | None:
    """Find what a segment continues in a run."""
    return next((key for key in _chain(wish.segment_id, links) if links[key].run_id == wish.run_id), None)


def _chain(segment_id: UUID, links: Mapping[UUID, _Link]) -> Iterator[UUID]:
    """A segment, what it continues, what that continues, and so on."""
    at: UUID | None = segment_id
    # No segment is later than itself: there are no circles.
    while at is not None and at in links:
        yield at
        at = links[at].previous_id
