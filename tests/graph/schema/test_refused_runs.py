"""Trainings that are refused, each with its reason, and with no run made."""

from typing import Any

import pytest

from tests.graph.schema.conftest import Sample, Unchanged
from tests.servers.api import Api, mistakes

ALGORITHM, COLUMNS = ["input", "algorithm"], ["input", "columns"]
KMEANS, WARD = [*ALGORITHM, "kmeans"], [*ALGORITHM, "hierarchical"]
TRAIN = """mutation($input: TrainClusteringInput!) {
  trainClustering(input: $input) { run { id } reused userErrors { code path } }
}"""


def counts(low: int, high: int) -> dict[str, Any]:
    return {"clusterCountRange": {"min": low, "max": high}}


@pytest.mark.parametrize(
    ("settings", "expected", "words"),
    [
        ({"clusterCount": 1}, [["clusterCount"]], "1 clusters: from 2 to 15"),
        ({"clusterCount": 16}, [["clusterCount"]], "16 clusters: from 2 to 15"),
        ({"clusterCount": -(2**31)}, [["clusterCount"]], "from 2 to 15"),
        ({"clusterCount": 13}, [["clusterCount"]], "13 clusters of 12 customers: ask for 12 at most"),
        ({"clusterCount": 3, **counts(2, 4)}, [["clusterCountRange"]], "not both"),
        (counts(4, 3), [["clusterCountRange"]], "the range is empty: min 4 is above max 3"),
        (counts(1, 3), [["clusterCountRange", "min"]], "from 2 to 15"),
        (counts(2, 16), [["clusterCountRange", "max"]], "from 2 to 15"),
        (counts(2, 13), [["clusterCountRange", "max"]], "ask for 12 at most"),
        (counts(17, 1), [["clusterCountRange", *end] for end in (["min"], ["max"], [])], "17 clusters"),
    ],
)
async def test_a_number_of_clusters_that_cannot_be_is_refused(
    api: Api,
    sample: Sample,
    unchanged: Unchanged,
    settings: dict[str, Any],
    expected: list[list[str]],
    words: str,
) -> None:
    async with unchanged():
        kmeans = await api.train(sample.dataset, algorithm={"kmeans": settings})
        ward = await api.train(sample.dataset, algorithm={"hierarchical": settings})

    assert kmeans["run"] is ward["run"] is kmeans["reused"] is None
    assert mistakes(kmeans) == [("INVALID", [*KMEANS, *path]) for path in expected]
    assert mistakes(ward) == [("INVALID", [*WARD, *path]) for path in expected]
    assert words in kmeans["userErrors"][0]["message"]


@pytest.mark.parametrize(
    ("options", "code", "path"),
    [
        pytest.param(
            {"pca": {"components": 0}}, "INVALID", ["input", "pca", "components"], id="no component"
        ),
        pytest.param(
            {"pca": {"explainedVariance": 1.5}}, "INVALID", ["input", "pca", "explainedVariance"], id="150 %"
        ),
        pytest.param(
            {"pca": {"explainedVariance": 0}}, "INVALID", ["input", "pca", "explainedVariance"], id="0 %"
        ),
        pytest.param({"seed": -1}, "INVALID", ["input", "seed"], id="a negative seed"),
        pytest.param(
            {"columns": [{"name": "height", "role": "NUMERIC"}]},
            "INVALID",
            [*COLUMNS, "0", "name"],
            id="a column that is not there",
        ),
        pytest.param(
            {"columns": [{"name": "age", "role": "IGNORED"}, {"name": "age", "role": "NUMERIC"}]},
            "INVALID",
            [*COLUMNS, "1", "name"],
            id="two roles for one column",
        ),
        pytest.param(
            {"columns": [{"name": "city", "role": "NUMERIC"}]},
            "INVALID",
            [*COLUMNS, "0", "role"],
            id="numbers for text",
        ),
        pytest.param(
            {"columns": [{"name": "age", "role": "DATETIME"}]},
            "INVALID",
            [*COLUMNS, "0", "role"],
            id="dates for numbers",
        ),
        pytest.param(
            {"columns": [{"name": name, "role": "IGNORED"} for name in ("age", "income", "city")]},
            "UNSUITABLE_DATA",
            COLUMNS,
            id="no column left",
        ),
    ],
)
async def test_a_setting_that_cannot_be_is_refused(
    api: Api, sample: Sample, unchanged: Unchanged, options: dict[str, Any], code: str, path: list[str]
) -> None:
    async with unchanged():
        payload = await api.train(sample.dataset, **options)

    assert (payload["run"], payload["reused"]) == (None, None)
    assert mistakes(payload) == [(code, path)]
    assert payload["userErrors"][0]["message"]


