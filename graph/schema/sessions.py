"""Sessions: signing in, staying signed in, signing out."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import datetime
from typing import Self

import strawberry

from domain import models
from domain.services import sessions
from domain.terms.auditing import Subject
from graph.resolving.access import ANYONE, OWNER, USER
from graph.resolving.context import Context, Info
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
from graph.schema.accounts import User

Unset = strawberry.UNSET

TOKEN_REUSED = "TOKEN_REUSED"  # noqa: S105  # a code of the audit: somebody has a copy of a refresh token


@strawberry.type(
    description="A sign-in that has not been ended: seen by its own account only.", directives=[OWNER]
)
class Session(Node):
    created_at: datetime = strawberry.field(description="When it was signed in.")
    last_used_at: datetime = strawberry.field(description="When it was last used, to the minute.")
    expires_at: datetime = strawberry.field(description="When it ends by itself.")
    address: str = strawberry.field(description="The network address that it was signed in from.")
    client: str | None = strawberry.field(description="The program that it was signed in by, as that said.")
    current: bool = strawberry.field(description="Whether it is the one that asks.")

    @classmethod
    def of(cls, row: models.Session, context: Context) -> "Session":
        """Wrap a row for who asks."""
        return cls(
            id=global_id("Session", row.id),
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            address=row.address,
            client=row.client,
            current=row.id == context.viewer.session_id,
        )


@strawberry.input(description="A user name and its password.")
class SignInInput:
    username: str = strawberry.field(description="The user name, in any case.")
    password: str = strawberry.field(description="The password.")


@strawberry.input(description="What a session is continued by.")
class RefreshSessionInput:
    refresh_token: str = strawberry.field(
        description="The newest refresh token. Each works once: one that comes again ends the session."
    )


@strawberry.input(description="Which session to end.")
class SignOutInput:
    refresh_token: str | None = strawberry.field(
        default=Unset, description="A refresh token of the session; left out, the session that asks."
    )
    everywhere: bool = strawberry.field(
        default=False, description="Whether all sessions of the account are ended."
    )


@strawberry.input(description="A session to end.")
class EndSessionInput:
    id: strawberry.ID = strawberry.field(description="The session, one of your own.")


@strawberry.type(description="A session that goes on: its tokens, and whose it is.", directives=[ANYONE])
class SessionTokens:
    access_token: str | None = strawberry.field(
        default=None, description="To be sent as `Authorization: Bearer …` until it expires."
    )
    refresh_token: str | None = strawberry.field(
        default=None, description="Gets the next tokens, once. Keep it as you would a password."
    )
    expires_at: datetime | None = strawberry.field(default=None, description="When the access token expires.")
    refresh_expires_at: datetime | None = strawberry.field(
        default=None, description="When the session ends by itself."
    )
    user: User | None = strawberry.field(default=None, description="Who is signed in.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then there are no tokens."
    )

    @classmethod
    async def of(cls, context: Context, signing: Awaitable[sessions.SignedIn]) -> Self:
        """Sign in, or stay signed in; from there on the operation is that of who it is, in the audit too."""
        try:
            signed = await signing
        except sessions.WrongCredentials as wrong:
            _note(context, wrong)
            raise
        context.caller = replace(context.caller, viewer=signed.viewer, denial=None)
        return cls(
            access_token=signed.access_token,
            refresh_token=signed.refresh_token,
            expires_at=signed.expires_at,
            refresh_expires_at=signed.refresh_expires_at,
            user=User.of(signed.account),
        )


@strawberry.type(description="What came of signing in.", directives=[ANYONE])
class SignInPayload(SessionTokens):
    pass


@strawberry.type(description="What came of continuing a session.", directives=[ANYONE])
class RefreshSessionPayload(SessionTokens):
    pass


@strawberry.type(description="What came of signing out.", directives=[ANYONE])
class SignOutPayload:
    ended: int | None = strawberry.field(
        default=None, description="How many sessions were ended; 0 where there was none any more."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list, description="What is wrong.")


@strawberry.type(description="What came of ending a session.", directives=[USER])
class EndSessionPayload:
    ended_id: strawberry.ID | None = strawberry.field(
        default=None, description="The session that is no more."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was ended."
    )


@strawberry.type
class SessionQuery:
    @strawberry.field(
        description="The sessions that your account is signed in by, the newest first; at most 100 a page.",
        directives=[USER],
    )
    async def sessions(
        self,
        info: Info,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
    ) -> Connection[Session]:
        window = Window.of(first, after, last, before, LARGEST_PAGE)
        context = info.context
        mine = sessions.of(context.viewer.account_id)
        return await keyset_page(mine, window, lambda row: Session.of(row, context))


@strawberry.type
class SessionMutation:
    @mutation(ANYONE)
    async def sign_in(self, info: Info, input: SignInInput) -> SignInPayload:
        """Begin a session with a user name and a password."""
        context = info.context
        client = context.connection.headers.get("user-agent")
        signing = sessions.sign_in(context.runtime, context.caller, input.username, input.password, client)
        return await SignInPayload.of(context, signing)

    @mutation(ANYONE)
    async def refresh_session(self, info: Info, input: RefreshSessionInput) -> RefreshSessionPayload:
        """Continue a session: a new access token, and a new refresh token in place of the one sent."""
        context = info.context
        signing = sessions.refresh(context.runtime, input.refresh_token)
        return await RefreshSessionPayload.of(context, signing)

    @mutation(ANYONE)
    async def sign_out(self, info: Info, input: SignOutInput) -> SignOutPayload:
        """End a session, at once: its tokens work no more, and what it watches ends."""
        context = info.context
        token = given(input.refresh_token)
        owner = await sessions.whose(token) if token is not None else None
        context.about = Subject("User", owner) if owner else None
        try:
            ended = await sessions.sign_out(context.runtime, context.caller.viewer, token, input.everywhere)
        except sessions.WrongCredentials as wrong:
            _note(context, wrong)
            raise
        return SignOutPayload(ended=ended)

    @mutation(USER)
    async def end_session(self, info: Info, input: EndSessionInput) -> EndSessionPayload:
        """End one of your sessions, such as one on a machine that you have lost."""
        context = info.context
        await sessions.end(context.runtime, context.viewer, key_of("Session", input.id))
        return EndSessionPayload(ended_id=input.id)


def _note(context: Context, wrong: sessions.WrongCredentials) -> None:
    """Tell the audit, and nobody else, whose account it was."""
    context.about = Subject("User", wrong.account_id) if wrong.account_id else None
    context.why = TOKEN_REUSED if wrong.reused else None
