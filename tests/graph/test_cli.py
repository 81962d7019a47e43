"""The command `segmentgraph`."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from domain.settings import Settings
from tests.servers.api import Api

CHECKOUT = Path(__file__).parents[2]
COMMANDS = {
    (): ["serve", "demo", "generate", "schema", "migrate"],
    ("serve",): ["--host", "--port", "127.0.0.1", "8000"],
    ("demo",): ["--host", "--port", "--rows", "--seed", "5000"],
    ("generate",): ["--rows", "--seed", "--output"],
    ("schema",): ["Print the GraphQL schema"],
    ("migrate",): ["up", "down", "status", "check"],
    ("migrate", "up"): ["pending"],
    ("migrate", "down"): ["--yes"],
    ("migrate", "status"): ["applied and pending"],
    ("migrate", "check"): ["models"],
}


def run(
    *arguments: str, folder: Path, stdin: str = "", **settings: object
) -> "subprocess.CompletedProcess[bytes]":
    """Run the command in a folder of its own."""
    environment = {f"SEGMENTGRAPH_{name.upper()}": str(value) for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-m", "graph.cli", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "COLUMNS": "100", **environment},
        input=stdin.encode(),
        capture_output=True,
        timeout=60,
    )


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_says_what_it_does_and_takes(command: tuple[str, ...], tmp_path: Path) -> None:
    told = run(*command, "--help", folder=tmp_path)

    assert (told.returncode, told.stderr) == (0, b"")
    text = told.stdout.decode()
    for word in COMMANDS[command]:
        assert word in text
    assert "Usage:" in text
    assert list(tmp_path.iterdir()) == []


def test_without_a_command_the_help_is_shown(tmp_path: Path) -> None:
    told = run(folder=tmp_path)

    assert told.returncode == 2
    assert "Usage:" in (told.stdout + told.stderr).decode()


async def test_generated_customers_are_the_same_for_a_seed_and_can_be_uploaded(
    api: Api, tmp_path: Path
) -> None:
    one = run("generate", "--rows", "300", "--seed", "7", folder=tmp_path)
    again = run("generate", "--rows", "300", "--seed", "7", "--output", "c.csv", folder=tmp_path)
    other = run("generate", "--rows", "300", "--seed", "8", folder=tmp_path)

    assert [told.returncode for told in (one, again, other)] == [0, 0, 0]
    assert again.stdout == b""
    assert (tmp_path / "c.csv").read_bytes() == one.stdout
    assert one.stdout != other.stdout
    payload = await api.upload(
        one.stdout, selection="rowCount columns { role } importReport { rowsRejected warnings { code } }"
    )
    dataset = payload["dataset"]
    assert dataset["rowCount"] == 300
    assert dataset["importReport"] == {"rowsRejected": 0, "warnings": []}
    assert {column["role"] for column in dataset["columns"]} >= {"IDENTIFIER", "NUMERIC", "CATEGORICAL"}


def test_the_schema_that_is_printed_is_the_one_that_is_kept(tmp_path: Path) -> None:
    told = run("schema", folder=tmp_path)

    assert told.returncode == 0
    assert told.stdout.decode() == (CHECKOUT / "schema.graphql").read_text()


def test_a_database_is_migrated_up_and_down_and_up_again(database_url: str, tmp_path: Path) -> None:
    def migrate(*arguments: str, stdin: str = "") -> tuple[int, list[str]]:
        told = run("migrate", *arguments, folder=tmp_path, stdin=stdin, database_url=database_url)
        return told.returncode, (told.stdout + told.stderr).decode().splitlines()

    shown = re.sub(r"://([^:@/]*):[^@]*@", r"://\1@", database_url)
    assert migrate("status") == (0, [f"database: {shown}", "pending  0_init.py"])
    assert migrate("up") == (0, ["applied 0_init.py"])
    assert migrate("up") == (0, ["the database is up to date"])
    assert migrate("status") == (0, [f"database: {shown}", "applied  0_init.py"])
    code, asked = migrate("down", stdin="n\n")
    assert code == 1
    assert "is lost. Go on? [y/N]" in asked[0]
    assert migrate("status")[1][1:] == ["applied  0_init.py"]
    assert migrate("down", "--yes") == (0, ["took back 0_init.py"])
    assert migrate("status")[1][1:] == ["pending  0_init.py"]
    assert migrate("down", "--yes") == (1, ["segmentgraph: there is no migration to take back"])
    assert migrate("up") == (0, ["applied 0_init.py"])


def test_the_status_of_a_database_that_is_not_there_makes_none(tmp_path: Path) -> None:
    told = run("migrate", "check", folder=tmp_path)

    assert (told.returncode, told.stdout) == (0, b"the migrations say what the models say\n")
    assert not (tmp_path / "segmentgraph-data").exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"port": "many"}, "SEGMENTGRAPH_PORT"),
        ({"port": "99999"}, "SEGMENTGRAPH_PORT"),
        (
            {"database_url": "mysql://root@localhost/x"},
            "should be sqlite://PATH or postgres://USER@HOST:PORT/NAME",
        ),
        ({"secret_key": "short"}, "SEGMENTGRAPH_SECRET_KEY should have 32 characters or more"),
        ({"max_rows": "0"}, "SEGMENTGRAPH_MAX_ROWS"),
        ({"log_level": "LOUD"}, "SEGMENTGRAPH_LOG_LEVEL"),
        ({"dask_scheduler": "localhost"}, "tcp://HOST:PORT"),
        ({"storage_url": "ftp://example.org/x"}, "storage"),
        ({"database_url": "postgres://nobody@127.0.0.1:1/nothing"}, "the database can't be reached"),
        ({"host": "256.1.1.1"}, "can't listen on 256.1.1.1"),
    ],
)
def test_a_setting_that_cannot_be_ends_the_start_with_one_line(
    settings: dict[str, str], words: str, tmp_path: Path
) -> None:
    told = run("serve", folder=tmp_path, **{"port": 0, **settings})

    lines = [line for line in told.stderr.decode().splitlines() if not line.startswith("{")]
    assert told.returncode == 1
    assert told.stdout == b""
    assert len(lines) == 1
    assert lines[0].startswith("segmentgraph: ")
    assert words in lines[0]


def test_a_port_that_is_taken_is_told_in_one_line(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = run("serve", "--port", str(port), folder=tmp_path)

    assert told.returncode == 1
    assert told.stderr.decode() == (
        f"segmentgraph: can't listen on 127.0.0.1:{port}: Address already in use; "
        "choose another with --host and --port\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [("serve", "--port", "x"), ("generate", "--rows", "0"), ("nothing",), ("demo", "--rows", "1")],
)
def test_an_argument_that_cannot_be_is_told_with_the_usage(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    told = run(*arguments, folder=tmp_path)

    assert told.returncode == 2
    assert "Usage:" in told.stderr.decode()
    assert "Traceback" not in told.stderr.decode()


def test_a_file_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    told = run("generate", "--rows", "10", "--output", "nowhere/c.csv", folder=tmp_path)

    assert told.returncode == 1
    assert told.stderr.decode().startswith("segmentgraph: ")
    assert len(told.stderr.decode().splitlines()) == 1


def test_settings_are_read_from_a_file_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SEGMENTGRAPH_DATABASE_URL=sqlite://from-file.db\n")

    from_file = run("migrate", "up", folder=tmp_path)
    from_environment = run("migrate", "up", folder=tmp_path, database_url="sqlite://from-environment.db")

    assert (from_file.returncode, from_environment.returncode) == (0, 0)
    for name in ("from-file.db", "from-environment.db"):
        connection = sqlite3.connect(tmp_path / name)
        assert connection.execute("SELECT count(*) FROM dataset").fetchone() == (0,)
        connection.close()
    assert Settings.model_fields["database_url"].default == ""
    assert urlsplit("sqlite://from-file.db").scheme == "sqlite"
