"""Twelve customers in three groups that nobody can mistake, and what was found among them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

import pytest
import pytest_asyncio

from tests.servers.api import Api, at_rest, generated, until
from tests.servers.running import Server

GROUPS = ((25, 30_000, "Bonn", 5), (45, 60_000, "Kiel", 4), (65, 90_000, "Ulm", 3))
PEOPLE = [
    {"id": f"C-{city[0]}{place}", "age": age + place % 3, "income": income + 100 * place, "city": city}
    for age, income, city, size in GROUPS
    for place in range(size)
]

Unchanged: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class Sample:
    """The customers as a dataset, and two runs on it.

    `kmeans` chose its number of clusters from 2..5, `ward` was given 3.
    """

    dataset: str
    kmeans: str
    ward: str


def as_csv(rows: list[dict[str, object]]) -> bytes:
    """Write records as a CSV file."""
    lines = [",".join(rows[0]), *(",".join(str(value) for value in row.values()) for row in rows)]
    return "".join(f"{line}\n" for line in lines).encode()


@pytest_asyncio.fixture(scope="session")
async def sample(server: Server) -> AsyncIterator[Sample]:
    """The customers and their runs, for tests that only read them; one such dataset a server."""
    api = Api(server.url)
    async with api.client:
        dataset = await api.dataset(as_csv(PEOPLE), name="People")
        kmeans = await api.run(dataset, algorithm={"kmeans": {"clusterCountRange": {"min": 2, "max": 5}}})
        ward = await api.run(dataset, algorithm={"hierarchical": {"clusterCount": 3}})
        yield Sample(dataset, kmeans["id"], ward["id"])


@pytest_asyncio.fixture(scope="session")
async def group(server: Server) -> AsyncIterator[str]:
    """A dataset that takes most of a second to train on: time enough to watch."""
    api = Api(server.url)
    async with api.client:
        yield await api.dataset(generated(3_000))


@pytest_asyncio.fixture(scope="session")
async def crowd(server: Server) -> AsyncIterator[str]:
    """A dataset that takes some seconds to train on: time enough to cancel, and to delete."""
    api = Api(server.url)
    async with api.client:
        yield await api.dataset(generated(20_000))


@pytest.fixture
def unchanged(server: Server, api: Api) -> Unchanged:
    """Hold what is in the database and in the folders against what was there before a refused action."""

    @asynccontextmanager
    async def watched() -> AsyncIterator[None]:
        counts, kept = await api.counts(), await at_rest(server)
        yield
        assert await api.counts() == counts
        # A request's own folder goes right after its answer.
        await until(lambda: server.kept() == kept, "the folders are as they were", 10)

    return watched
