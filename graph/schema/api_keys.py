"""API keys: how programs show who they are."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain import models
from domain.services import api_keys
from domain.terms.administration import KeyRequest
from graph.resolving.access import OWNER, USER
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
    Node,
    Window,
    global_id,
    key_of,
    keyset_page,
)
from graph.resolving.unset import given
from graph.schema.accounts import Role, User, account_key

Unset = strawberry.UNSET


@strawberry.type(
    description="A key that a program shows who it is by: seen by its account and by administrators.",
    directives=[OWNER],
)
class ApiKey(Node):
    row: strawberry.Private[models.ApiKey]
    name: str = strawberry.field(description="What it is for.")
    prefix: str = strawberry.field(description="Its first characters, to tell it from others.")
    role: Role = strawberry.field(description="What it may do, where its account may do that too.")
    rate_limit: str | None = strawberry.field(
        description="How many operations it has, as `600/minute`; null: as many as the server gives to all."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(description="When it ends by itself; null: it does not.")
    last_used_at: datetime | None = strawberry.field(
        description="When it was last used, to the minute; null until it was."
    )
    revoked_at: datetime | None = strawberry.field(description="When it was revoked; null where it was not.")

    @classmethod
    def of(cls, row: models.ApiKey) -> "ApiKey":
        """Wrap a row."""
        return cls(
            id=global_id("ApiKey", row.id),
            row=row,
            name=row.name,
            prefix=row.prefix,
            role=row.role,
            rate_limit=row.rate_limit,
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
        )

    @strawberry.field(description="The account that it acts as.")
    async def user(self, info: Info) -> User:
        return User.of(await info.context.loaders.the_account(self.row.account_id))


@strawberry.input(description="A key to make.")
class CreateApiKeyInput:
    name: str = strawberry.field(description="What it is for, at most 200 characters.")
    role: Role = strawberry.field(default=Role.USER, description="What it may do: no more than who makes it.")
    expires_at: datetime | None = strawberry.field(
        default=Unset, description="When it ends by itself; left out, it works until it is revoked."
    )
    rate_limit: str | None = strawberry.field(
        default=Unset,
        description="How many operations it has, such as `600/minute` or `10/5 minutes`. Given by "
        "administrators only; a key that has one makes no keys.",
    )


@strawberry.input(description="Which key to revoke.")
class RevokeApiKeyInput:
    id: strawberry.ID = strawberry.field(description="The key.")


@strawberry.type(description="What came of making a key.", directives=[USER])
class CreateApiKeyPayload:
    api_key: ApiKey | None = strawberry.field(default=None, description="The key, as it is listed.")
    token: str | None = strawberry.field(
        default=None,
        description="The key itself, to be sent as `X-API-Key: …` or `Authorization: Bearer …`. It is shown "
        "this once.",
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then there is no key."
    )


@strawberry.type(description="What came of revoking a key.", directives=[USER])
class RevokeApiKeyPayload:
    api_key: ApiKey | None = strawberry.field(
        default=None, description="The key, which works no more; nor do those that were made by it."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then the key works as before."
    )


@strawberry.type
class ApiKeyQuery:
    @strawberry.field(
        description="Your API keys, all keys for administrators, the newest first; at most 100 a page.",
        directives=[USER],
    )
    async def api_keys(
        self,
        info: Info,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
        user_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only keys of this account.")
        ] = Unset,
    ) -> Connection[ApiKey]:
        window = Window.of(first, after, last, before, LARGEST_PAGE)
        query = api_keys.visible_to(info.context.viewer)
        if isinstance(user_id, str):
            query = query.filter(account_id=account_key(user_id))
        return await keyset_page(query, window, ApiKey.of)


@strawberry.type
class ApiKeyMutation:
    @mutation(USER)
    async def create_api_key(self, info: Info, input: CreateApiKeyInput) -> CreateApiKeyPayload:
        """Make a key that acts as your account."""
        request = KeyRequest(input.name, input.role, given(input.expires_at), given(input.rate_limit))
        row, token = await api_keys.create(info.context.viewer, request)
        return CreateApiKeyPayload(api_key=ApiKey.of(row), token=token)

    @mutation(USER)
    async def revoke_api_key(self, info: Info, input: RevokeApiKeyInput) -> RevokeApiKeyPayload:
        """Revoke a key, at once: what it watches ends. Your own; any, for administrators."""
        row = await api_keys.revoke(info.context.runtime, info.context.viewer, key_of("ApiKey", input.id))
        return RevokeApiKeyPayload(api_key=ApiKey.of(row))
