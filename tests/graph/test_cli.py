"""The command `segmentgraph`."""

import io
import os
import re
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest
from tortoise.backends.base.executor import EXECUTOR_CACHE

from graph import cli
from tests.servers.api import Api

CHECKOUT = Path(__file__).parents[2]
MIGRATIONS = ("0_init.py", "1_learning_core.py")


class Told(NamedTuple):
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """All that it said."""
        return (self.out + self.err).splitlines()


Run: TypeAlias = Callable[..., Told]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run the command in an empty folder; keywords are settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def called(*arguments: str, stdin: str = "", **settings: object) -> Told:
        EXECUTOR_CACHE.clear()  # Tortoise's, which takes a process to have one kind of database
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["segmentgraph", *arguments])
            patch.setattr(sys, "stdin", io.StringIO(stdin))
            for name, value in settings.items():
                patch.setenv(f"SEGMENTGRAPH_{name.upper()}", str(value))
            with pytest.raises(SystemExit) as end:
                cli.main()
        out, err = capfdbinary.readouterr()
        assert isinstance(end.value.code, int)
        return Told(end.value.code, out.decode(), err.decode())

    return called


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", ["serve", "demo", "generate", "schema", "migrate"]),
        ("serve", ["--host", "--port", "127.0.0.1", "8000"]),
        ("demo", ["--host", "--port", "--rows", "--seed", "5000"]),
        ("generate", ["--rows", "--seed", "--output"]),
        ("schema", ["Print the GraphQL schema"]),
        ("migrate", ["up", "down", "status", "check"]),
        ("migrate up", ["pending"]),
        ("migrate down", ["--yes"]),
        ("migrate status", ["applied and pending"]),
        ("migrate check", ["models"]),
    ],
)
def test_every_command_says_what_it_does_and_takes(
    run: Run, command: str, words: list[str], tmp_path: Path
) -> None:
    told = run(*command.split(), "--help")

    assert (told.code, told.err) == (0, "")
    assert "Usage: segmentgraph" in told.out
    assert [word for word in words if word not in told.out] == []
    assert list(tmp_path.iterdir()) == []


def test_without_a_command_the_help_is_shown(run: Run) -> None:
    told = run()

    assert told.code == 2
    assert "Usage: segmentgraph" in told.out + told.err


async def test_generated_customers_are_the_same_for_a_seed_and_can_be_uploaded(
    api: Api, run: Run, tmp_path: Path
) -> None:
    one = run("generate", "--rows", "300", "--seed", "7")
    again = run("generate", "--rows", "300", "--seed", "7", "--output", "customers.csv")
    other = run("generate", "--rows", "300", "--seed", "8")

    assert [told.code for told in (one, again, other)] == [0, 0, 0]
    assert again.lines == []
    assert (tmp_path / "customers.csv").read_text() == one.out
    assert one.out != other.out
    payload = await api.upload(
        one.out.encode(),
        selection="rowCount columns { role } importReport { rowsRejected warnings { code } }",
    )
    dataset = payload["dataset"]
    assert dataset["rowCount"] == 300
    assert dataset["importReport"] == {"rowsRejected": 0, "warnings": []}
    assert {column["role"] for column in dataset["columns"]} >= {"IDENTIFIER", "NUMERIC", "CATEGORICAL"}


def test_the_schema_that_is_printed_is_the_one_that_is_kept(run: Run) -> None:
    told = run("schema")

    assert (told.code, told.err) == (0, "")
    assert told.out == (CHECKOUT / "schema.graphql").read_text()


def test_a_database_is_migrated_up_and_down_and_up_again(run: Run, database_url: str) -> None:
    def migrate(*arguments: str, stdin: str = "") -> tuple[int, list[str]]:
        told = run("migrate", *arguments, stdin=stdin, database_url=database_url)
        return told.code, told.lines

    shown = "database: " + re.sub(r"://([^:@/]*):[^@]*@", r"://\1@", database_url)
    assert migrate("status") == (0, [shown, *(f"pending  {name}" for name in MIGRATIONS)])
    assert migrate("up") == (0, [f"applied {name}" for name in MIGRATIONS])
    assert migrate("up") == (0, ["the database is up to date"])
    assert migrate("status") == (0, [shown, *(f"applied  {name}" for name in MIGRATIONS)])
    code, asked = migrate("down", stdin="n\n")
    assert code == 1
    assert "is lost. Go on? [y/N]" in asked[0]
    assert migrate("status") == (0, [shown, *(f"applied  {name}" for name in MIGRATIONS)])
    for name in reversed(MIGRATIONS):
        assert migrate("down", "--yes") == (0, [f"took back {name}"])
    assert migrate("status") == (0, [shown, *(f"pending  {name}" for name in MIGRATIONS)])
    assert migrate("down", "--yes") == (1, ["segmentgraph: there is no migration to take back"])
    assert migrate("up") == (0, [f"applied {name}" for name in MIGRATIONS])


