"""The audit: who did what."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain import models
from domain.services import auditing
from domain.terms import auditing as terms
from domain.terms.administration import AuditFilter
from graph.resolving.access import ADMIN
from graph.resolving.context import Info
from graph.resolving.enums import describe
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
    parse_id,
)
from graph.resolving.unset import given
from graph.schema.accounts import User, ViewerKind, account_key
from graph.schema.api_keys import ApiKey

Unset = strawberry.UNSET

describe(
    terms.AuditOutcome,
    "How it went.",
    SUCCEEDED="It was done.",
    REFUSED="It could not be done: the caller was told why in userErrors, and nothing was changed.",
    DENIED="The caller may not do it, or not so often.",
    FAILED="It broke, on our side or because the client hung up.",
)
AuditOutcome = terms.AuditOutcome


@strawberry.type(
    description="Something that was done, or tried: written once, never changed. It holds no password, "
    "token or key, and nothing of a customer.",
    directives=[ADMIN],
)
class AuditEvent(Node):
    row: strawberry.Private[models.AuditEvent]
    at: datetime = strawberry.field(description="When.")
    action: str = strawberry.field(
        description="What: the name of the mutation; of a refusal the field that was asked for; `download`; "
        "`request` for callers that were too quick; `createAdmin` and `createApiKey` of the command line."
    )
    outcome: AuditOutcome = strawberry.field(description="How it went.")
    code: str | None = strawberry.field(
        description="Why it was not done: the code that the caller was told; `TOKEN_REUSED` where a refresh "
        "token came a second time, `CANCELED` where the client hung up."
    )
    actor_id: strawberry.ID | None = strawberry.field(
        description="The account that did it, which may be gone; null where nobody was signed in."
    )
    actor_name: str | None = strawberry.field(description="The account's user name at the time.")
    actor_kind: ViewerKind | None = strawberry.field(description="Signed in, or by an API key.")
    api_key_id: strawberry.ID | None = strawberry.field(description="The key that it was done by.")
    subject_kind: str | None = strawberry.field(description="The type of what it was done to.")
    subject_id: strawberry.ID | None = strawberry.field(
        description="What it was done to; it may be gone. For a sign-in that failed: the account."
    )
    address: str = strawberry.field(description="The network address of the caller, or `command line`.")
    request_id: str = strawberry.field(description="The X-Request-ID of the answer, as the log has it.")

    @classmethod
    def of(cls, row: models.AuditEvent) -> "AuditEvent":
        """Wrap a row."""
        subject = row.subject_id and row.subject_kind and global_id(row.subject_kind, row.subject_id)
        return cls(
            id=global_id("AuditEvent", row.id),
            row=row,
            at=row.at,
            action=row.action,
            outcome=row.outcome,
            code=row.code,
            actor_id=global_id("User", row.actor_id) if row.actor_id else None,
            actor_name=row.actor_name,
            actor_kind=row.actor_kind,
            api_key_id=global_id("ApiKey", row.key_id) if row.key_id else None,
            subject_kind=row.subject_kind,
            subject_id=subject or None,
            address=row.address,
            request_id=row.request_id,
        )

    @strawberry.field(description="The account that did it; null where it is gone, or nobody was signed in.")
    async def actor(self, info: Info) -> User | None:
        row = await info.context.loaders.account.load(self.row.actor_id) if self.row.actor_id else None
        return User.of(row) if row else None

    @strawberry.field(description="The key that it was done by; null where it is gone, or there was none.")
    async def api_key(self, info: Info) -> ApiKey | None:
        row = await info.context.loaders.api_key.load(self.row.key_id) if self.row.key_id else None
        return ApiKey.of(row) if row else None


@strawberry.type
class AuditQuery:
    @strawberry.field(
        description="What was done, or tried, the newest first; at most 100 a page.", directives=[ADMIN]
    )
    async def audit_events(
        self,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
        actor_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only what this account did.")
        ] = Unset,
        api_key_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only what was done by this key.")
        ] = Unset,
        action: Annotated[str | None, strawberry.argument(description="Only this action.")] = Unset,
        outcome: Annotated[
            AuditOutcome | None, strawberry.argument(description="Only what went so.")
        ] = Unset,
        subject_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only what was done to this object.")
        ] = Unset,
        address: Annotated[
            str | None, strawberry.argument(description="Only from this network address.")
        ] = Unset,
        since: Annotated[
            datetime | None, strawberry.argument(description="Only at this time or later.")
        ] = Unset,
        until: Annotated[datetime | None, strawberry.argument(description="Only before this time.")] = Unset,
    ) -> Connection[AuditEvent]:
        window = Window.of(first, after, last, before, LARGEST_PAGE)
        actor, key, subject = given(actor_id), given(api_key_id), given(subject_id)
        parsed = parse_id(subject) if subject is not None else None
        wanted = AuditFilter(
            actor_id=account_key(actor),
            action=given(action),
            outcome=given(outcome),
            subject_id=parsed[1] if parsed else None,
            key_id=key_of("ApiKey", key),
            since=given(since),
            until=given(until),
            address=given(address),
        )
        query = auditing.newest_first(wanted)
        named = ((actor, wanted.actor_id), (key, wanted.key_id), (subject, wanted.subject_id))
        if any(text is not None and found is None for text, found in named):
            # By an id of nothing, nothing was done, and nothing to it.
            query = query.filter(id__in=[])
        return await keyset_page(query, window, AuditEvent.of)
