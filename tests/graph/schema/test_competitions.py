"""Several trainings as one comparison."""

from typing import Any

import pytest

from tests.graph.schema.conftest import PEOPLE, Sample, Unchanged, as_csv
from tests.servers.api import Api

RESULTS = """id criterion finished createdAt dataset { id }
  results { run { id algorithm status metrics { silhouette } segments { index } }
            figure rank clusteredShare reserve }
  winner { run { id } figure rank }"""
TWO = [{"kmeans": {"clusterCount": 3}}, {"hierarchical": {"clusterCount": 2}}]


async def started(api: Api, dataset: str, algorithms: list[Any] | None = None, **options: Any) -> Any:
    payload = await api.mutate(
        "trainClusterings",
        f"comparison {{ {RESULTS} }}",
        datasetId=dataset,
        algorithms=algorithms or TWO,
        **options,
    )
    assert payload["userErrors"] == []
    return payload["comparison"]


async def ended(api: Api, comparison: str) -> Any:
    """Watch a comparison until all its runs have ended, and answer the last state."""
    states = [
        event["trainingComparison"]
        async for event in api.subscribed(
            f"subscription($id: ID!) {{ trainingComparison(id: $id) {{ {RESULTS} }} }}", id=comparison
        )
    ]
    assert [state["finished"] for state in states[:-1]] == [False] * (len(states) - 1)
    return states[-1]


async def mistakes(api: Api, **fields: Any) -> list[tuple[str, list[str]]]:
    payload = await api.mutate("trainClusterings", "comparison { id }", **fields)
    assert payload["comparison"] is None
    return [(each["code"], each["path"]) for each in payload["userErrors"]]


async def test_the_run_with_the_largest_silhouette_wins_when_all_have_ended(api: Api, sample: Sample) -> None:
    comparison = await started(api, sample.dataset, [*TWO, {"gaussianMixture": {"clusterCount": 4}}])
    assert comparison["criterion"] == "SILHOUETTE"
    assert comparison["dataset"] == {"id": sample.dataset}

    last = await ended(api, comparison["id"])

    assert last["finished"] is True
    assert [each["run"]["algorithm"] for each in last["results"]] == [
        "KMEANS",
        "HIERARCHICAL",
        "GAUSSIAN_MIXTURE",
    ]
    figures = [each["figure"] for each in last["results"]]
    assert figures == [each["run"]["metrics"]["silhouette"] for each in last["results"]]
    best = max(last["results"], key=lambda each: each["figure"])
    assert last["winner"] == {"run": {"id": best["run"]["id"]}, "figure": max(figures), "rank": 1}
    assert sorted(each["rank"] for each in last["results"]) == [1, 2, 3]
    # Three groups that nobody can mistake.
    assert len(best["run"]["segments"]) == 3
    assert await api.node("TrainingComparison", comparison["id"], RESULTS) == last


async def test_equal_runs_that_are_there_take_part(api: Api, sample: Sample) -> None:
    comparison = await started(
        api, sample.dataset, [{"hierarchical": {"clusterCount": 3}}, {"hierarchical": {"clusterCount": 2}}]
    )
    assert comparison["results"][0]["run"]["id"] == sample.ward
    await ended(api, comparison["id"])


async def test_comparisons_are_listed_by_dataset_and_deleted_without_their_runs(api: Api) -> None:
    dataset = await api.dataset(as_csv(PEOPLE))
    first, second = await started(api, dataset), await started(api, dataset, criterion="STABILITY")
    listing = "query($id: ID) { trainingComparisons(datasetId: $id) { totalCount edges { node { id } } } }"

    found = (await api.ask(listing, id=dataset))["trainingComparisons"]

    assert [edge["node"]["id"] for edge in found["edges"]] == [second["id"], first["id"]]
    assert (await api.ask(listing, id="nonsense"))["trainingComparisons"]["totalCount"] == 0
    await ended(api, first["id"])
    assert await api.mutate("deleteTrainingComparison", "deletedId", id=first["id"]) == {
        "deletedId": first["id"],
        "userErrors": [],
    }
    assert await api.node("TrainingComparison", first["id"]) is None
    for each in first["results"]:
        assert await api.node("ClusteringRun", each["run"]["id"]) == {"id": each["run"]["id"]}
    again = await api.mutate("deleteTrainingComparison", "deletedId", id=first["id"])
    assert [each["code"] for each in again["userErrors"]] == ["NOT_FOUND"]
    # A dataset that goes takes its comparisons with it.
    await api.mutate("deleteDataset", "deletedId", id=dataset)
    assert await api.node("TrainingComparison", second["id"]) is None


async def test_a_comparison_that_is_not_there_is_null_once(api: Api) -> None:
    query = "subscription($id: ID!) { trainingComparison(id: $id) { id } }"
    assert [event async for event in api.subscribed(query, id="nonsense")] == [{"trainingComparison": None}]
    lookup = "query($id: ID!) { trainingComparison(id: $id) { id } }"
    assert await api.ask(lookup, id="nonsense") == {"trainingComparison": None}


@pytest.mark.parametrize("count", [0, 1, 21])
async def test_two_to_twenty_algorithms_are_compared(
    api: Api, sample: Sample, unchanged: Unchanged, count: int
) -> None:
    async with unchanged():
        assert await mistakes(api, datasetId=sample.dataset, algorithms=[TWO[0]] * count) == [
            ("INVALID", ["input", "algorithms"])
        ]


async def test_mistakes_name_the_algorithm_and_what_all_share_is_told_once(
    api: Api, sample: Sample, unchanged: Unchanged
) -> None:
    async with unchanged():
        found = await mistakes(
            api,
            datasetId=sample.dataset,
            algorithms=[TWO[0], {"kmeans": {"clusterCount": 99}}, {"dbscan": {"minSamples": 0}}],
            seed=-1,
        )
    assert sorted(found) == [
        ("INVALID", ["input", "algorithms", "1", "kmeans", "clusterCount"]),
        ("INVALID", ["input", "algorithms", "2", "dbscan", "minSamples"]),
        ("INVALID", ["input", "seed"]),
    ]


async def test_the_same_settings_twice_are_refused(api: Api, sample: Sample, unchanged: Unchanged) -> None:
    async with unchanged():
        assert await mistakes(api, datasetId=sample.dataset, algorithms=[*TWO, TWO[0]]) == [
            ("INVALID", ["input", "algorithms", "2"])
        ]


async def test_a_dataset_that_is_not_there_is_not_found(api: Api, unchanged: Unchanged) -> None:
    async with unchanged():
        assert await mistakes(api, datasetId="nonsense", algorithms=TWO) == [
            ("NOT_FOUND", ["input", "datasetId"])
        ]
