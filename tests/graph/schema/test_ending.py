"""Runs canceled, runs and datasets deleted: what is left of them."""

import pytest

from tests.graph.schema.conftest import PEOPLE, Sample, as_csv
from tests.servers.api import STATE, Api, at_rest, mistakes, until
from tests.servers.running import Server

LONG: dict[str, object] = {"kmeans": {}}


async def test_a_run_under_way_is_canceled(api: Api, crowd: str, server: Server) -> None:
    key = await api.begin(crowd, algorithm=LONG, reuse=False)
    await until(lambda: api.is_under_way(key, 0.01), "the run is under way")

    payload = await api.mutate("cancelClusteringRun", "run { id }", id=key)
    last = await api.end_of(key)

    assert payload == {"run": {"id": key}, "userErrors": []}
    assert (last["status"], last["failure"]) == ("CANCELED", None)
    run = await api.node("ClusteringRun", key, "segments { id } metrics { inertia } finishedAt")
    assert (run["segments"], run["metrics"]) == ([], None)
    assert run["finishedAt"]


async def test_a_queued_run_is_canceled_at_once_and_never_begins(api: Api, crowd: str) -> None:
    ahead = await api.begin(crowd, algorithm=LONG, reuse=False)
    await until(lambda: api.is_under_way(ahead), "the one ahead is under way")
    key = await api.begin(crowd, algorithm={"kmeans": {"clusterCount": 2}}, reuse=False)

    payload = await api.mutate("cancelClusteringRun", "run { status startedAt progress { message } }", id=key)
    await api.mutate("cancelClusteringRun", id=ahead)
    await api.end_of(ahead)

    assert payload == {
        "run": {
            "status": "CANCELED",
            "startedAt": None,
            "progress": {"message": "Canceled before it began"},
        },
        "userErrors": [],
    }
    assert (await api.node("ClusteringRun", key, "startedAt"))["startedAt"] is None


async def test_a_canceled_run_is_not_reused(api: Api, crowd: str) -> None:
    key = await api.begin(crowd, algorithm=LONG, seed=99)
    await api.mutate("cancelClusteringRun", id=key)

    again = await api.train(crowd, algorithm=LONG, seed=99)
    await api.mutate("cancelClusteringRun", id=again["run"]["id"])

    assert again["reused"] is False
    assert again["run"]["id"] != key
    assert (await api.end_of(key))["status"] == "CANCELED"
    assert (await api.end_of(again["run"]["id"]))["status"] == "CANCELED"


async def test_a_run_that_has_ended_cannot_be_canceled(api: Api, sample: Sample) -> None:
    before = await api.node("ClusteringRun", sample.kmeans, f"{STATE} finishedAt")

    payload = await api.mutate("cancelClusteringRun", "run { id }", id=sample.kmeans)

    assert payload["run"] is None
    assert mistakes(payload) == [("CONFLICT", ["input", "id"])]
    assert payload["userErrors"][0]["message"] == "the run can't be canceled: it is SUCCEEDED already"
    assert await api.node("ClusteringRun", sample.kmeans, f"{STATE} finishedAt") == before


@pytest.mark.parametrize("mutation", ["cancelClusteringRun", "deleteClusteringRun", "deleteDataset"])
@pytest.mark.parametrize("key", ["nonsense", "", "a segment"])
async def test_what_is_not_there_can_be_neither_canceled_nor_deleted(
    api: Api, sample: Sample, mutation: str, key: str
) -> None:
    if key == "a segment":
        key = (await api.node("ClusteringRun", sample.kmeans, "segments { id }"))["segments"][0]["id"]
    before = await api.counts()

    payload = await api.mutate(mutation, "__typename", id=key)

    assert mistakes(payload) == [("NOT_FOUND", ["input", "id"])]
    assert await api.counts() == before


