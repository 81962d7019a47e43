"""Customers are placed over the API, at once, and what was said is found again by who may see it."""

from typing import Any
from uuid import uuid4

import pytest

from tests.graph.schema.conftest import PEOPLE, Sample, as_csv
from tests.servers.api import Api, mistakes

SEGMENT = "segment { id index }"
PLACED = (
    f"predictions {{ row {SEGMENT} unassigned confidence distance runnerUp {{ id }} errors {{ code path }} }}"
)
EXPLAINED = """predictions { segment { id } explanation {
  contributions { column share value segmentValue runnerUpValue }
  smallestChange { segment { id } changes { column before after } distance }
} }"""
HISTORY = """query($run: ID, $segment: ID, $version: ID, $mine: Boolean! = false) {
  predictions(runId: $run, segmentId: $segment, modelVersionId: $version, mine: $mine) {
    totalCount edges { node {
      id run { id } modelVersion { id } segment { id index } runnerUp { id } unassigned confidence distance
      customerKey attributes predictedAt predictedBy { username }
    } }
  }
}"""
ADA = {"id": "ada", "age": 26, "income": 30_500, "city": "Bonn", "shoe": 38}
NOBODY = {"id": "x", "age": "old", "city": "Bon"}


async def placed(api: Api, run: str, customers: list[Any], **values: Any) -> list[Any]:
    payload = await api.mutate("predict", PLACED, runId=run, customers=customers, **values)
    assert payload["userErrors"] == []
    found: list[Any] = payload["predictions"]
    return found


async def history(api: Api, **values: Any) -> Any:
    return (await api.ask(HISTORY, **values))["predictions"]


@pytest.mark.parametrize("which", ["kmeans", "ward"])
async def test_who_was_trained_on_gets_the_segment_that_the_run_has(
    api: Api, sample: Sample, which: str
) -> None:
    run = getattr(sample, which)
    found = await api.node("ClusteringRun", run, f"assignments {{ edges {{ node {{ {SEGMENT} }} }} }}")
    trained = [edge["node"]["segment"] for edge in found["assignments"]["edges"]]

    answered = await placed(api, run, PEOPLE)

    assert [each["segment"] for each in answered] == trained
    assert [each["row"] for each in answered] == list(range(12))
    assert all(each["runnerUp"]["id"] != each["segment"]["id"] for each in answered)
    assert all(0 < each["confidence"] <= 1 and each["distance"] >= 0 for each in answered)


async def test_a_mistaken_record_has_errors_and_the_others_are_answered(api: Api, sample: Sample) -> None:
    first, second, third = await placed(api, sample.kmeans, [NOBODY, ADA, 7])

    assert first == {
        "row": 0,
        "segment": None,
        "unassigned": None,
        "confidence": None,
        "distance": None,
        "runnerUp": None,
        "errors": [
            {"code": "INVALID", "path": ["input", "customers", "0", column]}
            for column in ("age", "income", "city")
        ],
    }
    assert second["segment"]["index"] == 0
    assert second["errors"] == []
    assert third["errors"] == [{"code": "INVALID", "path": ["input", "customers", "2"]}]


async def test_an_explanation_says_what_decided_and_a_change_that_moves_the_customer(
    api: Api, sample: Sample
) -> None:
    segments = (await api.node("ClusteringRun", sample.kmeans, "segments { id }"))["segments"]
    target = segments[2]["id"]

    payload = await api.mutate(
        "predict", EXPLAINED, runId=sample.kmeans, customers=[ADA], explain=True, moveTo=target
    )

    (found,) = payload["predictions"]
    told = found["explanation"]
    assert {each["column"] for each in told["contributions"]} == {"age", "income", "city"}
    assert sum(abs(each["share"]) for each in told["contributions"]) == pytest.approx(1)
    change = told["smallestChange"]
    assert change["segment"]["id"] == target
    changed = {**ADA, **{each["column"]: each["after"] for each in change["changes"]}}
    assert [ADA[each["column"]] for each in change["changes"]] == [
        each["before"] for each in change["changes"]
    ]
    (moved,) = await placed(api, sample.kmeans, [changed])
    assert moved["segment"]["id"] == target
    (plain,) = (await api.mutate("predict", EXPLAINED, runId=sample.kmeans, customers=[ADA]))["predictions"]
    assert plain["explanation"] is None


async def test_a_request_that_can_not_be_is_refused_with_all_that_is_wrong(api: Api, sample: Sample) -> None:
    segment = (await api.node("ClusteringRun", sample.ward, "segments { id }"))["segments"][0]["id"]
    cases: list[tuple[dict[str, Any], list[tuple[str, list[str]]]]] = [
        ({"customers": [ADA]}, [("INVALID", ["input"])]),
        (
            {"customers": [], "modelVersionId": sample.kmeans, "moveTo": segment},
            [
                ("INVALID", ["input", "customers"]),
                ("INVALID", ["input", "moveTo"]),
                ("NOT_FOUND", ["input", "modelVersionId"]),
            ],
        ),
        ({"customers": [ADA], "runId": "nonsense"}, [("NOT_FOUND", ["input", "runId"])]),
        (
            {"customers": [ADA], "runId": sample.kmeans, "explain": True, "moveTo": segment},
            [("NOT_FOUND", ["input", "moveTo"])],
        ),
        ({"customers": [ADA] * 10_001, "runId": sample.kmeans}, [("TOO_LARGE", ["input", "customers"])]),
    ]
    for fields, expected in cases:
        payload = await api.mutate("predict", PLACED, **fields)
        assert payload["predictions"] is None
        assert mistakes(payload) == expected