def test_the_password_of_the_database_is_not_shown(run: Run, postgres_url: str) -> None:
    with_password = postgres_url.replace("postgres://postgres@", "postgres://postgres:hunter2@")

    told = run("migrate", "status", database_url=with_password)

    assert told.code == 0
    assert told.lines[0] == f"database: {postgres_url}"


def test_whether_the_migrations_fit_the_models_is_told_without_a_database(run: Run, tmp_path: Path) -> None:
    told = run("migrate", "check")

    assert told == (0, "the migrations say what the models say\n", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"port": "99999"}, "SEGMENTGRAPH_PORT: Input should be less than or equal to 65535"),
        (
            {"database_url": "mysql://root@localhost/x"},
            "SEGMENTGRAPH_DATABASE_URL: should be sqlite://PATH or postgres://USER@HOST:PORT/NAME",
        ),
        ({"secret_key": "short"}, "SEGMENTGRAPH_SECRET_KEY should have 32 characters or more"),
        ({"max_rows": "0"}, "SEGMENTGRAPH_MAX_ROWS: Input should be greater than or equal to 1"),
        (
            {"storage_url": "ftp://example.org/x"},
            "SEGMENTGRAPH_STORAGE_URL: should be a folder, or s3://BUCKET/PREFIX",
        ),
        (
            {"dask_scheduler": "localhost"},
            "SEGMENTGRAPH_DASK_SCHEDULER: should be tcp://HOST:PORT or tls://HOST:PORT",
        ),
    ],
)
def test_a_setting_that_cannot_be_is_told_in_one_line(
    run: Run, settings: dict[str, str], message: str, tmp_path: Path
) -> None:
    assert run("serve", **settings) == (1, "", f"segmentgraph: {message}\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"database_url": "postgres://nobody@127.0.0.1:1/nothing"}, "the database can't be reached"),
        ({"host": "256.1.1.1"}, "can't listen on 256.1.1.1"),
        ({"port": "taken"}, "Address already in use; choose another with --host and --port"),
    ],
)
def test_a_start_that_fails_is_told_in_one_line(settings: dict[str, str], words: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        given = {"port": "0", **settings}
        if given["port"] == "taken":
            given["port"] = str(taken.getsockname()[1])
        told = subprocess.run(
            [sys.executable, "-m", "graph.cli", "serve"],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(CHECKOUT),
                "SEGMENTGRAPH_LOG_LEVEL": "ERROR",
                **{f"SEGMENTGRAPH_{name.upper()}": value for name, value in given.items()},
            },
            capture_output=True,
            text=True,
            timeout=60,
        )

    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith("segmentgraph: ")
    assert words in told.stderr
    assert len(told.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments", ["serve --port x", "generate --rows 0", "demo --rows 1", "nothing", "migrate sideways"]
)
def test_an_argument_that_cannot_be_is_told_with_the_usage(run: Run, arguments: str) -> None:
    told = run(*arguments.split())

    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("Usage: segmentgraph")
    assert "Error" in told.err


def test_a_file_that_cannot_be_written_is_told_in_one_line(run: Run) -> None:
    told = run("generate", "--rows", "10", "--output", "nowhere/customers.csv")

    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("segmentgraph: ")
    assert len(told.err.splitlines()) == 1


def test_settings_are_read_from_a_file_and_the_environment_wins(run: Run) -> None:
    Path(".env").write_text("SEGMENTGRAPH_DATABASE_URL=sqlite://from-file.db\n")

    from_file = run("migrate", "up")
    from_environment = run("migrate", "up", database_url="sqlite://from-environment.db")

    assert from_file == from_environment == (0, "".join(f"applied {name}\n" for name in MIGRATIONS), "")
    for name in ("from-file.db", "from-environment.db"):
        connection = sqlite3.connect(name)
        assert connection.execute("SELECT count(*) FROM dataset").fetchone() == (0,)
        connection.close()
