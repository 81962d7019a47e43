"""Accounts: who is who, and who asks."""

from datetime import datetime
from uuid import UUID

import strawberry

from domain import models
from domain.services import accounts
from domain.terms import access
from domain.terms import accounts as terms
from graph.resolving.access import ANYONE, OWNER
from graph.resolving.context import Info
from graph.resolving.enums import describe
from graph.resolving.relay import Node, global_id, key_of

describe(
    access.Role,
    "What an account may do. A role includes those before it.",
    USER="Reads datasets, runs and segments, and looks after its own account.",
    ANALYST="Also uploads, trains, names, and works on recommendations.",
    ADMIN="Also looks after accounts, all keys, the audit, and personal data.",
)
describe(
    access.AccountKind,
    "Who an account is.",
    name="UserKind",
    PERSON="Somebody who signs in with a password.",
    SERVICE="A program, which has keys only.",
)
describe(
    access.ViewerKind,
    "How a viewer shows who it is.",
    USER="Signed in, by an access token.",
    API_KEY="By an API key.",
)
Role = access.Role
UserKind = access.AccountKind
ViewerKind = access.ViewerKind


@strawberry.type(description="What an account has.", directives=[OWNER])
class UserStatistics:
    datasets: int = strawberry.field(description="Datasets that it uploaded and that are still there.")
    runs: int = strawberry.field(description="Runs that it asked for and that are still there.")
    sessions: int = strawberry.field(description="Sessions that it is signed in by.")
    api_keys: int = strawberry.field(description="API keys that work.")


@strawberry.type(
    description="An account, of a person or a program: seen by itself and by administrators.",
    directives=[OWNER],
)
class User(Node):
    row: strawberry.Private[models.Account]
    username: str = strawberry.field(description="The name to sign in by; unique, whatever its case.")
    name: str = strawberry.field(description="What it is called; the user name until another is given.")
    email: str | None = strawberry.field(description="Its e-mail address, as it was given.")
    role: Role = strawberry.field(description="What it may do.")
    kind: UserKind = strawberry.field(description="A person or a program.")
    active: bool = strawberry.field(description="Whether it is let in.")
    created_at: datetime = strawberry.field(description="When it was made.")
    last_active_at: datetime | None = strawberry.field(
        description="When it last asked for something, to the minute; null until it did."
    )

    @classmethod
    def of(cls, row: models.Account) -> "User":
        """Wrap a row."""
        return cls(
            id=global_id("User", row.id),
            row=row,
            username=row.username,
            name=row.name or row.username,
            email=row.email,
            role=row.role,
            kind=row.kind,
            active=row.active,
            created_at=row.created_at,
            last_active_at=row.last_active_at,
        )

    @strawberry.field(description="What it has.", graphql_type=UserStatistics)
    async def statistics(self) -> terms.AccountStatistics:
        return await accounts.statistics_of(self.row.id)


@strawberry.type(
    description="Who asks: seen by itself only. Its id is taken wherever that of its account is.",
    directives=[OWNER],
)
class Viewer(Node):
    term: strawberry.Private[access.Viewer]
    name: str = strawberry.field(description="What the account is called.")
    role: Role = strawberry.field(
        description="What the viewer may do now: of a key, no more than its account may."
    )
    kind: ViewerKind = strawberry.field(description="Signed in, or by an API key.")
    expires_at: datetime | None = strawberry.field(
        description="When the access token or the key expires; null for a key that does not."
    )

    @classmethod
    def of(cls, term: access.Viewer) -> "Viewer":
        """Wrap who asks."""
        return cls(
            term=term,
            id=global_id("Viewer", term.account_id),
            name=term.name or term.username,
            role=term.role,
            kind=term.kind,
            expires_at=term.expires_at,
        )

    @strawberry.field(description="The account: profile and statistics.")
    async def user(self, info: Info) -> User:
        return User.of(await info.context.loaders.the_account(self.term.account_id))


def account_key(text: str | None) -> UUID | None:
    """Read the id of an account: as User has it, or as the viewer has."""
    return key_of("User", text) or key_of("Viewer", text)


@strawberry.type
class ViewerQuery:
    @strawberry.field(description="Who asks; null when signed out.", directives=[ANYONE])
    def viewer(self, info: Info) -> Viewer | None:
        term = info.context.caller.viewer
        return Viewer.of(term) if term else None
