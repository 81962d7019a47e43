"""Clustering runs: trained, looked up, and what is told of them."""

from datetime import datetime
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tests.graph.schema.conftest import PEOPLE, Sample, as_csv
from tests.servers.api import Api

LABELS = np.array([["Bonn", "Kiel", "Ulm"].index(str(person["city"])) for person in PEOPLE])
METRICS = """metrics {
  silhouette silhouetteSampleSize silhouetteStandardError daviesBouldin calinskiHarabasz inertia
  stability confidence sampleCount encodedFeatureCount noiseCount
}"""


@pytest.fixture(scope="module")
def matrix() -> NDArray[np.float64]:
    """The customers as scikit-learn would encode them, the city a quarter of a numeric column's variance."""
    numbers = StandardScaler().fit_transform([[person["age"], person["income"]] for person in PEOPLE])
    flags = OneHotEncoder(sparse_output=False).fit_transform([[person["city"]] for person in PEOPLE])
    flags *= np.sqrt(0.25 / flags.var(axis=0).sum())
    return np.hstack([numbers, flags])


async def test_a_run_tells_what_it_is_and_how_it_went(api: Api, sample: Sample) -> None:
    run = await api.node(
        "ClusteringRun",
        sample.kmeans,
        """id algorithm status progress { stage fraction message } failure { code }
           dataset { id name } createdAt startedAt finishedAt""",
    )

    times = [datetime.fromisoformat(run.pop(name)) for name in ("createdAt", "startedAt", "finishedAt")]
    assert times == sorted(times)
    assert all(time.tzinfo for time in times)
    assert run == {
        "id": sample.kmeans,
        "algorithm": "KMEANS",
        "status": "SUCCEEDED",
        "progress": {"stage": "DONE", "fraction": 1.0, "message": "Done"},
        "failure": None,
        "dataset": {"id": sample.dataset, "name": "People"},
    }


async def test_a_new_run_waits_in_the_queue(api: Api) -> None:
    dataset = await api.dataset(as_csv(PEOPLE))
    payload = await api.train(
        dataset,
        selection=f"""id status progress {{ stage fraction message }} failure {{ code }} {METRICS}
          selection {{ chosen }} structure {{ verdict }} approximation {{ size }} density {{ epsilon }}
          preparation {{ outlierCount }} segmentChanges {{ kind }} dendrogram {{ cut }}
          segments {{ id }} featureImportance {{ feature }} recommendations {{ id }}
          imputed {{ column }} explainedVariance assignments {{ totalCount edges {{ cursor }} }}
          picture(kind: SIZES) {{ url }} startedAt finishedAt""",
    )

    assert payload["userErrors"] == []
    assert payload["reused"] is False
    await api.end_of(payload["run"].pop("id"))
    assert payload["run"] == {
        "status": "QUEUED",
        "progress": {"stage": "QUEUED", "fraction": 0.0, "message": "Waiting for a free worker"},
        "failure": None,
        "metrics": None,
        "selection": None,
        "structure": None,
        "approximation": None,
        "density": None,
        "preparation": None,
        "segmentChanges": [],
        "dendrogram": None,
        "segments": [],
        "featureImportance": [],
        "recommendations": [],
        "imputed": [],
        "explainedVariance": None,
        "assignments": {"totalCount": 0, "edges": []},
        "picture": None,
        "startedAt": None,
        "finishedAt": None,
    }


async def test_the_metrics_are_scikit_learns(api: Api, sample: Sample, matrix: NDArray[np.float64]) -> None:
    centroids = np.array([matrix[label == LABELS].mean(axis=0) for label in range(3)])

    runs = [await api.node("ClusteringRun", key, METRICS) for key in (sample.kmeans, sample.ward)]

    for run in runs:
        metrics = run["metrics"]
        assert 0 < metrics.pop("stability") <= 1
        assert metrics == {
            "silhouette": pytest.approx(silhouette_score(matrix, LABELS), abs=1e-9),
            "silhouetteSampleSize": None,
            "silhouetteStandardError": None,
            "daviesBouldin": pytest.approx(davies_bouldin_score(matrix, LABELS), abs=1e-9),
            "calinskiHarabasz": pytest.approx(calinski_harabasz_score(matrix, LABELS), rel=1e-9),
            "inertia": pytest.approx(np.square(matrix - centroids[LABELS]).sum(), rel=1e-9),
            "confidence": 1.0,
            "sampleCount": 12,
            "encodedFeatureCount": 5,
            "noiseCount": 0,
        }


