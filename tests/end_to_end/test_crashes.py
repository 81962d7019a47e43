"""Servers that end in the middle of their work, and those that come after them."""

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.servers.api import STATE, Api, Server, generated, start, survivors, until

LEASE_SECONDS = 2


async def test_what_a_server_left_behind_is_finished_or_cleared_away_by_the_next(
    database_url: str, tmp_path: Path
) -> None:
    """Killed in the middle of an import and of a run, then stopped in the middle of another run."""
    server = _start(tmp_path, database_url)
    try:
        dataset, first, fraction = await _kill_at_work(server)

        server = _start(tmp_path, database_url)
        api = Api(server.url)
        async with api.client:
            states = [state async for state in api.watch(first)]
            fractions = [state["progress"]["fraction"] for state in states]
            assert [fraction, *fractions] == sorted([fraction, *fractions])
            assert states[-1]["status"] == "SUCCEEDED"
            await _check_that_no_upload_is_half_there(api, server)
            second = await api.begin(dataset, algorithm={"kmeans": {}}, seed=2)
            await until(lambda: api.is_under_way(second, 0.1), "the second run is under way")
            processes = server.tree()
            server.stop()
            assert survivors(processes) == []

        server = _start(tmp_path, database_url)
        api = Api(server.url)
        async with api.client:
            assert (await api.end_of(second))["status"] == "SUCCEEDED"
            runs = await api.ask("{ clusteringRuns { edges { node { id status } } } }")
            assert {
                edge["node"]["id"]: edge["node"]["status"] for edge in runs["clusteringRuns"]["edges"]
            } == {
                first: "SUCCEEDED",
                second: "SUCCEEDED",
            }
    finally:
        if server.process.poll() is None:
            server.stop()


async def _kill_at_work(server: Server) -> tuple[str, str, float]:
    """Kill a server that imports and trains; answer the dataset, the run, and how far that was."""
    api = Api(server.url)
    async with api.client:
        dataset = await api.dataset(generated(8_000), name="Before")
        run = await api.begin(dataset, algorithm={"kmeans": {}})
        await until(lambda: api.is_under_way(run, 0.1), "the run is under way")
        upload = asyncio.create_task(api.send_file(generated(200_000), name="Broken off"))
        await until(lambda: _is_importing(server), "the import is under way")
        told = (await api.node("ClusteringRun", run, STATE))["progress"]["fraction"]
        processes = server.tree()
        assert len(processes) > 2, "the server has workers"
        server.kill()
        with pytest.raises(httpx.TransportError):
            await upload
    assert survivors(processes) == []
    return dataset, run, told


async def _check_that_no_upload_is_half_there(api: Api, server: Server) -> None:
    await until(
        lambda: (
            not [path for path in server.kept() if not path.startswith(("storage/runs", "storage/datasets"))]
        ),
        "what was arriving is cleared away",
    )
    found = await api.ask(
        "{ datasets { edges { node { name rowCount customers(last: 1) { totalCount } } } } }"
    )
    datasets = {edge["node"]["name"]: edge["node"] for edge in found["datasets"]["edges"]}
    assert datasets.pop("Before")["rowCount"] == 8_000
    # It may have been through just before the end; then all of it is there.
    for whole in datasets.values():
        assert whole == {"name": "Broken off", "rowCount": 200_000, "customers": {"totalCount": 200_000}}
    tables = {path.split("/")[2] for path in server.kept() if path.startswith("storage/datasets/")}
    assert len(tables) == 1 + len(datasets)


def _is_importing(server: Server) -> bool:
    return any((server.data_dir / "storage" / "incoming").glob("*/order.json"))


def _start(folder: Path, database_url: str) -> Server:
    return start(folder / "data", database_url, job_lease_seconds=LEASE_SECONDS)
