"""Global ids, cursors and connections, as Relay's specification has them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import strawberry
from tortoise.queryset import QuerySet

from domain.errors import Invalid
from graph.resolving.access import ANYONE, USER
from graph.resolving.unset import given

T = TypeVar("T")

DEFAULT_PAGE = 50
LARGEST_PAGE = 100
LARGEST_ROW_PAGE = 10_000
"""Of rows that are read from a table, not from the database."""


First = Annotated[
    int | None, strawberry.argument(description="How many items, from the beginning or after `after`.")
]
After = Annotated[str | None, strawberry.argument(description="A cursor: only what comes after it.")]
Last = Annotated[
    int | None, strawberry.argument(description="How many items, from the end or before `before`.")
]
Before = Annotated[str | None, strawberry.argument(description="A cursor: only what comes before it.")]


NODES = frozenset(
    {
        "ApiKey",
        "Audience",
        "AuditEvent",
        "ClusteringRun",
        "CustomerProfile",
        "Dataset",
        "DatasetPrediction",
        "Model",
        "ModelVersion",
        "Recommendation",
        "RememberedPrediction",
        "Segment",
        "Session",
        "TrainingComparison",
        "User",
        "Viewer",
    }
)
"""The types of objects that have ids."""


@strawberry.interface(description="An object that can be fetched again by its id.", directives=[ANYONE])
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque, the same for ever, and unique over all types.")


def global_id(type_name: str, key: UUID) -> strawberry.ID:
    """Make the opaque id of an object."""
    return strawberry.ID(_opaque(f"{type_name}:{key.hex}"))


def parse_id(text: str) -> tuple[str, UUID] | None:
    """Take an opaque id apart; None for one that was never given out."""
    type_name, _, key = _clear(text).partition(":")
    if type_name not in NODES:
        return None
    try:
        parsed = type_name, UUID(hex=key)
    except ValueError:
        return None
    # Base64 and UUIDs can be spelled in several ways; an id is given out in one.
    return parsed if global_id(*parsed) == text else None


def key_of(type_name: str, text: str | None) -> UUID | None:
    """Read the id of an object of this type; None for any other."""
    parsed = parse_id(text) if text else None
    return parsed[1] if parsed and parsed[0] == type_name else None


@strawberry.type(description="Where a page lies in the whole list.", directives=[USER])
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is more before this page.")
    start_cursor: str | None = strawberry.field(
        description="Cursor of the first edge; null on an empty page."
    )
    end_cursor: str | None = strawberry.field(description="Cursor of the last edge; null on an empty page.")


@strawberry.type(description="An item of a list, and its place in it.", directives=[USER])
class Edge(Generic[T]):
    node: T = strawberry.field(description="The item.")
    cursor: str = strawberry.field(description="Its place, for `after` and `before`.")


@strawberry.type(description="A page of a list.", directives=[USER])
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The items of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="How many items there are on all pages together.")
    async def total_count(self) -> int:
        return await self.count()


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a list that a client asks for, checked.

    Raises Invalid for a page size or a combination that can't be.
    """

    size: int
    backward: bool
    after: str | None
    before: str | None

    @classmethod
    def of(
        cls, first: int | None, after: str | None, last: int | None, before: str | None, largest: int
    ) -> "Window":
        """Check a connection's arguments. One that was left out is None or unset."""
        first, last = given(first), given(last)
        if first is not None and last is not None:
            raise Invalid("give first or last, not both", ["last"])
        size = first if first is not None else last if last is not None else DEFAULT_PAGE
        if not 0 <= size <= largest:
            name = "last" if last is not None else "first"
            raise Invalid(f"{name} is {size}: from 0 to {largest:,} can be asked for at once", [name])
        return cls(size, last is not None, given(after), given(before))


async def keyset_page(query: QuerySet[Any], window: Window, wrap: Callable[[Any], T]) -> Connection[T]:
    """Page through rows that are ordered by their id, the newest first.

    Each page is one walk down the index, however deep it lies; the count is made
    only when it is asked for.
    """
    found = query
    if window.after is not None:
        found = found.filter(id__lt=_key_cursor(window.after, "after"))
    if window.before is not None:
        found = found.filter(id__gt=_key_cursor(window.before, "before"))
    found = found.order_by("id" if window.backward else "-id").limit(window.size + 1)
    rows = list(await found)
    more = len(rows) > window.size
    rows = rows[: window.size]
    if window.backward:
        rows.reverse()
    edges = [Edge(node=wrap(row), cursor=_opaque(f"key:{row.id.hex}")) for row in rows]
    return Connection(edges=edges, page_info=_page_info(edges, window, more), count=query.count)


async def row_page(
    total: int, window: Window, read: Callable[[int, int], Awaitable[Sequence[T]]]
) -> Connection[T]:
    """Page through the rows of a table by their place in it.

    `read(offset, limit)` answers the rows of a page.
    """
    low = _row_cursor(window.after, "after") + 1 if window.after is not None else 0
    high = min(_row_cursor(window.before, "before"), total) if window.before is not None else total
    start = max(low, high - window.size) if window.backward else low
    stop = high if window.backward else min(high, low + window.size)
    rows = await read(start, stop - start) if stop > start else []
    edges = [Edge(node=row, cursor=_opaque(f"row:{start + place}")) for place, row in enumerate(rows)]
    more = start > low if window.backward else stop < high

    async def count() -> int:
        return total

    return Connection(edges=edges, page_info=_page_info(edges, window, more), count=count)


def _page_info(edges: Sequence[Edge[Any]], window: Window, more: bool) -> PageInfo:
    # Beyond the cursor that was given there is at least the item it stands for.
    beyond = (window.before if window.backward else window.after) is not None
    return PageInfo(
        has_next_page=beyond if window.backward else more,
        has_previous_page=more if window.backward else beyond,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )


def _key_cursor(cursor: str, name: str) -> UUID:
    kind, _, key = _clear(cursor).partition(":")
    try:
        if kind == "key":
            return UUID(hex=key)
    except ValueError:
        pass
    raise _bad_cursor(name)


def _row_cursor(cursor: str, name: str) -> int:
    kind, _, place = _clear(cursor).partition(":")
    if kind == "row" and place.isascii() and place.isdigit() and len(place) < 16:
        return int(place)
    raise _bad_cursor(name)


def _bad_cursor(name: str) -> Invalid:
    return Invalid(f"{name} is no cursor of this list: take one from its edges or its pageInfo", [name])


def _opaque(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _clear(text: str) -> str:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (ValueError, UnicodeError):
        return ""
