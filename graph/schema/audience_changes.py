"""What is done to audiences: they are made of segments, changed and deleted."""

import strawberry

from domain.services import audiences
from domain.terms import exports as terms
from graph.resolving.access import ANALYST
from graph.resolving.context import Info
from graph.resolving.errors import UserError
from graph.resolving.mutations import mutation
from graph.resolving.relay import key_of
from graph.resolving.unset import given
from graph.schema.audiences import Audience

Unset = strawberry.UNSET


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
