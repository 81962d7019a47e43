"""The first start of a server, what it says, and the commands that make a way in beside it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers.api import until
from tests.servers.running import free_port
from tests.servers.terminal import terminal

PASSWORD = "a lark above the marsh"  # noqa: S105  # of nobody
SHOWN = re.compile(r"^    user name +(\S+)\n    password +(.+)$", re.MULTILINE)
SIGN_IN = """mutation($input: SignInInput!) {
  signIn(input: $input) { accessToken userErrors { code } }
}"""


@dataclass
class Started:
    """A `serve` whose words to people and whose log are kept apart."""

    process: "subprocess.Popen[bytes]"
    url: str
    said: Path
    log: Path
    environment: dict[str, str]

    def is_ready(self) -> bool:
        """Tell whether it takes requests."""
        assert self.process.poll() is None, self.log.read_text()
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """End it as an operator does."""
        self.process.terminate()
        self.process.wait(timeout=30)

    def command(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a command beside it."""
        return subprocess.run(
            [sys.executable, "-m", "graph.cli", *arguments],
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )


@contextmanager
def started(folder: Path, database_url: str, **settings: object) -> Iterator[Started]:
    """Start a server on a data folder and a database, and end it; it may not be ready yet."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    said, log = folder / f"said-{port}", folder / f"log-{port}"
    environment = {
        **os.environ,
        "SEGMENTGRAPH_DATA_DIR": str(folder / "data"),
        "SEGMENTGRAPH_DATABASE_URL": database_url,
        **{f"SEGMENTGRAPH_{name.upper()}": str(value) for name, value in settings.items()},
    }
    with said.open("wb") as out, log.open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "graph.cli", "serve", "--port", str(port)],
            env=environment,
            stdout=out,
            stderr=err,
        )
    server = Started(process, f"http://127.0.0.1:{port}", said, log, environment)
    try:
        yield server
    finally:
        if process.poll() is None:
            server.stop()


async def ready(*servers: Started) -> None:
    for server in servers:
        await until(server.is_ready, "the server takes requests")


async def words_of(server: Started) -> str:
    """What a server that takes requests has said; it says it just after it does."""
    return str(await until(server.said.read_text, "the server has said how to sign in", 10))


def sign_in(server: Started, username: str, password: str) -> dict[str, Any]:
    body = {"query": SIGN_IN, "variables": {"input": {"username": username, "password": password}}}
    payload: dict[str, Any] = httpx.post(f"{server.url}/graphql", json=body).json()["data"]["signIn"]
    return payload


def can_sign_in(server: Started, username: str, password: str) -> bool:
    return bool(sign_in(server, username, password)["accessToken"])


def seen_by(server: Started, headers: dict[str, str]) -> Any:
    body = {"query": "{ viewer { role } }"}
    return httpx.post(f"{server.url}/graphql", json=body, headers=headers).json()


async def test_the_first_start_says_once_how_to_sign_in(tmp_path: Path, database_url: str) -> None:
    with started(tmp_path, database_url) as first:
        await ready(first)
        words = await words_of(first)
        shown = SHOWN.search(words)
        assert shown
        username, password = shown.groups()
        assert username == "admin"
        assert f"SegmentGraph is at {first.url}/graphql" in words
        assert "it is not shown again" in words
        assert "segmentgraph create-admin --username NAME" in words
        assert can_sign_in(first, username, password)
        assert not can_sign_in(first, username, f"{password}x")
    assert first.said.read_text() == words
    assert password not in first.log.read_text()
    assert "sign in" not in first.log.read_text().lower()

    with started(tmp_path, database_url) as second:
        await ready(second)
        assert can_sign_in(second, username, password)
    assert second.said.read_text() == ""


async def test_a_password_of_the_settings_is_not_shown(tmp_path: Path, database_url: str) -> None:
    with started(tmp_path, database_url, admin_password=PASSWORD) as server:
        await ready(server)
        words = await words_of(server)
        assert can_sign_in(server, "admin", PASSWORD)
    shown = SHOWN.search(words)
    assert shown
    assert shown.groups() == ("admin", "the one in SEGMENTGRAPH_ADMIN_PASSWORD")
    assert "not shown again" not in words
    assert PASSWORD not in words + server.log.read_text()


async def test_of_servers_that_start_together_one_makes_the_administrator_and_says_so(
    tmp_path: Path, database_url: str
) -> None:
    shared = {"storage_url": tmp_path / "storage", "secret_key": "k" * 32}
    with ExitStack() as stack:
        servers = [
            stack.enter_context(started(tmp_path / name, database_url, **shared))
            for name in ("one", "two", "three")
        ]
        await ready(*servers)
        await until(lambda: any(words(servers)), "one has said how to sign in", 10)
        (shown,) = filter(None, map(SHOWN.search, words(servers)))
        assert all(can_sign_in(server, *shown.groups()) for server in servers)
    assert sorted(map(bool, words(servers))) == [False, False, True]


def words(servers: Sequence[Started]) -> list[str]:
    return [server.said.read_text() for server in servers]


async def test_an_administrator_is_made_beside_a_server(tmp_path: Path, database_url: str) -> None:
    with started(tmp_path, database_url) as server:
        await ready(server)
        assert not can_sign_in(server, "ops", PASSWORD)

        made = server.command("create-admin", "--username", "ops", stdin=f"{PASSWORD}\n")
        again = server.command("create-admin", "--username", "ops", stdin="quite another one\n")

        assert (made.returncode, made.stderr) == (0, "")
        assert PASSWORD not in made.stdout
        assert (again.returncode, again.stdout) == (1, "")
        assert again.stderr == "segmentgraph: the user name is taken: choose another\n"
        assert can_sign_in(server, "ops", PASSWORD)
        assert not can_sign_in(server, "ops", "quite another one")


async def test_a_key_works_as_it_is_printed(tmp_path: Path, database_url: str) -> None:
    with started(tmp_path, database_url) as server:
        await ready(server)

        made = server.command("create-api-key", "--role", "ANALYST", "--name", "nightly import")

        assert made.returncode == 0
        key = made.stdout.strip()
        assert made.stdout == f"{key}\n"
        answer = {"data": {"viewer": {"role": "ANALYST"}}}
        assert seen_by(server, {"X-API-Key": key}) == answer
        assert seen_by(server, {"Authorization": f"Bearer {key}"}) == answer
        assert seen_by(server, {"X-API-Key": f"{key}x"}) != answer
    assert key not in server.log.read_text()


@pytest.mark.parametrize("typed", [PASSWORD, ""])
def test_a_password_is_asked_for_twice_at_a_terminal_and_not_shown(tmp_path: Path, typed: str) -> None:
    with terminal(tmp_path, "create-admin", "--username", "ops") as screen:
        screen.read_until("Password .*: ")
        screen.type(f"{typed}\n")
        screen.read_until("Again: ")
        screen.type(f"{typed}\n")
        assert screen.end() == 0
    assert "made the administrator ops" in screen.shown
    assert PASSWORD not in screen.shown
    assert ("password: " in screen.shown) == (typed == "")


def test_two_passwords_that_differ_are_asked_for_again(tmp_path: Path) -> None:
    with terminal(tmp_path, "create-admin", "--username", "ops") as screen:
        screen.read_until("Password .*: ")
        screen.type(f"{PASSWORD}\n")
        screen.read_until("Again: ")
        screen.type("something else\n")
        screen.read_until("(?s)do not match.*Password .*: ")
        screen.press_ctrl_c()
        assert screen.end() != 0
    assert "made the administrator" not in screen.shown
    assert not (tmp_path / "segmentgraph.sqlite3").exists()
