"""Segments, their customers, and what to do about them."""

from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from tests.graph.schema.conftest import PEOPLE, Sample, Unchanged, as_csv
from tests.servers.api import Api, mistakes

ADVICE = "recommendations { id kind title action rationale priority segment { id } }"


async def test_a_segment_tells_who_is_in_it_in_the_units_of_the_file(api: Api, sample: Sample) -> None:
    run = await api.node(
        "ClusteringRun",
        sample.kmeans,
        """segments {
          index size share color silhouette stability previous { id } run { id }
          centroid { feature value } rule { text sql precision coverage }
        }""",
    )

    segments = run["segments"]
    assert [(each["index"], each["size"], each["share"]) for each in segments] == [
        (0, 5, 5 / 12),
        (1, 4, 4 / 12),
        (2, 3, 3 / 12),
    ]
    # Ages 25 26 27 25 26, 45 46 47 45, 65 66 67; incomes in steps of 100.
    assert [{each["feature"]: each["value"] for each in segment["centroid"]} for segment in segments] == [
        {"age": pytest.approx(25.8), "income": pytest.approx(30_200)},
        {"age": pytest.approx(45.75), "income": pytest.approx(60_150)},
        {"age": pytest.approx(66), "income": pytest.approx(90_100)},
    ]
    assert [segment["rule"] for segment in segments] == [
        {"text": f"city is {city}", "sql": f"\"city\" = '{city}'", "precision": 1.0, "coverage": 1.0}
        for city in ("Bonn", "Kiel", "Ulm")
    ]
    assert [segment["color"] for segment in segments] == ["#6883ff", "#ee6c01", "#15736f"]
    assert all(segment["run"] == {"id": sample.kmeans} for segment in segments)
    assert all(segment["previous"] is None for segment in segments)
    assert all(0.9 < segment["silhouette"] < 1 for segment in segments)
    assert all(0 < segment["stability"] <= 1 for segment in segments)


async def test_what_sets_a_segment_apart_is_told_with_its_figures(api: Api, sample: Sample) -> None:
    run = await api.node(
        "ClusteringRun",
        sample.kmeans,
        """segments {
          name generatedName
          characteristics { text column category segmentValue populationValue effect }
        }""",
    )

    largest = run["segments"][0]
    incomes = np.array([float(str(person["income"])) for person in PEOPLE])
    city, income = largest["characteristics"][:2]
    assert city == {
        "text": "city is Bonn for 100 %, 42 % over all (lift 2.4)",
        "column": "city",
        "category": "Bonn",
        "segmentValue": 1.0,
        "populationValue": pytest.approx(5 / 12),
        # Cohen's h: 2·asin√1 - 2·asin√(5/12).
        "effect": pytest.approx(np.pi - 2 * np.arcsin(np.sqrt(5 / 12))),
    }
    assert income == {
        "text": "income is low: 30,200 on average, 55,158 over all",
        "column": "income",
        "category": None,
        "segmentValue": pytest.approx(30_200),
        "populationValue": pytest.approx(incomes.mean()),
        "effect": pytest.approx((30_200 - incomes.mean()) / incomes.std()),
    }
    assert [segment["name"] for segment in run["segments"]] == [
        segment["generatedName"] for segment in run["segments"]
    ]
    assert [segment["name"] for segment in run["segments"]] == ["Bonn", "Kiel", "Ulm"]


async def test_customers_of_a_segment_come_the_most_typical_first(api: Api, sample: Sample) -> None:
    scaled = StandardScaler().fit_transform([[person["age"], person["income"]] for person in PEOPLE])
    members = scaled[:5]
    distances = np.linalg.norm(members - members.mean(axis=0), axis=1)
    expected = [PEOPLE[place] for place in np.argsort(distances, kind="stable")]
    first, *_ = await _segments(api, sample.kmeans)

    customers = (await api.node("Segment", first, CUSTOMERS))["customers"]
    page = await api.node(
        "Segment", first, f'customers(first: 2, after: "{customers["edges"][1]["cursor"]}") {PAGE}'
    )
    end = await api.node("Segment", first, f"customers(last: 1) {PAGE}")

    assert customers["totalCount"] == 5
    assert [edge["node"] for edge in customers["edges"]] == [
        {"key": person["id"], "attributes": person} for person in expected
    ]
    assert page["customers"]["edges"] == customers["edges"][2:4]
    assert page["customers"]["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": True}
    assert end["customers"]["edges"] == customers["edges"][4:]


