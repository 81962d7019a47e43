import json
from pathlib import Path

import pytest
import strawberry
from graphql import ExecutionResult, GraphQLError, graphql_sync
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig
from structlog.testing import capture_logs

from domain.errors import Conflict, DomainError, Invalid, NotFound, Refused, UserErrorCode
from graph.resolving.errors import (
    BadRequest,
    CodedError,
    Forbidden,
    RateLimited,
    TooComplex,
    Unauthenticated,
    UserError,
    presented,
    user_errors,
)
from graph.resolving.uploads import UPLOAD, IncomingFile, Upload


@strawberry.type
class Query:
    @strawberry.field
    def raises(self, what: str) -> str | None:
        raise RAISED[what]

    @strawberry.field
    def ten(self, n: int = 10) -> int | None:
        return n

    @strawberry.field
    def too_big(self) -> int | None:
        return 2**40

    @strawberry.field
    def missing(self) -> JSON | None:
        return None

    @strawberry.field
    def takes(self, file: Upload) -> str:
        return file.filename


SCHEMA = strawberry.Schema(Query, types=[UserError], config=StrawberryConfig(scalar_map={Upload: UPLOAD}))

RAISED: dict[str, Exception] = {
    "bug": RuntimeError("the password is hunter2"),
    "plain": GraphQLError("the password is hunter2"),
    "invalid": Invalid("first is 0", ["first"]),
    "not found": NotFound("no such dataset"),
    "refused": Refused("refused", [Invalid("a", ["x"]), Conflict("b")]),
    "many": Refused("refused", [Invalid(str(number)) for number in range(1_000)]),
    "forbidden": Forbidden("Only an administrator may do this."),
    "limited": RateLimited("Too often.", retryAfter=3),
}


def run(query: str, **variables: object) -> ExecutionResult:
    return graphql_sync(SCHEMA._schema, query, variable_values=variables)


def errors_of(query: str, **variables: object) -> list[dict[str, object]]:
    return [dict(error) for error in presented(run(query, **variables).errors or [])]


@pytest.mark.parametrize("what", ["bug", "plain"])
def test_a_bug_is_logged_with_an_id_and_told_by_that_id_alone(what: str) -> None:
    with capture_logs() as logs:
        (told,) = errors_of(f'{{ raises(what: "{what}") }}')
    (line,) = logs
    correlation_id = line["correlation_id"]
    assert told == {
        "message": f"Something went wrong on our side; quote {correlation_id}.",
        "locations": [{"line": 1, "column": 3}],
        "path": ["raises"],
        "extensions": {"code": "INTERNAL", "correlationId": correlation_id},
    }
    assert line["log_level"] == "error"
    assert line["exc_info"] is RAISED[what]


def test_two_bugs_have_two_ids() -> None:
    with capture_logs():
        first, second = errors_of('{ a: raises(what: "bug") b: raises(what: "bug") }')
    assert first["message"] != second["message"]


@pytest.mark.parametrize(
    ("what", "message", "extensions"),
    [
        ("invalid", "first is 0", {"code": "INVALID", "path": ["first"]}),
        ("not found", "no such dataset", {"code": "NOT_FOUND"}),
        ("forbidden", "Only an administrator may do this.", {"code": "FORBIDDEN"}),
        ("limited", "Too often.", {"code": "RATE_LIMITED", "retryAfter": 3}),
    ],
)
def test_an_expected_failure_is_told_as_it_is_and_not_logged(
    what: str, message: str, extensions: dict[str, object]
) -> None:
    with capture_logs() as logs:
        (told,) = errors_of(f'{{ raises(what: "{what}") }}')
    assert (told["message"], told["extensions"], told["path"]) == (message, extensions, ["raises"])
    assert logs == []


def test_several_mistakes_in_a_query_are_told_one_by_one() -> None:
    told = errors_of('{ raises(what: "refused") }')
    assert [(each["message"], each["extensions"]) for each in told] == [
        ("a", {"code": "INVALID", "path": ["x"]}),
        ("b", {"code": "CONFLICT"}),
    ]


def test_of_a_thousand_mistakes_in_a_query_the_first_hundred_are_told() -> None:
    told = errors_of('{ raises(what: "many") }')
    assert [each["message"] for each in told] == [str(number) for number in range(100)]


def test_null_for_an_argument_that_takes_none_is_the_clients_mistake() -> None:
    (told,) = errors_of("query ($n: Int) { ten(n: $n) }", n=None)
    assert told["extensions"] == {"code": "BAD_USER_INPUT"}
    assert told["path"] == ["ten"]


def test_a_value_that_its_type_cannot_hold_is_a_bug_of_ours() -> None:
    with capture_logs() as logs:
        (told,) = errors_of("{ tooBig }")
    assert told["extensions"]["code"] == "INTERNAL"  # type: ignore[index]  # extensions are a dict
    assert len(logs) == 1


def test_the_mistakes_of_a_mutation_are_told_in_order_with_their_paths() -> None:
    group = Refused("refused", [Invalid("a", ["input", "pca"]), Conflict("b")])
    assert user_errors(group) == [
        UserError(code=UserErrorCode.INVALID, message="a", path=["input", "pca"]),
        UserError(code=UserErrorCode.CONFLICT, message="b", path=None),
    ]
    assert user_errors(NotFound("c")) == [UserError(code=UserErrorCode.NOT_FOUND, message="c", path=None)]


def test_of_a_thousand_mistakes_of_a_mutation_the_first_hundred_are_told() -> None:
    every = [Invalid(str(number), ["input", "columns", str(number)]) for number in range(1_000)]
    told = user_errors(Refused("refused", every))
    assert [each.message for each in told] == [str(number) for number in range(100)]


def test_every_code_of_the_domain_is_described_in_the_schema() -> None:
    values = SCHEMA._schema.type_map["UserErrorCode"].values  # type: ignore[attr-defined]  # an enum has them
    assert list(values) == [code.name for code in UserErrorCode]
    assert all(value.description for value in values.values())
    assert {error.code for error in DomainError.__subclasses__()} == set(UserErrorCode)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadRequest, "BAD_REQUEST"),
        (Unauthenticated, "UNAUTHENTICATED"),
        (Forbidden, "FORBIDDEN"),
        (RateLimited, "RATE_LIMITED"),
        (TooComplex, "TOO_COMPLEX"),
    ],
)
def test_a_refusal_has_its_code(error: type[CodedError], code: str) -> None:
    assert json.loads(json.dumps(error("a").formatted)) == {"message": "a", "extensions": {"code": code}}


def test_an_upload_is_a_file_of_the_request_and_nothing_else() -> None:
    file = IncomingFile(Path("x"), "a.csv", 1, "00")
    assert run("query ($f: Upload!) { takes(file: $f) }", f=file).data == {"takes": "a.csv"}
    for other in ("a.csv", 1, {"path": "/etc/passwd"}, b"a"):
        (error,) = run("query ($f: Upload!) { takes(file: $f) }", f=other).errors or []
        assert "multipart request specification" in error.message
    (error,) = run('{ takes(file: "a.csv") }').errors or []
    assert "multipart request specification" in error.message
