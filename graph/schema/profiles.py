"""Customer profiles: customers whom somebody keeps an eye on, and where they are now."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON
from tortoise.queryset import QuerySet

from domain import models
from domain.services import profile_searching, profiles
from graph.resolving.access import ADMIN, OWNER, USER
from graph.resolving.context import Info
from graph.resolving.relay import (
    LARGEST_PAGE,
    After,
    Before,
    Connection,
    First,
    Last,
    Node,
    Window,
    global_id,
    key_of,
    keyset_page,
)
from graph.schema.accounts import User
from graph.schema.customers import UnassignedReason
from graph.schema.models import Model, ModelVersion
from graph.schema.profile_placements import ProfilePlacement
from graph.schema.segments import Segment

Unset = strawberry.UNSET
Id = Annotated[strawberry.ID, strawberry.argument(description="The profile.")]
SegmentId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only who is in this segment now.")
]
Name = Annotated[
    str | None, strawberry.argument(description="Only those whose name has this part, in any case.")
]


@strawberry.type(
    description="A customer whom somebody keeps an eye on: seen by its account and by administrators. It is "
    "placed by the champion of its model, and anew whenever another version becomes champion.",
    directives=[OWNER],
)
class CustomerProfile(Node):
    row: strawberry.Private[models.CustomerProfile]
    name: str = strawberry.field(description="What it is called.")
    attributes: JSON = strawberry.field(description="What is known of the customer: column name -> value.")
    note: str | None = strawberry.field(description="What its owner has noted.")
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When its owner last changed it.")

    @classmethod
    def of(cls, row: models.CustomerProfile) -> "CustomerProfile":
        """Wrap a row."""
        return cls(
            id=global_id("CustomerProfile", row.id),
            row=row,
            name=row.name,
            attributes=JSON(row.attributes),
            note=row.note,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    @strawberry.field(description="Whose it is.")
    async def owner(self, info: Info) -> User:
        return User.of(await info.context.loaders.the_account(self.row.account_id))

    @strawberry.field(
        description="The model that it is placed by; null until there is one with a champion, which it then "
        "stays with."
    )
    async def model(self, info: Info) -> Model | None:
        row = await info.context.loaders.model.load(self.row.model_id) if self.row.model_id else None
        return Model.of(row) if row else None

    @strawberry.field(description="The version that has placed it; null while it is not placed yet.")
    async def model_version(self, info: Info) -> ModelVersion | None:
        current = await self._current(info)
        return await current.model_version(info) if current else None

    @strawberry.field(
        description="The segment that it is in; null: see `unassigned`, then `problem`; without either it is "
        "not placed yet."
    )
    async def segment(self, info: Info) -> Segment | None:
        current = await self._current(info)
        return await current.segment(info) if current else None

    @strawberry.field(description="Why it is in no segment.")
    async def unassigned(self, info: Info) -> UnassignedReason | None:
        current = await self._current(info)
        return current.unassigned if current else None

    @strawberry.field(description="How sure that is, 0..1.")
    async def confidence(self, info: Info) -> float | None:
        current = await self._current(info)
        return current.confidence if current else None

    @strawberry.field(
        description="Its distance to the segment's mean, on the scale that was clustered: less is more "
        "typical."
    )
    async def distance(self, info: Info) -> float | None:
        current = await self._current(info)
        return current.distance if current else None

    @strawberry.field(
        description="Why it can't be placed: what is wrong with its attributes, or with the model."
    )
    async def problem(self, info: Info) -> str | None:
        current = await self._current(info)
        return current.problem if current else None

    @strawberry.field(description="Since when it is there; null while it is not placed yet.")
    async def placed_at(self, info: Info) -> datetime | None:
        current = await self._current(info)
        return current.placed_at if current else None

    @strawberry.field(description="Where it has been, the newest first; at most 100 a page.")
    async def history(
        self, first: First = Unset, after: After = Unset, last: Last = Unset, before: Before = Unset
    ) -> Connection[ProfilePlacement]:
        window = Window.of(first, after, last, before, LARGEST_PAGE)
        return await keyset_page(profile_searching.history(self.row.id), window, ProfilePlacement.of)

    async def _current(self, info: Info) -> ProfilePlacement | None:
        if self.row.scored_version_id is None:
            return None
        row = await info.context.loaders.newest_placement.load(self.row.id)
        return ProfilePlacement.of(row) if row else None


@strawberry.type
class ProfileQuery:
    @strawberry.field(
        description="A profile by its id; null when there is none, or it is not yours to see.",
        directives=[USER],
    )
    async def customer_profile(self, info: Info, id: Id) -> CustomerProfile | None:
        key = key_of("CustomerProfile", id)
        row = await profiles.visible_to(info.context.viewer).get_or_none(id=key) if key else None
        return CustomerProfile.of(row) if row else None

    @strawberry.field(
        description="Your own profiles that fit, the newest first; at most 100 a page.", directives=[USER]
    )
    async def customer_profiles(
        self,
        info: Info,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
        segment_id: SegmentId = Unset,
        name: Name = Unset,
    ) -> Connection[CustomerProfile]:
        window = Window.of(first, after, last, before, LARGEST_PAGE)
        query = profiles.own(info.context.viewer.account_id)
        return await keyset_page(_fitting(query, segment_id, name), window, CustomerProfile.of)

    @strawberry.field(
        description="The profiles of all accounts that fit, the newest first; at most 100 a page.",
        directives=[ADMIN],
    )
    async def all_customer_profiles(
        self,
        info: Info,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
        segment_id: SegmentId = Unset,
        name: Name = Unset,
    ) -> Connection[CustomerProfile]:
        window = Window.of(first, after, last, before, LARGEST_PAGE)
        query = profiles.visible_to(info.context.viewer)
        return await keyset_page(_fitting(query, segment_id, name), window, CustomerProfile.of)


@strawberry.type
class ProfileSubscription:
    @strawberry.subscription(
        description="A profile as it is, then each newer state of it, such as when it moves to another "
        "segment; a slow reader gets the newest. Null, once, for one that is not there, not any more, or not "
        "yours to see.",
        directives=[USER],
    )
    async def customer_profile(self, info: Info, id: Id) -> AsyncGenerator[CustomerProfile | None, None]:
        context = info.context
        key = key_of("CustomerProfile", id)
        async for row in profiles.watch(context.runtime, context.viewer, key):
            yield CustomerProfile.of(row) if row else None


def _fitting(
    query: QuerySet[models.CustomerProfile], segment_id: str | None, name: str | None
) -> QuerySet[models.CustomerProfile]:
    if isinstance(segment_id, str):
        # The id of something else is the id of no segment, which nobody is in.
        query = profile_searching.in_segment(query, key_of("Segment", segment_id))
    return profile_searching.named(query, name) if isinstance(name, str) else query
