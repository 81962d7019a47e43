"""The command `segmentgraph`."""

import asyncio
import io
import logging
import os
import re
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import asyncpg
import pytest
import structlog
from tortoise.backends.base.executor import EXECUTOR_CACHE

from domain.services import passwords, tokens
from graph import cli
from tests.servers.api import Api

CHECKOUT = Path(__file__).parents[2]
MIGRATIONS = ("0_init.py", "1_learning_core.py", "2_access.py", "3_models.py")


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
def logging_as_it_was() -> Iterator[None]:
    """Undo what a command says about logs: it says so for a process of its own."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    logging_as_it_was: None,
) -> Run:
    """Run the command in an empty folder; keywords are settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def called(*arguments: str, stdin: str | io.TextIOBase = "", **settings: object) -> Told:
        EXECUTOR_CACHE.clear()  # Tortoise's, which takes a process to have one kind of database
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["segmentgraph", *arguments])
            patch.setattr(sys, "stdin", io.StringIO(stdin) if isinstance(stdin, str) else stdin)
            for name, value in settings.items():
                patch.setenv(f"SEGMENTGRAPH_{name.upper()}", str(value))
            with pytest.raises(SystemExit) as end:
                cli.main()
        out, err = capfdbinary.readouterr()
        assert isinstance(end.value.code, int)
        return Told(end.value.code, out.decode(), err.decode())

    return called


def rows(database_url: str, query: str) -> list[tuple[Any, ...]]:
    """Read from a database as it is, without anything of ours between."""
    if database_url.startswith("sqlite://"):
        connection = sqlite3.connect(database_url.removeprefix("sqlite://"))
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()
    return asyncio.run(_fetched(database_url, query))


async def _fetched(database_url: str, query: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(database_url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", ["serve", "demo", "create-admin", "create-api-key", "generate", "schema", "migrate"]),
        ("serve", ["--host", "--port", "127.0.0.1", "8000"]),
        ("demo", ["--host", "--port", "--rows", "--seed", "5000"]),
        ("create-admin", ["--username", "SEGMENTGRAPH_ADMIN_PASSWORD", "standard input", "printed"]),
        ("create-api-key", ["--role", "USER|ANALYST|ADMIN", "--name", "--expires-in-days", "--rate-limit"]),
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
        ({"host": "256.1.1.1", "secret_key": "k" * 32}, "can't listen on 256.1.1.1"),
        ({"admin_password": "password123"}, "SEGMENTGRAPH_ADMIN_PASSWORD: the password is easy to guess"),
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
    "arguments",
    [
        "serve --port x",
        "generate --rows 0",
        "demo --rows 1",
        "nothing",
        "migrate sideways",
        "create-admin",
        "create-api-key --name x",
        "create-api-key --role USER",
        "create-api-key --role OWNER --name x",
        "create-api-key --role USER --name x --expires-in-days 0",
    ],
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


@pytest.mark.parametrize("command", ["serve", "demo"])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "segmentgraph.example"])  # noqa: S104  # refused
def test_a_server_that_others_reach_does_not_start_without_a_key(
    run: Run, command: str, host: str, tmp_path: Path
) -> None:
    told = run(command, "--host", host)

    assert (told.code, told.out) == (1, "")
    (line,) = told.err.splitlines()
    assert line.startswith(f"segmentgraph: others can reach {host}, so SEGMENTGRAPH_SECRET_KEY has to be set")
    assert 'python -c "import secrets; print(secrets.token_urlsafe(48))"' in line
    assert "openssl rand -base64 48" in line
    assert list(tmp_path.iterdir()) == []


PASSWORD = "a lark above the marsh"  # noqa: S105  # of nobody
ACCOUNTS = "SELECT username, kind, role, password_hash FROM account ORDER BY created_at"
AUDIT = "SELECT action, outcome, code, subject_kind, address, actor_name FROM audit_event ORDER BY id"
MADE_UP = re.compile(r"^password: (\S+)$", re.MULTILINE)


def opens(password_hash: str, password: str) -> bool:
    return asyncio.run(passwords.matches(password_hash, password))


def test_the_password_of_an_administrator_comes_from_the_settings_first(run: Run, database_url: str) -> None:
    told = run(
        "create-admin",
        "--username",
        "ops",
        stdin="another one of them\n",
        admin_password=PASSWORD,
        database_url=database_url,
    )

    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("made the administrator ops in ")
    assert len(told.lines) == 1
    ((name, kind, role, kept),) = rows(database_url, ACCOUNTS)
    assert (name, kind, role) == ("ops", "PERSON", "ADMIN")
    assert opens(kept, PASSWORD)
    assert rows(database_url, AUDIT) == [("createAdmin", "SUCCEEDED", None, "User", "command line", None)]


@pytest.mark.parametrize("stdin", [f"{PASSWORD}\n", f"{PASSWORD}\r\n", PASSWORD, f"{PASSWORD}\nmore\n"])
def test_the_password_of_an_administrator_is_read_from_one_line_of_standard_input(
    run: Run, database_url: str, stdin: str
) -> None:
    told = run("create-admin", "--username", "ops", stdin=stdin, database_url=database_url)

    assert (told.code, told.err) == (0, "")
    assert PASSWORD not in told.out
    assert len(told.lines) == 1
    ((_, _, _, kept),) = rows(database_url, ACCOUNTS)
    assert opens(kept, PASSWORD)


