"""What the decorator of mutations makes of a resolver."""

import errno
from dataclasses import dataclass
from typing import Any

import pytest
import strawberry
from graphql import build_schema

from domain.errors import Conflict, Invalid, NotFound, Refused
from graph.resolving.errors import UserError
from graph.resolving.mutations import NO_SPACE, mutation

RAISED: dict[str, Exception] = {
    "one": NotFound("there is no such thing", ["input", "what"]),
    "many": Refused("refused", [Invalid("a is wrong", ["input", "a"]), Conflict("it is taken")]),
    "bug": RuntimeError("the password is hunter2"),
    "full": OSError(errno.ENOSPC, "No space left on device"),
}


@strawberry.input
class DoInput:
    what: str


@strawberry.type
class DoPayload:
    done: str | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list)


@strawberry.type
class Query:
    nothing: str | None = None


@strawberry.type
class Mutation:
    @mutation
    async def do(self, info: strawberry.Info, input: DoInput) -> DoPayload:
        """Do what is asked for."""
        if input.what in RAISED:
            raise RAISED[input.what]
        return DoPayload(done=f"{input.what}, {info.field_name}")


SCHEMA = strawberry.Schema(Query, Mutation)
DO = "mutation($input: DoInput!) { do(input: $input) { done userErrors { code message path } } }"


@dataclass
class Renewals:
    """A context that counts how often it was told to forget what was loaded."""

    count: int = 0

    def renew_loaders(self) -> None:
        self.count += 1


async def do(what: str) -> Any:
    return await SCHEMA.execute(DO, {"input": {"what": what}}, Renewals())


async def test_a_full_disk_is_told_and_changes_nothing() -> None:
    result = await do("full")

    assert result.errors is None
    (error,) = result.data["do"]["userErrors"]
    assert (error["code"], error["message"]) == ("CONFLICT", NO_SPACE)


async def test_each_mutation_of_an_operation_loads_anew() -> None:
    context = Renewals()
    twice = "mutation($input: DoInput!) { one: do(input: $input) { done } two: do(input: $input) { done } }"
    await SCHEMA.execute(twice, {"input": {"what": "well"}}, context)

    assert context.count == 2


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


def test_a_mutation_is_described_by_its_docstring_and_its_input_too() -> None:
    made = build_schema(SCHEMA.as_str()).mutation_type
    assert made is not None
    field = made.fields["do"]
    assert field.description == "Do what is asked for."
    assert list(field.args) == ["input"]
    assert field.args["input"].description == "What is asked for."
    assert str(field.args["input"].type) == "DoInput!"
