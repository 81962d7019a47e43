"""What the decorator of mutations makes of a resolver."""

import asyncio
import errno
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
import strawberry
from graphql import build_schema

from domain.errors import Conflict, Invalid, NotFound, Refused, TooOften
from domain.models import AuditEvent
from domain.services.finishing import Finishing
from domain.terms.access import Caller, Role, Viewer, ViewerKind
from domain.terms.auditing import Subject
from graph.resolving.access import ANALYST, Access, access_to
from graph.resolving.errors import Forbidden, UserError
from graph.resolving.mutations import NO_SPACE, mutation
from graph.resolving.relay import global_id
from graph.resolving.wanted import Gone
from tests.graph.resolving.conftest import opened

ACCOUNT, KEY, NAMED, MADE = (UUID(int=number) for number in range(1, 5))
CALLER = Caller(
    Viewer(ACCOUNT, "Ada", Role.ANALYST, ViewerKind.API_KEY, key_id=KEY), None, "192.0.2.1", "trace-1"
)
HANGS = asyncio.Event()

RAISED: dict[str, Exception] = {
    "one": NotFound("there is no such thing", ["input", "what"]),
    "many": Refused("refused", [Invalid("a is wrong", ["input", "a"]), Conflict("it is taken")]),
    "bug": RuntimeError("the password is hunter2"),
    "often": TooOften("wait", 5),
    "broken": OSError(errno.EIO, "Input/output error"),
    "gone": Gone("nobody waits"),
    "forbidden": Forbidden("not you"),
    "full": OSError(errno.ENOSPC, "No space left on device"),
}


@strawberry.type
class Thing:
    id: strawberry.ID


@strawberry.input
class DoInput:
    what: str
    thing_id: strawberry.ID | None = None
    secret: str = ""


@strawberry.type
class DoPayload:
    done: str | None = None
    thing: Thing | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list)


@strawberry.type
class Query:
    nothing: str | None = None


@strawberry.type
class Mutation:
    @mutation(ANALYST)
    async def do(self, info: strawberry.Info, input: DoInput) -> DoPayload:
        """Do what is asked for."""
        if input.what in RAISED:
            raise RAISED[input.what]
        if input.what == "hang":
            HANGS.set()
            await asyncio.Event().wait()
        if input.what == "explain":
            info.context.about, info.context.why = Subject("User", ACCOUNT), "TOKEN_REUSED"
            raise Invalid("that is not it")
        if input.what == "make":
            return DoPayload(thing=Thing(id=strawberry.ID(global_id("Segment", MADE))))
        return DoPayload(done=f"{input.what}, {info.field_name}")


SCHEMA = strawberry.Schema(Query, Mutation)
DO = "mutation($input: DoInput!) { do(input: $input) { done userErrors { code message path } } }"


@dataclass
class Serving:
    """What a mutation needs of the server besides."""

    finishing: Finishing = field(default_factory=Finishing)


@dataclass
class Asking:
    """A context that counts how often it was told to forget what was loaded."""

    caller: Caller = CALLER
    runtime: Serving = field(default_factory=Serving)
    about: Subject | None = None
    why: str | None = None
    renewals: int = 0

    def renew_loaders(self) -> None:
        self.renewals += 1


@pytest_asyncio.fixture(autouse=True)
async def database(database_url: str) -> AsyncIterator[None]:
    """Where the audit is."""
    async with opened(database_url):
        yield


async def do(what: str, **more: object) -> Any:
    return await SCHEMA.execute(DO, {"input": {"what": what, **more}}, Asking())


async def audited() -> list[tuple[str, str, str | None, UUID | None]]:
    """What was written down, the oldest first: action, outcome, code, and what it was done to."""
    return [
        (event.action, event.outcome.value, event.code, event.subject_id)
        for event in await AuditEvent.all().order_by("id")
    ]


async def test_a_full_disk_is_told_and_changes_nothing() -> None:
    result = await do("full")

    assert result.errors is None
    (error,) = result.data["do"]["userErrors"]
    assert (error["code"], error["message"]) == ("CONFLICT", NO_SPACE)


async def test_each_mutation_of_an_operation_loads_anew() -> None:
    context = Asking()
    twice = "mutation($input: DoInput!) { one: do(input: $input) { done } two: do(input: $input) { done } }"
    await SCHEMA.execute(twice, {"input": {"what": "well"}}, context)

    assert context.renewals == 2


