"""What is done with models: looked up, registered, promoted, rolled back, described, deleted."""

from typing import Annotated
from uuid import UUID

import strawberry

from domain.services import models as services
from domain.services import promotions
from domain.terms import registering as terms
from graph.resolving.access import ANALYST, USER
from graph.resolving.context import Info
from graph.resolving.errors import UserError
from graph.resolving.mutations import mutation
from graph.resolving.relay import (
    LARGEST_PAGE,
    After,
    Before,
    Connection,
    First,
    Last,
    Window,
    key_of,
    keyset_page,
)
from graph.resolving.unset import given
from graph.schema.models import Model, ModelVersion

Unset = strawberry.UNSET


@strawberry.input(description="A run, and the model that it is to be the next version of.")
class RegisterModelInput:
    run_id: strawberry.ID = strawberry.field(description="The run, one that succeeded.")
    name: str = strawberry.field(
        description="The model's name, 1 to 200 characters, in whatever case; there is made one where none "
        "is called so."
    )
    description: str | None = strawberry.field(
        default=Unset,
        description="What the model is for, at most 2,000 characters; left out, it stays as it is.",
    )
    note: str | None = strawberry.field(
        default=Unset, description="What there is to say of this version, at most 2,000 characters."
    )
    promote: bool = strawberry.field(
        default=False, description="Whether it becomes the champion at once, with the same note."
    )

    def to_request(self, by: UUID) -> terms.Registration:
        """Translate into the domain's terms."""
        return terms.Registration(
            run_id=key_of("ClusteringRun", self.run_id),
            name=self.name,
            description=given(self.description),
            note=given(self.note),
            promote=self.promote,
            by=by,
        )


@strawberry.type(description="What came of a registration.", directives=[ANALYST])
class RegisterModelPayload:
    model_version: ModelVersion | None = strawberry.field(default=None, description="The version.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was registered."
    )


@strawberry.input(description="Which version is to be the champion.")
class PromoteModelInput:
    model_version_id: strawberry.ID = strawberry.field(description="The version.")
    note: str | None = strawberry.field(default=Unset, description="Why, at most 2,000 characters.")


@strawberry.type(description="What came of a promotion.", directives=[ANALYST])
class PromoteModelPayload:
    model: Model | None = strawberry.field(default=None, description="The model, with its new champion.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then the champion is as it was."
    )


@strawberry.input(description="Which model goes back to its champion before.")
class RollbackModelInput:
    model_id: strawberry.ID = strawberry.field(description="The model.")
    note: str | None = strawberry.field(default=Unset, description="Why, at most 2,000 characters.")


@strawberry.type(description="What came of a rollback.", directives=[ANALYST])
class RollbackModelPayload:
    model: Model | None = strawberry.field(default=None, description="The model.")
    model_version: ModelVersion | None = strawberry.field(
        default=None, description="The version that is the champion again."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then the champion is as it was."
    )


@strawberry.input(description="What is to be changed of a model; what is left out stays as it is.")
class UpdateModelInput:
    id: strawberry.ID = strawberry.field(description="The model.")
    name: str | None = strawberry.field(
        default=Unset, description="Its name, 1 to 200 characters, as no other is called."
    )
    description: str | None = strawberry.field(
        default=Unset, description="What it is for, at most 2,000 characters; null takes it away."
    )

    def to_wish(self) -> services.Description:
        """Translate into what the service takes."""
        return services.Description(
            given(self.name), given(self.description), described=self.description is not Unset
        )


@strawberry.type(description="What came of a change.", directives=[ANALYST])
class UpdateModelPayload:
    model: Model | None = strawberry.field(default=None, description="The model.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then it is as it was."
    )


@strawberry.input(description="Which model to delete.")
class DeleteModelInput:
    id: strawberry.ID = strawberry.field(description="The model.")


@strawberry.type(description="What came of a deletion.", directives=[ANALYST])
class DeleteModelPayload:
    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The model that is no more."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was deleted."
    )


