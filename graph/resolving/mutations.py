"""Mutations: open to whom they say, answering mistakes in their payload, and written down in the audit."""

import asyncio
import errno
import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeAlias

import strawberry
import structlog
from strawberry.utils.str_converters import to_camel_case
from tortoise.exceptions import OperationalError

from domain.errors import Conflict, DomainError, Refused, TooOften
from domain.services import auditing
from domain.terms.auditing import AuditEntry, AuditOutcome, Subject
from graph.resolving.access import Declared
from graph.resolving.errors import INTERNAL, CodedError, RateLimited, user_errors
from graph.resolving.subjects import subject_made, subject_named
from graph.resolving.wanted import Gone

Went: TypeAlias = tuple[AuditOutcome, str | None]
"""How a mutation went, and by which code it did not."""

CANCELED = "CANCELED"
NO_SPACE = "the server has no space left: nothing was changed; its operator can make room"

log = structlog.get_logger(__name__)


def mutation(access: Declared) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """Make a resolver a mutation that is open to these.

    Its docstring describes it, its refusals become userErrors, and each call of it is audited.
    """

    def make(resolver: Callable[..., Awaitable[Any]]) -> Any:
        signature = inspect.signature(resolver)
        action = to_camel_case(resolver.__name__)

        @functools.wraps(resolver)
        async def answered(*arguments: Any, **inputs: Any) -> Any:
            context = inputs["info"].context
            context.renew_loaders()
            context.about = context.why = None
            about = subject_named(inputs.get("input"))
            try:
                payload = await resolver(*arguments, **inputs)
                went: Went = (AuditOutcome.SUCCEEDED, None)
            except BaseException as error:
                refusal = _refusal(error)
                if refusal is None:
                    await _write_down(context, action, about, _of_failure(error))
                    raise
                payload = signature.return_annotation(user_errors=user_errors(refusal))
                went = _of_refusal(refusal, payload)
            await _write_down(context, action, about or subject_made(payload), went)
            return payload

        answered.__signature__ = signature.replace(  # type: ignore[attr-defined]  # what inspect looks for
            parameters=[_described(parameter) for parameter in signature.parameters.values()]
        )
        return strawberry.mutation(answered, description=inspect.getdoc(resolver), directives=[access])

    return make


def _refusal(error: BaseException) -> DomainError | Refused | None:
    """What the caller is told in the payload; None where it is not for the payload to tell."""
    if isinstance(error, DomainError | Refused):
        return error
    if not isinstance(error, OSError | OperationalError) or not _is_about_space(error):
        return None
    log.warning("no space left", error=str(error))
    return Conflict(NO_SPACE)


def _of_refusal(refusal: DomainError | Refused, payload: Any) -> Went:
    if isinstance(refusal, Gone):
        return AuditOutcome.FAILED, CANCELED
    return AuditOutcome.REFUSED, payload.user_errors[0].code.value


def _of_failure(error: BaseException) -> Went:
    if isinstance(error, TooOften):
        return AuditOutcome.DENIED, RateLimited.code
    if isinstance(error, CodedError):
        return AuditOutcome.DENIED, error.code
    return AuditOutcome.FAILED, CANCELED if isinstance(error, asyncio.CancelledError) else INTERNAL


async def _write_down(context: Any, action: str, about: Subject | None, went: Went) -> None:
    outcome, code = went
    entry = AuditEntry(action, outcome, context.caller, context.about or about, context.why or code)
    try:
        # What was done is written down also when the client has hung up meanwhile, or the server stops.
        await context.runtime.finishing.to_its_end(auditing.record(entry))
    except Exception:
        # It is done, and the client should know: the log says what the audit could not.
        log.exception("the audit could not be written", action=action, outcome=outcome, code=code)


def _is_about_space(error: Exception) -> bool:
    return getattr(error, "errno", None) == errno.ENOSPC or "disk is full" in str(error)


def _described(parameter: inspect.Parameter) -> inspect.Parameter:
    if parameter.name != "input":
        return parameter
    described = Annotated[  # a type made at run time, of which mypy knows nothing
        parameter.annotation,  # type: ignore[name-defined]
        strawberry.argument(description="What is asked for."),
    ]
    return parameter.replace(annotation=described)
