"""Two servers on one PostgreSQL database and one storage."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack

import pytest
import pytest_asyncio

from tests.servers.api import STATE, Api, generated, until
from tests.servers.databases import fresh_postgres
from tests.servers.running import Server, serving, survivors

LONG: dict[str, object] = {"kmeans": {}}


@pytest.fixture(scope="module")
def servers(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """Two servers that share what is to be shared; each has a folder of its own for the rest."""
    folder = tmp_path_factory.mktemp("two-servers")
    shared = {"storage_url": folder / "storage", "secret_key": "k" * 32, "job_lease_seconds": 3}
    with ExitStack() as stack:
        url = stack.enter_context(fresh_postgres(postgres_url))
        one, other = [stack.enter_context(serving(folder / name, url, **shared)) for name in ("one", "other")]
        yield one, other


@pytest_asyncio.fixture
async def clients(servers: tuple[Server, Server]) -> AsyncIterator[tuple[Api, Api]]:
    """A client of each; the first is asked to train."""
    one, other = (Api(server.url) for server in servers)
    async with one.client, other.client:
        yield one, other


@pytest_asyncio.fixture(scope="module")
async def group(servers: tuple[Server, Server]) -> str:
    """A dataset that takes most of a second to train on."""
    api = Api(servers[0].url)
    async with api.client:
        return await api.dataset(generated(3_000))


@pytest_asyncio.fixture(scope="module")
async def crowd(servers: tuple[Server, Server]) -> str:
    """A dataset that takes some seconds to train on."""
    api = Api(servers[0].url)
    async with api.client:
        return await api.dataset(generated(20_000))


async def test_a_run_on_one_server_is_watched_to_its_end_on_the_other(
    clients: tuple[Api, Api], group: str
) -> None:
    one, other = clients
    key = await one.begin(group, algorithm=LONG)

    states = [state async for state in other.watch(key)]

    fractions = [state["progress"]["fraction"] for state in states]
    assert fractions == sorted(fractions)
    assert len(states) > 2
    assert states[-1]["status"] == "SUCCEEDED"
    assert states[-1] == await one.node("ClusteringRun", key, STATE)


async def test_a_run_on_one_server_is_canceled_on_the_other(clients: tuple[Api, Api], crowd: str) -> None:
    one, other = clients
    key = await one.begin(crowd, algorithm=LONG, seed=1)
    await until(lambda: one.is_under_way(key, 0.05), "the run is under way")

    payload = await other.mutate("cancelClusteringRun", "run { id }", id=key)

    assert payload == {"run": {"id": key}, "userErrors": []}
    assert (await one.end_of(key))["status"] == "CANCELED"


async def test_a_run_on_one_server_is_deleted_on_the_other_and_leaves_no_file(
    clients: tuple[Api, Api], crowd: str, group: str, servers: tuple[Server, Server]
) -> None:
    one, other = clients
    storage = servers[0].data_dir.parent / "storage"
    before = set((storage / "runs").glob("*"))
    key = await one.begin(crowd, algorithm=LONG, seed=2)
    await until(lambda: one.is_under_way(key, 0.05), "the run is under way")

    payload = await other.mutate("deleteClusteringRun", "deletedId", id=key)

    assert payload == {"deletedId": key, "userErrors": []}
    assert await one.node("ClusteringRun", key) is None
    # The worker that was at it is free again, and what it wrote meanwhile is gone.
    after = await one.run(group, algorithm={"kmeans": {"clusterCount": 2}}, seed=3)
    assert (await one.mutate("deleteClusteringRun", id=after["id"]))["userErrors"] == []
    await until(lambda: set((storage / "runs").glob("*")) == before, "no file of the run is left", 20)


async def test_a_picture_is_shown_by_whichever_server_is_asked(clients: tuple[Api, Api], group: str) -> None:
    one, other = clients
    run = await one.run(
        group, algorithm={"kmeans": {"clusterCount": 2}}, selection="picture(kind: SIZES) { url }"
    )
    there = run["picture"]["url"].replace(one.url, other.url)

    drawn, read = await other.client.get(there), await one.client.get(run["picture"]["url"])

    assert (drawn.status_code, read.status_code) == (200, 200)
    assert drawn.content == read.content


async def test_what_a_stopped_server_was_at_is_finished_by_the_other(
    clients: tuple[Api, Api], crowd: str, servers: tuple[Server, Server]
) -> None:
    """The last test here: one of the servers is gone after it."""
    one, other = clients
    key = await one.begin(crowd, algorithm={"kmeans": {"clusterCount": 2}}, seed=4)
    await until(lambda: one.is_under_way(key, 0.1), "the run is under way")
    told = (await other.node("ClusteringRun", key, STATE))["progress"]["fraction"]
    processes = servers[0].tree()

    servers[0].stop()

    assert survivors(processes) == []
    states = [state async for state in other.watch(key)]
    fractions = [state["progress"]["fraction"] for state in states]
    assert [told, *fractions] == sorted([told, *fractions])
    assert states[-1]["status"] == "SUCCEEDED"