async def test_a_user_finds_what_it_asked_and_an_analyst_finds_all(api: Api, sample: Sample) -> None:
    run = await api.run(sample.dataset, algorithm={"kmeans": {"clusterCount": 3}}, seed=61)
    key = run["id"]
    version = (
        await api.mutate("registerModel", "modelVersion { id }", runId=key, name=f"model {uuid4().hex}")
    )["modelVersion"]["id"]
    name, password = f"user-{uuid4().hex[:8]}", uuid4().hex
    made = await api.mutate("register", "user { id }", username=name, password=password)
    assert made["userErrors"] == []
    signed = await api.mutate("signIn", "accessToken", username=name, password=password)
    user = Api(api.url, token=signed["accessToken"])
    analyst = await api.as_role("ANALYST")
    async with user.client, analyst.client:
        payload = await user.mutate(
            "predict", PLACED, modelVersionId=version, customers=[ADA, NOBODY], remember=True
        )
        assert payload["userErrors"] == []
        await placed(api, key, [ADA], remember=True)

        own = await history(user, run=key)
        assert own["totalCount"] == 1
        (node,) = [edge["node"] for edge in own["edges"]]
        assert (node["run"]["id"], node["modelVersion"]["id"]) == (key, version)
        assert node["segment"] == payload["predictions"][0]["segment"]
        assert node["attributes"] == {"age": 26, "income": 30_500, "city": "Bonn"}
        assert node["customerKey"] == "ada"
        assert node["predictedBy"] == {"username": name}
        seen = [edge["node"] for edge in (await history(analyst, run=key))["edges"]]
        assert [each["modelVersion"] for each in seen] == [None, {"id": version}]
        assert seen[1]["predictedBy"] is None
        assert (await history(api, run=key, mine=True))["totalCount"] == 1
        assert (await history(api, version=version))["totalCount"] == 1
        assert (await history(api, segment=seen[0]["segment"]["id"]))["totalCount"] == 2
        assert (await history(api, segment="nonsense"))["totalCount"] == 0
        by_user = "query($id: ID, $run: ID) { predictions(userId: $id, runId: $run) { totalCount } }"
        whose = (await user.ask("{ viewer { user { id } } }"))["viewer"]["user"]["id"]
        asked = {
            who: (await client.ask(by_user, id=whose, run=key))["predictions"]["totalCount"]
            for who, client in {"itself": user, "an administrator": api, "an analyst": analyst}.items()
        }
        assert asked == {"itself": 1, "an administrator": 1, "an analyst": 0}
        assert (await api.ask(by_user, id="nonsense", run=key))["predictions"]["totalCount"] == 0

        selection = "customerKey"
        assert await user.node("RememberedPrediction", node["id"], selection) == {"customerKey": "ada"}
        assert await user.node("RememberedPrediction", seen[0]["id"], selection) is None
        assert await analyst.node("RememberedPrediction", seen[0]["id"], selection) == {"customerKey": "ada"}


async def test_the_audit_has_who_was_asked_and_nothing_of_the_customer(api: Api, sample: Sample) -> None:
    await placed(api, sample.kmeans, [ADA])
    query = """query($id: ID!) { auditEvents(first: 1, action: "predict", subjectId: $id) {
      edges { node { outcome subjectId } } } }"""
    (edge,) = (await api.ask(query, id=sample.kmeans))["auditEvents"]["edges"]
    assert edge["node"] == {"outcome": "SUCCEEDED", "subjectId": sample.kmeans}


async def test_an_erased_persons_predictions_and_profiles_are_handed_out_and_gone(
    api: Api, sample: Sample
) -> None:
    key = f"K-{uuid4().hex[:12]}"
    await placed(api, sample.kmeans, [{**ADA, "id": key}], remember=True)
    selection = "records { attributes } predictions { customerKey } profiles { name }"
    payload = await api.mutate("exportCustomerData", selection, key=key)
    assert payload == {
        "records": [],
        "predictions": [{"customerKey": key}],
        "profiles": [],
        "userErrors": [],
    }
    payload = await api.mutate("eraseCustomer", "erased { rows } predictions profiles", key=key)
    assert payload == {"erased": [], "predictions": 1, "profiles": 0, "userErrors": []}
    assert mistakes(await api.mutate("exportCustomerData", selection, key=key)) == [
        ("NOT_FOUND", ["input", "key"])
    ]


async def test_values_written_as_text_place_as_numbers_do(api: Api, sample: Sample) -> None:
    texts = {name: str(value) for name, value in ADA.items()}
    as_text, as_numbers = await placed(api, sample.kmeans, [texts, ADA])
    assert {**as_text, "row": 1} == as_numbers


async def test_a_run_without_the_column_it_is_asked_for_is_no_matter(api: Api) -> None:
    dataset = await api.dataset(as_csv(PEOPLE))
    run = await api.run(dataset, columns=[{"name": "city", "role": "IGNORED"}])
    (found,) = await placed(api, run["id"], [{"age": 26, "income": 30_500, "city": "Nowhere"}])
    assert found["errors"] == []