async def test_the_evidence_for_the_number_of_clusters_is_told(
    api: Api, sample: Sample, matrix: NDArray[np.float64]
) -> None:
    run = await api.node(
        "ClusteringRun",
        sample.kmeans,
        """selection { chosen criterion verdict verdictReason elbow candidates {
          clusterCount inertia silhouette daviesBouldin calinskiHarabasz smallestShare
        } }""",
    )

    selection = run["selection"]
    assert (selection["chosen"], selection["criterion"]) == (3, "CONSENSUS")
    assert (selection["verdict"], selection["elbow"]) == ("STRONG", 3)
    assert selection["verdictReason"].startswith("The average silhouette width is 0.96 with 3 segments")
    candidates = selection["candidates"]
    assert [candidate["clusterCount"] for candidate in candidates] == [2, 3, 4, 5]
    for candidate in candidates:
        reference = KMeans(candidate["clusterCount"], n_init=10, random_state=0).fit(matrix)
        assert candidate["inertia"] <= reference.inertia_ + 1e-9
    assert candidates[1]["silhouette"] == pytest.approx(silhouette_score(matrix, LABELS), abs=1e-9)
    assert candidates[1]["smallestShare"] == 0.25
    best = max(candidates, key=lambda candidate: candidate["silhouette"])
    assert best["clusterCount"] == 3


async def test_a_given_number_of_clusters_needs_no_evidence(api: Api, sample: Sample) -> None:
    assert await api.node("ClusteringRun", sample.ward, "selection { chosen }") == {"selection": None}


@pytest.mark.parametrize("linkage", ["WARD", "COMPLETE", "AVERAGE", "SINGLE"])
async def test_each_linkage_finds_the_three_groups(api: Api, sample: Sample, linkage: str) -> None:
    run = await api.run(
        sample.dataset,
        algorithm={"hierarchical": {"linkage": linkage, "clusterCount": 3}},
        selection="algorithm parameters assignments { edges { node { customer { key } segment { size } } } }",
    )

    assert run["algorithm"] == "HIERARCHICAL"
    assert run["parameters"]["algorithm"]["hierarchical"]["linkage"] == linkage
    sizes = {"B": 5, "K": 4, "U": 3}
    for edge in run["assignments"]["edges"]:
        key = edge["node"]["customer"]["key"]
        assert edge["node"]["segment"]["size"] == sizes[key[2]]


async def test_principal_components_explain_what_scikit_learn_says(
    api: Api, sample: Sample, matrix: NDArray[np.float64]
) -> None:
    shares = PCA().fit(matrix).explained_variance_ratio_

    two = await api.run(sample.dataset, pca={"components": 2}, selection="explainedVariance")
    most = await api.run(sample.dataset, pca={"explainedVariance": 0.99}, selection="explainedVariance")
    none = await api.node("ClusteringRun", sample.kmeans, "explainedVariance")

    assert two["explainedVariance"] == pytest.approx(shares[:2].tolist(), abs=1e-9)
    enough = int(np.searchsorted(np.cumsum(shares), 0.99)) + 1
    assert most["explainedVariance"] == pytest.approx(shares[:enough].tolist(), abs=1e-9)
    assert none == {"explainedVariance": None}


async def test_what_was_missing_is_filled_and_counted(api: Api) -> None:
    rows = [dict(person) for person in PEOPLE]
    rows[0]["age"] = rows[1]["age"] = rows[11]["city"] = ""
    dataset = await api.dataset(as_csv(rows))

    run = await api.run(
        dataset, selection="imputed { column count filledWith } metrics { sampleCount encodedFeatureCount }"
    )

    # The ten ages left: 27 25 26, 45 46 47 45, 65 66 67.
    assert run == {
        "imputed": [
            {"column": "age", "count": 2, "filledWith": "median 45.5"},
            {"column": "city", "count": 1, "filledWith": "(missing)"},
        ],
        "metrics": {"sampleCount": 12, "encodedFeatureCount": 6},
    }


