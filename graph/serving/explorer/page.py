"""The explorer's page, for a browser at the API's address, and the parts that it is made of."""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Route

FOLDER = Path(__file__).parent
BUILT = FOLDER / "built"
"""What `python -m graph.serving.explorer.build` makes: index.html, and its parts in the folder `explorer`."""

PARTS = "explorer"
CDN = "https://unpkg.com"
"""Where the page gets GraphiQL from when the explorer was not built; when it was, nothing does."""

# Types by name, since the machine's own table may have other ideas of them.
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".ttf": "font/ttf"}

# A part's name has a hash of its content in it: what has this name never changes.
FOR_EVER = "public, max-age=31536000, immutable"

# Monaco and GraphiQL write styles into the page, and GraphiQL's fonts are data in its style sheet.
_CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "worker-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "'self' data:",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}


def explorer_page(built: Path = BUILT) -> Response:
    """Make the page; when it was not built, hosted GraphiQL with a line that says how to build it."""
    try:
        html, policy = (built / "index.html").read_text("utf-8"), _CSP
    except FileNotFoundError:
        html, policy = _hosted()
    return HTMLResponse(html, headers=_headers(policy))


def explorer_routes(built: Path = BUILT) -> list[BaseRoute]:
    """Give the routes of the page's parts, `/explorer/…` beside the page's own address."""

    # Not async: it looks at the disk, so Starlette runs it in a thread.
    def part(request: Request) -> Response:
        return _part(request, built / PARTS, request.path_params["name"])

    return [Route(f"/{PARTS}/{{name}}", part)]


def _part(request: Request, folder: Path, name: str) -> Response:
    # A plain name: nothing that leads elsewhere, or that the file system would choke on.
    path = folder / name if re.fullmatch(r"[\w.-]{1,100}", name) else folder
    media_type = MEDIA_TYPES.get(path.suffix)
    if not media_type or not path.is_file():
        raise HTTPException(404)
    headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    packed = path.with_name(f"{path.name}.gz")
    if _takes_gzip(request) and packed.is_file():
        path = packed
        headers["Content-Encoding"] = "gzip"
    headers["ETag"] = f'"{path.name}"'
    if _has_it(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return FileResponse(path, headers=headers, media_type=media_type)


def _takes_gzip(request: Request) -> bool:
    accepted = request.headers.get("accept-encoding", "")
    return re.search(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", accepted) is not None


def _has_it(request: Request, etag: str) -> bool:
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or etag in [each.strip().removeprefix("W/") for each in known.split(",")]


@cache
def _hosted() -> tuple[str, dict[str, str]]:
    html = (FOLDER / "hosted.html").read_text("utf-8").replace("{{CDN}}", CDN)
    script = html.partition("<script>")[2].partition("</script>")[0]
    allowed = b64encode(sha256(script.encode()).digest()).decode()
    return html, _CSP | {
        "script-src": f"{CDN} 'sha256-{allowed}'",
        "style-src": f"{CDN} 'unsafe-inline'",
    }


def _headers(policy: dict[str, str]) -> dict[str, str]:
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        # Another build names other parts, so a stored page is asked for again.
        "Cache-Control": "no-cache",
        # The same address answers GraphQL clients too.
        "Vary": "Accept",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
