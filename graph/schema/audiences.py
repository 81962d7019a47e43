"""Audiences: segments that campaigns are for."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain import models
from domain.services import audiences
from domain.terms import exports as terms
from graph.resolving.access import ANALYST, USER
from graph.resolving.context import Info
from graph.resolving.enums import describe
from graph.resolving.errors import UserError
from graph.resolving.mutations import mutation
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
    LIVE="It follows a model: the segment of the same index in the champion's run.",
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
        description="The segment by now; null where the champion's run has none of this index, and where "
        "there is no champion: then nobody is in it."
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


@strawberry.input(description="What is to be an audience.")
class CreateAudienceInput:
    name: str = strawberry.field(description="Its name, at most 200 characters, unique in whatever case.")
    segment_id: strawberry.ID = strawberry.field(description="The segment.")
    model_id: strawberry.ID | None = strawberry.field(
        default=Unset,
        description="A model that the segment's run is a version of, for an audience that follows its "
        "champion; left out, the audience stays as it is.",
    )
    dataset_prediction_id: strawberry.ID | None = strawberry.field(
        default=Unset,
        description="A dataset that the segment's run has placed, for an audience of its customers; left "
        "out, of the run's own.",
    )
    description: str | None = strawberry.field(
        default=Unset, description="What it is for, at most 2,000 characters."
    )
    holdout_share: float = strawberry.field(
        default=0.0, description="The share of its customers, 0..0.5, that exports mark to be left alone."
    )


@strawberry.type(description="What came of making an audience.", directives=[ANALYST])
class CreateAudiencePayload:
    audience: Audience | None = strawberry.field(default=None, description="The audience.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was made."
    )


@strawberry.input(description="What is to change of an audience; what is left out stays.")
class UpdateAudienceInput:
    id: strawberry.ID = strawberry.field(description="The audience.")
    name: str | None = strawberry.field(default=Unset, description="Its new name.")
    description: str | None = strawberry.field(
        default=Unset, description="Its new description; null takes it away."
    )
    holdout_share: float | None = strawberry.field(
        default=Unset,
        description="The new share of its customers to be left alone, 0..0.5: who was left alone with a "
        "smaller share is with a larger one too.",
    )


@strawberry.type(description="What came of changing an audience.", directives=[ANALYST])
class UpdateAudiencePayload:
    audience: Audience | None = strawberry.field(default=None, description="The audience.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then it is as it was."
    )


@strawberry.input(description="Which audience to delete.")
class DeleteAudienceInput:
    id: strawberry.ID = strawberry.field(description="The audience.")


@strawberry.type(description="What came of a deletion.", directives=[ANALYST])
class DeleteAudiencePayload:
    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The audience that is no more."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was deleted."
    )


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


@strawberry.type
class AudienceMutation:
    @mutation(ANALYST)
    async def create_audience(self, info: Info, input: CreateAudienceInput) -> CreateAudiencePayload:
        """Make a segment an audience: a static one, or with a model a live one.

        What a static audience rests on is not deleted as long as it is there; nor is the model of
        a live one.
        """
        model, placed = given(input.model_id), given(input.dataset_prediction_id)
        request = terms.AudienceRequest(
            name=input.name,
            segment_id=key_of("Segment", input.segment_id),
            model_id=key_of("Model", model),
            model_given=model is not None,
            dataset_prediction_id=key_of("DatasetPrediction", placed),
            dataset_prediction_given=placed is not None,
            description=given(input.description),
            holdout_share=input.holdout_share,
            by=info.context.viewer.account_id,
        )
        return CreateAudiencePayload(audience=Audience.of(await audiences.create(request)))

    @mutation(ANALYST)
    async def update_audience(self, info: Info, input: UpdateAudienceInput) -> UpdateAudiencePayload:
        """Give an audience another name, description or holdout; who is in it stays."""
        wish = terms.AudienceChange(
            name=given(input.name),
            description=given(input.description),
            described=input.description is not Unset,
            holdout_share=given(input.holdout_share),
        )
        row = await audiences.update(key_of("Audience", input.id), wish)
        return UpdateAudiencePayload(audience=Audience.of(row))

    @mutation(ANALYST)
    async def delete_audience(self, info: Info, input: DeleteAudienceInput) -> DeleteAudiencePayload:
        """Delete an audience; what it rests on stays, and its exports until their addresses expire."""
        await audiences.delete(key_of("Audience", input.id))
        return DeleteAudiencePayload(deleted_id=input.id)
