"""What a run was asked for, and asking for the same again."""

import asyncio
from typing import Any

import pytest

from tests.graph.schema.conftest import PEOPLE, as_csv
from tests.servers.api import Api

ROLES = [
    {"name": "id", "role": "IDENTIFIER"},
    {"name": "age", "role": "NUMERIC"},
    {"name": "income", "role": "NUMERIC"},
    {"name": "city", "role": "CATEGORICAL"},
]
ANY_SHARE = {"minSegmentShare": 0.0}
USUAL = {
    "scaling": "STANDARD",
    "transform": "AUTO",
    "outliers": "KEEP",
    "missingValues": "IMPUTE",
    "categories": "BALANCED",
    "weights": [],
}


@pytest.mark.parametrize(
    ("algorithm", "told"),
    [
        (
            {"kmeans": {}},
            {"kmeans": {"criterion": "CONSENSUS", "clusterCountRange": {"min": 2, "max": 10}, **ANY_SHARE}},
        ),
        (
            {"kmeans": {"clusterCount": 2, "clusterCountRange": None}},
            {"kmeans": {"criterion": "CONSENSUS", "clusterCount": 2}},
        ),
        (
            {"hierarchical": {"clusterCountRange": {"min": 3, "max": 4}}},
            {
                "hierarchical": {
                    "linkage": "WARD",
                    "criterion": "CONSENSUS",
                    "clusterCountRange": {"min": 3, "max": 4},
                    **ANY_SHARE,
                }
            },
        ),
    ],
)
async def test_the_parameters_are_an_input_that_finds_the_same_run_again(
    api: Api, algorithm: dict[str, Any], told: dict[str, Any]
) -> None:
    dataset = await api.dataset(as_csv(PEOPLE))
    run = await api.run(dataset, algorithm=algorithm, selection="id parameters")

    assert run["parameters"] == {
        "datasetId": dataset,
        "algorithm": told,
        "columns": ROLES,
        "preparation": USUAL,
        "pca": None,
        "seed": 0,
        "matchTo": None,
    }
    again = await api.mutate("trainClustering", "run { id } reused", **run["parameters"])
    assert again == {"run": {"id": run["id"]}, "reused": True, "userErrors": []}


async def test_the_parameters_of_a_run_that_continues_another_find_it_again_too(api: Api) -> None:
    dataset = await api.dataset(as_csv(PEOPLE))
    first = await api.run(dataset)
    second = await api.run(
        dataset,
        selection="id parameters",
        columns=[{"name": "age", "role": "IGNORED"}],
        pca={"components": 2},
    )

    again = await api.mutate("trainClustering", "run { id } reused", **second["parameters"])

    assert second["parameters"]["matchTo"] == first["id"]
    assert second["parameters"]["columns"][1] == {"name": "age", "role": "IGNORED"}
    assert second["parameters"]["pca"] == {"components": 2}
    assert again == {"run": {"id": second["id"]}, "reused": True, "userErrors": []}


@pytest.mark.parametrize(
    "change",
    [
        {"reuse": False},
        {"seed": 1},
        {"pca": {"explainedVariance": 0.9}},
        {"columns": [{"name": "age", "role": "IGNORED"}]},
        {"preparation": {"scaling": "ROBUST"}},
        {"preparation": {"weights": [{"name": "age", "weight": 2}]}},
        {"algorithm": {"kmeans": {"clusterCount": 4}}},
        {"algorithm": {"hierarchical": {"clusterCount": 3}}},
    ],
)
async def test_only_an_equal_run_is_reused(api: Api, change: dict[str, Any]) -> None:
    dataset = await api.dataset(as_csv(PEOPLE))
    first = await api.run(dataset)

    payload = await api.train(dataset, **change)

    assert payload["reused"] is False
    assert payload["run"]["id"] != first["id"]
    assert (await api.end_of(payload["run"]["id"]))["status"] == "SUCCEEDED"


async def test_two_equal_requests_at_once_are_one_run(api: Api) -> None:
    dataset = await api.dataset(as_csv(PEOPLE))
    payloads = await asyncio.gather(*(api.train(dataset) for _ in range(6)))

    assert len({payload["run"]["id"] for payload in payloads}) == 1
    assert sorted(payload["reused"] for payload in payloads) == [False] + [True] * 5
    assert (await api.end_of(payloads[0]["run"]["id"]))["status"] == "SUCCEEDED"
