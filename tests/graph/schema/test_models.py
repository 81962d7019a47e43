"""Models: registered, promoted, rolled back, looked up and deleted over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from tests.graph.schema.conftest import Sample, Unchanged
from tests.servers.api import Api, mistakes

VERSION = "id version note isChampion checksum createdAt model { id name } run { id }"
MODEL = """id name description championSince champion { id version isChampion }
  versions { totalCount edges { node { version isChampion } } }
  history { edges { node { kind undone note version { version } } } }"""
STATUS = """metrics { silhouette stability confidence } championSince daysInService trainedAt
  trainingAgeInDays rememberedPredictionCount datasetPredictionCount lastPredictedAt"""
LISTED = f"""{{ models(first: 20) {{ edges {{ node {{ {MODEL} status {{ {STATUS} }}
  version(number: 1) {{ id run {{ modelVersions {{ id }} }} status {{ {STATUS} }} }} }} }} }} }}"""


async def registered(api: Api, run: str, name: str, **options: Any) -> Any:
    payload = await api.mutate(
        "registerModel", f"modelVersion {{ {VERSION} }}", runId=run, name=name, **options
    )
    assert payload["userErrors"] == []
    return payload["modelVersion"]


async def two_versions(api: Api, sample: Sample) -> tuple[Any, Any]:
    """A model of its own with two versions, the first of which is the champion."""
    name = f"model {uuid4().hex}"
    first = await registered(api, sample.kmeans, name, promote=True, note="to begin with")
    return first, await registered(api, sample.ward, name)


async def test_runs_become_versions_and_the_champion_goes_forth_and_back(api: Api, sample: Sample) -> None:
    first, second = await two_versions(api, sample)
    assert (first["version"], first["isChampion"], first["note"]) == (1, True, "to begin with")
    assert (second["version"], second["isChampion"], second["run"]["id"]) == (2, False, sample.ward)
    assert first["model"] == second["model"]
    assert len(first["checksum"]) == 64
    key = first["model"]["id"]

    promoted = await api.mutate(
        "promoteModel", f"model {{ {MODEL} }}", modelVersionId=second["id"], note="better"
    )
    back = await api.mutate(
        "rollbackModel", f"model {{ {MODEL} }} modelVersion {{ version isChampion }}", modelId=key
    )

    assert promoted["userErrors"] == back["userErrors"] == []
    assert promoted["model"]["champion"] == {"id": second["id"], "version": 2, "isChampion": True}
    assert back["modelVersion"] == {"version": 1, "isChampion": True}
    assert back["model"]["versions"] == {
        "totalCount": 2,
        "edges": [
            {"node": {"version": 2, "isChampion": False}},
            {"node": {"version": 1, "isChampion": True}},
        ],
    }
    assert [each["node"] for each in back["model"]["history"]["edges"]] == [
        {"kind": "ROLLED_BACK", "undone": False, "note": None, "version": {"version": 1}},
        {"kind": "PROMOTED", "undone": True, "note": "better", "version": {"version": 2}},
        {"kind": "PROMOTED", "undone": False, "note": "to begin with", "version": {"version": 1}},
    ]
    assert back["model"]["championSince"] > promoted["model"]["championSince"]
    again = await api.mutate("rollbackModel", "model { id }", modelId=key)
    assert mistakes(again) == [("CONFLICT", ["input", "modelId"])]
    assert await api.node("Model", key, MODEL) == back["model"]


async def test_models_and_versions_are_found_by_id_name_and_number(api: Api, sample: Sample) -> None:
    first, second = await two_versions(api, sample)
    key, name = first["model"]["id"], first["model"]["name"]

    found = await api.ask(
        """query($key: ID!, $version: ID!, $name: String!) {
          model(id: $key) { id two: version(number: 2) { id } three: version(number: 3) { id } }
          modelVersion(id: $version) { id }
          node(id: $version) { __typename id }
          models(name: $name) { totalCount edges { node { id } } }
          other: modelVersion(id: $key) { id }
          none: model(id: "nonsense") { id }
          nobody: models(name: "nobody is called so") { totalCount }
        }""",
        key=key,
        version=first["id"],
        name=name.upper(),
    )

    assert found == {
        "model": {"id": key, "two": {"id": second["id"]}, "three": None},
        "modelVersion": {"id": first["id"]},
        "node": {"__typename": "ModelVersion", "id": first["id"]},
        "models": {"totalCount": 1, "edges": [{"node": {"id": key}}]},
        "other": None,
        "none": None,
        "nobody": {"totalCount": 0},
    }


async def test_the_status_of_a_model_is_that_of_its_champion(api: Api, sample: Sample) -> None:
    first, second = await two_versions(api, sample)
    run = await api.node(
        "ClusteringRun", sample.kmeans, "finishedAt metrics { silhouette stability confidence }"
    )

    model = await api.node("Model", first["model"]["id"], f"championSince status {{ {STATUS} }}")
    champion = await api.node("ModelVersion", first["id"], f"status {{ {STATUS} }}")
    other = await api.node("ModelVersion", second["id"], f"status {{ {STATUS} }}")

    status = model["status"]
    assert (status["metrics"], status["trainedAt"]) == (run["metrics"], run["finishedAt"])
    assert 0 <= status["daysInService"] <= status["trainingAgeInDays"] < 1
    assert status["championSince"] == champion["status"]["championSince"] == model["championSince"]
    assert (status["rememberedPredictionCount"], status["datasetPredictionCount"]) == (0, 0)
    assert status["lastPredictedAt"] is None
    assert (other["status"]["championSince"], other["status"]["daysInService"]) == (None, None)
    assert other["status"]["trainedAt"] is not None


async def test_a_model_is_renamed_and_described_and_deleted_with_its_versions(
    api: Api, sample: Sample
) -> None:
    first, second = await two_versions(api, sample)
    key, name = first["model"]["id"], f"renamed {uuid4().hex}"

    updated = await api.mutate(
        "updateModel", "model { name description }", id=key, name=name, description="it"
    )
    kept = await api.mutate("updateModel", "model { name description }", id=key)
    bare = await api.mutate("updateModel", "model { name description }", id=key, description=None)
    assert updated["model"] == kept["model"] == {"name": name, "description": "it"}
    assert bare["model"] == {"name": name, "description": None}

    for version, why in ((first, "it is the champion"), (second, "it is the newest")):
        refused = await api.mutate("deleteModelVersion", "deletedId", id=version["id"])
        assert mistakes(refused) == [("CONFLICT", ["input", "id"])]
        assert why in refused["userErrors"][0]["message"]
    await api.mutate("promoteModel", "model { id }", modelVersionId=second["id"])
    assert (await api.mutate("deleteModelVersion", "deletedId", id=first["id"]))["deletedId"] == first["id"]
    assert await api.node("ModelVersion", first["id"]) is None
    assert await api.mutate("deleteModel", "deletedId", id=key) == {"deletedId": key, "userErrors": []}
    assert await api.node("Model", key) is await api.node("ModelVersion", second["id"]) is None
    assert await api.node("ClusteringRun", sample.ward, "status") == {"status": "SUCCEEDED"}


async def test_what_a_model_rests_on_is_not_deleted_and_the_refusal_names_it(
    api: Api, sample: Sample, unchanged: Unchanged
) -> None:
    first, _ = await two_versions(api, sample)
    async with unchanged():
        for mutation, key in (("deleteClusteringRun", sample.kmeans), ("deleteDataset", sample.dataset)):
            payload = await api.mutate(mutation, "deletedId", id=key)
            assert payload["deletedId"] is None
            assert mistakes(payload) == [("CONFLICT", ["input", "id"])]
            assert "this rests on it: version " in payload["userErrors"][0]["message"]
    found = await api.node("ClusteringRun", sample.kmeans, "modelVersions { id }")
    assert {"id": first["id"]} in found["modelVersions"]


async def test_every_mistake_in_a_registration_is_told(api: Api, sample: Sample) -> None:
    payload = await api.mutate(
        "registerModel", "modelVersion { id }", runId=sample.dataset, name="", note="\0", promote=True
    )
    assert payload["modelVersion"] is None
    assert mistakes(payload) == [
        ("NOT_FOUND", ["input", "runId"]),
        ("INVALID", ["input", "name"]),
        ("INVALID", ["input", "note"]),
    ]


@pytest.mark.parametrize(
    ("mutation", "fields"),
    [
        ("registerModel", {"runId": "x", "name": "x"}),
        ("promoteModel", {"modelVersionId": "x"}),
        ("rollbackModel", {"modelId": "x"}),
        ("updateModel", {"id": "x"}),
        ("deleteModel", {"id": "x"}),
        ("deleteModelVersion", {"id": "x"}),
    ],
)
async def test_users_read_models_and_change_none(api: Api, mutation: str, fields: dict[str, str]) -> None:
    user = await api.as_role("USER")
    async with user.client:
        query = f"""mutation($input: {mutation[0].upper()}{mutation[1:]}Input!) {{
          {mutation}(input: $input) {{ userErrors {{ code }} }} }}"""
        (error,) = await user.errors(query, input=fields)
        assert error["extensions"]["code"] == "FORBIDDEN"
        assert "models" in await user.ask(LISTED)


async def test_models_are_listed_with_all_that_is_told_of_them(api: Api, sample: Sample) -> None:
    first, second = await two_versions(api, sample)
    await registered(api, sample.ward, f"model {uuid4().hex}")
    listed = [edge["node"] for edge in (await api.ask(LISTED))["models"]["edges"]]
    assert (listed[0]["champion"], listed[0]["status"]["metrics"]) == (None, None)
    assert listed[0]["status"]["championSince"] is None
    assert listed[1]["champion"]["id"] == listed[1]["version"]["id"] == first["id"]
    assert {"id": first["id"]} in listed[1]["version"]["run"]["modelVersions"]
    assert {"id": second["id"]} not in listed[1]["version"]["run"]["modelVersions"]
