"""What speaks for the segments of a run: votes, structure, the tree, what each column decides."""

import pytest

from tests.graph.schema.conftest import PEOPLE, Sample, as_csv
from tests.servers.api import Api

CRITERIA = ["SILHOUETTE", "CALINSKI_HARABASZ", "DAVIES_BOULDIN", "ELBOW"]


async def test_every_criterion_has_its_vote_and_the_reason_names_who_was_for_what(
    api: Api, sample: Sample
) -> None:
    run = await api.node(
        "ClusteringRun",
        sample.kmeans,
        "selection { chosen elbow reason votes { criterion clusterCount } candidates { clusterCount } }",
    )

    selection = run["selection"]
    votes = {vote["criterion"]: vote["clusterCount"] for vote in selection["votes"]}
    assert sorted(votes) == sorted(CRITERIA)
    assert votes["SILHOUETTE"] == votes["DAVIES_BOULDIN"] == selection["chosen"] == 3
    assert votes["ELBOW"] == selection["elbow"] == 3
    tried = [candidate["clusterCount"] for candidate in selection["candidates"]]
    assert votes["CALINSKI_HARABASZ"] in tried
    assert selection["reason"].startswith("3 segments")
    assert "silhouette" in selection["reason"]


async def test_only_a_mixture_has_a_vote_by_bic(api: Api, sample: Sample) -> None:
    settings = {"clusterCountRange": {"min": 2, "max": 4}, "criterion": "BIC"}
    run = await api.run(
        sample.dataset,
        algorithm={"gaussianMixture": settings},
        selection="selection { chosen criterion votes { criterion clusterCount } "
        "candidates { clusterCount bic } }",
    )

    selection = run["selection"]
    least = min(selection["candidates"], key=lambda candidate: candidate["bic"])["clusterCount"]
    assert (selection["criterion"], selection["chosen"]) == ("BIC", least)
    assert {"criterion": "BIC", "clusterCount": least} in selection["votes"]


@pytest.mark.parametrize("which", ["kmeans", "ward"])
async def test_the_structure_is_the_silhouette_beside_that_of_customers_without_groups(
    api: Api, sample: Sample, which: str
) -> None:
    run = await api.node(
        "ClusteringRun",
        getattr(sample, which),
        """structure { verdict reason silhouette referenceSilhouette referenceDeviation references }
           metrics { silhouette } selection { verdict verdictReason }""",
    )

    structure = run["structure"]
    assert structure["verdict"] == "STRONG"
    assert structure["silhouette"] == run["metrics"]["silhouette"]
    assert structure["referenceSilhouette"] < structure["silhouette"] - 2 * structure["referenceDeviation"]
    assert f"{structure['references']} samples without groups" in structure["reason"]
    if run["selection"]:
        assert run["selection"] == {"verdict": "STRONG", "verdictReason": structure["reason"]}


async def test_the_dendrogram_is_the_tree_of_a_hierarchical_run(api: Api, sample: Sample) -> None:
    run = await api.node(
        "ClusteringRun",
        sample.ward,
        """segments { index size }
           dendrogram { cut leaves { size segment { index } } merges { left right height size } }""",
    )

    tree = run["dendrogram"]
    leaves, merges = tree["leaves"], tree["merges"]
    assert [leaf["size"] for leaf in leaves] == [1] * 12
    assert len(merges) == 11
    # Every node but the last is merged once, by a merge that comes after it.
    assert sorted(node for merge in merges for node in (merge["left"], merge["right"])) == list(range(22))
    sizes = [leaf["size"] for leaf in leaves]
    for merge in merges:
        assert max(merge["left"], merge["right"]) < len(sizes)
        sizes.append(sizes[merge["left"]] + sizes[merge["right"]])
        assert merge["size"] == sizes[-1]
    heights = [merge["height"] for merge in merges]
    assert heights == sorted(heights)
    # Three segments are left when the last two merges are undone.
    assert heights[-3] < tree["cut"] < heights[-2]
    for segment in run["segments"]:
        ours = [leaf for leaf in leaves if leaf["segment"]["index"] == segment["index"]]
        assert len(ours) == segment["size"]


async def test_only_a_hierarchical_run_that_succeeded_has_a_dendrogram(api: Api, sample: Sample) -> None:
    failed = await api.begin(
        sample.dataset, algorithm={"hierarchical": {"clusterCount": 3}}, pca={"components": 50}
    )
    await api.end_of(failed)

    for key in (sample.kmeans, failed):
        assert await api.node("ClusteringRun", key, "dendrogram { cut }") == {"dendrogram": None}


async def test_each_segment_tells_what_decides_who_is_in_it_and_how_stable_it_is(
    api: Api, sample: Sample
) -> None:
    run = await api.node(
        "ClusteringRun",
        sample.kmeans,
        """metrics { stability }
           segments { size stability stabilityReading featureImportance { feature importance } }""",
    )

    for segment in run["segments"]:
        shares = [each["importance"] for each in segment["featureImportance"]]
        assert {each["feature"] for each in segment["featureImportance"]} == {"age", "income", "city"}
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) == pytest.approx(1, abs=1e-12)
        stability = segment["stability"]
        expected = "STABLE" if stability >= 0.75 else "DOUBTFUL" if stability > 0.5 else "DISSOLVED"
        assert segment["stabilityReading"] == expected
    assert min(segment["stability"] for segment in run["segments"]) > 0.75


async def test_what_became_of_each_segment_is_told_when_there_are_more_and_when_there_are_fewer(
    api: Api,
) -> None:
    asked = "id segmentChanges { kind overlap segment { index size } previous { index size } }"
    dataset = await api.dataset(as_csv(PEOPLE))
    first, more, fewer = [
        await api.run(dataset, algorithm={"kmeans": {"clusterCount": count}}, selection=asked, seed=seed)
        for seed, count in enumerate((2, 3, 2))
    ]

    # Two segments: Kiel and Ulm, 7, and Bonn, 5. Then Ulm, 3, is one of its own.
    both, bonn = {"index": 0, "size": 7}, {"index": 1, "size": 5}
    kiel, ulm = {"index": 0, "size": 4}, {"index": 2, "size": 3}
    most, least = pytest.approx(4 / 7), pytest.approx(3 / 7)
    assert first["segmentChanges"] == []
    assert more["segmentChanges"] == [
        {"kind": "CONTINUED", "overlap": most, "segment": kiel, "previous": both},
        {"kind": "CONTINUED", "overlap": 1.0, "segment": bonn, "previous": bonn},
        {"kind": "SPLIT", "overlap": least, "segment": ulm, "previous": both},
    ]
    assert fewer["segmentChanges"] == [
        {"kind": "CONTINUED", "overlap": most, "segment": both, "previous": kiel},
        {"kind": "CONTINUED", "overlap": 1.0, "segment": bonn, "previous": bonn},
        {"kind": "MERGED", "overlap": least, "segment": both, "previous": ulm},
    ]

    deleted = await api.mutate("deleteClusteringRun", "deletedId", id=more["id"])
    assert deleted["userErrors"] == []
    left = await api.node("ClusteringRun", fewer["id"], asked)
    assert [change["previous"] for change in left["segmentChanges"]] == [None] * 3
    assert [change["segment"] for change in left["segmentChanges"]] == [both, bonn, both]
