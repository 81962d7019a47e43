"""Two runs beside each other: how far they agree, and who went where."""

from typing import Any

import pytest

from tests.graph.schema.conftest import PEOPLE, Sample, as_csv
from tests.servers.api import Api

COMPARE = """query($run: ID!, $other: ID!) {
  compareRuns(runId: $run, otherRunId: $other) {
    run { id } otherRun { id } commonCount adjustedRandIndex
    migration { segment { index size } size absentCount counts { segment { index size } count } }
  }
}"""


async def compared(api: Api, run: str, other: str) -> Any:
    found = (await api.ask(COMPARE, run=run, other=other))["compareRuns"]
    for row in found["migration"] if found else []:
        assert sum(each["count"] for each in row["counts"]) + row["absentCount"] == row["size"]
        if row["segment"]:
            assert row["segment"]["size"] == row["size"]
    return found


def counts(found: Any) -> list[list[int]]:
    return [[each["count"] for each in row["counts"] if each["segment"]] for row in found["migration"]]


async def test_a_run_agrees_with_itself(api: Api, sample: Sample) -> None:
    found = await compared(api, sample.kmeans, sample.kmeans)

    assert found["run"] == found["otherRun"] == {"id": sample.kmeans}
    assert (found["commonCount"], found["adjustedRandIndex"]) == (12, 1.0)
    assert [row["segment"]["index"] for row in found["migration"] if row["segment"]] == [0, 1, 2]
    assert counts(found)[:3] == [[5, 0, 0], [0, 4, 0], [0, 0, 3]]
    assert await compared(api, sample.kmeans, sample.kmeans) == found


async def test_a_coarser_run_takes_whole_segments_and_agrees_less(api: Api, sample: Sample) -> None:
    two = await api.run(sample.dataset, algorithm={"hierarchical": {"clusterCount": 2}})

    found = await compared(api, sample.ward, two["id"])

    assert found["commonCount"] == 12
    # Pairs together: 10 + 6 + 3 of ours, 21 + 10 of theirs, 19 in both, of 66; by hand.
    by_chance = 19 * 31 / 66
    assert found["adjustedRandIndex"] == pytest.approx((19 - by_chance) / ((19 + 31) / 2 - by_chance))
    rows = [sorted(row) for row in counts(found)[:3]]
    assert sorted(rows) == [[0, 3], [0, 4], [0, 5]]


async def test_customers_of_another_dataset_are_known_by_their_identifiers(api: Api, sample: Sample) -> None:
    without_ulm = await api.dataset(as_csv([each for each in PEOPLE if each["city"] != "Ulm"]))
    other = await api.run(without_ulm, algorithm={"kmeans": {"clusterCount": 2}})

    found = await compared(api, sample.kmeans, other["id"])

    assert (found["commonCount"], found["adjustedRandIndex"]) == (9, 1.0)
    assert [row["absentCount"] for row in found["migration"][:3]] == [0, 0, 3]


async def test_customers_without_a_segment_have_a_row_and_a_column_of_their_own(
    api: Api, sample: Sample
) -> None:
    # Ulm has three customers: too few for the core of a group.
    some = await api.run(sample.dataset, algorithm={"dbscan": {"epsilon": 0.5, "minSamples": 4}})

    found = await compared(api, some["id"], sample.kmeans)
    back = await compared(api, sample.kmeans, some["id"])

    assert found["commonCount"] == back["commonCount"] == 12
    assert found["adjustedRandIndex"] == back["adjustedRandIndex"] == 1.0
    last = found["migration"][-1]
    assert (last["segment"], last["size"]) == (None, 3)
    assert sorted(each["count"] for each in last["counts"]) == [0, 0, 0, 3]
    assert [row["counts"][-1]["count"] for row in back["migration"][:3]] == [0, 0, 3]
    assert all(row["counts"][-1]["segment"] is None for row in back["migration"])


async def test_there_is_no_comparison_with_what_is_no_run_that_succeeded(api: Api, sample: Sample) -> None:
    failed = await api.begin(sample.dataset, pca={"components": 50}, seed=11)
    assert (await api.end_of(failed))["status"] == "FAILED"
    gone = await api.run(sample.dataset, algorithm={"kmeans": {"clusterCount": 2}}, seed=12)
    await api.mutate("deleteClusteringRun", "deletedId", id=gone["id"])

    for other in ("nonsense", "", sample.dataset, failed, gone["id"]):
        assert await compared(api, sample.kmeans, other) is None
        assert await compared(api, other, sample.kmeans) is None
