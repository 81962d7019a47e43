"""The explorer's page and its parts, how they are built, and that its examples fit the schema."""

import gzip
import json
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from graphql import build_schema, parse, validate
from starlette.applications import Starlette
from starlette.responses import Response

from graph.schema.root import schema
from graph.serving.explorer import build, explorer_page, explorer_routes
from graph.serving.explorer.page import BUILT, CDN, FOLDER, MEDIA_TYPES

SCRIPT = b"console.log('segments');" * 100
EXAMPLES = sorted((FOLDER / "source" / "examples").glob("*.graphql"))
OPERATIONS = sorted((FOLDER / "source" / "operations").glob("*.graphql"))


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A page with one part, laid out as a build lays it out."""
    parts = tmp_path / "explorer"
    parts.mkdir()
    (tmp_path / "index.html").write_text('<script type="module" src="./explorer/main-a1.js"></script>')
    (parts / "main-a1.js").write_bytes(SCRIPT)
    (parts / "main-a1.js.gz").write_bytes(gzip.compress(SCRIPT))
    (parts / "notes.txt").write_text("not a part")
    return tmp_path


@pytest.fixture
async def client(built: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=explorer_routes(built))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as client:
        yield client


def policy_of(page: Response) -> dict[str, str]:
    directives = (each.split(" ", 1) for each in page.headers["content-security-policy"].split("; "))
    return dict(directives)


# ---------------------------------------------------------------- the page


def test_the_page_runs_scripts_of_its_own_server_only(built: Path) -> None:
    policy = policy_of(explorer_page(built))
    assert (policy["default-src"], policy["script-src"], policy["worker-src"]) == (
        "'none'",
        "'self'",
        "'self'",
    )
    assert (policy["connect-src"], policy["frame-ancestors"]) == ("'self'", "'none'")


def test_the_page_is_asked_for_again_each_time(built: Path) -> None:
    page = explorer_page(built)
    assert page.headers["cache-control"] == "no-cache"
    assert page.headers["vary"] == "Accept"
    assert page.headers["content-type"] == "text/html; charset=utf-8"


def test_a_page_that_was_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    page = explorer_page(tmp_path)
    assert page.status_code == 200
    assert "make explorer" in bytes(page.body).decode()


def test_a_page_that_was_not_built_runs_its_one_script_and_those_of_the_public_host(tmp_path: Path) -> None:
    page = explorer_page(tmp_path)
    html = bytes(page.body).decode()
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert policy_of(page)["script-src"] == f"{CDN} 'sha256-{digest}'"
    fetched = re.findall(r"<(?:script|link)\s+[^>]*https://[^>]*>", html)
    assert len(fetched) == 4
    assert all(CDN in each and 'integrity="sha384-' in each for each in fetched)


# ---------------------------------------------------------------- its parts


async def test_a_part_is_kept_for_ever(client: httpx.AsyncClient) -> None:
    answer = await client.get("/explorer/main-a1.js", headers={"Accept-Encoding": "identity"})
    assert answer.content == SCRIPT
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["etag"] == '"main-a1.js"'


async def test_a_part_comes_compressed_to_who_can_read_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/explorer/main-a1.js", headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(SCRIPT)
    assert answer.content == SCRIPT


@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", "gzip; q=0.0, br", "x-gzipped"])
async def test_a_part_comes_plain_to_who_can_not(client: httpx.AsyncClient, accepted: str) -> None:
    answer = await client.get("/explorer/main-a1.js", headers={"Accept-Encoding": accepted})
    assert "content-encoding" not in answer.headers
    assert answer.content == SCRIPT


@pytest.mark.parametrize("known", ['"main-a1.js"', 'W/"main-a1.js"', '"other", "main-a1.js"', "*"])
async def test_a_part_that_the_browser_has_is_not_sent_again(client: httpx.AsyncClient, known: str) -> None:
    headers = {"Accept-Encoding": "identity", "If-None-Match": known}
    answer = await client.get("/explorer/main-a1.js", headers=headers)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == '"main-a1.js"'


@pytest.mark.parametrize(
    "path",
    [
        "/explorer/main-b2.js",  # of another build
        "/explorer/notes.txt",  # of no kind that a page is made of
        "/explorer/main-a1.js.gz",
        "/explorer/..%2Findex.html",
        "/explorer/%2E%2E",
        "/explorer/" + "x" * 5000 + ".js",  # longer than any file system takes
        "/explorer/a%00.js",
        "/explorer/",
    ],
)
async def test_nothing_else_is_a_part(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


# ---------------------------------------------------------------- the build


@pytest.mark.skipif(not BUILT.exists(), reason="the explorer is not built: make explorer")
def test_the_built_page_is_of_these_sources_and_names_parts_that_are_there() -> None:
    assert build.STAMP.read_text() == build.sources_fingerprint()
    html = (BUILT / "index.html").read_text()
    named = re.findall(r'(?:src|href)="([^"]*)"', html)
    assert len(named) >= 3
    assert all(each.startswith("./explorer/") and (BUILT / each).is_file() for each in named)
    assert "<script>" not in html
    plain = [path for path in (BUILT / "explorer").iterdir() if path.suffix != ".gz"]
    assert {path.suffix for path in plain} == set(MEDIA_TYPES)
    assert all(gzip.decompress(Path(f"{path}.gz").read_bytes()) == path.read_bytes() for path in plain)


def test_the_locks_name_no_host() -> None:
    packages = json.loads((FOLDER / "package-lock.json").read_text())["packages"]
    fetched = [each for name, each in packages.items() if name]
    assert len(fetched) > 50
    assert all("integrity" in each and "resolved" not in each for each in fetched)
    assert "://" not in (FOLDER / "node.lock").read_text()


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("18.20.8", False),
        ("20.18.3", False),
        ("20.19.0", True),
        ("21.7.3", False),
        ("22.11.0", False),
        ("22.12.0", True),
        ("25.0.0", True),
    ],
)
def test_a_build_takes_the_versions_of_node_that_vite_runs_on(version: str, enough: bool) -> None:
    assert build.new_enough(version) is enough


@pytest.fixture
def explorer_copy(tmp_path: Path) -> Path:
    """The explorer's folder with a page that was built from it, to be changed at will."""
    copy = tmp_path / "explorer"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("built", "node_modules", "__pycache__"))
    (copy / "built").mkdir()
    (copy / "built" / build.STAMP.name).write_text(build.sources_fingerprint())
    return copy


