"""Exports over the API, downloaded as a browser, a spreadsheet and pandas do it."""

import hashlib
import io
import time
from typing import Any
from urllib.parse import unquote

import httpx
import openpyxl  # type: ignore[import-untyped]  # it has no types
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from tests.end_to_end.attackers import somebody
from tests.graph.schema.conftest import PEOPLE, Sample
from tests.servers.api import Api, mistakes
from tests.servers.running import Server

EXPORT = "export { url fileName format mediaType rowCount sizeInBytes checksum expiresAt }"
MEDIA_TYPES = {
    "CSV": "text/csv; charset=utf-8",
    "PARQUET": "application/vnd.apache.parquet",
    "ARROW": "application/vnd.apache.arrow.stream",
    "XLSX": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def export(api: Api, of: dict[str, Any], **options: Any) -> dict[str, Any]:
    payload = await api.mutate("createExport", EXPORT, of=of, **options)
    assert payload["userErrors"] == []
    found: dict[str, Any] = payload["export"]
    return found


async def fetched(url: str, method: str = "GET", **headers: str) -> httpx.Response:
    """Fetch an address without showing who one is, as a spreadsheet does."""
    async with httpx.AsyncClient() as stranger:
        return await stranger.request(method, url, headers=headers)


def read(format: str, content: bytes) -> Any:
    if format == "CSV":
        return pd.read_csv(io.BytesIO(content))
    if format == "PARQUET":
        return pq.read_table(io.BytesIO(content)).to_pandas()
    if format == "ARROW":
        return pa.ipc.open_stream(content).read_all().to_pandas()
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    names, *records = book.worksheets[0].iter_rows(values_only=True)
    return pd.DataFrame(records, columns=list(names))


@pytest.mark.parametrize("format", MEDIA_TYPES)
async def test_a_run_is_exported_in_every_format(api: Api, sample: Sample, format: str) -> None:
    found = await export(api, {"runId": sample.kmeans}, format=format)
    response = await fetched(found["url"])
    assert response.status_code == 200
    assert response.headers["content-type"] == found["mediaType"] == MEDIA_TYPES[format]
    assert response.headers["content-length"] == str(found["sizeInBytes"]) == str(len(response.content))
    assert "content-encoding" not in response.headers
    assert hashlib.sha256(response.content).hexdigest() == found["checksum"]
    frame = read(format, response.content)
    assert found["rowCount"] == len(frame) == len(PEOPLE)
    assert frame["key"].tolist() == [person["id"] for person in PEOPLE]
    assert frame["income"].tolist() == [person["income"] for person in PEOPLE]
    assert frame["city"].tolist() == frame["segment"].tolist() == [person["city"] for person in PEOPLE]


async def test_a_download_is_an_attachment_that_is_not_run(api: Api, sample: Sample) -> None:
    found = await export(api, {"runId": sample.kmeans})
    assert found["fileName"] == "People.csv"
    headers = (await fetched(found["url"])).headers
    assert (
        headers["content-disposition"] == "attachment; filename=\"People.csv\"; filename*=UTF-8''People.csv"
    )
    assert (headers["x-content-type-options"], headers["accept-ranges"]) == ("nosniff", "bytes")
    assert "sandbox" in headers["content-security-policy"]
    assert headers["cache-control"].startswith("private, max-age=")
    assert headers["etag"] == f'"{found["checksum"]}"'


async def test_a_name_of_all_kinds_of_letters_arrives(api: Api, sample: Sample) -> None:
    payload = await api.mutate("createAudience", "audience { id }", segmentId=await segment_of(api, sample),
                               name="Zürich, \"東京\" %41/..")  # fmt: skip
    found = await export(api, {"audienceId": payload["audience"]["id"]})
    disposition = (await fetched(found["url"])).headers["content-disposition"]
    assert unquote(disposition.rpartition("''")[2]) == found["fileName"]
    assert disposition.isascii()
    assert "東京" in found["fileName"]
    await api.mutate("deleteAudience", id=payload["audience"]["id"])


async def test_a_download_that_broke_off_is_resumed(api: Api, sample: Sample) -> None:
    found = await export(api, {"runId": sample.kmeans})
    whole = (await fetched(found["url"])).content
    size, tag = len(whole), f'"{found["checksum"]}"'
    first = await fetched(found["url"], Range="bytes=0-99", **{"Accept-Encoding": "gzip"})
    rest = await fetched(found["url"], Range="bytes=100-", **{"If-Range": tag})
    last = await fetched(found["url"], Range="bytes=-10")
    assert [each.status_code for each in (first, rest, last)] == [206] * 3
    assert first.content + rest.content == whole
    assert last.content == whole[-10:]
    assert first.headers["content-range"] == f"bytes 0-99/{size}"
    assert first.headers["content-length"] == "100"
    assert "content-encoding" not in first.headers
    other = await fetched(found["url"], Range="bytes=100-", **{"If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, whole)
    behind = await fetched(found["url"], Range=f"bytes={size}-")
    assert (behind.status_code, behind.headers["content-range"], behind.content) == (
        416,
        f"bytes */{size}",
        b"",
    )


async def test_a_download_that_is_there_is_not_repeated(api: Api, sample: Sample) -> None:
    found = await export(api, {"runId": sample.kmeans})
    tag = f'"{found["checksum"]}"'
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        response = await fetched(found["url"], **{"If-None-Match": known})
        assert (response.status_code, response.content) == (304, b"")
    assert (await fetched(found["url"], **{"If-None-Match": '"x"'})).status_code == 200


async def test_the_head_of_a_download_tells_its_size(api: Api, sample: Sample) -> None:
    found = await export(api, {"runId": sample.kmeans})
    response = await fetched(found["url"], "HEAD")
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-length"] == str(found["sizeInBytes"])
    assert response.headers["content-type"] == MEDIA_TYPES["CSV"]


async def test_an_address_that_is_forged_or_expired_opens_nothing(
    api: Api, server: Server, sample: Sample
) -> None:
    url = (await export(api, {"runId": sample.kmeans}))["url"]
    base, token, name = url.rsplit("/", 2)
    signed = _serializer(server, 0).loads(token)
    fresh, old = [_serializer(server, age).dumps(signed) for age in (4_400, 4_600)]
    assert (await fetched(f"{base}/{fresh}/{name}")).status_code == 200
    signed[0] = "exports/1/export.csv"
    for forged in (old, token[:-2] + "AA", "nonsense", "%00", _serializer(server, 0).dumps(signed)):
        assert (await fetched(f"{base}/{forged}/{name}")).status_code == 404
    assert (await fetched(f"{base.removesuffix('exports')}files/{token}")).status_code == 404


async def test_the_address_of_an_account_that_is_kept_out_opens_nothing(api: Api, sample: Sample) -> None:
    person = await somebody(api)
    url = (await export(person.api, {"runId": sample.kmeans}))["url"]
    assert (await fetched(url)).status_code == 200
    await api.mutate("setUserActive", id=person.id, active=False)
    assert (await fetched(url)).status_code == 404


async def test_the_audit_has_who_took_away_what(api: Api, sample: Sample) -> None:
    person = await somebody(api)
    await fetched((await export(person.api, {"runId": sample.ward}))["url"])
    query = """query($id: ID!, $of: ID!) { auditEvents(subjectId: $of, actorId: $id) {
      edges { node { action outcome subjectKind actorName } } } }"""
    found = await api.ask(query, id=person.id, of=sample.ward)
    assert [edge["node"]["action"] for edge in found["auditEvents"]["edges"]] == ["download"]


async def test_every_mistake_is_told_with_its_path(api: Api, sample: Sample) -> None:
    payload = await api.mutate(
        "createExport", EXPORT, of={"runId": sample.kmeans}, columns=["nonsense"], holdoutShare=0.6
    )
    assert payload["export"] is None
    assert mistakes(payload) == [("INVALID", ["input", "holdoutShare"]), ("INVALID", ["input", "columns"])]
    for way in ("runId", "segmentId", "audienceId", "datasetPredictionId"):
        payload = await api.mutate("createExport", EXPORT, of={way: "nonsense"})
        assert mistakes(payload) == [("NOT_FOUND", ["input", "of", way])]


async def test_exactly_one_source_is_given(api: Api, sample: Sample) -> None:
    query = "mutation($of: ExportSourceInput!) { createExport(input: { of: $of }) { userErrors { code } } }"
    assert await api.errors(query, of={})
    assert await api.errors(query, of={"runId": sample.kmeans, "audienceId": sample.kmeans})


async def test_who_may_only_read_can_export(api: Api, sample: Sample) -> None:
    user = (await somebody(api)).api
    assert (await export(user, {"runId": sample.kmeans}))["rowCount"] == len(PEOPLE)


async def test_predictions_that_were_remembered_are_exported(api: Api, sample: Sample) -> None:
    person = await somebody(api)
    payload = await person.api.mutate(
        "predict", "predictions { row }", runId=sample.kmeans, customers=PEOPLE[:3], remember=True
    )
    assert payload["userErrors"] == []
    sources: tuple[dict[str, Any], ...] = ({"predictions": {}}, {"predictions": {"runId": sample.kmeans}})
    for of in sources:
        found = await export(person.api, of)
        frame = read("CSV", (await fetched(found["url"])).content)
        assert sorted(frame["key"]) == sorted(str(person["id"]) for person in PEOPLE[:3])
        assert set(frame["segment"]) == {"Bonn"}
        assert sorted(frame["income"]) == [30_000, 30_100, 30_200]


async def segment_of(api: Api, sample: Sample) -> str:
    found = await api.node("ClusteringRun", sample.kmeans, "segments { id }")
    key: str = found["segments"][0]["id"]
    return key


def _serializer(server: Server, age: int) -> URLSafeTimedSerializer:
    """Sign as the server does, as if `age` seconds ago."""

    class Signer(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time()) - age

    secret = (server.data_dir / "secret-key").read_text().strip()
    return URLSafeTimedSerializer(secret, salt="segmentgraph-export", signer=Signer)
