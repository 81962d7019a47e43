"""What a server says of its own health."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.servers.api import Api, until
from tests.servers.databases import execute, fresh_postgres
from tests.servers.running import serving

MIGRATION = "0_init.py"


async def test_a_server_lives_without_its_migrations_and_is_not_ready(
    database_url: str, tmp_path: Path
) -> None:
    with serving(tmp_path / "data", database_url) as server:
        async with httpx.AsyncClient(base_url=server.url) as client:
            assert (await client.get("/health/ready")).json() == {"status": "ready"}
            _run(database_url, f"UPDATE aerich SET version = 'elsewhere' WHERE version = '{MIGRATION}'")  # noqa: S608  # ours

            live, ready = await client.get("/health/live"), await client.get("/health/ready")

            assert (live.status_code, live.json()) == (200, {"status": "live"})
            assert (ready.status_code, ready.json()) == (
                503,
                {
                    "status": "not ready",
                    "reason": f"migrations are pending: {MIGRATION}; run `segmentgraph migrate up`",
                },
            )
            assert ready.headers["retry-after"] == "5"
            _run(database_url, f"UPDATE aerich SET version = '{MIGRATION}' WHERE version = 'elsewhere'")  # noqa: S608  # ours
            assert (await client.get("/health/ready")).status_code == 200


async def test_a_server_whose_database_goes_away_is_not_ready_until_it_is_back(
    postgres_database: tuple[str, Callable[[bool], None]], tmp_path: Path
) -> None:
    address, let_in = postgres_database
    with serving(tmp_path / "data", address) as server:
        api = Api(server.url)
        async with api.client:
            assert await api.counts() == (0, 0)
            let_in(False)

            ready = await api.client.get(f"{server.url}/health/ready")
            live = await api.client.get(f"{server.url}/health/live")
            errors = await api.errors("{ datasets { totalCount } }")

            assert (ready.status_code, ready.json()["status"]) == (503, "not ready")
            assert ready.json()["reason"].startswith("the database can't be reached")
            assert live.status_code == 200
            assert [error["extensions"]["code"] for error in errors] == ["INTERNAL"]
            let_in(True)

            async def is_ready() -> bool:
                return (await api.client.get(f"{server.url}/health/ready")).status_code == 200

            await until(is_ready, "the server is ready again", 20)
            assert await api.counts() == (0, 0)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[tuple[str, Callable[[bool], None]]]:
    """A PostgreSQL database, and the switch that shuts everybody out of it."""
    with fresh_postgres(postgres_url) as address:
        name = urlsplit(address).path.removeprefix("/")

        def let_in(whether: bool) -> None:
            execute(postgres_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS {str(whether).lower()}")
            execute(
                postgres_url,
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",  # noqa: S608  # ours
            )

        yield address, let_in


def _run(database_url: str, statement: str) -> None:
    if database_url.startswith("postgres"):
        execute(database_url, statement)
        return
    connection = sqlite3.connect(urlsplit(database_url).path)
    with connection:
        connection.execute(statement)
    connection.close()