async def test_assignments_follow_the_order_of_the_file_and_tell_how_sure_they_are(
    api: Api, sample: Sample
) -> None:
    numbers = StandardScaler().fit_transform([[person["age"], person["income"]] for person in PEOPLE])
    cities = np.array([str(person["city"]) for person in PEOPLE])
    flags = np.array([cities == city for city in ("Bonn", "Kiel", "Ulm")], dtype=np.float64).T
    # All categories together have a quarter of a numeric column's variance.
    matrix = np.hstack([numbers, flags * np.sqrt(0.25 / flags.var(axis=0).sum())])
    centroids = np.array([matrix[cities == city].mean(axis=0) for city in ("Bonn", "Kiel", "Ulm")])
    distances = np.sort(np.linalg.norm(matrix[:, None] - centroids, axis=2), axis=1)

    run = await api.node("ClusteringRun", sample.kmeans, f"assignments {ASSIGNED}")

    assignments = run["assignments"]
    assert assignments["totalCount"] == 12
    assert [edge["node"] for edge in assignments["edges"]] == [
        {
            "customer": {"key": person["id"]},
            "segment": {"index": ["Bonn", "Kiel", "Ulm"].index(str(person["city"]))},
            "unassigned": None,
            "confidence": pytest.approx(1 - own / other, abs=1e-6),
        }
        for person, (own, other, _) in zip(PEOPLE, distances, strict=True)
    ]


async def test_assignments_can_be_those_of_one_segment(api: Api, sample: Sample) -> None:
    _, second, _ = await _segments(api, sample.kmeans)
    query = f"""query($run: ID!, $segment: ID, $first: Int, $last: Int, $after: String) {{
      clusteringRun(id: $run) {{
        assignments(segmentId: $segment, first: $first, last: $last, after: $after) {ASSIGNED}
      }}
    }}"""

    async def keys(**arguments: Any) -> tuple[int, list[str]]:
        data = await api.ask(query, run=sample.kmeans, **arguments)
        found = data["clusteringRun"]["assignments"]
        return found["totalCount"], [edge["node"]["customer"]["key"] for edge in found["edges"]]

    assert await keys(segment=second) == (4, ["C-K0", "C-K1", "C-K2", "C-K3"])
    assert await keys(segment=second, first=2) == (4, ["C-K0", "C-K1"])
    assert await keys(segment=second, last=1) == (4, ["C-K3"])
    assert await keys(segment="nonsense") == (0, [])
    assert await keys(segment=(await _segments(api, sample.ward))[0]) == (0, [])
    assert (await keys(segment=None, last=2)) == (12, ["C-U1", "C-U2"])


async def test_recommendations_name_the_segment_and_the_figures(api: Api, sample: Sample) -> None:
    run = await api.node("ClusteringRun", sample.kmeans, f"segments {{ id name {ADVICE} }} {ADVICE}")

    assert run["recommendations"] == [
        piece for segment in run["segments"] for piece in segment["recommendations"]
    ]
    for segment in run["segments"]:
        assert segment["recommendations"]
        for piece in segment["recommendations"]:
            assert piece["segment"] == {"id": segment["id"]}
            assert segment["name"] in piece["action"]
            assert any(letter.isdigit() for letter in piece["rationale"])
            assert (await api.node("Recommendation", piece["id"], "title"))["title"] == piece["title"]


