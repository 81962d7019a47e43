"""Mutations answer what a caller did wrong in their payload."""

import errno
import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import strawberry
import structlog
from tortoise.exceptions import OperationalError

from domain.errors import Conflict, DomainError, Refused
from graph.resolving.errors import user_errors

NO_SPACE = "the server has no space left: nothing was changed; its operator can make room"

log = structlog.get_logger(__name__)


def mutation(resolver: Callable[..., Awaitable[Any]]) -> Any:
    """Make a resolver a mutation: its docstring describes it, its refusals become userErrors."""
    signature = inspect.signature(resolver)

    @functools.wraps(resolver)
    async def answered(*arguments: Any, **inputs: Any) -> Any:
        inputs["info"].context.renew_loaders()
        try:
            return await resolver(*arguments, **inputs)
        except (DomainError, Refused) as refusal:
            return signature.return_annotation(user_errors=user_errors(refusal))
        except (OSError, OperationalError) as error:
            if not _is_about_space(error):
                raise
            log.warning("no space left", error=str(error))
            return signature.return_annotation(user_errors=user_errors(Conflict(NO_SPACE)))

    answered.__signature__ = signature.replace(  # type: ignore[attr-defined]  # what inspect looks for
        parameters=[_described(parameter) for parameter in signature.parameters.values()]
    )
    return strawberry.mutation(answered, description=inspect.getdoc(resolver))


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
