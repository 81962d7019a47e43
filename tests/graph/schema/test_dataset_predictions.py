"""Whole datasets placed in the segments of a run, and who moved between two segmentations."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from graph.resolving.relay import parse_id
from tests.graph.schema.conftest import PEOPLE, Sample, as_csv
from tests.servers.api import Api, mistakes
from tests.servers.running import Server

STATE = "status progress { stage fraction message } failure { code message }"
FOUND = """id run { id } modelVersion { id } dataset { id } status createdAt startedAt finishedAt
  meanConfidence
  counts { segment { index name } count share } unassigned { reason count }
  unseenCategories { column category count }"""
ROWS = """totalCount edges { node { customer { key } segment { index } unassigned confidence distance
  runnerUp { index } } }"""
MIGRATION = """query($from: SegmentationInput!, $to: SegmentationInput!, $was: ID, $is: ID) {
  segmentMigration(from: $from, to: $to) {
    from { run { id } dataset { id } datasetPrediction { id } }
    to { run { id } dataset { id } datasetPrediction { id } }
    commonCount movedCount stayedCount adjustedRandIndex
    rows { segment { index size } size absentCount counts { segment { index } count } }
    moved(first: 2, fromSegmentId: $was, toSegmentId: $is) {
      totalCount pageInfo { hasNextPage }
      edges { node { customer { key attributes } from { index } to { index } } }
    }
  }
}"""
KIEL: dict[str, object] = {"age": 45, "income": 60_000, "city": "Kiel"}
ULM: dict[str, object] = {"age": 65, "income": 90_000, "city": "Ulm"}
CHANGED: dict[str, dict[str, object]] = {"C-B0": KIEL, "C-B3": KIEL, "C-K1": ULM, "C-U2": {"city": "Jena"}}
"""Two have moved from Bonn to Kiel, one from Kiel to Ulm, and one to a town that nobody was in."""

LATER = [{**person, **CHANGED.get(str(person["id"]), {})} for person in PEOPLE[1:] + PEOPLE[:1]]


async def predict(api: Api, **fields: Any) -> Any:
    return await api.mutate("predictDataset", f"datasetPrediction {{ {FOUND} }} reused", **fields)


async def placed(api: Api, **fields: Any) -> str:
    """Place a dataset to its good end."""
    payload = await predict(api, **fields)
    assert payload["userErrors"] == []
    key: str = payload["datasetPrediction"]["id"]
    states = await watched(api, key)
    assert states[-1]["status"] == "SUCCEEDED", states[-1]
    return key


async def watched(api: Api, key: str) -> list[Any]:
    query = f"subscription($id: ID!) {{ datasetPrediction(id: $id) {{ {STATE} }} }}"
    return [event["datasetPrediction"] async for event in api.subscribed(query, id=key)]


async def moves(api: Api, origin: dict[str, str], target: dict[str, str], **segments: str) -> Any:
    asked = {"from": origin, "to": target, **segments}
    found = (await api.ask(MIGRATION, **asked))["segmentMigration"]
    for row in found["rows"] if found else []:
        assert sum(each["count"] for each in row["counts"]) + row["absentCount"] == row["size"]
        if row["segment"] and "run" in found["from"] and not found["from"]["datasetPrediction"]:
            assert row["segment"]["size"] == row["size"]
    if found:
        assert found["movedCount"] + found["stayedCount"] == found["commonCount"]
    return found


@pytest_asyncio.fixture(scope="module")
async def later(server: Server, sample: Sample) -> AsyncIterator[tuple[str, str]]:
    """The people some time later, as a dataset; and where the run placed them."""
    api = Api(server.url)
    async with api.client:
        dataset = await api.dataset(as_csv(LATER))
        yield dataset, await placed(api, runId=sample.kmeans, datasetId=dataset)


async def test_the_training_dataset_is_placed_where_the_training_put_it(api: Api, sample: Sample) -> None:
    key = await placed(api, runId=sample.kmeans, datasetId=sample.dataset)

    found = await api.node("DatasetPrediction", key, f"{FOUND} {STATE} assignments {{ {ROWS} }}")
    run = await api.node(
        "ClusteringRun",
        sample.kmeans,
        "assignments { edges { node { customer { key } segment { index } } } }",
    )
    assert (found["run"], found["dataset"]) == ({"id": sample.kmeans}, {"id": sample.dataset})
    assert found["modelVersion"] is None
    assert [(each["segment"]["index"], each["count"]) for each in found["counts"]] == [(0, 5), (1, 4), (2, 3)]
    assert [each["share"] for each in found["counts"]] == pytest.approx([5 / 12, 4 / 12, 3 / 12])
    assert (found["unassigned"], found["unseenCategories"]) == ([], [])
    assert found["progress"] == {"stage": "DONE", "fraction": 1.0, "message": "Done"}
    assert 0.5 < found["meanConfidence"] <= 1
    rows = [edge["node"] for edge in found["assignments"]["edges"]]
    assert found["assignments"]["totalCount"] == 12
    assert [{"customer": row["customer"], "segment": row["segment"]} for row in rows] == [
        edge["node"] for edge in run["assignments"]["edges"]
    ]
    for row in rows:
        assert row["runnerUp"]["index"] != row["segment"]["index"]
        assert 0 <= row["distance"] < 3


async def test_it_is_watched_to_its_end_and_an_equal_one_is_answered(api: Api, sample: Sample) -> None:
    payload = await predict(api, runId=sample.ward, datasetId=sample.dataset, reuse=False)
    assert (payload["reused"], payload["userErrors"]) == (False, [])
    key = payload["datasetPrediction"]["id"]

    states = await watched(api, key)

    fractions = [state["progress"]["fraction"] for state in states]
    assert fractions == sorted(fractions)
    done = {
        "status": "SUCCEEDED",
        "progress": {"stage": "DONE", "fraction": 1.0, "message": "Done"},
        "failure": None,
    }
    assert states[-1] == done
    assert await watched(api, key) == [done]
    again = await predict(api, runId=sample.ward, datasetId=sample.dataset)
    assert (again["datasetPrediction"]["id"], again["reused"]) == (key, True)


async def test_other_customers_are_placed_and_unseen_categories_are_counted(
    api: Api, sample: Sample, later: tuple[str, str]
) -> None:
    _, key = later
    found = await api.node("DatasetPrediction", key, f"{FOUND} assignments(first: 11) {{ {ROWS} }}")

    assert [each["count"] for each in found["counts"]] == [3, 5, 3]
    assert found["unassigned"] == [{"reason": "UNSEEN_CATEGORY", "count": 1}]
    assert found["unseenCategories"] == [{"column": "city", "category": "Jena", "count": 1}]
    lost = found["assignments"]["edges"][10]["node"]
    assert lost == {
        "customer": {"key": "C-U2"},
        "segment": None,
        "unassigned": "UNSEEN_CATEGORY",
        "confidence": 0.0,
        "distance": None,
        "runnerUp": None,
    }


async def test_assignments_are_paged_and_narrowed_to_a_segment(
    api: Api, sample: Sample, later: tuple[str, str]
) -> None:
    segments = (await api.node("ClusteringRun", sample.kmeans, "segments { id index }"))["segments"]
    query = f"""query($id: ID!, $segment: ID, $after: String, $first: Int) {{
      datasetPrediction(id: $id) {{
        assignments(first: $first, after: $after, segmentId: $segment) {{
          pageInfo {{ endCursor }} {ROWS}
        }}
      }}
    }}"""

    async def keys(**asked: Any) -> list[str]:
        found = (await api.ask(query, id=later[1], **asked))["datasetPrediction"]["assignments"]
        cursors.append(found["pageInfo"]["endCursor"])
        totals.append(found["totalCount"])
        return [edge["node"]["customer"]["key"] for edge in found["edges"]]

    cursors: list[str] = []
    totals: list[int] = []
    in_kiel = ["C-B3", "C-K0", "C-K2", "C-K3", "C-B0"]
    assert await keys(segment=segments[1]["id"], first=3) == in_kiel[:3]
    assert await keys(segment=segments[1]["id"], first=3, after=cursors[0]) == in_kiel[3:]
    assert await keys(segment=sample.dataset) == []
    assert totals == [5, 5, 0]
    assert len(await keys()) == 12
    (error,) = await api.errors(query, id=later[1], first=10_001)
    assert "10,000 can be asked for at once" in error["message"]


async def test_they_are_listed_by_what_they_are_of(api: Api, sample: Sample, later: tuple[str, str]) -> None:
    dataset, key = later
    query = """query($run: ID, $version: ID, $dataset: ID, $status: RunStatus) {
      datasetPredictions(runId: $run, modelVersionId: $version, datasetId: $dataset, status: $status) {
        totalCount edges { node { id } } } }"""

    async def listed(**asked: str) -> list[str]:
        found = (await api.ask(query, **asked))["datasetPredictions"]
        assert found["totalCount"] == len(found["edges"]) or found["totalCount"] > 50
        return [edge["node"]["id"] for edge in found["edges"]]

    assert await listed(dataset=dataset) == [key]
    assert key in await listed(run=sample.kmeans, status="SUCCEEDED")
    assert await listed(dataset=dataset, run=sample.ward) == []
    assert await listed(dataset=dataset, status="FAILED") == []
    for wrong in ("nonsense", sample.dataset):
        assert await listed(run=wrong) == await listed(version=wrong) == []


async def test_a_version_of_a_model_places_datasets_and_keeps_the_link(
    api: Api, sample: Sample, later: tuple[str, str]
) -> None:
    payload = await api.mutate(
        "registerModel", "modelVersion { id }", runId=sample.kmeans, name=f"People {uuid4().hex}"
    )
    version = payload["modelVersion"]["id"]
    user = await api.as_role("USER")
    async with user.client:
        key = await placed(user, modelVersionId=version, datasetId=later[0])
        found = await user.node("DatasetPrediction", key, FOUND)
    assert (found["modelVersion"], found["run"]) == ({"id": version}, {"id": sample.kmeans})
    moved = await moves(api, {"modelVersionId": version}, {"datasetPredictionId": key})
    assert (moved["commonCount"], moved["movedCount"]) == (12, 4)
    deleted = await api.mutate("deleteDatasetPrediction", "deletedId", id=key)
    assert deleted == {"deletedId": key, "userErrors": []}
    assert await api.node("DatasetPrediction", key) is None
    assert await watched(api, key) == [None]


async def test_what_is_wrong_is_told_at_once_and_nothing_is_queued(api: Api, sample: Sample) -> None:
    narrow = await api.dataset(
        as_csv([{"age": person["age"], "plan": "ab"[place % 2]} for place, person in enumerate(PEOPLE)])
    )
    count = "{ datasetPredictions(first: 0) { totalCount } }"
    before = await api.ask(count)

    both = await predict(api, runId=sample.kmeans, modelVersionId="nonsense", datasetId="nonsense")
    assert sorted(mistakes(both)) == [
        ("INVALID", ["input", "runId"]),
        ("NOT_FOUND", ["input", "datasetId"]),
        ("NOT_FOUND", ["input", "modelVersionId"]),
    ]
    assert mistakes(await predict(api, datasetId=sample.dataset)) == [("INVALID", ["input"])]
    lacking = await predict(api, runId=sample.kmeans, datasetId=narrow)
    assert mistakes(lacking) == [("UNSUITABLE_DATA", ["input", "datasetId"])]
    assert '"income", "city"' in lacking["userErrors"][0]["message"]
    assert (lacking["datasetPrediction"], lacking["reused"]) == (None, None)
    for mutation in ("cancelDatasetPrediction", "deleteDatasetPrediction"):
        for wrong in ("nonsense", sample.kmeans):
            assert mistakes(await api.mutate(mutation, id=wrong)) == [("NOT_FOUND", ["input", "id"])]
    assert await api.ask(count) == before


async def test_what_has_ended_is_not_canceled(api: Api, later: tuple[str, str]) -> None:
    payload = await api.mutate("cancelDatasetPrediction", "datasetPrediction { id }", id=later[1])
    assert mistakes(payload) == [("CONFLICT", ["input", "id"])]
    assert "SUCCEEDED already" in payload["userErrors"][0]["message"]


async def test_customers_move_and_who_moved_is_told(api: Api, sample: Sample, later: tuple[str, str]) -> None:
    origin, target = {"runId": sample.kmeans}, {"datasetPredictionId": later[1]}

    found = await moves(api, origin, target)

    own, other = {"id": sample.dataset}, {"id": later[0]}
    run, prediction = {"id": sample.kmeans}, {"id": later[1]}
    assert found["from"] == {"run": run, "dataset": own, "datasetPrediction": None}
    assert found["to"] == {"run": run, "dataset": other, "datasetPrediction": prediction}
    assert (found["commonCount"], found["movedCount"], found["stayedCount"]) == (12, 4, 8)
    assert [[each["count"] for each in row["counts"]] for row in found["rows"][:3]] == [
        [3, 2, 0, 0],
        [0, 3, 1, 0],
        [0, 0, 2, 1],
    ]
    moved = found["moved"]
    assert (moved["totalCount"], moved["pageInfo"]["hasNextPage"]) == (4, True)
    # As the dataset that they come from has them.
    assert [edge["node"]["customer"]["attributes"]["city"] for edge in moved["edges"]] == ["Bonn", "Bonn"]
    assert [edge["node"]["customer"]["key"] for edge in moved["edges"]] == ["C-B0", "C-B3"]
    segments = (await api.node("ClusteringRun", sample.kmeans, "segments { id }"))["segments"]
    to_ulm = (await moves(api, origin, target, **{"is": segments[2]["id"]}))["moved"]
    assert [edge["node"] for edge in to_ulm["edges"]] == [
        {
            "customer": {"key": "C-K1", "attributes": PEOPLE[6]},
            "from": {"index": 1},
            "to": {"index": 2},
        }
    ]
    from_ulm = (await moves(api, origin, target, was=segments[2]["id"]))["moved"]
    assert [(edge["node"]["customer"]["key"], edge["node"]["to"]) for edge in from_ulm["edges"]] == [
        ("C-U2", None)
    ]
    both = {"was": segments[0]["id"], "is": segments[1]["id"]}
    assert (await moves(api, origin, target, **both))["moved"]["totalCount"] == 2
    assert (await moves(api, origin, target, was=sample.dataset))["moved"]["totalCount"] == 0


async def test_a_dataset_stands_for_its_newest_run(api: Api, sample: Sample, later: tuple[str, str]) -> None:
    found = await moves(api, {"datasetId": sample.dataset}, {"runId": sample.kmeans})

    assert found["commonCount"] == 12
    assert found["from"]["dataset"] == {"id": sample.dataset}
    # Nobody has trained on the later one.
    assert await moves(api, {"datasetId": later[0]}, {"runId": sample.kmeans}) is None


async def test_there_is_no_migration_from_what_is_not_there(api: Api, sample: Sample) -> None:
    own = {"runId": sample.kmeans}
    for field in ("runId", "modelVersionId", "datasetPredictionId", "datasetId"):
        for wrong in ("nonsense", "", sample.kmeans if field != "runId" else sample.dataset):
            assert await moves(api, {field: wrong}, own) is None
            assert await moves(api, own, {field: wrong}) is None
    (error, *_) = await api.errors(MIGRATION, **{"from": {}, "to": own})
    assert "exactly one" in error["message"].lower()


async def test_a_file_of_a_placed_dataset_that_was_changed_is_told_and_nobody_waits(
    api: Api, server: Server, sample: Sample
) -> None:
    dataset = await api.dataset(as_csv(LATER))
    key = await placed(api, runId=sample.kmeans, datasetId=dataset)
    parsed = parse_id(key)
    assert parsed is not None
    file = server.data_dir / "storage" / "predictions" / str(parsed[1]) / "assignments.parquet"
    content = bytearray(file.read_bytes())
    for place in (len(content) // 3, -6):
        changed = bytearray(content)
        changed[place] ^= 1
        file.write_bytes(changed)
        query = (
            "query($id: ID!) { datasetPrediction(id: $id) { assignments { edges { node { confidence } } } } }"
        )
        (error,) = await api.errors(query, id=key)
        assert error["extensions"]["code"] == "UNREADABLE_FILE"
        assert "was changed since it was written" in error["message"]
    file.write_bytes(content)
    assert (await api.node("DatasetPrediction", key, "assignments { totalCount }"))["assignments"][
        "totalCount"
    ] == 12
