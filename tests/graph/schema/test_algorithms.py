"""The five algorithms over the API: what they were asked for, repeated, and how they fail."""

from typing import Any

import pytest

from tests.graph.schema.conftest import Sample, as_csv
from tests.servers.api import Api

CRITERION = {"criterion": "CONSENSUS"}
FOUND = """id parameters algorithm density { epsilon minSamples minClusterSize }
  metrics { silhouette inertia noiseCount } segments { name size stabilityReading stability }
  assignments { edges { node { segment { size } unassigned confidence } } }"""


@pytest.mark.parametrize(
    ("algorithm", "told"),
    [
        ({"kmeans": {"clusterCount": 3}}, {"kmeans": {**CRITERION, "clusterCount": 3}}),
        (
            {"hierarchical": {"linkage": "AVERAGE", "clusterCountRange": {"min": 3, "max": 4}}},
            {
                "hierarchical": {
                    **CRITERION,
                    "linkage": "AVERAGE",
                    "clusterCountRange": {"min": 3, "max": 4},
                    "minSegmentShare": 0.0,
                }
            },
        ),
        ({"gaussianMixture": {"clusterCount": 3}}, {"gaussianMixture": {**CRITERION, "clusterCount": 3}}),
        ({"dbscan": {"minSamples": 3}}, {"dbscan": {"minSamples": 3}}),
        ({"dbscan": {"epsilon": 0.5, "minSamples": 2}}, {"dbscan": {"epsilon": 0.5, "minSamples": 2}}),
        (
            {"hdbscan": {"minClusterSize": 3, "minSamples": None}},
            {"hdbscan": {"minClusterSize": 3}},
        ),
    ],
)
async def test_each_algorithm_finds_the_groups_and_its_parameters_repeat_the_run(
    api: Api, sample: Sample, algorithm: dict[str, Any], told: dict[str, Any]
) -> None:
    run = await api.run(sample.dataset, algorithm=algorithm, selection=FOUND)
    assert run["parameters"]["algorithm"] == told
    assert sorted(segment["size"] for segment in run["segments"]) == [3, 4, 5]

    payload = await api.mutate("trainClustering", "run { id } reused", **run["parameters"], reuse=False)
    assert (payload["reused"], payload["userErrors"]) == (False, [])
    assert (await api.end_of(payload["run"]["id"]))["status"] == "SUCCEEDED"
    again = await api.node("ClusteringRun", payload["run"]["id"], FOUND)

    assert again.pop("id") != run.pop("id")
    # A first run continues nothing; the second of its kind continues the first.
    again["parameters"].pop("matchTo")
    run["parameters"].pop("matchTo")
    assert again == run


async def test_the_thresholds_in_force_are_told_of_density_algorithms_only(api: Api, sample: Sample) -> None:
    asked = "density { epsilon minSamples minClusterSize } structure { verdict } selection { chosen }"
    dbscan = await api.run(sample.dataset, algorithm={"dbscan": {"minSamples": 3}}, selection=asked)
    hdbscan = await api.run(sample.dataset, algorithm={"hdbscan": {"minClusterSize": 3}}, selection=asked)
    kmeans = await api.node("ClusteringRun", sample.kmeans, "density { minSamples } structure { verdict }")

    assert dbscan["density"].pop("epsilon") > 0
    assert dbscan == {
        "density": {"minSamples": 3, "minClusterSize": None},
        "structure": None,
        "selection": None,
    }
    assert hdbscan["density"].pop("minSamples") >= 1
    assert hdbscan["density"] == {"epsilon": None, "minClusterSize": 3}
    assert kmeans == {"density": None, "structure": {"verdict": "STRONG"}}


SIXTEEN_GROUPS = [
    {"id": f"R{group}{right}{up}", "x": 100 * (group % 4) + right, "y": 100 * (group // 4) + up}
    for group in range(16)
    for right in (0, 1)
    for up in (0, 1)
]
NUMBERS = [{"name": "x", "role": "NUMERIC"}, {"name": "y", "role": "NUMERIC"}]


@pytest.mark.parametrize(
    ("algorithm", "words"),
    [
        (
            {"dbscan": {"epsilon": 0.001, "minSamples": 3}},
            ("Every customer is noise", "Raise epsilon", "minSamples"),
        ),
        ({"dbscan": {"epsilon": 0.1, "minSamples": 3}}, ("16 dense groups", "at most 15", "raise epsilon")),
        (
            {"hdbscan": {"minClusterSize": 3, "minSamples": 2}},
            ("16 dense groups", "at most 15", "minClusterSize"),
        ),
    ],
)
async def test_a_density_that_makes_no_segments_fails_the_run_and_tells_the_way_out(
    api: Api, algorithm: dict[str, Any], words: tuple[str, ...]
) -> None:
    dataset = await api.dataset(as_csv(SIXTEEN_GROUPS), columns=NUMBERS)
    key = await api.begin(dataset, algorithm=algorithm)
    last = await api.end_of(key)
    run = await api.node("ClusteringRun", key, "density { epsilon } segments { id } segmentChanges { kind }")

    assert (last["status"], last["failure"]["code"]) == ("FAILED", "UNSUITABLE_DATA")
    assert [word for word in words if word not in last["failure"]["message"]] == []
    assert run == {"density": None, "segments": [], "segmentChanges": []}


async def test_a_share_that_no_number_of_segments_leaves_fails_the_run_and_tells_the_way_out(
    api: Api, sample: Sample
) -> None:
    settings = {"clusterCountRange": {"min": 2, "max": 4}, "minSegmentShare": 0.45}
    last = await api.end_of(await api.begin(sample.dataset, algorithm={"kmeans": settings}))

    assert (last["status"], last["failure"]["code"]) == ("FAILED", "UNSUITABLE_DATA")
    # Two segments of 7 and 5 come closest, with 41.66 %; of 41.7 there are none.
    assert "2 segments come closest, with 41.6%" in last["failure"]["message"]
    assert "lower minSegmentShare" in last["failure"]["message"]


async def test_a_share_leaves_out_the_numbers_of_segments_that_break_it(api: Api, sample: Sample) -> None:
    settings = {"clusterCountRange": {"min": 2, "max": 4}, "minSegmentShare": 0.3}
    run = await api.run(
        sample.dataset, algorithm={"kmeans": settings}, selection="parameters selection { chosen criterion }"
    )

    assert run["parameters"]["algorithm"]["kmeans"]["minSegmentShare"] == 0.3
    # With three the smallest segment has a quarter.
    assert run["selection"] == {"chosen": 2, "criterion": "CONSENSUS"}