def run_build(folder: Path) -> subprocess.CompletedProcess[str]:
    # Nowhere to find a Node.js, nowhere to fetch one from.
    nowhere = {"PATH": str(folder / "nothing"), "PIP_INDEX_URL": "http://127.0.0.1:9", "PIP_RETRIES": "0"}
    nowhere |= {"UV_HTTP_RETRIES": "0", "UV_NO_CACHE": "1", "PIP_NO_CACHE_DIR": "1", "HOME": str(folder)}
    command = [sys.executable, str(folder / "build.py")]
    return subprocess.run(command, env=nowhere, capture_output=True, text=True, timeout=120, check=False)


def test_a_build_of_the_same_sources_is_not_repeated(explorer_copy: Path) -> None:
    done = run_build(explorer_copy)
    assert (done.returncode, done.stdout, done.stderr) == (0, "The explorer is up to date.\n", "")


def test_a_build_that_fails_says_so_in_one_line_and_leaves_the_page_that_there_was(
    explorer_copy: Path,
) -> None:
    (explorer_copy / "source" / "main.tsx").write_text("changed")
    before = sorted(path for path in explorer_copy.rglob("*") if "__pycache__" not in path.parts)
    done = run_build(explorer_copy)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"The explorer was not built: .+\n", done.stderr)
    assert sorted(path for path in explorer_copy.rglob("*") if "__pycache__" not in path.parts) == before


# ---------------------------------------------------------------- the examples


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_fits_the_schema(example: Path) -> None:
    assert validate(build_schema(schema.as_str()), parse(example.read_text())) == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda path: path.stem)
def test_every_operation_of_the_page_itself_fits_the_schema(operation: Path) -> None:
    assert validate(build_schema(schema.as_str()), parse(operation.read_text())) == []


def test_every_example_is_offered() -> None:
    offered = re.findall(r"'\./examples/(.*)\?raw'", (FOLDER / "source" / "examples.ts").read_text())
    assert offered == [path.name for path in EXAMPLES]
