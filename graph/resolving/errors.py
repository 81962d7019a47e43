"""What goes wrong, as a client sees it: user errors, coded refusals, and masked bugs.

GraphQL `errors` hold three things only: what is wrong with the document or its
variables, refusals with a code of their own, and bugs, which are logged here with
a correlation id and told to the client by that id alone.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, ClassVar
from uuid import uuid4

import strawberry
import structlog
from graphql import GraphQLError, GraphQLFormattedError

from domain.errors import MOST_MISTAKES, DomainError, Refused, TooOften, UserErrorCode
from graph.resolving.access import ANYONE
from graph.resolving.enums import describe

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
BAD_USER_INPUT = "BAD_USER_INPUT"
INTERNAL = "INTERNAL"

logger = structlog.get_logger(__name__)


class CodedError(GraphQLError):
    """A refusal that a client can act upon; its message and details are shown as they are."""

    code: ClassVar[str]

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message, extensions={"code": self.code, **details})


class BadRequest(CodedError):
    """The request is not one of GraphQL."""

    code = "BAD_REQUEST"


class Unauthenticated(CodedError):
    """The caller did not show who it is, or not convincingly."""

    code = "UNAUTHENTICATED"


class Forbidden(CodedError):
    """The caller is known, and may not do this."""

    code = "FORBIDDEN"


class RateLimited(CodedError):
    """The caller does this too often, or too much of it at once."""

    code = "RATE_LIMITED"


def seconds(time: float) -> int:
    """Whole seconds to wait, one at least."""
    return max(1, math.ceil(time))


def rate_limited(refusal: TooOften) -> RateLimited:
    """Tell a client how long to wait, where waiting helps."""
    return RateLimited(refusal.message, **_waiting(refusal))


def _waiting(refusal: TooOften) -> dict[str, int]:
    return {} if refusal.retry_after is None else {"retryAfter": seconds(refusal.retry_after)}


class TooComplex(CodedError):
    """The operation asks for more than one operation may."""

    code = "TOO_COMPLEX"


class RequestTooLarge(CodedError):
    """The request, or a file in it, has too many bytes."""

    code = "TOO_LARGE"


class Rejected(Exception):
    """An operation that was not run, with all that is wrong with it."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors)
        self.errors = errors


describe(
    UserErrorCode,
    "What kind of mistake a caller made.",
    INVALID="A value is out of range, or does not fit the others.",
    NOT_FOUND="What the request names is not there.",
    CONFLICT="The state forbids it.",
    UNREADABLE_FILE="The upload is not a table: binary, empty, or its quoting is broken.",
    TOO_LARGE="The request is over a documented limit.",
    UNSUITABLE_DATA="The upload is a table, but there is nothing in it to cluster.",
)


@strawberry.type(description="A mistake of the caller: nothing was changed.", directives=[ANYONE])
class UserError:
    """A mistake of the caller, in the payload of the mutation that it made it in."""

    code: UserErrorCode = strawberry.field(description="What kind of mistake it is.")
    message: str = strawberry.field(description="What is wrong, where, and what to do about it.")
    path: list[str] | None = strawberry.field(
        description="Path of the input field that is to blame, as the client wrote it, outermost first; "
        "null where it is no single one."
    )


def mistakes(error: DomainError | ExceptionGroup[DomainError]) -> Iterator[DomainError]:
    """Each single mistake in an error or a group of them, in order."""
    if isinstance(error, DomainError):
        yield error
    else:
        for part in error.exceptions:
            yield from mistakes(part)


def user_errors(error: DomainError | Refused) -> list[UserError]:
    """The mistakes as a mutation's payload tells them, the first hundred of them."""
    return [
        UserError(code=each.code, message=each.message, path=list(each.path) or None)
        for each in islice(mistakes(error), MOST_MISTAKES)
    ]


def with_code(error: GraphQLError, code: str) -> GraphQLError:
    """The same error, with a code where it has none."""
    error.extensions = {"code": code, **(error.extensions or {})}
    return error


def presented(errors: Iterable[GraphQLError]) -> list[GraphQLFormattedError]:
    """The errors of an operation as its client may see them, in order; bugs are logged and masked."""
    return [told for error in errors for told in _told(error)]


def _told(error: GraphQLError) -> list[GraphQLFormattedError]:
    chain = list(_chain(error))
    cause = chain[-1]
    if isinstance(cause, DomainError | Refused):
        told = islice(mistakes(cause), MOST_MISTAKES)
        return [_told_as(error, each.message, _details(each)) for each in told]
    if isinstance(cause, TooOften):
        return [_told_as(error, cause.message, {"code": RateLimited.code, **_waiting(cause)})]
    if any(_is_about_an_argument(link) for link in chain):
        with_code(error, BAD_USER_INPUT)
    if isinstance(cause, GraphQLError) and "code" in (error.extensions or {}):
        return [error.formatted]
    return [_masked(error, cause)]


def _chain(error: Exception | None) -> Iterator[Exception]:
    while error is not None:
        yield error
        error = error.original_error if isinstance(error, GraphQLError) else None


def _details(mistake: DomainError) -> dict[str, Any]:
    code = {"code": mistake.code.value}
    return {**code, "path": list(mistake.path)} if mistake.path else code


def _is_about_an_argument(error: Exception) -> bool:
    # What only shows when a field is about to run (null in a variable, for an argument that has a
    # default but takes no null) is worded like this by graphql-core, and has no type of its own.
    return type(error) is GraphQLError and error.message.startswith("Argument '") and error.path is None


def _masked(error: GraphQLError, cause: Exception) -> GraphQLFormattedError:
    correlation_id = uuid4().hex
    logger.error("operation failed", correlation_id=correlation_id, path=error.path, exc_info=cause)
    message = f"Something went wrong on our side; quote {correlation_id}."
    return _told_as(error, message, {"code": INTERNAL, "correlationId": correlation_id})


def _told_as(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLFormattedError:
    told = GraphQLError(message, error.nodes, error.source, error.positions, error.path, None, extensions)
    return told.formatted