@strawberry.input(description="Which version of a model to delete.")
class DeleteModelVersionInput:
    id: strawberry.ID = strawberry.field(description="The version.")


@strawberry.type(description="What came of a deletion.", directives=[ANALYST])
class DeleteModelVersionPayload:
    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The version that is no more."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was deleted."
    )


@strawberry.type
class ModelQuery:
    @strawberry.field(description="A model by its id; null when there is none.", directives=[USER])
    async def model(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The model.")]
    ) -> Model | None:
        key = key_of("Model", id)
        row = await info.context.loaders.model.load(key) if key else None
        return Model.of(row) if row else None

    @strawberry.field(
        description="A version of a model by its id; null when there is none.", directives=[USER]
    )
    async def model_version(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The version.")]
    ) -> ModelVersion | None:
        key = key_of("ModelVersion", id)
        row = await info.context.loaders.model_version.load(key) if key else None
        return ModelVersion.of(row) if row else None

    @strawberry.field(
        description="Models, all or the one of a name, the newest first; at most 100 a page.",
        directives=[USER],
    )
    async def models(
        self,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
        name: Annotated[
            str | None, strawberry.argument(description="Only the model of this name, in whatever case.")
        ] = Unset,
    ) -> Connection[Model]:
        window = Window.of(first, after, last, before, LARGEST_PAGE)
        return await keyset_page(services.newest_first(given(name)), window, Model.of)


@strawberry.type
class ModelMutation:
    @mutation(ANALYST)
    async def register_model(self, info: Info, input: RegisterModelInput) -> RegisterModelPayload:
        """Make a run the next version of a model: 1, 2, and so on.

        A version never changes. A run is a version of a model once at most.
        """
        context = info.context
        row = await services.register(context.runtime, input.to_request(context.viewer.account_id))
        return RegisterModelPayload(model_version=ModelVersion.of(row))

    @mutation(ANALYST)
    async def promote_model(self, info: Info, input: PromoteModelInput) -> PromoteModelPayload:
        """Make a version the champion of its model; customer profiles are then placed by it."""
        context, key = info.context, key_of("ModelVersion", input.model_version_id)
        row = await promotions.promote(context.runtime, key, given(input.note), context.viewer.account_id)
        return PromoteModelPayload(model=Model.of(row))

    @mutation(ANALYST)
    async def rollback_model(self, info: Info, input: RollbackModelInput) -> RollbackModelPayload:
        """Make the version the champion again that was promoted before the one that is.

        Each time one further back, past versions that were deleted; a promotion goes on from there.
        """
        context, key = info.context, key_of("Model", input.model_id)
        row, version = await promotions.roll_back(
            context.runtime, key, given(input.note), context.viewer.account_id
        )
        return RollbackModelPayload(model=Model.of(row), model_version=ModelVersion.of(version))

    @mutation(ANALYST)
    async def update_model(self, info: Info, input: UpdateModelInput) -> UpdateModelPayload:
        """Give a model another name, or another description."""
        row = await services.update(key_of("Model", input.id), input.to_wish())
        return UpdateModelPayload(model=Model.of(row))

    @mutation(ANALYST)
    async def delete_model(self, info: Info, input: DeleteModelInput) -> DeleteModelPayload:
        """Delete a model with its versions, its history and its predictions; the runs stay.

        Refused as long as an audience or a customer profile rests on it.
        """
        await services.delete(info.context.runtime, key_of("Model", input.id))
        return DeleteModelPayload(deleted_id=input.id)

    @mutation(ANALYST)
    async def delete_model_version(
        self, info: Info, input: DeleteModelVersionInput
    ) -> DeleteModelVersionPayload:
        """Delete a version with its part of the history and its predictions; the run stays.

        Refused for the champion, for the newest, whose number would be given again, and as long
        as an audience rests on a dataset that it placed.
        """
        await services.delete_version(info.context.runtime, key_of("ModelVersion", input.id))
        return DeleteModelVersionPayload(deleted_id=input.id)
