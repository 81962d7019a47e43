"""A server with much to do."""

import asyncio

from tests.servers.api import STATE, Api, generated

CSV = b"id,age,city\n" + b"".join(
    b"C-%d,%d,%s\n" % (row, 20 + row, b"BKU"[row % 3 :][:1]) for row in range(60)
)


async def test_ten_runs_queued_at_once_all_finish(api: Api) -> None:
    dataset = await api.dataset(CSV)

    payloads = await asyncio.gather(*(api.train(dataset, seed=seed) for seed in range(10)))
    ends = await asyncio.gather(*(api.end_of(payload["run"]["id"]) for payload in payloads))

    assert len({payload["run"]["id"] for payload in payloads}) == 10
    assert [end["status"] for end in ends] == ["SUCCEEDED"] * 10
    runs = await api.node("Dataset", dataset, "runs(status: SUCCEEDED) { totalCount }")
    assert runs == {"runs": {"totalCount": 10}}


async def test_small_queries_and_imports_are_answered_while_a_run_trains(api: Api) -> None:
    dataset = await api.dataset(generated(8_000))
    key = await api.begin(dataset, algorithm={"kmeans": {}})

    fractions, uploads = [], 0
    state = await api.node("ClusteringRun", key, STATE)
    while state["status"] in {"QUEUED", "RUNNING"}:
        fractions.append(state["progress"]["fraction"])
        if fractions[-1] > 0.01 and uploads < 2:
            await api.dataset(CSV)
            uploads += 1
        state = await api.node("ClusteringRun", key, STATE)

    assert state["status"] == "SUCCEEDED"
    assert fractions == sorted(fractions)
    assert uploads == 2
    # Many answers, in the middle of the work, not only at its ends.
    assert len({fraction for fraction in fractions if 0.01 < fraction < 0.9}) >= 10
