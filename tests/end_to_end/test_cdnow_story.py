"""A shop's first year and a half: its customers are grouped, placed anew, followed, and written to."""

import io
import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openpyxl  # type: ignore[import-untyped]  # ships no types
import pandas as pd
import pytest

from tests.end_to_end import cdnow
from tests.servers.api import Api

VERSION = "id version isChampion run { id segments { id index name size } }"
MIGRATION = """query($from: SegmentationInput!, $to: SegmentationInput!) {
  segmentMigration(from: $from, to: $to) {
    commonCount movedCount stayedCount
    rows { segment { index size } size absentCount counts { segment { index } count } }
    moved(first: 5) { totalCount edges { node { customer { key } from { index } to { index } } } }
  }
}"""


@pytest.fixture(scope="module")
def early(public_data: Path) -> pd.DataFrame:
    return cdnow.customers(public_data / "CDNOW_master.txt", cdnow.FIRST_WEEKS)


@pytest.fixture(scope="module")
def late(public_data: Path) -> pd.DataFrame:
    return cdnow.customers(public_data / "CDNOW_master.txt", cdnow.ALL_WEEKS)


async def registered(api: Api, run: str, name: str) -> Any:
    payload = await api.mutate(
        "registerModel", f"modelVersion {{ {VERSION} model {{ id }} }}", runId=run, name=name
    )
    assert payload["userErrors"] == []
    return payload["modelVersion"]


async def champion(api: Api, model: str) -> int | None:
    found = await api.ask("query($id: ID!) { model(id: $id) { champion { version isChampion } } }", id=model)
    leading = found["model"]["champion"]
    assert leading is None or leading["isChampion"] is True
    return leading and int(leading["version"])


async def promoted(api: Api, version: str) -> None:
    payload = await api.mutate("promoteModel", "model { champion { id } }", modelVersionId=version)
    assert payload == {"model": {"champion": {"id": version}}, "userErrors": []}


async def predicted(api: Api, customers: pd.DataFrame, **options: Any) -> list[dict[str, Any]]:
    payload = await api.mutate(
        "predict",
        "predictions { row segment { id index } runnerUp { id } confidence distance errors { code path } }",
        customers=json.loads(customers.to_json(orient="records")),
        **options,
    )
    assert payload["userErrors"] == []
    found: list[dict[str, Any]] = payload["predictions"]
    assert [each["row"] for each in found] == list(range(len(customers)))
    return found


async def placed(api: Api, version: str, dataset: str) -> Any:
    """Have a whole dataset placed, watch it, and answer what came of it."""
    payload = await api.mutate(
        "predictDataset", "datasetPrediction { id }", modelVersionId=version, datasetId=dataset
    )
    assert payload["userErrors"] == []
    key = payload["datasetPrediction"]["id"]
    states = [
        event["datasetPrediction"]
        async for event in api.subscribed(
            "subscription($id: ID!) { datasetPrediction(id: $id) { status progress { fraction } } }", id=key
        )
    ]
    assert states[-1] == {"status": "SUCCEEDED", "progress": {"fraction": 1.0}}
    return await api.node("DatasetPrediction", key, "id counts { segment { id index } count }")


async def exported(api: Api, format: str, **options: Any) -> tuple[bytes, dict[str, Any]]:
    payload = await api.mutate(
        "createExport", "export { url rowCount sizeInBytes checksum }", format=format, **options
    )
    assert payload["userErrors"] == []
    # Whoever has the address needs nothing else.
    async with httpx.AsyncClient() as anybody:
        response = await anybody.get(payload["export"]["url"])
    assert response.status_code == 200
    assert len(response.content) == payload["export"]["sizeInBytes"]
    return response.content, payload["export"]


async def migrated(api: Api, source: dict[str, str], target: dict[str, str]) -> Any:
    found = (await api.ask(MIGRATION, **{"from": source, "to": target}))["segmentMigration"]
    for row in found["rows"]:
        assert sum(each["count"] for each in row["counts"]) + row["absentCount"] == row["size"]
        if row["segment"]:
            assert row["segment"]["size"] == row["size"]
    return found


