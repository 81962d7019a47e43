"""Audiences over the API: segments for campaigns, static ones and ones that follow a model."""

from typing import Any

from tests.end_to_end.attackers import somebody
from tests.graph.schema.conftest import PEOPLE, Sample
from tests.servers.api import Api, mistakes

AUDIENCE = """audience { id name description kind size note holdoutShare holdoutSalt createdAt
  segment { id } model { id } datasetPrediction { id }
  customers(first: 2) { totalCount edges { node { key } } } }"""


async def segments(api: Api, run: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await api.node("ClusteringRun", run, "segments { id name size }"))[
        "segments"
    ]
    return found


async def made(api: Api, **fields: Any) -> dict[str, Any]:
    payload = await api.mutate("createAudience", AUDIENCE, **fields)
    assert payload["userErrors"] == []
    found: dict[str, Any] = payload["audience"]
    return found


async def test_a_segment_becomes_an_audience_that_is_found_changed_and_deleted(
    api: Api, sample: Sample
) -> None:
    segment, *_ = await segments(api, sample.kmeans)
    audience = await made(api, name="Bonn first", segmentId=segment["id"], holdoutShare=0.1)
    assert (audience["kind"], audience["size"], audience["note"]) == ("STATIC", segment["size"], None)
    assert audience["segment"] == {"id": segment["id"]}
    assert (audience["model"], audience["datasetPrediction"]) == (None, None)
    assert audience["customers"]["totalCount"] == segment["size"] == 5
    assert {edge["node"]["key"] for edge in audience["customers"]["edges"]} < {p["id"] for p in PEOPLE}
    found = await api.ask(
        """query($id: ID!) { audience(id: $id) { name } none: audience(id: "x") { name }
          audiences(name: "BONN FIRST", kind: STATIC) { totalCount edges { node { id size } } }
          live: audiences(name: "bonn first", kind: LIVE) { totalCount } }""",
        id=audience["id"],
    )
    assert found["audience"] == {"name": "Bonn first"}
    assert found["none"] is None
    assert found["audiences"] == {"totalCount": 1, "edges": [{"node": {"id": audience["id"], "size": 5}}]}
    assert found["live"] == {"totalCount": 0}
    payload = await api.mutate(
        "updateAudience", AUDIENCE, id=audience["id"], name="Bonn", description="Mailing", holdoutShare=0.2
    )
    changed = payload["audience"]
    assert (changed["name"], changed["description"], changed["holdoutShare"]) == ("Bonn", "Mailing", 0.2)
    assert changed["holdoutSalt"] == audience["holdoutSalt"]
    assert (await api.mutate("deleteAudience", "deletedId", id=audience["id"]))["deletedId"] == audience["id"]
    assert await api.node("Audience", audience["id"]) is None


async def test_a_live_audience_follows_the_champion(api: Api, sample: Sample) -> None:
    versions: list[dict[str, Any]] = []
    for run in (sample.kmeans, sample.ward):
        payload = await api.mutate(
            "registerModel",
            "modelVersion { id model { id } }",
            runId=run,
            name="Followed",
            promote=not versions,
        )
        assert payload["userErrors"] == []
        versions.append(payload["modelVersion"])
    model = versions[0]["model"]["id"]
    _, here, *_ = await segments(api, sample.kmeans)
    audience = await made(api, name="Live", segmentId=here["id"], modelId=model)
    assert (audience["kind"], audience["segment"], audience["model"]) == (
        "LIVE",
        {"id": here["id"]},
        {"id": model},
    )
    await api.mutate("promoteModel", modelVersionId=versions[1]["id"])
    # Of another algorithm: its segments continue nobody's.
    after = await api.node("Audience", audience["id"], "segment { id } size note")
    note = f"no segment of version 2 of its model continues '{here['name']}'"
    assert after == {"segment": None, "size": 0, "note": note}
    await api.mutate("rollbackModel", modelId=model)
    after = await api.node("Audience", audience["id"], "segment { id } size note")
    assert after == {"segment": {"id": here["id"]}, "size": here["size"], "note": None}
    refused = await api.mutate("deleteModel", id=model)
    assert [code for code, _ in mistakes(refused)] == ["CONFLICT"]
    await api.mutate("deleteAudience", id=audience["id"])
    assert (await api.mutate("deleteModel", id=model))["userErrors"] == []


async def test_every_mistake_is_told_with_its_path(api: Api, sample: Sample) -> None:
    segment, *_ = await segments(api, sample.kmeans)
    payload = await api.mutate(
        "createAudience",
        AUDIENCE,
        name="",
        segmentId="x",
        modelId="x",
        datasetPredictionId="x",
        holdoutShare=1,
    )
    assert payload["audience"] is None
    assert mistakes(payload) == [
        ("INVALID", ["input", "name"]),
        ("INVALID", ["input", "holdoutShare"]),
        ("NOT_FOUND", ["input", "segmentId"]),
        ("INVALID", ["input", "datasetPredictionId"]),
        ("NOT_FOUND", ["input", "modelId"]),
        ("NOT_FOUND", ["input", "datasetPredictionId"]),
    ]
    payload = await api.mutate("updateAudience", AUDIENCE, id=segment["id"], name="x")
    assert mistakes(payload) == [("NOT_FOUND", ["input", "id"])]
    assert mistakes(await api.mutate("deleteAudience", id="x")) == [("NOT_FOUND", ["input", "id"])]


async def test_who_may_only_read_sees_audiences_and_makes_none(api: Api, sample: Sample) -> None:
    user = (await somebody(api)).api
    assert (await user.ask("{ audiences(first: 0) { totalCount } }"))["audiences"]["totalCount"] >= 0
    segment, *_ = await segments(api, sample.kmeans)
    query = """mutation($id: ID!) { createAudience(input: { name: "Mine", segmentId: $id }) {
      userErrors { code } } }"""
    (error,) = await user.errors(query, id=segment["id"])
    assert error["extensions"]["code"] == "FORBIDDEN"
