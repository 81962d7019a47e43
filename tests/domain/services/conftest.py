"""Services at work: migrated databases, a runtime on each, and workers that all tests share."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from tortoise.backends.base.executor import EXECUTOR_CACHE

from domain.engine.engine import Engine
from domain.services import migrations, passwords
from domain.services.runtime import TRAIN_PROGRAM, Runtime, opened
from domain.settings import Settings, load
from domain.terms.jobs import Lane
from tests.servers.databases import Fill


@pytest.fixture(autouse=True)
def queries_of_one_dialect() -> Iterator[None]:
    """Have Tortoise forget the queries it wrote for the other database; a server knows only one."""
    EXECUTOR_CACHE.clear()
    yield
    EXECUTOR_CACHE.clear()


@pytest.fixture(autouse=True)
def quick_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords in no time, but where tests are about hashing, or about the time that it takes."""
    if request.node.path.name == "test_passwords.py" or "same_time" in request.node.name:
        return
    quick = PasswordHasher(time_cost=1, memory_cost=256, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", quick)
    monkeypatch.setattr(passwords, "_NOBODYS", quick.hash("nobody's"))


def migrated(url: str) -> None:
    """Make the tables. In a thread of its own: the caller's may have an event loop that runs."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, migrations.up(url)).result()


@pytest.fixture(scope="session")
def fill_database() -> Fill:
    return migrated


@pytest_asyncio.fixture(scope="session")
async def workers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    """An engine for all tests, on a storage for all tests: ids keep their files apart."""
    folder = tmp_path_factory.mktemp("workers")
    engine = Engine(
        str(folder / "storage"),
        folder / "scratch",
        warm_up={Lane.HEAVY: (TRAIN_PROGRAM,)},
        cancel_grace_seconds=5,
    )
    yield engine
    await engine.close()


@pytest.fixture
def settings(database_url: str, tmp_path: Path, workers: Engine) -> Settings:
    return load(
        data_dir=tmp_path / "data",
        database_url=database_url,
        storage_url=workers.storage_url,
        secret_key="thirty-two characters or even more",  # noqa: S106  # of no server
        job_lease_seconds=5,
        job_attempts=3,
        training_workers=1,
    )


@pytest_asyncio.fixture
async def runtime(settings: Settings, workers: Engine) -> AsyncIterator[Runtime]:
    async with opened(settings) as runtime:
        yield replace(runtime, engine=workers)


@pytest.fixture
def alone(runtime: Runtime) -> Runtime:
    """A runtime on a storage that has nothing yet."""
    for room in ("datasets", "incoming"):
        runtime.storage.delete(room)
    return runtime
