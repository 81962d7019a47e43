"""Audiences: segments that campaigns are for."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain import models
from domain.services import audiences
from domain.terms import exports as terms
from graph.resolving.access import USER
from graph.resolving.context import Info
from graph.resolving.enums import describe
from graph.resolving.relay import (
    LARGEST_PAGE,
    LARGEST_ROW_PAGE,
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
    row_page,
)
from graph.resolving.unset import given
from graph.schema.customers import Customer
from graph.schema.segments import Segment

if TYPE_CHECKING:
    from graph.schema.dataset_predictions import DatasetPrediction
    from graph.schema.models import Model

Unset = strawberry.UNSET

describe(
    terms.AudienceKind,
    "Whether an audience moves.",
    STATIC="It stays: the customers of a segment as its run, or a dataset that was placed, has them.",
    LIVE="It follows a model: what continues the segment in the champion's run, or what it continues there.",
)
AudienceKind = terms.AudienceKind


@strawberry.type(description="A segment that a campaign is for.", directives=[USER])
class Audience(Node):
    row: strawberry.Private[models.Audience]
    name: str = strawberry.field(description="Its name, unique in whatever case.")
    description: str | None = strawberry.field(description="What it is for.")
    kind: AudienceKind = strawberry.field(description="Whether it moves.")
    holdout_share: float = strawberry.field(
        description="The share of its customers, 0..0.5, that its exports mark to be left alone."
    )
    holdout_salt: str = strawberry.field(
        description="What decides, with each customer's key, who is left alone: whose first 8 bytes of the "
        "SHA-256 of salt, colon and key, as a big-endian whole number by 2^64, are below the share."
    )
    created_at: datetime = strawberry.field(description="When it was made.")

    @classmethod
    def of(cls, row: models.Audience) -> "Audience":
        """Wrap a row."""
        return cls(
            id=global_id("Audience", row.id),
            row=row,
            name=row.name,
            description=row.description,
            kind=row.kind,
            holdout_share=row.holdout_share,
            holdout_salt=row.salt,
            created_at=row.created_at,
        )

    @strawberry.field(
        description="The segment by now; null where none of the champion's run continues it or is continued "
        "by it, and where there is no champion: then nobody is in it."
    )
    async def segment(self, info: Info) -> Segment | None:
        found = await info.context.loaders.membership_of_audience.load(self.row.id)
        return Segment.of(found.segment) if found.segment else None

    @strawberry.field(description="How many customers are in it by now.")
    async def size(self, info: Info) -> int:
        return (await info.context.loaders.membership_of_audience.load(self.row.id)).size

    @strawberry.field(description="Why nobody can be in it; null where all is well.")
    async def note(self, info: Info) -> str | None:
        return (await info.context.loaders.membership_of_audience.load(self.row.id)).note

    @strawberry.field(description="The model that a live audience follows.")
    async def model(self, info: Info) -> Annotated["Model", strawberry.lazy("graph.schema.models")] | None:
        from graph.schema.models import Model

        row = await info.context.loaders.model.load(self.row.model_id) if self.row.model_id else None
        return Model.of(row) if row else None

    @strawberry.field(
        description="The placed dataset whose customers a static audience has; null for a run's."
    )
    async def dataset_prediction(
        self, info: Info
    ) -> Annotated["DatasetPrediction", strawberry.lazy("graph.schema.dataset_predictions")] | None:
        from graph.schema.dataset_predictions import DatasetPrediction

        key = self.row.dataset_prediction_id
        row = await info.context.loaders.dataset_prediction.load(key) if key else None
        return DatasetPrediction.of(row) if row else None

    @strawberry.field(description="Its customers by now, the most typical first; at most 10,000 a page.")
    async def customers(
        self,
        info: Info,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
    ) -> Connection[Customer]:
        window = Window.of(first, after, last, before, LARGEST_ROW_PAGE)
        found = await info.context.loaders.membership_of_audience.load(self.row.id)

        async def read(offset: int, limit: int) -> list[Customer]:
            rows = await audiences.customers_of(info.context.runtime, found, offset, limit)
            return [Customer.of(row) for row in rows]

        return await row_page(found.size, window, read)


Id = Annotated[strawberry.ID, strawberry.argument(description="The audience.")]
Kind = Annotated[AudienceKind | None, strawberry.argument(description="Only those of this kind.")]
Name = Annotated[str | None, strawberry.argument(description="Only the one of this name, in whatever case.")]


@strawberry.type
class AudienceQuery:
    @strawberry.field(description="An audience by its id; null when there is none.", directives=[USER])
    async def audience(self, info: Info, id: Id) -> Audience | None:
        key = key_of("Audience", id)
        row = await info.context.loaders.audience.load(key) if key else None
        return Audience.of(row) if row else None

    @strawberry.field(description="Audiences, the newest first; at most 100 a page.", directives=[USER])
    async def audiences(
        self,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
        kind: Kind = Unset,
        name: Name = Unset,
    ) -> Connection[Audience]:
        window = Window.of(first, after, last, before, LARGEST_PAGE)
        return await keyset_page(audiences.newest_first(given(kind), given(name)), window, Audience.of)