WEIGHTS = ["input", "preparation", "weights"]


@pytest.mark.parametrize(
    ("algorithm", "path", "words"),
    [
        ({"kmeans": {"criterion": "BIC"}}, ["kmeans", "criterion"], "gaussianMixture"),
        ({"hierarchical": {"criterion": "BIC"}}, ["hierarchical", "criterion"], "gaussianMixture"),
        ({"kmeans": {"minSegmentShare": -0.1}}, ["kmeans", "minSegmentShare"], "from 0 to 0.5"),
        ({"hierarchical": {"minSegmentShare": 0.51}}, ["hierarchical", "minSegmentShare"], "from 0 to 0.5"),
        (
            {"gaussianMixture": {"minSegmentShare": 0.1, "clusterCount": 3}},
            ["gaussianMixture", "minSegmentShare"],
            "leave it out, or clusterCount",
        ),
        (
            {"gaussianMixture": {"clusterCount": 3, **counts(2, 4)}},
            ["gaussianMixture", "clusterCountRange"],
            "not both",
        ),
        ({"gaussianMixture": {"clusterCount": 16}}, ["gaussianMixture", "clusterCount"], "from 2 to 15"),
        ({"dbscan": {"epsilon": 0}}, ["dbscan", "epsilon"], "a distance above 0"),
        ({"dbscan": {"epsilon": -1.5}}, ["dbscan", "epsilon"], "epsilon is -1.5"),
        ({"dbscan": {"minSamples": 0}}, ["dbscan", "minSamples"], "1 or above"),
        ({"dbscan": {"minSamples": 13}}, ["dbscan", "minSamples"], "there are 12 customers"),
        ({"hdbscan": {"minSamples": 0}}, ["hdbscan", "minSamples"], "1 or above"),
        ({"hdbscan": {"minClusterSize": 1}}, ["hdbscan", "minClusterSize"], "2 or above"),
        ({"hdbscan": {"minClusterSize": 13}}, ["hdbscan", "minClusterSize"], "there are 12 customers"),
    ],
)
async def test_a_setting_that_the_algorithm_does_not_take_is_refused(
    api: Api, sample: Sample, unchanged: Unchanged, algorithm: dict[str, Any], path: list[str], words: str
) -> None:
    async with unchanged():
        payload = await api.train(sample.dataset, algorithm=algorithm)

    assert payload["run"] is None
    assert mistakes(payload) == [("INVALID", [*ALGORITHM, *path])]
    assert words in payload["userErrors"][0]["message"]


async def test_every_weight_that_cannot_be_is_refused_where_it_stands(
    api: Api, sample: Sample, unchanged: Unchanged
) -> None:
    weights = [("age", 0), ("height", 1), ("id", 2), ("income", 1e7), ("city", -1), ("city", 2)]
    async with unchanged():
        payload = await api.train(
            sample.dataset,
            preparation={"weights": [{"name": name, "weight": weight} for name, weight in weights]},
        )

    assert payload["run"] is None
    assert sorted(mistakes(payload)) == [
        ("INVALID", [*WEIGHTS, "0", "weight"]),
        ("INVALID", [*WEIGHTS, "1", "name"]),
        ("INVALID", [*WEIGHTS, "2", "name"]),
        ("INVALID", [*WEIGHTS, "3", "weight"]),
        ("INVALID", [*WEIGHTS, "4", "name"]),
        ("INVALID", [*WEIGHTS, "4", "weight"]),
        ("INVALID", [*WEIGHTS, "5", "name"]),
    ]


async def test_a_column_that_is_ignored_takes_no_weight(
    api: Api, sample: Sample, unchanged: Unchanged
) -> None:
    async with unchanged():
        payload = await api.train(
            sample.dataset,
            columns=[{"name": "age", "role": "IGNORED"}],
            preparation={"weights": [{"name": "age", "weight": 2}]},
        )

    assert mistakes(payload) == [("INVALID", [*WEIGHTS, "0", "name"])]
    assert 'no column called "age" is clustered by' in payload["userErrors"][0]["message"]


