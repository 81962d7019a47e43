"""Running GraphQL operations: the pipeline that all transports share.

Written over graphql-core rather than `strawberry.Schema.execute`, which parses and
validates anew each time, runs the first of several operations when none is named, and
can't tell a client's mistake in the variables from a failure of ours.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeGuard, cast

import strawberry
import structlog
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLFormattedError,
    OperationDefinitionNode,
    OperationType,
    create_source_event_stream,
    execute_root_selection_set,
    execute_subscription_event,
    map_source_to_response_event,
)
from graphql.execution import Executor
from graphql.execution.async_iterables import aclosing
from starlette.requests import HTTPConnection
from strawberry.execution import optimized_is_awaitable
from strawberry.utils.await_maybe import await_maybe

from domain.settings import Settings
from domain.terms.access import Caller
from graph.resolving.errors import BAD_USER_INPUT, Rejected, TooComplex, presented, with_code
from graph.resolving.limits import measured_cost
from graph.resolving.selections import root_fields
from graph.serving.documents import Document, Documents
from graph.serving.guarding import Guard
from graph.serving.requests import GraphQLRequest

ContextFactory: TypeAlias = Callable[[HTTPConnection, Caller, int], Awaitable[Any]]
"""Makes the context of an operation with its cost, and anew that of each event of a subscription."""

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that its caller may run: the document is valid, and it asks for no more than is allowed.

    `cost` is how many values it may answer.
    """

    document: Document
    node: OperationDefinitionNode
    request: GraphQLRequest
    caller: Caller
    cost: int

    @property
    def name(self) -> str | None:
        """Its name, where it has one."""
        return self.node.name.value if self.node.name else None

    @property
    def fields(self) -> list[str]:
        """The names of its outermost fields, each as often as it is asked for."""
        return list(root_fields(self.document.tree, self.node).values())

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.node.operation


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer to an operation. `executed` is False where it was refused before a field of it ran."""

    data: dict[str, Any] | None
    errors: Sequence[GraphQLFormattedError] = ()
    executed: bool = True

    @property
    def payload(self) -> dict[str, Any]:
        """The answer as GraphQL's specification shapes it."""
        told: dict[str, Any] = {"errors": list(self.errors)} if self.errors else {}
        return {**told, "data": self.data} if self.executed else told


def refused(errors: Sequence[GraphQLError]) -> Outcome:
    """The answer to what was not run."""
    return Outcome(None, presented(errors), executed=False)


class Operations:
    """Runs the operations of one schema."""

    def __init__(
        self, schema: strawberry.Schema, settings: Settings, make_context: ContextFactory, guard: Guard
    ) -> None:
        if schema.extensions or schema.directives:
            raise ValueError("schema extensions and operation directives of Strawberry are not run here")
        self._schema = schema._schema  # noqa: SLF001  # Strawberry has no public name for it
        self._executor_class = schema.execution_context_class
        self._settings = settings
        self._make_context = make_context
        self._guard = guard
        self._documents = Documents(self._schema, settings)

    async def prepare(self, request: GraphQLRequest, caller: Caller) -> Operation:
        """Count, read, check and measure the request's operation, and have it admitted. Raises Rejected."""
        with logged(request.operation_name) as line:
            await self._guard.count(caller)
            document = self._documents.read(request.query)
            node = document.operation(request.operation_name)
            try:
                cost = measured_cost(self._schema, document.tree, node, request.variables, self._settings)
            except TooComplex as refusal:
                raise Rejected([refusal]) from None
            await self._guard.admit(caller, document, node, request.variables, cost)
            line.silent = True
            return Operation(document, node, request, caller, cost)

    async def stream(self, operation: Operation, connection: HTTPConnection) -> AsyncGenerator[Outcome, None]:
        """Run an operation of any kind, outcome by outcome; closing this closes the subscription's source.

        What breaks a subscription off is its last outcome, one that is not executed.
        """
        with logged(operation.name, operation.kind) as line:
            async with aclosing(self._outcomes(operation, connection)) as outcomes:
                async for outcome in outcomes:
                    line.add(outcome)
                    yield outcome

    async def _outcomes(
        self, operation: Operation, connection: HTTPConnection
    ) -> AsyncGenerator[Outcome, None]:
        if operation.kind is not OperationType.SUBSCRIPTION:
            yield await self._answer(operation, connection)
            return
        try:
            executor = await self._executor(operation, connection)
            source = await _source(executor)
            if isinstance(source, ExecutionResult):
                yield refused(source.errors or ())
                return
            async with (
                aclosing(source),
                aclosing(self._events(executor, source, operation, connection)) as results,
            ):
                async for result in results:
                    yield _outcome(result)
                    # A source that never waits, and a client that takes all, should not keep the loop.
                    await asyncio.sleep(0)
        except Exception as error:
            yield refused(_errors(error))

    async def _answer(self, operation: Operation, connection: HTTPConnection) -> Outcome:
        try:
            executor = await self._executor(operation, connection)
            return _outcome(await await_maybe(execute_root_selection_set(executor)))
        except Exception as error:
            return refused(_errors(error))

    async def _executor(self, operation: Operation, connection: HTTPConnection) -> Executor[Any]:
        executor = self._executor_class.build(
            self._schema,
            operation.document.tree,
            context_value=await self._make_context(connection, operation.caller, operation.cost),
            raw_variable_values=operation.request.variables,
            operation_name=operation.name,
            is_awaitable=cast("Callable[[Any], TypeGuard[Awaitable[Any]]]", optimized_is_awaitable),
            operation_extensions=operation.request.extensions,
        )
        if isinstance(executor, list):
            raise Rejected([with_code(error, BAD_USER_INPUT) for error in executor])
        return executor

    def _events(
        self,
        executor: Executor[Any],
        source: AsyncIterable[Any],
        operation: Operation,
        connection: HTTPConnection,
    ) -> AsyncGenerator[ExecutionResult, None]:
        async def execute(event: Executor[Any]) -> ExecutionResult:
            # What the loaders of a context have loaded for one event is stale at the next.
            event.context_value = await self._make_context(connection, operation.caller, operation.cost)
            return await await_maybe(execute_subscription_event(event))

        return map_source_to_response_event(executor, source, execute)


async def _source(executor: Executor[Any]) -> AsyncIterable[Any] | ExecutionResult:
    created: Any = create_source_event_stream(executor)
    return cast("AsyncIterable[Any] | ExecutionResult", await await_maybe(created))


def _outcome(result: ExecutionResult) -> Outcome:
    return Outcome(result.data, presented(result.errors or ()))


def _errors(error: Exception) -> Sequence[GraphQLError]:
    if isinstance(error, Rejected):
        return error.errors
    return [error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)]


class Line:
    """What the log tells of an operation, in one line: never its variables."""

    def __init__(self) -> None:
        self.status = "ok"
        self.answers = 0
        self.silent = False

    def add(self, outcome: Outcome) -> None:
        """Take note of an answer."""
        self.answers += 1
        if outcome.errors:
            self.status = "errors" if outcome.executed else "refused"


@contextmanager
def logged(name: str | None, kind: OperationType | None = None) -> Iterator[Line]:
    """Log an operation when it is over, or given up by its client."""
    line = Line()
    began = time.perf_counter()
    try:
        yield line
    except Rejected:
        line.status = "refused"
        raise
    except BaseException:
        line.status = "canceled"
        raise
    finally:
        if not line.silent:
            logger.info(
                "operation",
                operation=name and name[:100],
                type=kind and kind.value,
                status=line.status,
                answers=line.answers,
                duration_ms=round((time.perf_counter() - began) * 1000, 1),
            )