async def test_what_succeeds_is_answered_without_errors() -> None:
    result = await do("well")

    assert (result.data, result.errors) == ({"do": {"done": "well, do", "userErrors": []}}, None)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("one", [{"code": "NOT_FOUND", "message": "there is no such thing", "path": ["input", "what"]}]),
        (
            "many",
            [
                {"code": "INVALID", "message": "a is wrong", "path": ["input", "a"]},
                {"code": "CONFLICT", "message": "it is taken", "path": None},
            ],
        ),
    ],
)
async def test_mistakes_of_the_caller_are_in_the_payload(what: str, expected: list[dict[str, Any]]) -> None:
    result = await do(what)

    assert (result.data, result.errors) == ({"do": {"done": None, "userErrors": expected}}, None)


async def test_a_bug_is_no_mistake_of_the_caller() -> None:
    result = await do("bug")

    assert result.data is None
    assert [error.original_error for error in result.errors] == [RAISED["bug"]]


async def test_what_is_done_is_written_down_with_who_did_it_and_from_where() -> None:
    await do("well")

    assert await audited() == [("do", "SUCCEEDED", None, None)]
    event = await AuditEvent.get()
    assert (event.actor_id, event.actor_name, event.actor_kind) == (ACCOUNT, "Ada", ViewerKind.API_KEY)
    assert (event.key_id, event.address, event.request_id) == (KEY, "192.0.2.1", "trace-1")


async def test_what_it_was_done_to_is_written_down_by_the_input_or_by_what_was_made() -> None:
    await do("well", thingId=global_id("Segment", NAMED))
    await do("make")
    await do("make", thingId=global_id("Segment", NAMED))
    await do("one", thingId=global_id("Segment", NAMED))
    await do("well", thingId="no id of ours")
    await do("well", thingId=global_id("my password is hunter2", NAMED))

    assert await audited() == [
        ("do", "SUCCEEDED", None, NAMED),
        ("do", "SUCCEEDED", None, MADE),
        ("do", "SUCCEEDED", None, NAMED),
        ("do", "REFUSED", "NOT_FOUND", NAMED),
        ("do", "SUCCEEDED", None, None),
        ("do", "SUCCEEDED", None, None),
    ]
    assert {event.subject_kind for event in await AuditEvent.filter(subject_id__isnull=False)} == {"Segment"}


@pytest.mark.parametrize(
    ("what", "outcome", "code"),
    [
        ("one", "REFUSED", "NOT_FOUND"),
        ("many", "REFUSED", "INVALID"),
        ("full", "REFUSED", "CONFLICT"),
        ("bug", "FAILED", "INTERNAL"),
        ("broken", "FAILED", "INTERNAL"),
        ("often", "DENIED", "RATE_LIMITED"),
        ("forbidden", "DENIED", "FORBIDDEN"),
        ("gone", "FAILED", "CANCELED"),
    ],
)
async def test_what_does_not_succeed_is_written_down_with_its_code(
    what: str, outcome: str, code: str
) -> None:
    await do(what)

    assert await audited() == [("do", outcome, code, None)]


async def test_a_mutation_that_is_given_up_is_written_down() -> None:
    HANGS.clear()
    doing = asyncio.create_task(do("hang"))
    await HANGS.wait()
    doing.cancel()
    await asyncio.gather(doing, return_exceptions=True)

    assert await audited() == [("do", "FAILED", "CANCELED", None)]


async def test_a_resolver_may_tell_the_audit_more_than_its_caller_and_only_of_itself() -> None:
    context = Asking()
    await SCHEMA.execute(
        'mutation { a: do(input: {what: "explain"}) { done } b: do(input: {what: "one"}) { done } }',
        {},
        context,
    )

    assert await audited() == [
        ("do", "REFUSED", "TOKEN_REUSED", ACCOUNT),
        ("do", "REFUSED", "NOT_FOUND", None),
    ]


async def test_nothing_else_of_the_input_is_written_down() -> None:
    for what in ("well", "many", "bug"):
        await do(what, secret="hunter2")  # noqa: S106  # what is looked for

    rows = await AuditEvent.all().values()
    assert len(rows) == 3
    assert "hunter2" not in str(rows)


def test_a_mutation_says_to_whom_it_is_open() -> None:
    made = SCHEMA._schema.mutation_type
    assert made is not None
    assert access_to(made.fields["do"], made) is Access.ANALYST


def test_a_mutation_is_described_by_its_docstring_and_its_input_too() -> None:
    made = build_schema(SCHEMA.as_str()).mutation_type
    assert made is not None
    field = made.fields["do"]
    assert field.description == "Do what is asked for."
    assert list(field.args) == ["input"]
    assert field.args["input"].description == "What is asked for."
    assert str(field.args["input"].type) == "DoInput!"