async def test_feature_importance_is_of_the_columns_used_and_sums_to_one(api: Api, sample: Sample) -> None:
    run = await api.node("ClusteringRun", sample.kmeans, "featureImportance { feature importance }")

    shares = [each["importance"] for each in run["featureImportance"]]
    assert {each["feature"] for each in run["featureImportance"]} == {"age", "income", "city"}
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=1e-12)
    assert min(shares) > 0


async def test_a_column_that_is_ignored_takes_no_part(api: Api, sample: Sample) -> None:
    run = await api.run(
        sample.dataset,
        columns=[{"name": "city", "role": "IGNORED"}, {"name": "income", "role": "CATEGORICAL"}],
        algorithm={"kmeans": {"clusterCount": 2}},
        selection="featureImportance { feature } metrics { encodedFeatureCount }",
    )

    assert {each["feature"] for each in run["featureImportance"]} == {"age", "income"}
    # Twelve incomes, each a category of its own, and the age.
    assert run["metrics"] == {"encodedFeatureCount": 13}


async def test_a_setting_that_the_data_refute_fails_the_run_with_the_reason(api: Api, sample: Sample) -> None:
    payload = await api.train(sample.dataset, pca={"components": 50})
    last = await api.end_of(payload["run"]["id"])
    run = await api.node(
        "ClusteringRun",
        payload["run"]["id"],
        """metrics { inertia } segments { id } assignments { totalCount edges { cursor } }
           picture(kind: SIZES) { url } recommendations { id } finishedAt""",
    )

    assert last["status"] == "FAILED"
    assert last["failure"] == {
        "code": "INVALID",
        "message": "50 principal components are not possible: these columns and rows allow 1 to 5.",
    }
    assert datetime.fromisoformat(run.pop("finishedAt"))
    assert run == {
        "metrics": None,
        "segments": [],
        "assignments": {"totalCount": 0, "edges": []},
        "picture": None,
        "recommendations": [],
    }


async def test_runs_are_listed_by_what_they_are_the_newest_first(api: Api) -> None:
    dataset = await api.dataset(as_csv(PEOPLE))
    kmeans = (await api.run(dataset))["id"]
    ward = (await api.run(dataset, algorithm={"hierarchical": {"clusterCount": 2}}))["id"]
    failed = await api.begin(dataset, pca={"components": 50})
    await api.end_of(failed)

    assert await _listed(api, datasetId=dataset) == [failed, ward, kmeans]
    assert await _listed(api, datasetId=dataset, status="SUCCEEDED") == [ward, kmeans]
    assert await _listed(api, datasetId=dataset, status="FAILED") == [failed]
    assert await _listed(api, datasetId=dataset, status="QUEUED") == []
    assert await _listed(api, datasetId=dataset, algorithm="HIERARCHICAL") == [ward]
    assert await _listed(api, datasetId=dataset, first=1) == [failed]
    assert await _listed(api, datasetId=dataset, last=1) == [kmeans]
    assert await _listed(api, datasetId=kmeans) == []
    assert await _listed(api, datasetId="nonsense") == []
    assert (await _listed(api, first=3)) == [failed, ward, kmeans]
    runs = await api.node(
        "Dataset", dataset, "runs(status: SUCCEEDED) { totalCount edges { node { id status } } }"
    )
    assert runs["runs"] == {
        "totalCount": 2,
        "edges": [{"node": {"id": key, "status": "SUCCEEDED"}} for key in (ward, kmeans)],
    }


async def test_a_page_of_runs_has_at_most_a_hundred(api: Api) -> None:
    errors = await api.errors("{ clusteringRuns(first: 101) { totalCount } }")

    assert errors[0]["extensions"] == {"code": "INVALID", "path": ["first"]}


async def _listed(api: Api, **arguments: Any) -> list[str]:
    query = """query(
      $datasetId: ID, $status: RunStatus, $algorithm: Algorithm, $first: Int, $last: Int
    ) {
      clusteringRuns(
        datasetId: $datasetId, status: $status, algorithm: $algorithm, first: $first, last: $last
      ) { totalCount edges { node { id } } }
    }"""
    found = (await api.ask(query, **arguments))["clusteringRuns"]
    keys = [edge["node"]["id"] for edge in found["edges"]]
    assert found["totalCount"] >= len(keys)
    return keys
