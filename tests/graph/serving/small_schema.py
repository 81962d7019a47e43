"""A small schema with something of everything, and what its resolvers have seen."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import TypeAlias

import strawberry
from starlette.requests import HTTPConnection
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from domain.errors import Invalid, TooOften
from domain.terms.access import Caller
from graph.resolving.access import ADMIN, ANYONE, USER
from graph.resolving.errors import Forbidden
from graph.resolving.uploads import UPLOAD, Upload


@dataclass
class Witness:
    """What happened in the server's thread."""

    opened: dict[str, threading.Event] = field(default_factory=dict)
    closed: dict[str, threading.Event] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def watch(self, key: str) -> str:
        """Make ready to see the source of this key opened and closed."""
        self.opened[key], self.closed[key] = threading.Event(), threading.Event()
        return key


WITNESS = Witness()


@dataclass
class ContextOfTests:
    """The context of one operation, or of one event of a subscription."""

    connection: HTTPConnection
    caller: Caller
    cost: int
    loaded: list[int] = field(default_factory=list)


Info: TypeAlias = strawberry.Info[ContextOfTests, None]


@strawberry.type(directives=[ANYONE])
class Item:
    name: str
    columns: list[str]


@strawberry.type(directives=[ANYONE])
class ItemEdge:
    cursor: str
    node: Item


@strawberry.type(directives=[ANYONE])
class ItemConnection:
    edges: list[ItemEdge]


@strawberry.type(directives=[ANYONE])
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        WITNESS.calls.append(name)
        return f"hello {name}"

    @strawberry.field
    def me(self, info: Info) -> str | None:
        viewer = info.context.caller.viewer
        return viewer.username if viewer else None

    @strawberry.field
    def cost(self, info: Info) -> int:
        return info.context.cost

    @strawberry.field(directives=[USER])
    def members_only(self) -> str:
        WITNESS.calls.append("members only")
        return "welcome"

    @strawberry.field(directives=[ADMIN])
    def secret(self) -> str:
        WITNESS.calls.append("secret")
        return "the secret"

    @strawberry.field
    def items(self, first: int | None = None) -> ItemConnection:
        return ItemConnection(
            edges=[ItemEdge(cursor=str(n), node=Item(name=str(n), columns=[])) for n in range(2)]
        )

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("the password is hunter2")

    @strawberry.field
    def invalid(self) -> str | None:
        raise Invalid("first is 0: from 1 to 100 can be asked for", ["first"])

    @strawberry.field
    def slowed(self) -> str | None:
        raise TooOften("slow down", 6.1)

    @strawberry.field
    def forbidden(self) -> str | None:
        raise Forbidden("Only an administrator may do this.")

    @strawberry.field
    def unwritable(self) -> JSON:
        return JSON(float("nan"))

    @strawberry.field
    async def at_once(self) -> str:
        return "at once"


@strawberry.input
class UploadInput:
    file: Upload
    more: list[Upload] | None = None
    label: str | None = None


@strawberry.type(directives=[ANYONE])
class Uploaded:
    name: str
    size: int
    sha256: str
    folder: str
    content: str


@strawberry.type(directives=[ANYONE])
class Mutation:
    @strawberry.mutation
    def upload(self, input: UploadInput) -> list[Uploaded]:
        WITNESS.calls.append("upload")
        return [
            Uploaded(
                name=file.filename,
                size=file.size,
                sha256=file.sha256,
                folder=file.path.parent.name,
                content=file.path.read_bytes()[:40].decode("utf-8", "replace"),
            )
            for file in (input.file, *(input.more or ()))
        ]

    @strawberry.mutation(directives=[USER])
    def keep(self, input: UploadInput) -> str:
        WITNESS.calls.append("keep")
        return input.file.filename

    @strawberry.mutation
    def change(self, to: str) -> str:
        WITNESS.calls.append(f"change {to}")
        return to

    @strawberry.mutation
    async def take_long(self, key: str) -> str:
        """Begins, and is over when the test says so."""
        WITNESS.opened[key].set()
        await asyncio.to_thread(WITNESS.closed[key].wait, 20)
        WITNESS.calls.append(f"took long {key}")
        return "done"


@strawberry.type(directives=[ANYONE])
class Loading:
    @strawberry.field
    def times(self, info: Info) -> int:
        info.context.loaded.append(1)
        return len(info.context.loaded)


@strawberry.type(directives=[ANYONE])
class Subscription:
    @strawberry.subscription
    async def count(self, to: int) -> AsyncGenerator[int, None]:
        for number in range(to):
            yield number

    @strawberry.subscription
    async def forever(self, key: str) -> AsyncGenerator[str, None]:
        """One event, and then silence until somebody closes this."""
        try:
            WITNESS.opened[key].set()
            yield "open"
            await asyncio.Event().wait()
        finally:
            WITNESS.closed[key].set()

    @strawberry.subscription(directives=[USER])
    async def members(self, key: str) -> AsyncGenerator[str, None]:
        """The same, for those who are signed in."""
        try:
            WITNESS.opened[key].set()
            yield "open"
            await asyncio.Event().wait()
        finally:
            WITNESS.closed[key].set()

    @strawberry.subscription
    async def flood(self, key: str) -> AsyncGenerator[str, None]:
        """As many large events as somebody takes; each is told to the witness when it is made."""
        try:
            WITNESS.opened[key].set()
            while True:
                WITNESS.calls.append(key)
                yield "x" * 100_000
        finally:
            WITNESS.closed[key].set()

    @strawberry.subscription
    async def breaks(self) -> AsyncGenerator[int, None]:
        yield 1
        raise RuntimeError("the password is hunter2")

    @strawberry.subscription
    async def loads(self) -> AsyncGenerator[Loading, None]:
        yield Loading()
        yield Loading()


SCHEMA = strawberry.Schema(
    Query, Mutation, Subscription, config=StrawberryConfig(scalar_map={Upload: UPLOAD})
)