async def test_a_renamed_segment_is_called_so_everywhere(api: Api) -> None:
    dataset = await api.dataset(as_csv(PEOPLE))
    run = await api.run(dataset, selection="id segments { id generatedName recommendations { action } }")
    first = run["segments"][0]

    payload = await api.mutate(
        "renameSegment",
        "segment { id name generatedName }",
        id=first["id"],
        name="  The {segment} of the Rhine ",
    )

    renamed = {
        "id": first["id"],
        "name": "The {segment} of the Rhine",
        "generatedName": first["generatedName"],
    }
    assert payload == {"segment": renamed, "userErrors": []}
    read = await api.node(
        "ClusteringRun",
        run["id"],
        f"segments {{ id name generatedName {ADVICE} }} picture(kind: SIZES) {{ alt }}",
    )
    segment = read["segments"][0]
    advice = segment.pop("recommendations")
    assert segment == renamed
    assert all("The {segment} of the Rhine" in piece["action"] for piece in advice)
    # A city may be called as the segment was: it keeps its name.
    old, new = first["generatedName"], renamed["name"]
    assert [piece["action"].count(old) + piece["action"].count(new) for piece in advice] == [
        piece["action"].count(old) for piece in first["recommendations"]
    ]
    assert "The {segment} of the Rhine, 42 % (5 customers)" in read["picture"]["alt"]


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("", "INVALID", "empty"),
        ("   ", "INVALID", "empty"),
        ("x" * 10_000, "INVALID", "10,000 characters: 200 at most"),
        ("a\tb", "INVALID", "control characters"),
        ("another's", "CONFLICT", "another segment of this run is called"),
    ],
)
async def test_a_name_that_is_none_or_another_segments_is_refused(
    api: Api, sample: Sample, unchanged: Unchanged, name: str, code: str, words: str
) -> None:
    before = (await api.node("ClusteringRun", sample.kmeans, "segments { id name }"))["segments"]
    name = before[1]["name"] if name == "another's" else name

    async with unchanged():
        payload = await api.mutate("renameSegment", "segment { id }", id=before[0]["id"], name=name)

    assert payload["segment"] is None
    assert mistakes(payload) == [(code, ["input", "name"])]
    assert words in payload["userErrors"][0]["message"]
    after = await api.node("ClusteringRun", sample.kmeans, "segments { id name }")
    assert after["segments"] == before


async def test_a_segment_may_be_given_the_name_it_has(api: Api, sample: Sample) -> None:
    first, *_ = await _segments(api, sample.kmeans)
    name = (await api.node("Segment", first, "name"))["name"]

    payload = await api.mutate("renameSegment", "segment { name }", id=first, name=name)

    assert payload == {"segment": {"name": name}, "userErrors": []}


async def test_a_segment_that_is_not_there_cannot_be_renamed(api: Api, sample: Sample) -> None:
    for other in ("nonsense", sample.kmeans):
        payload = await api.mutate("renameSegment", "segment { id }", id=other, name="x")
        assert mistakes(payload) == [("NOT_FOUND", ["input", "id"])]


async def test_a_later_run_continues_the_segments_and_their_names(api: Api) -> None:
    dataset = await api.dataset(as_csv(PEOPLE))
    selection = "id segments { id index name generatedName color previous { id } }"
    first = await api.run(dataset, selection=selection)
    await api.mutate("renameSegment", id=first["segments"][1]["id"], name="Kielers")

    second = await api.run(dataset, selection=selection, seed=1)
    by_hand = await api.run(
        dataset,
        selection=selection,
        algorithm={"hierarchical": {"clusterCount": 3}},
        matchTo=first["id"],
    )

    for later in (second, by_hand):
        assert [segment["previous"] for segment in later["segments"]] == [
            {"id": segment["id"]} for segment in first["segments"]
        ]
        assert [segment["color"] for segment in later["segments"]] == [
            segment["color"] for segment in first["segments"]
        ]
        assert later["segments"][1]["name"] == "Kielers"
        assert later["segments"][1]["generatedName"] == first["segments"][1]["generatedName"]


async def test_customers_of_the_next_upload_are_matched_by_their_keys(api: Api) -> None:
    """The people count, not the order of the rows, nor where the groups lie by now."""
    name = "Matched by key"
    first = await api.run(await api.dataset(as_csv(PEOPLE), name=name), selection="segments { id color }")
    moved = [{**person, "age": 90 - int(str(person["age"]))} for person in reversed(PEOPLE)]

    second = await api.run(
        await api.dataset(as_csv(moved), name=name), selection="segments { index size previous { id } color }"
    )

    assert [segment["size"] for segment in second["segments"]] == [5, 4, 3]
    assert [segment["previous"] for segment in second["segments"]] == [
        {"id": segment["id"]} for segment in first["segments"]
    ]


CUSTOMERS = "customers { totalCount edges { cursor node { key attributes } } }"
PAGE = "{ edges { cursor node { key attributes } } pageInfo { hasNextPage hasPreviousPage } }"
ASSIGNED = """{ totalCount edges { node {
  customer { key } segment { index } unassigned confidence
} } }"""


async def _segments(api: Api, run: str) -> list[str]:
    found = await api.node("ClusteringRun", run, "segments { id }")
    return [segment["id"] for segment in found["segments"]]