@pytest.mark.parametrize("stdin", ["", "\n"])
def test_a_password_is_made_up_and_printed_where_none_is_given(
    run: Run, database_url: str, stdin: str
) -> None:
    told = run("create-admin", "--username", "ops", stdin=stdin, database_url=database_url)

    assert (told.code, told.err) == (0, "")
    made_up = MADE_UP.search(told.out)
    assert made_up
    ((_, _, _, kept),) = rows(database_url, ACCOUNTS)
    assert opens(kept, made_up[1])


def test_a_name_that_is_taken_is_told_in_one_line_and_changes_nothing(run: Run, database_url: str) -> None:
    assert run("create-admin", "--username", "ops", stdin=PASSWORD, database_url=database_url).code == 0
    before = rows(database_url, ACCOUNTS)

    told = run("create-admin", "--username", "ops", database_url=database_url)

    assert (told.code, told.out) == (1, "")
    (line,) = told.err.splitlines()
    assert line.startswith("segmentgraph: ")
    assert "ops" in line or "taken" in line
    assert rows(database_url, ACCOUNTS) == before
    assert rows(database_url, AUDIT)[1:] == [
        ("createAdmin", "REFUSED", "CONFLICT", None, "command line", None)
    ]


def test_all_that_is_wrong_with_an_administrator_is_told_in_one_line(run: Run, database_url: str) -> None:
    told = run("create-admin", "--username", "", stdin="short", database_url=database_url)

    assert (told.code, told.out) == (1, "")
    (line,) = told.err.splitlines()
    assert line.startswith("segmentgraph: ")
    assert "name" in line
    assert "password" in line
    assert rows(database_url, ACCOUNTS) == []


def test_a_password_that_is_no_text_is_told_in_one_line(run: Run, database_url: str) -> None:
    told = run(
        "create-admin",
        "--username",
        "ops",
        stdin=io.TextIOWrapper(io.BytesIO(b"a lark above \xff\xfe\n"), "utf-8"),
        database_url=database_url,
    )

    assert told == (1, "", "segmentgraph: the password on standard input is no text: write it in UTF-8\n")


@pytest.mark.parametrize("role", ["USER", "analyst", "Admin"])
def test_a_key_is_alone_on_standard_output(run: Run, database_url: str, role: str) -> None:
    told = run("create-api-key", "--role", role, "--name", "nightly import", database_url=database_url)

    assert told.code == 0
    assert re.fullmatch(r"sg_[^\s_]+_\S{40,}\n", told.out)
    key = told.out.strip()
    assert f"role {role.upper()} " in told.err
    assert "until it is revoked" in told.err
    assert key not in told.err
    assert rows(database_url, "SELECT name, role, token_hash, expires_at, rate_limit FROM api_key") == [
        ("nightly import", role.upper(), tokens.digest(key), None, None)
    ]
    assert [row[1:3] for row in rows(database_url, ACCOUNTS)] == [("SERVICE", role.upper())]
    assert rows(database_url, AUDIT) == [("createApiKey", "SUCCEEDED", None, "ApiKey", "command line", None)]


def test_a_key_can_end_and_have_a_rate_limit_of_its_own(run: Run, database_url: str) -> None:
    told = run(
        *("create-api-key", "--role", "USER", "--name", "x"),
        *("--expires-in-days", "30", "--rate-limit", "600/minute"),
        database_url=database_url,
    )

    assert told.code == 0
    ((created, expires, rate),) = rows(database_url, "SELECT created_at, expires_at, rate_limit FROM api_key")
    lasts = datetime.fromisoformat(str(expires)) - datetime.fromisoformat(str(created))
    assert timedelta(days=30, minutes=-1) < lasts <= timedelta(days=30)
    assert rate == "600/minute"
    assert f"until {str(expires)[:16]} UTC" in told.err


def test_a_key_that_cannot_be_is_told_in_one_line_and_not_made(run: Run, database_url: str) -> None:
    told = run(
        *("create-api-key", "--role", "USER", "--name", " ", "--rate-limit", "often"),
        database_url=database_url,
    )

    assert (told.code, told.out) == (1, "")
    (line,) = told.err.splitlines()
    assert "a rate limit should be NUMBER/PERIOD, such as 60/minute" in line
    assert rows(database_url, ACCOUNTS) == []


def test_a_key_is_alone_on_standard_output_though_there_is_something_to_warn_of(
    run: Run, tmp_path: Path
) -> None:
    arguments = ("create-api-key", "--role", "USER", "--name", "x")
    assert run(*arguments).code == 0
    (tmp_path / "segmentgraph-data" / "secret-key").chmod(0o644)

    told = run(*arguments)

    assert told.code == 0
    assert re.fullmatch(r"sg_\S+\n", told.out)
    assert "could read the secret key" in told.err
