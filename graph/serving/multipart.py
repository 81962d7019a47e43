"""Requests with files: form fields `operations`, `map`, then the files, streamed to disk.

Source: GraphQL multipart request specification (github.com/jaydenseric/graphql-multipart-request-spec).
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Self, TypeAlias

from starlette.requests import Request

from domain.services import arrivals
from domain.settings import PREFIX, Settings
from graph.resolving.errors import BadRequest, RequestTooLarge
from graph.resolving.uploads import IncomingFile
from graph.serving.arrivals import Arrival
from graph.serving.parts import PartBegins, PartEnds, Parts
from graph.serving.payloads import decode
from graph.serving.placing import Place, places_of
from graph.serving.requests import GraphQLRequest, from_json

MULTIPART = "multipart/form-data"
MAX_MAP_BYTES = 64 * 1024


def announced_length(request: Request) -> int:
    """The length of the body that the client announces, in bytes; 0 where it does not."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 20 else 0


Admit: TypeAlias = Callable[[GraphQLRequest], Awaitable[None]]
"""Looks at the operation before the files come: one that is refused gets none of them on the disk."""

Expect: TypeAlias = Callable[[int], Awaitable[None]]
"""Is told how many files are to come, before the first of them does."""


@asynccontextmanager
async def incoming(
    request: Request, settings: Settings, admit: Admit, expect: Expect
) -> AsyncIterator[GraphQLRequest]:
    """Read a multipart request; its files are there until the end of the block, and then gone.

    In the variables, each file is an IncomingFile. Raises BadRequest, what `admit` and `expect`
    do, and RequestTooLarge as soon as the limit is passed: what comes after that is not read.
    """
    folder = await asyncio.to_thread(arrivals.new_folder, settings)
    try:
        async with _Form(folder, settings, admit, expect) as form:
            yield await form.read(request)
    finally:
        # Shielded: the files of a canceled request go as well.
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))


class _Form:
    """A form being read: which field comes next, and what has come so far."""

    def __init__(self, folder: Path, settings: Settings, admit: Admit, expect: Expect) -> None:
        self._admit = admit
        self._expect = expect
        self._folder = folder
        self._settings = settings
        self._arrivals = AsyncExitStack()
        self._operations: Any = None
        self._places: dict[str, list[Place]] | None = None
        self._files: dict[str, IncomingFile] = {}
        self._file_bytes = 0
        self._field = ""
        self._path: tuple[str, ...] = ()
        self._text = bytearray()
        self._arrival: Arrival | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._arrivals.aclose()

    async def read(self, request: Request) -> GraphQLRequest:
        most = self._settings.max_upload_bytes + self._settings.max_request_bytes
        if announced_length(request) > most:
            raise self._too_large(())
        parts = Parts(request.headers["content-type"])
        received = 0
        async for chunk in request.stream():
            received += len(chunk)
            if received > most:
                raise self._too_large(())
            for event in parts.feed(chunk):
                if isinstance(event, PartBegins):
                    await self._begin(event)
                elif isinstance(event, PartEnds):
                    await self._end()
                else:
                    await self._add(event)
        parts.finish()
        return self._request()

    async def _begin(self, part: PartBegins) -> None:
        self._field = part.name
        self._text = bytearray()
        if self._operations is None or self._places is None:
            due = "map" if self._operations is not None else "operations"
            if part.name != due:
                raise BadRequest(
                    f"The form field {due} should come here, not {part.name[:40]!r}: operations, map, files."
                )
            return
        if part.name not in self._places:
            raise BadRequest(
                f"The form field {part.name[:40]!r} is not in map: name in it where the file belongs."
            )
        if part.name in self._files:
            raise BadRequest(f"The form field {part.name[:40]!r} comes twice.")
        if part.filename is None:
            raise BadRequest(f"The form field {part.name[:40]!r} should be a file, with a file name.")
        self._path = self._places[part.name][0].path
        path = self._folder / str(len(self._files))
        self._arrival = await self._arrivals.enter_async_context(Arrival(path, part.filename))

    async def _add(self, content: memoryview) -> None:
        if self._arrival is None:
            self._text += content
            limit = self._settings.max_request_bytes if self._operations is None else MAX_MAP_BYTES
            if len(self._text) > limit:
                raise RequestTooLarge(f"The form field {self._field} is over the limit of {limit:,} bytes.")
            return
        self._file_bytes += len(content)
        if self._file_bytes > self._settings.max_upload_bytes:
            raise self._too_large(self._path)
        await self._arrival.write(content)

    async def _end(self) -> None:
        if self._arrival is not None:
            self._files[self._field] = await self._arrival.finish()
            self._arrival = None
        elif self._operations is None:
            self._operations = decode(self._text)
            await self._admit(from_json(self._operations))
        else:
            self._places = places_of(self._operations, decode(self._text))
            await self._expect(len(self._places))

    def _request(self) -> GraphQLRequest:
        if self._places is None:
            raise BadRequest("A multipart request has the form fields operations, map, and then the files.")
        missing = self._places.keys() - self._files.keys()
        if missing:
            raise BadRequest(f"map names files that did not come: {', '.join(sorted(missing))[:200]}.")
        for name, file in self._files.items():
            for place in self._places[name]:
                place.put(file)
        return from_json(self._operations)

    def _too_large(self, path: tuple[str, ...]) -> RequestTooLarge:
        return RequestTooLarge(
            f"The upload is over the limit of {self._settings.max_upload_bytes:,} bytes: send a smaller one, "
            f"or have {PREFIX}MAX_UPLOAD_BYTES raised.",
            **({"path": list(path)} if path else {}),
        )