async def test_a_deleted_run_leaves_nothing(api: Api, server: Server) -> None:
    dataset = await api.dataset(as_csv(PEOPLE))
    kept, counts = await at_rest(server), await api.counts()
    run = await api.run(
        dataset, selection="id segments { id } recommendations { id } picture(kind: SIZES) { url }"
    )
    assert (await api.client.get(run["picture"]["url"])).status_code == 200
    assert await at_rest(server) > kept

    payload = await api.mutate("deleteClusteringRun", "deletedId", id=run["id"])

    assert payload == {"deletedId": run["id"], "userErrors": []}
    for key in (run["id"], run["segments"][0]["id"], run["recommendations"][0]["id"]):
        assert await api.ask("query($id: ID!) { node(id: $id) { id } }", id=key) == {"node": None}
    assert await api.counts() == counts
    assert await at_rest(server) == kept
    again = await api.mutate("deleteClusteringRun", "deletedId", id=run["id"])
    assert mistakes(again) == [("NOT_FOUND", ["input", "id"])]


async def test_what_continued_a_deleted_run_stays(api: Api) -> None:
    dataset = await api.dataset(as_csv(PEOPLE))
    first = await api.run(dataset)
    second = await api.run(dataset, seed=1, selection="id parameters segments { id name color }")
    assert second["parameters"]["matchTo"] == first["id"]

    await api.mutate("deleteClusteringRun", id=first["id"])

    left = await api.node(
        "ClusteringRun", second["id"], "parameters segments { id name color previous { id } }"
    )
    assert left["parameters"]["matchTo"] is None
    assert left["segments"] == [{**segment, "previous": None} for segment in second["segments"]]


async def test_a_run_is_deleted_while_it_is_under_way(api: Api, crowd: str, server: Server) -> None:
    kept, counts = await at_rest(server), await api.counts()
    key = await api.begin(crowd, algorithm=LONG, reuse=False)
    await until(lambda: api.is_under_way(key, 0.1), "the run is under way")

    payload = await api.mutate("deleteClusteringRun", "deletedId", id=key)

    assert payload == {"deletedId": key, "userErrors": []}
    assert await api.counts() == counts
    assert await at_rest(server) == kept
    # The worker is free again.
    assert await api.run(await api.dataset(as_csv(PEOPLE)))


async def test_a_deleted_dataset_takes_its_runs_with_it(api: Api, server: Server) -> None:
    kept, counts = await at_rest(server), await api.counts()
    dataset = await api.dataset(as_csv(PEOPLE))
    done = await api.run(dataset)

    payload = await api.mutate("deleteDataset", "deletedId", id=dataset)

    assert payload == {"deletedId": dataset, "userErrors": []}
    assert await api.node("Dataset", dataset) is None
    assert await api.node("ClusteringRun", done["id"]) is None
    assert await api.counts() == counts
    assert await at_rest(server) == kept
    again = await api.mutate("deleteDataset", "deletedId", id=dataset)
    assert again["deletedId"] is None
    assert mistakes(again) == [("NOT_FOUND", ["input", "id"])]


async def test_a_dataset_is_deleted_while_runs_are_queued_and_under_way(api: Api, server: Server) -> None:
    kept, counts = await at_rest(server), await api.counts()
    rows = "\n".join(f"K{row:05},{row % 97},{row % 89},{row % 83}" for row in range(10_000))
    dataset = await api.dataset(f"id,a,b,c\n{rows}\n".encode())
    running = await api.begin(dataset, algorithm=LONG)
    queued = await api.begin(dataset, algorithm=LONG, seed=1)
    await until(lambda: api.is_under_way(running, 0.01), "the run is under way")

    payload = await api.mutate("deleteDataset", "deletedId", id=dataset)

    assert payload == {"deletedId": dataset, "userErrors": []}
    assert [await api.node("ClusteringRun", key) for key in (running, queued)] == [None, None]
    assert await api.counts() == counts
    assert await at_rest(server) == kept