async def test_everything_that_is_wrong_is_told_at_once(
    api: Api, sample: Sample, unchanged: Unchanged
) -> None:
    async with unchanged():
        payload = await api.train(
            sample.dataset,
            algorithm={"kmeans": {"clusterCount": 99}},
            columns=[{"name": "height", "role": "NUMERIC"}],
            pca={"components": -1},
            seed=-5,
            matchTo="nonsense",
        )

    assert sorted(mistakes(payload)) == [
        ("INVALID", [*KMEANS, "clusterCount"]),
        ("INVALID", [*COLUMNS, "0", "name"]),
        ("INVALID", ["input", "pca", "components"]),
        ("INVALID", ["input", "seed"]),
        ("NOT_FOUND", ["input", "matchTo"]),
    ]


@pytest.mark.parametrize("other", ["nonsense", "", "a run"])
async def test_an_unknown_dataset_is_not_found(
    api: Api, sample: Sample, unchanged: Unchanged, other: str
) -> None:
    async with unchanged():
        payload = await api.train(sample.kmeans if other == "a run" else other)

    assert payload["run"] is None
    assert mistakes(payload) == [("NOT_FOUND", ["input", "datasetId"])]


async def test_only_a_run_that_succeeded_can_be_continued(
    api: Api, sample: Sample, unchanged: Unchanged
) -> None:
    failed = await api.begin(sample.dataset, pca={"components": 50}, seed=7)
    assert (await api.end_of(failed))["status"] == "FAILED"

    async with unchanged():
        unknown = await api.train(sample.dataset, matchTo=sample.dataset)
        without_segments = await api.train(sample.dataset, matchTo=failed)

    assert mistakes(unknown) == [("NOT_FOUND", ["input", "matchTo"])]
    assert mistakes(without_segments) == [("CONFLICT", ["input", "matchTo"])]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"algorithm": {}}, id="no algorithm"),
        pytest.param({"algorithm": {"kmeans": None}}, id="null for the algorithm"),
        pytest.param({"algorithm": {"kmeans": {}, "hierarchical": {}}}, id="two algorithms"),
        pytest.param({"algorithm": {"dbscan": {"minSamples": None}}}, id="null where there is a default"),
        pytest.param({"algorithm": {"dbscan": {"clusterCount": 3}}}, id="a number of segments by density"),
        pytest.param({"algorithm": {"kmeans": {"criterion": "GAP"}}}, id="an unknown criterion"),
        pytest.param({"preparation": {"scaling": "LOG"}}, id="an unknown scaling"),
        pytest.param({"preparation": {"weights": [{"name": "age"}]}}, id="a weight without its number"),
        pytest.param({"algorithm": {"meanShift": {}}}, id="an unknown algorithm"),
        pytest.param({"pca": {}}, id="neither of the PCA fields"),
        pytest.param({"pca": {"components": 2, "explainedVariance": 0.9}}, id="both of the PCA fields"),
        pytest.param({"pca": {"components": None}}, id="null for the components"),
        pytest.param({"seed": None}, id="null for the seed"),
        pytest.param({"seed": 2**31}, id="a seed beyond Int"),
        pytest.param({"columns": [{"name": "age", "role": "NUMBER"}]}, id="an unknown role"),
    ],
)
async def test_an_input_of_the_wrong_shape_is_refused_before_anything_runs(
    api: Api, sample: Sample, unchanged: Unchanged, options: dict[str, Any]
) -> None:
    fields = {"datasetId": sample.dataset, "algorithm": {"kmeans": {"clusterCount": 2}}, **options}
    async with unchanged():
        answer = await api.post(TRAIN, input=fields)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
    assert not answer.get("data")


@pytest.mark.parametrize(
    "algorithm", ["{}", "{ kmeans: {}, hierarchical: {} }", "{ kmeans: null }", "{ kmeans: { k: 3 } }"]
)
async def test_a_literal_of_the_wrong_shape_makes_the_document_invalid(
    api: Api, sample: Sample, unchanged: Unchanged, algorithm: str
) -> None:
    async with unchanged():
        errors = await api.errors(
            f'mutation {{ trainClustering(input: {{ datasetId: "{sample.dataset}", '
            f"algorithm: {algorithm} }}) {{ run {{ id }} }} }}"
        )

    assert {error["extensions"]["code"] for error in errors} == {"GRAPHQL_VALIDATION_FAILED"}
