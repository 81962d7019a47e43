"""What administrators do: look after accounts, and see what the installation holds."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain.services import accounts, administration
from domain.terms.administration import Statistics as StatisticsTerm
from graph.resolving.access import ADMIN, USER
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
    keyset_page,
)
from graph.resolving.scalars import BigInt
from graph.resolving.unset import given
from graph.schema.accounts import Role, User, UserKind, account_key
from graph.schema.states import JobStatus

Unset = strawberry.UNSET


@strawberry.type(description="How many accounts have a role.", directives=[ADMIN])
class RoleCount:
    role: Role = strawberry.field(description="The role.")
    count: int = strawberry.field(description="How many accounts, active or not.")


@strawberry.type(description="How many runs are in a state.", directives=[ADMIN])
class RunStatusCount:
    status: JobStatus = strawberry.field(description="The state.")
    count: int = strawberry.field(description="How many runs.")


@strawberry.type(description="What the installation holds.", directives=[ADMIN])
class Statistics:
    users: int = strawberry.field(description="Accounts, of people and programs.")
    active_users: int = strawberry.field(description="Accounts that are let in.")
    users_by_role: list[RoleCount] = strawberry.field(description="Accounts by role, every role.")
    api_keys: int = strawberry.field(description="API keys that work.")
    datasets: int = strawberry.field(description="Datasets.")
    customers: BigInt = strawberry.field(description="Rows of all datasets.")
    runs_by_status: list[RunStatusCount] = strawberry.field(description="Runs by state, every state.")
    models: int = strawberry.field(description="Models.")
    remembered_predictions: BigInt = strawberry.field(description="Remembered predictions.")
    customer_profiles: int = strawberry.field(description="Customer profiles, of all accounts.")
    audiences: int = strawberry.field(description="Audiences.")
    storage_size_in_bytes: BigInt = strawberry.field(description="Bytes of all tables and artifacts.")
    database_size_in_bytes: BigInt = strawberry.field(description="Bytes of the database.")
    last_activity_at: datetime | None = strawberry.field(
        description="When anybody last asked for something, to the minute."
    )

    @classmethod
    def of(cls, term: StatisticsTerm) -> "Statistics":
        """Translate from the domain's terms."""
        return cls(
            users=term.accounts.total,
            active_users=term.accounts.active,
            users_by_role=[RoleCount(role=role, count=n) for role, n in term.accounts.by_role.items()],
            api_keys=term.living_keys,
            datasets=term.datasets,
            customers=BigInt(term.rows),
            runs_by_status=[RunStatusCount(status=status, count=n) for status, n in term.runs.items()],
            models=term.models,
            remembered_predictions=BigInt(term.remembered_predictions),
            customer_profiles=term.profiles,
            audiences=term.audiences,
            storage_size_in_bytes=BigInt(term.storage_bytes),
            database_size_in_bytes=BigInt(term.database_bytes),
            last_activity_at=term.last_activity_at,
        )


@strawberry.input(description="An account's new role.")
class SetUserRoleInput:
    id: strawberry.ID = strawberry.field(description="The account.")
    role: Role = strawberry.field(description="What it may do from now on.")


@strawberry.input(description="Whether an account is let in.")
class SetUserActiveInput:
    id: strawberry.ID = strawberry.field(description="The account.")
    active: bool = strawberry.field(description="False keeps it out, and all its keys.")


@strawberry.input(description="A new password for somebody who has lost theirs.")
class SetUserPasswordInput:
    id: strawberry.ID = strawberry.field(description="The account, of a person.")
    password: str = strawberry.field(description="The new password, hard to guess.")


@strawberry.input(description="Which account to delete.")
class DeleteUserInput:
    id: strawberry.ID = strawberry.field(description="The account.")


@strawberry.type(description="What came of giving a role.", directives=[ADMIN])
class SetUserRolePayload:
    user: User | None = strawberry.field(default=None, description="The account; its sessions have ended.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then the role is as it was."
    )


@strawberry.type(description="What came of letting in or keeping out.", directives=[ADMIN])
class SetUserActivePayload:
    user: User | None = strawberry.field(default=None, description="The account; its sessions have ended.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was changed."
    )


@strawberry.type(description="What came of setting a password.", directives=[ADMIN])
class SetUserPasswordPayload:
    user: User | None = strawberry.field(default=None, description="The account; its sessions have ended.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then the password is as it was."
    )


@strawberry.type(description="What came of a deletion.", directives=[ADMIN])
class DeleteUserPayload:
    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The account that is no more. Its datasets and runs stay."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was deleted."
    )


@strawberry.type
class AdministrationQuery:
    @strawberry.field(
        description="Accounts that fit, the newest first; at most 100 a page.", directives=[ADMIN]
    )
    async def users(
        self,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
        search: Annotated[
            str | None,
            strawberry.argument(description="A part of the user name, the name or the e-mail, in any case."),
        ] = Unset,
        role: Annotated[Role | None, strawberry.argument(description="Only with this role.")] = Unset,
        active: Annotated[
            bool | None, strawberry.argument(description="Only those that are let in, or are not.")
        ] = Unset,
        kind: Annotated[
            UserKind | None, strawberry.argument(description="Only people, or only programs.")
        ] = Unset,
    ) -> Connection[User]:
        window = Window.of(first, after, last, before, LARGEST_PAGE)
        query = administration.newest_first(given(search), given(role), given(active), given(kind))
        return await keyset_page(query, window, User.of)

    @strawberry.field(
        description="An account by its id: your own; any, for administrators; else null.", directives=[USER]
    )
    async def user(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The account.")]
    ) -> User | None:
        row = await accounts.visible_to(info.context.viewer).get_or_none(id=account_key(id))
        return User.of(row) if row else None

    @strawberry.field(description="What the installation holds.", directives=[ADMIN])
    async def statistics(self, info: Info) -> Statistics:
        return Statistics.of(await administration.statistics(info.context.runtime))


@strawberry.type
class AdministrationMutation:
    @mutation(ADMIN)
    async def set_user_role(self, info: Info, input: SetUserRoleInput) -> SetUserRolePayload:
        """Give an account another role; its sessions end at once. The last active administrator stays one."""
        row = await administration.set_role(info.context.runtime, account_key(input.id), input.role)
        return SetUserRolePayload(user=User.of(row))

    @mutation(ADMIN)
    async def set_user_active(self, info: Info, input: SetUserActiveInput) -> SetUserActivePayload:
        """Let an account in or keep it out, at once. The last active administrator can't be kept out."""
        row = await administration.set_active(info.context.runtime, account_key(input.id), input.active)
        return SetUserActivePayload(user=User.of(row))

    @mutation(ADMIN)
    async def set_user_password(self, info: Info, input: SetUserPasswordInput) -> SetUserPasswordPayload:
        """Give somebody a new password who has lost theirs; their sessions end at once."""
        row = await administration.set_password(info.context.runtime, account_key(input.id), input.password)
        return SetUserPasswordPayload(user=User.of(row))

    @mutation(ADMIN)
    async def delete_user(self, info: Info, input: DeleteUserInput) -> DeleteUserPayload:
        """Delete an account with its sessions and keys. The last active administrator can't be deleted."""
        await administration.delete(info.context.runtime, account_key(input.id))
        return DeleteUserPayload(deleted_id=input.id)
