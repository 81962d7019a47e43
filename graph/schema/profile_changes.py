"""What is done to customer profiles: made, changed, deleted."""

import strawberry
from strawberry.scalars import JSON

from domain.services import profiles
from domain.terms.profiles import ProfileCreation, ProfileUpdate
from graph.resolving.access import USER
from graph.resolving.context import Info
from graph.resolving.errors import UserError
from graph.resolving.mutations import mutation
from graph.resolving.relay import key_of
from graph.resolving.unset import given
from graph.schema.profiles import CustomerProfile

Unset = strawberry.UNSET


@strawberry.input(description="A customer to keep an eye on.")
class CreateCustomerProfileInput:
    name: str = strawberry.field(description="What to call it, at most 200 characters.")
    attributes: JSON = strawberry.field(
        description="What is known of the customer: a flat record of column name -> value, as `predict` "
        "takes it."
    )
    note: str | None = strawberry.field(
        default=Unset, description="A note of your own, at most 2,000 characters."
    )
    model_id: strawberry.ID | None = strawberry.field(
        default=Unset,
        description="The model to place it by; left out, the one that was promoted most recently, now or as "
        "soon as there is one.",
    )


@strawberry.input(description="What changes of a profile. What is left out stays.")
class UpdateCustomerProfileInput:
    id: strawberry.ID = strawberry.field(description="The profile, one of your own.")
    name: str | None = strawberry.field(default=Unset, description="Another name.")
    attributes: JSON | None = strawberry.field(
        default=Unset, description="Other attributes, in place of all it has."
    )
    note: str | None = strawberry.field(default=Unset, description="Another note; null takes it away.")
    model_id: strawberry.ID | None = strawberry.field(
        default=Unset, description="Another model to place it by."
    )


@strawberry.input(description="Which profile to delete.")
class DeleteCustomerProfileInput:
    id: strawberry.ID = strawberry.field(description="The profile, one of your own.")


@strawberry.type(description="What came of making a profile.", directives=[USER])
class CreateCustomerProfilePayload:
    customer_profile: CustomerProfile | None = strawberry.field(
        default=None, description="The profile, placed where its model has a champion."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then there is no profile."
    )


@strawberry.type(description="What came of changing a profile.", directives=[USER])
class UpdateCustomerProfilePayload:
    customer_profile: CustomerProfile | None = strawberry.field(
        default=None, description="The profile, placed anew where its attributes changed."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then the profile is as it was."
    )


@strawberry.type(description="What came of deleting a profile.", directives=[USER])
class DeleteCustomerProfilePayload:
    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The profile that is no more, nor its history."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was deleted."
    )


@strawberry.type
class ProfileMutation:
    @mutation(USER)
    async def create_customer_profile(
        self, info: Info, input: CreateCustomerProfileInput
    ) -> CreateCustomerProfilePayload:
        """Keep an eye on a customer, by a profile that only you and administrators see.

        It is placed at once where its model has a champion, and again whenever that changes. Attributes
        that can't be placed are kept all the same: `problem` says what is wrong with them.
        """
        request = ProfileCreation(
            input.name,
            input.attributes,
            given(input.note),
            key_of("Model", given(input.model_id)),
            model_given=given(input.model_id) is not None,
        )
        context = info.context
        row = await profiles.create(context.runtime, context.viewer.account_id, request)
        return CreateCustomerProfilePayload(customer_profile=CustomerProfile.of(row))

    @mutation(USER)
    async def update_customer_profile(
        self, info: Info, input: UpdateCustomerProfileInput
    ) -> UpdateCustomerProfilePayload:
        """Change a profile of your own; with other attributes, or another model, it is placed anew."""
        request = ProfileUpdate(
            key_of("CustomerProfile", input.id),
            given(input.name),
            given(input.attributes),
            given(input.note),
            note_given=input.note is not Unset,
            model_id=key_of("Model", given(input.model_id)),
            model_given=given(input.model_id) is not None,
        )
        context = info.context
        row = await profiles.update(context.runtime, context.viewer.account_id, request)
        return UpdateCustomerProfilePayload(customer_profile=CustomerProfile.of(row))

    @mutation(USER)
    async def delete_customer_profile(
        self, info: Info, input: DeleteCustomerProfileInput
    ) -> DeleteCustomerProfilePayload:
        """Delete a profile of your own, with its history."""
        context = info.context
        key = key_of("CustomerProfile", input.id)
        await profiles.delete(context.runtime, context.viewer.account_id, key)
        return DeleteCustomerProfilePayload(deleted_id=input.id)
