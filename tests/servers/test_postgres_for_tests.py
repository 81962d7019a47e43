"""The PostgreSQL of the tests ends with them, however they end."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import psutil
import pytest

from tests.servers.databases import Templates, execute, fresh_postgres, fresh_sqlite
from tests.servers.postgres import ADDRESS, NoPostgres, find_or_start, installations

CHECKOUT = Path(__file__).parents[2]

HOLDER = """
import sys
from tests.servers.postgres import find_or_start
with find_or_start() as address:
    print(address, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(postgres_url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has started a PostgreSQL, where one can be started."""
    if not list(installations()):
        pytest.skip("PostgreSQL is named by its address: there are no binaries to start")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        cwd=CHECKOUT,
        env={name: value for name, value in os.environ.items() if name != ADDRESS},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def fetch(address: str, query: str) -> Any:
    async def value() -> Any:
        connection = await asyncpg.connect(address)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(value())


def has_ended(process: psutil.Process) -> bool:
    """Wait for its end. Where nobody collects orphans a zombie is all that comes of it."""
    for _ in range(300):
        try:
            process.wait(timeout=0.1)
        except psutil.TimeoutExpired:
            if process.status() != psutil.STATUS_ZOMBIE:
                continue
        return True
    return False


def server_of(holder: subprocess.Popen[str]) -> tuple[psutil.Process, Path]:
    assert holder.stdout is not None
    data = Path(str(fetch(holder.stdout.readline().strip(), "SHOW data_directory")))
    return psutil.Process(int((data / "postmaster.pid").read_text().split()[0])), data.parent


def test_the_server_and_its_folder_go_when_the_tests_are_killed(holder: subprocess.Popen[str]) -> None:
    server, folder = server_of(holder)
    guardian = server.parent()
    assert guardian is not None
    holder.send_signal(signal.SIGKILL)
    assert has_ended(server)
    assert has_ended(guardian)
    assert not folder.exists()


def test_the_server_and_its_folder_go_when_the_tests_are_interrupted(holder: subprocess.Popen[str]) -> None:
    server, folder = server_of(holder)
    holder.send_signal(signal.SIGINT)
    assert has_ended(server)
    holder.wait(timeout=30)
    assert not folder.exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells of a parent's death")
def test_the_server_ends_when_its_guardian_is_killed(holder: subprocess.Popen[str]) -> None:
    server, folder = server_of(holder)
    guardian = server.parent()
    assert guardian is not None
    guardian.kill()
    ended = has_ended(server)
    shutil.rmtree(folder)
    assert ended


def test_an_address_in_the_environment_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADDRESS, "postgresql://someone@example.org:5433/postgres")
    with find_or_start() as address:
        assert address == "postgres://someone@example.org:5433/postgres"


def test_without_binaries_the_reason_names_the_way_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(ADDRESS, raising=False)
    monkeypatch.setattr("tests.servers.postgres._candidates", lambda: iter([tmp_path]))
    with pytest.raises(NoPostgres, match=f"none is installed, and {ADDRESS} names none"), find_or_start():
        pass


def test_each_test_gets_an_empty_database_of_its_own(database_url: str) -> None:
    parts = urlsplit(database_url)
    if parts.scheme == "sqlite":
        assert not Path(parts.path).exists()
    else:
        assert fetch(database_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
        assert fetch(database_url, "SELECT current_database()") == parts.path.removeprefix("/")


def test_a_fresh_database_can_be_a_copy_of_one_filled_once(postgres_url: str, tmp_path: Path) -> None:
    filled = []

    def fill(address: str) -> None:
        filled.append(address)
        if address.startswith("postgres"):
            execute(address, "CREATE TABLE planted AS SELECT 42 AS value")
        else:
            Path(urlsplit(address).path).write_bytes(b"planted")

    templates = Templates(tmp_path)
    try:
        for _ in range(2):
            with fresh_postgres(postgres_url, templates.name(postgres_url, fill)) as address:
                assert fetch(address, "SELECT value FROM planted") == 42
                execute(address, "DROP TABLE planted")
            copy = fresh_sqlite(tmp_path, templates.file(fill))
            assert Path(urlsplit(copy).path).read_bytes() == b"planted"
    finally:
        templates.drop()
    assert len(filled) == 2


def test_a_filled_database_is_lent_again_without_the_rows_that_were_put_in(
    postgres_url: str, tmp_path: Path
) -> None:
    def fill(address: str) -> None:
        execute(address, "CREATE TABLE planted AS SELECT 42 AS value")
        execute(address, "CREATE TABLE parent (id int PRIMARY KEY)")
        execute(address, "CREATE TABLE child (of int REFERENCES parent ON DELETE RESTRICT)")

    templates = Templates(tmp_path)
    try:
        with templates.lent(postgres_url, fill) as first:
            execute(first, "INSERT INTO parent VALUES (1)")
            execute(first, "INSERT INTO child VALUES (1)")
        with templates.lent(postgres_url, fill) as second:
            assert second == first
            assert fetch(second, "SELECT value FROM planted") == 42
            assert fetch(second, "SELECT count(*) FROM parent") == 0
            assert fetch(second, "SELECT count(*) FROM child") == 0
            with templates.lent(postgres_url, fill) as beside:
                assert beside != second
    finally:
        templates.drop()


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE planted ADD extra int",
        "ALTER TABLE noted ALTER value DROP NOT NULL",
        "CREATE INDEX another ON noted (value)",
        "DROP TABLE noted",
        "CREATE TABLE another (id int)",
        "UPDATE planted SET value = 43",
        "DELETE FROM planted",
    ],
)
def test_a_database_is_not_lent_again_once_it_is_another(
    postgres_url: str, tmp_path: Path, change: str
) -> None:
    def fill(address: str) -> None:
        execute(address, "CREATE TABLE planted AS SELECT 42 AS value")
        execute(address, "CREATE TABLE noted (value int NOT NULL)")

    templates = Templates(tmp_path)
    try:
        with templates.lent(postgres_url, fill) as first:
            execute(first, change)
        with templates.lent(postgres_url, fill) as second:
            assert second != first
            assert fetch(second, "SELECT value FROM planted") == 42
            assert fetch(second, "SELECT count(*) FROM noted") == 0
        databases = "SELECT array_agg(datname::text) FROM pg_database"
        assert urlsplit(first).path.removeprefix("/") not in fetch(postgres_url, databases)
    finally:
        templates.drop()
