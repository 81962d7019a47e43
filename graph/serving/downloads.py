"""Exports, at signed addresses: streamed, and resumed where a download broke off."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from domain.services import exports, links
from domain.services.identities import now
from domain.services.links import Link
from domain.services.runtime import Runtime
from domain.terms.auditing import Subject
from domain.terms.exports import EXPORT_MEDIA_TYPES, ExportAddress, ExportOutcome
from graph.serving.addresses import HEADERS, Addresses
from graph.serving.counting import Counting
from graph.serving.ranges import Unsatisfiable, part_of

_BLOCK = 1 << 18


class Downloads:
    """Serves what createExport has had written, block by block."""

    def __init__(self, counting: Counting) -> None:
        self._addresses = Addresses(counting)

    async def export(self, request: Request) -> Response:
        """Answer an export, or the part that Range asks for; 404 for an address that opens nothing.

        429 where its account, or who tries such addresses, does it too often.
        """
        return await self._addresses.answered(request, self._export)

    async def _export(self, request: Request) -> Response:
        runtime: Runtime = request.app.state.runtime
        link = links.verify_export(runtime, request.path_params["token"])
        if link is None:
            return await self._addresses.gone(request)
        subject = Subject(link.address.subject_kind, link.address.subject_id)
        caller = await self._addresses.caller(request, link)
        outcome = await exports.outcome_of(runtime, link.address) if caller else None
        if caller is None or outcome is None:
            return await self._addresses.gone(request, subject)
        headers = _headers(link, outcome)
        if _is_known(request.headers.get("if-none-match"), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        try:
            part = _part(request, outcome, headers["ETag"])
        except Unsatisfiable:
            return Response(
                status_code=416, headers={**headers, "Content-Range": f"bytes */{outcome.size_in_bytes}"}
            )
        start, end = part or (0, outcome.size_in_bytes)
        headers["Content-Length"] = str(end - start)
        if part:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{outcome.size_in_bytes}"
        status, media_type = 206 if part else 200, EXPORT_MEDIA_TYPES[link.address.format]
        if request.method == "HEAD":
            return Response(status_code=status, headers=headers, media_type=media_type)
        try:
            source = await asyncio.to_thread(runtime.storage.open_input, link.address.export_key)
        except FileNotFoundError:
            return await self._addresses.gone(request, subject)
        try:
            await self._addresses.served(caller, subject)
        except BaseException:
            source.close()
            raise
        return StreamingResponse(_blocks(source, start, end), status, headers, media_type)


async def _blocks(source: Any, start: int, end: int) -> AsyncIterator[bytes]:
    try:
        await asyncio.to_thread(source.seek, start)
        while start < end:
            block = await asyncio.to_thread(source.read, min(_BLOCK, end - start))
            if not block:
                raise OSError("the file of an export is shorter than it was")
            start += len(block)
            yield block
    finally:
        source.close()


def _headers(link: Link[ExportAddress], outcome: ExportOutcome) -> dict[str, str]:
    left = max(0, int((link.expires_at - now()).total_seconds()))
    name = link.address.file_name
    plain = "".join(
        each if each.isascii() and each.isprintable() and each not in '"\\%' else "_" for each in name
    )
    return {
        **HEADERS,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "ETag": f'"{outcome.checksum}"',
        "Cache-Control": f"private, max-age={left}",
        "Accept-Ranges": "bytes",
        # RFC 6266: the second is what everybody reads today.
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
    }


def _is_known(tags: str | None, tag: str) -> bool:
    listed = {each.strip().removeprefix("W/") for each in (tags or "").split(",")}
    return tag in listed or "*" in listed


def _part(request: Request, outcome: ExportOutcome, tag: str) -> tuple[int, int] | None:
    # The rest of another file than the one that was begun would make a file that never was.
    if request.headers.get("if-range", tag) != tag:
        return None
    return part_of(request.headers.get("range"), outcome.size_in_bytes)
