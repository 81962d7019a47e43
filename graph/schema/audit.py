"""The audit: who did what."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain import models
from domain.services import auditing
from domain.terms import auditing as terms
from domain.terms.administration import AuditFilter
from graph.resolving.access import ADMIN
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
from graph.schema.accounts import ViewerKind

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
    at: datetime = strawberry.field(description="When.")
    action: str = strawberry.field(
        description="What: the name of the mutation; of a refusal the field that was asked for; `download`; "
        "`request` for callers that were too quick; `createAdmin` and `createApiKey` of the command line."
    )
    outcome: AuditOutcome = strawberry.field(description="How it went.")
    code: str | None = strawberry.field(description="Why it was not done, as the caller was told.")
    actor_id: strawberry.ID | None = strawberry.field(
        description="The account that did it, which may be gone; null where nobody was signed in."
    )
    actor_name: str | None = strawberry.field(description="What the account was called.")
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


@strawberry.input(description="Which events are wanted: those that all that is given fits.")
class AuditEventFilterInput:
    actor_id: strawberry.ID | None = strawberry.field(default=Unset, description="Done by this account.")
    api_key_id: strawberry.ID | None = strawberry.field(default=Unset, description="Done by this key.")
    action: str | None = strawberry.field(default=Unset, description="Only this action.")
    outcome: AuditOutcome | None = strawberry.field(default=Unset, description="Only what went so.")
    subject_id: strawberry.ID | None = strawberry.field(default=Unset, description="Done to this object.")
    address: str | None = strawberry.field(default=Unset, description="From this network address.")
    since: datetime | None = strawberry.field(default=Unset, description="At this time or later.")
    until: datetime | None = strawberry.field(default=Unset, description="Before this time.")

    def names_nothing(self) -> bool:
        """Tell whether an id is given that is none: nothing was done by it, or to it."""
        named = (("User", self.actor_id), ("ApiKey", self.api_key_id))
        unknown = [text for kind, text in named if isinstance(text, str) and key_of(kind, text) is None]
        subject = given(self.subject_id)
        return bool(unknown) or (isinstance(subject, str) and parse_id(subject) is None)

    def to_term(self) -> AuditFilter:
        """Translate into the domain's terms."""
        subject = parse_id(self.subject_id) if isinstance(self.subject_id, str) else None
        return AuditFilter(
            actor_id=key_of("User", given(self.actor_id)),
            action=given(self.action),
            outcome=given(self.outcome),
            subject_id=subject[1] if subject else None,
            key_id=key_of("ApiKey", given(self.api_key_id)),
            since=given(self.since),
            until=given(self.until),
            address=given(self.address),
        )


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
        filter: Annotated[
            AuditEventFilterInput | None, strawberry.argument(description="Only these.")
        ] = Unset,
    ) -> Connection[AuditEvent]:
        window = Window.of(first, after, last, before, LARGEST_PAGE)
        wanted = given(filter) or AuditEventFilterInput()
        query = auditing.newest_first(wanted.to_term())
        if wanted.names_nothing():
            query = query.filter(id__in=[])
        return await keyset_page(query, window, AuditEvent.of)
