"""The subscription to a run, over WebSocket and over server-sent events."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, TypeAlias

import pytest

from tests.graph.schema.conftest import PEOPLE, Sample, as_csv
from tests.servers.api import STATE, Api, until

Watch: TypeAlias = Callable[[str], AsyncGenerator[Any, None]]


@pytest.fixture(params=["websocket", "events"])
def watch(request: pytest.FixtureRequest, api: Api) -> Watch:
    """Watch a run over one transport, and then over the other."""

    async def streamed(key: str) -> AsyncGenerator[Any, None]:
        query = f"subscription($id: ID!) {{ run(id: $id) {{ {STATE} }} }}"
        async with aclosing(api.streamed(query, id=key)) as events:
            async for data in events:
                yield data["run"]

    return api.watch if request.param == "websocket" else streamed


async def test_a_run_is_watched_from_where_it_is_to_its_end(api: Api, group: str, watch: Watch) -> None:
    key = await api.begin(group, algorithm={"kmeans": {}}, reuse=False)

    states = [state async for state in watch(key)]

    assert states[0]["status"] in {"QUEUED", "RUNNING"}
    assert states[0]["progress"]["fraction"] == 0
    fractions = [state["progress"]["fraction"] for state in states]
    assert fractions == sorted(fractions)
    assert len({state["progress"]["stage"] for state in states}) >= 3
    assert all(state["status"] in {"QUEUED", "RUNNING"} for state in states[:-1])
    assert states[-1] == {
        "status": "SUCCEEDED",
        "progress": {"stage": "DONE", "fraction": 1.0, "message": "Done"},
        "failure": None,
    }
    assert states[-1] == await api.node("ClusteringRun", key, STATE)


async def test_who_comes_late_gets_the_end_and_no_more(api: Api, sample: Sample, watch: Watch) -> None:
    states = [state async for state in watch(sample.kmeans)]

    assert states == [await api.node("ClusteringRun", sample.kmeans, STATE)]
    assert states[0]["status"] == "SUCCEEDED"


async def test_who_comes_back_agrees_with_a_query(api: Api, group: str, watch: Watch) -> None:
    key = await api.begin(group, algorithm={"kmeans": {}}, reuse=False)
    async with aclosing(watch(key)) as states:
        seen = [await anext(states), await anext(states)]

    queried = await api.node("ClusteringRun", key, STATE)
    rest = [state async for state in watch(key)]

    fractions = [state["progress"]["fraction"] for state in (*seen, queried, *rest)]
    assert fractions == sorted(fractions)
    assert rest[-1] == await api.node("ClusteringRun", key, STATE)
    assert rest[-1]["status"] == "SUCCEEDED"


async def test_the_last_state_comes_with_what_was_found(api: Api) -> None:
    key = await api.begin(await api.dataset(as_csv(PEOPLE)))

    states = [state async for state in api.watch(key, "status segments { size } metrics { sampleCount }")]

    assert states[0]["segments"] == []
    assert states[-1] == {
        "status": "SUCCEEDED",
        "segments": [{"size": 5}, {"size": 4}, {"size": 3}],
        "metrics": {"sampleCount": 12},
    }


@pytest.mark.parametrize("key", ["nonsense", "a dataset"])
async def test_an_id_of_no_run_is_null_once(sample: Sample, watch: Watch, key: str) -> None:
    states = [state async for state in watch(sample.dataset if key == "a dataset" else key)]

    assert states == [None]


async def test_a_run_that_is_deleted_while_it_is_watched_ends_with_null(
    api: Api, crowd: str, watch: Watch
) -> None:
    key = await api.begin(crowd, algorithm={"kmeans": {}}, reuse=False)
    async with aclosing(watch(key)) as states:
        first = await anext(states)
        deletion = asyncio.create_task(api.mutate("deleteClusteringRun", "deletedId", id=key))
        rest = [state async for state in states]

    assert first["status"] in {"QUEUED", "RUNNING"}
    assert await deletion == {"deletedId": key, "userErrors": []}
    assert rest[-1] is None
    assert None not in rest[:-1]


async def test_all_who_watch_see_the_end(api: Api, crowd: str, watch: Watch) -> None:
    key = await api.begin(crowd, algorithm={"kmeans": {}}, reuse=False)

    async def last() -> Any:
        return [state async for state in watch(key)][-1]

    watchers = [asyncio.create_task(last()) for _ in range(10)]
    await until(lambda: api.is_under_way(key), "the run has begun")
    await api.mutate("cancelClusteringRun", id=key)

    assert {state["status"] for state in await asyncio.gather(*watchers)} == {"CANCELED"}