async def test_a_shop_groups_its_customers_and_follows_them(
    api: Api, early: pd.DataFrame, late: pd.DataFrame
) -> None:
    # All had bought in the first quarter; nine months later they have gone on, or not.
    assert len(early) == len(late) == 23_570
    before = await api.dataset(cdnow.as_csv(early), name="CDNOW")
    first_run = await api.run(before, algorithm={"kmeans": {"clusterCount": 4}})
    first = await registered(api, first_run["id"], "Buyers")
    model = first["model"]["id"]
    assert (first["version"], first["isChampion"], await champion(api, model)) == (1, False, None)
    await promoted(api, first["id"])
    assert await champion(api, model) == 1

    # Whom it was trained on it places where the training did.
    sizes = {segment["index"]: segment["size"] for segment in first["run"]["segments"]}
    again = await placed(api, first["id"], before)
    assert {each["segment"]["index"]: each["count"] for each in again["counts"]} == sizes

    # The later customers: the same people, nine months on, one by one and all at once.
    after = await api.dataset(cdnow.as_csv(late), name="CDNOW")
    whole = await placed(api, first["id"], after)
    some = late.iloc[::500]
    one_by_one = await predicted(api, some, modelVersionId=first["id"], remember=True)
    assert [each["errors"] for each in one_by_one] == [[]] * len(some)
    csv, told = await exported(api, "CSV", of={"datasetPredictionId": whole["id"]})
    table = pd.read_csv(io.BytesIO(csv), dtype={"key": str}).set_index("key")
    assert len(table) == told["rowCount"] == 23_570
    assert table.loc[some["customer_id"], "segment_index"].tolist() == [
        each["segment"]["index"] for each in one_by_one
    ]
    assert np.allclose(
        table.loc[some["customer_id"], "confidence"], [each["confidence"] for each in one_by_one], atol=1e-5
    )
    # Nine months later fewer have bought lately.
    moved = await migrated(api, {"modelVersionId": first["id"]}, {"datasetPredictionId": whole["id"]})
    assert moved["commonCount"] == moved["movedCount"] + moved["stayedCount"] == 23_570
    assert moved["moved"]["totalCount"] == moved["movedCount"] > 5_000

    # Trained again on what is known by now: the second version continues the first one's segments.
    second_run = await api.run(after, algorithm={"kmeans": {"clusterCount": 4}})
    second = await registered(api, second_run["id"], "Buyers")
    assert (second["version"], second["model"]["id"]) == (2, model)
    await promoted(api, second["id"])
    assert await champion(api, model) == 2
    between = await migrated(api, {"modelVersionId": first["id"]}, {"modelVersionId": second["id"]})
    assert between["commonCount"] == 23_570
    person = between["moved"]["edges"][0]["node"]
    assert person["from"]["index"] != person["to"]["index"]

    # The champion's best segment as an audience that moves with it, a tenth of it left alone.
    best = max(second["run"]["segments"], key=lambda segment: segment["index"] == 0)
    payload = await api.mutate(
        "createAudience",
        "audience { id size }",
        name="Spring letter",
        segmentId=best["id"],
        modelId=model,
        holdoutShare=0.1,
    )
    assert payload["userErrors"] == []
    audience = payload["audience"]
    assert audience["size"] == best["size"]

    # It was a mistake: back to the first version, and the audience with it.
    payload = await api.mutate("rollbackModel", "model { champion { version } }", modelId=model)
    assert payload == {"model": {"champion": {"version": 1}}, "userErrors": []}
    assert await api.node("Audience", audience["id"], "size") == {"size": sizes[0]}

    # What it is for: a file for the campaign, opened where campaigns are made.
    workbook, told = await exported(api, "XLSX", of={"audienceId": audience["id"]})
    sheet = openpyxl.load_workbook(io.BytesIO(workbook), read_only=True).worksheets[0]
    header, *rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    letters = pd.DataFrame(rows, columns=header)
    assert len(letters) == told["rowCount"] == sizes[0]
    held_out = (letters["group"] == "holdout").mean()
    assert held_out == pytest.approx(0.1, abs=0.02)
    assert letters["key"].str.len().eq(5).all()
    original = early.set_index("customer_id").loc[letters["key"]]
    assert letters["visits"].astype(int).tolist() == original["visits"].tolist()
    assert np.allclose(letters["dollars_a_visit"].astype(float), original["dollars_a_visit"])

    # What others rest on stays: it says what does.
    payload = await api.mutate("deleteDataset", "deletedId", id=before)
    assert [each["code"] for each in payload["userErrors"]] == ["CONFLICT"]
    assert "Buyers" in payload["userErrors"][0]["message"]
    remembered = await api.ask(
        "query($id: ID!) { predictions(modelVersionId: $id) { totalCount } }", id=first["id"]
    )
    assert remembered["predictions"]["totalCount"] == len(some)
