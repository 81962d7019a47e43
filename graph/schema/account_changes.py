"""What is done to accounts by those whom they belong to; registering makes one."""

from dataclasses import replace

import strawberry

from domain.services import accounts
from domain.terms import accounts as terms
from graph.resolving.access import ANYONE, USER
from graph.resolving.context import Info
from graph.resolving.errors import UserError
from graph.resolving.mutations import mutation
from graph.resolving.relay import global_id
from graph.resolving.unset import given
from graph.schema.accounts import Role, User, Viewer

Unset = strawberry.UNSET


@strawberry.input(description="A new account.")
class RegisterInput:
    username: str = strawberry.field(
        description="The name to sign in by: 3 to 64 letters, digits and . _ @ + -, unique whatever its case."
    )
    password: str = strawberry.field(
        description="The password: 10 characters or more unless the server is set otherwise, hard to guess."
    )
    name: str | None = strawberry.field(
        default=Unset, description="What to call it; the user name if left out."
    )
    email: str | None = strawberry.field(default=Unset, description="Its e-mail address.")
    role: Role | None = strawberry.field(
        default=Unset, description="What it may do: USER if left out. Only administrators give another."
    )


@strawberry.input(description="What to change of your account; what is left out stays, what is empty goes.")
class UpdateViewerInput:
    name: str | None = strawberry.field(default=Unset, description="What to call it from now on.")
    email: str | None = strawberry.field(default=Unset, description="Its e-mail address.")


@strawberry.input(description="A new password, and the one that it takes the place of.")
class ChangePasswordInput:
    current_password: str = strawberry.field(description="The password as it is.")
    new_password: str = strawberry.field(description="The new one: hard to guess, another than before.")


@strawberry.input(description="Your password, as deleting the account can't be undone.")
class DeleteViewerInput:
    password: str = strawberry.field(description="The password.")


@strawberry.type(description="What came of registering.", directives=[ANYONE])
class RegisterPayload:
    user: User | None = strawberry.field(default=None, description="The account; it can sign in now.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then there is no account."
    )


@strawberry.type(description="What came of an update.", directives=[USER])
class UpdateViewerPayload:
    viewer: Viewer | None = strawberry.field(default=None, description="Who asks, as it is now.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was changed."
    )


@strawberry.type(description="What came of changing the password.", directives=[USER])
class ChangePasswordPayload:
    viewer: Viewer | None = strawberry.field(
        default=None, description="Who asks: this session goes on, all others of the account have ended."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then the password is as it was."
    )


@strawberry.type(description="What came of deleting the account.", directives=[USER])
class DeleteViewerPayload:
    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The account that is no more. Datasets and runs stay."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was deleted."
    )


@strawberry.type
class AccountMutation:
    @mutation(ANYONE)
    async def register(self, info: Info, input: RegisterInput) -> RegisterPayload:
        """Make an account: for oneself where registration is open, else for others, by administrators."""
        context = info.context
        request = terms.RegisterRequest(
            input.username, input.password, given(input.name), given(input.email), given(input.role)
        )
        return RegisterPayload(
            user=User.of(await accounts.register(context.runtime, context.caller, request))
        )

    @mutation(USER)
    async def update_viewer(self, info: Info, input: UpdateViewerInput) -> UpdateViewerPayload:
        """Change your profile."""
        update = terms.ProfileUpdate(given(input.name), given(input.email))
        viewer = info.context.viewer
        row = await accounts.update(viewer, update)
        return UpdateViewerPayload(viewer=Viewer.of(replace(viewer, name=row.name or row.username)))

    @mutation(USER)
    async def change_password(self, info: Info, input: ChangePasswordInput) -> ChangePasswordPayload:
        """Change your password; all your other sessions end at once."""
        context = info.context
        await accounts.change_password(
            context.runtime, context.viewer, input.current_password, input.new_password
        )
        return ChangePasswordPayload(viewer=Viewer.of(context.viewer))

    @mutation(USER)
    async def delete_viewer(self, info: Info, input: DeleteViewerInput) -> DeleteViewerPayload:
        """Delete your account with its sessions and keys; what you uploaded and trained stays."""
        context = info.context
        await accounts.delete_own(context.runtime, context.viewer, input.password)
        return DeleteViewerPayload(deleted_id=global_id("User", context.viewer.account_id))
