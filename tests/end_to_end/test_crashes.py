"""Servers that are killed in the middle of their work, and those that come after them."""

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.servers.api import STATE, Api, at_rest, generated, until
from tests.servers.running import Server, start, survivors

LEASE_SECONDS = 2
MANY = 100_000
BEFORE = 4_000


async def test_what_a_killed_server_was_at_is_finished_or_cleared_away_by_the_next(
    database_url: str, tmp_path: Path
) -> None:
    server = _start(tmp_path, database_url)
    try:
        run, fraction = await _kill_at_work(server)
        server = _start(tmp_path, database_url)
        api = Api(server.url)
        async with api.client:
            states = [state async for state in api.watch(run)]
            fractions = [state["progress"]["fraction"] for state in states]
            assert [fraction, *fractions] == sorted([fraction, *fractions])
            assert states[-1]["status"] == "SUCCEEDED"
            await _check_that_no_upload_is_half_there(api, server)
            runs = await api.ask("{ clusteringRuns { edges { node { id status } } } }")
            assert runs["clusteringRuns"]["edges"] == [{"node": {"id": run, "status": "SUCCEEDED"}}]
    finally:
        if server.process.poll() is None:
            server.stop()


async def _kill_at_work(server: Server) -> tuple[str, float]:
    """Kill a server that imports and trains; answer the run, and how far that was."""
    large = generated(MANY)
    api = Api(server.url)
    async with api.client:
        dataset = await api.dataset(generated(BEFORE), name="Before")
        run = await api.begin(dataset, algorithm={"kmeans": {}})
        await until(lambda: api.is_under_way(run, 0.1), "the run is under way")
        upload = asyncio.create_task(api.send_file(large, name="Broken off"))
        await until(lambda: _is_importing(server), "the import is under way")
        state = await api.node("ClusteringRun", run, STATE)
        processes = server.tree()
        server.kill()
        with pytest.raises(httpx.TransportError):
            await upload
    assert state["status"] == "RUNNING"
    assert len(processes) > 2, "the server had workers"
    assert survivors(processes) == []
    return run, state["progress"]["fraction"]


async def _check_that_no_upload_is_half_there(api: Api, server: Server) -> None:
    kept = await at_rest(server)
    found = await api.ask(
        "{ datasets { edges { node { name rowCount customers(last: 1) { totalCount } } } } }"
    )
    datasets = {edge["node"]["name"]: edge["node"] for edge in found["datasets"]["edges"]}
    assert datasets.pop("Before")["rowCount"] == BEFORE
    # It may have been through just before the end; then all of it is there.
    for whole in datasets.values():
        assert whole == {"name": "Broken off", "rowCount": MANY, "customers": {"totalCount": MANY}}
    tables = {path.split("/")[2] for path in kept if path.startswith("storage/datasets/")}
    assert len(tables) == 1 + len(datasets)


def _is_importing(server: Server) -> bool:
    return any((server.data_dir / "storage" / "incoming").glob("*/order.json"))


def _start(folder: Path, database_url: str) -> Server:
    return start(folder / "data", database_url, job_lease_seconds=LEASE_SECONDS)
