"""Pictures of a run, as an <img> fetches them."""

import asyncio
import time
from xml.etree import ElementTree as ET

import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from tests.graph.schema.conftest import PEOPLE, Sample, as_csv
from tests.servers.api import Api, at_rest
from tests.servers.running import Server

KINDS = ("DENDROGRAM", "SCATTER", "ELBOW", "SILHOUETTE", "PROFILE", "SIZES")
APPLIES = {"kmeans": set(KINDS) - {"DENDROGRAM"}, "ward": set(KINDS) - {"ELBOW"}}
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("theme", ["LIGHT", "DARK"])
@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_is_drawn_in_both_themes(api: Api, sample: Sample, kind: str, theme: str) -> None:
    run = sample.ward if kind == "DENDROGRAM" else sample.kmeans
    picture = await _picture(api, run, kind, theme=theme)
    assert picture

    response = await api.client.get(picture["url"])

    assert response.status_code == 200
    assert response.headers["content-type"] == picture["mediaType"] == "image/svg+xml"
    assert ET.fromstring(response.content).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314  # ours
    assert "People" in picture["alt"]
    assert b"<script" not in response.content


async def test_a_picture_can_be_had_as_png(api: Api, sample: Sample) -> None:
    picture = await _picture(api, sample.kmeans, "SIZES", format="PNG")
    assert picture

    response = await api.client.get(picture["url"])

    assert response.headers["content-type"] == picture["mediaType"] == "image/png"
    assert response.content.startswith(PNG)


async def test_the_alternative_text_says_what_there_is_to_see(api: Api, sample: Sample) -> None:
    picture = await _picture(api, sample.kmeans, "SIZES")
    assert picture
    assert picture["alt"] == (
        "Bars of how many customers of “People” are in each of 3 segments: "
        "Bonn, 42 % (5 customers); Kiel, 33 % (4 customers); Ulm, 25 % (3 customers)."
    )


@pytest.mark.parametrize("name", ["kmeans", "ward"])
async def test_a_kind_that_does_not_apply_is_null(api: Api, sample: Sample, name: str) -> None:
    pictures = {kind: await _picture(api, getattr(sample, name), kind) for kind in KINDS}

    assert {kind for kind, picture in pictures.items() if picture} == APPLIES[name]


async def test_a_picture_that_the_client_has_is_not_sent_again(api: Api, sample: Sample) -> None:
    picture = await _picture(api, sample.kmeans, "SCATTER")
    assert picture
    first = await api.client.get(picture["url"])

    again = await api.client.get(picture["url"], headers={"If-None-Match": first.headers["etag"]})
    other = await api.client.get(picture["url"], headers={"If-None-Match": '"another"'})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert (other.status_code, other.content) == (200, first.content)
    # An hour at least; and at most the quarter of it more by which the time of signing is rounded down.
    kind, _, left = first.headers["cache-control"].rpartition("=")
    assert (kind, 3_500 < int(left) <= 4_500) == ("private, max-age", True)
    assert first.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in first.headers["content-security-policy"]


async def test_several_who_ask_for_one_picture_get_the_same_one(api: Api, server: Server) -> None:
    run = await api.run(await api.dataset(as_csv(PEOPLE)), selection="id")
    picture = await _picture(api, run["id"], "SIZES", theme="DARK")
    assert picture
    before = await at_rest(server)

    responses = await asyncio.gather(*(api.client.get(picture["url"]) for _ in range(5)))

    assert {response.status_code for response in responses} == {200}
    assert len({response.content for response in responses}) == 1
    drawn = {path for path in server.kept() - before if path.endswith(".svg")}
    assert len(drawn) == 1


async def test_a_rename_shows_in_the_picture_at_the_address_given_out_before(api: Api) -> None:
    run = await api.run(await api.dataset(as_csv(PEOPLE)), selection="id segments { id }")
    picture = await _picture(api, run["id"], "SIZES")
    assert picture
    before = await api.client.get(picture["url"])

    await api.mutate("renameSegment", id=run["segments"][0]["id"], name="<b>Ünal & Söhne</b>")
    after = await api.client.get(picture["url"])

    assert (before.status_code, after.status_code) == (200, 200)
    assert before.headers["etag"] != after.headers["etag"]
    assert before.content != after.content
    ET.fromstring(after.content)  # noqa: S314  # ours
    assert b"<b>" not in after.content


async def test_an_address_that_was_never_given_out_opens_nothing(api: Api, sample: Sample) -> None:
    picture = await _picture(api, sample.kmeans, "SIZES")
    assert picture
    base, _, token = picture["url"].rpartition("/")
    payload, stamp, signature = token.rsplit(".", 2)  # a payload that is compressed begins with a dot

    for forged in (
        f"{payload}.{stamp}.{signature[::-1]}",
        f"{payload[:-2]}AA.{stamp}.{signature}",
        f"{payload}.{stamp}",
        "nonsense",
        "%00",
    ):
        assert (await api.client.get(f"{base}/{forged}")).status_code == 404


async def test_an_address_stays_the_same_for_a_while_so_that_images_are_not_loaded_anew(
    api: Api, sample: Sample
) -> None:
    pictures = [await _picture(api, sample.kmeans, "SIZES") for _ in range(5)]

    # Two, if the time of signing has moved on meanwhile.
    assert len({picture["url"] for picture in pictures if picture}) <= 2


async def test_an_address_expires(api: Api, server: Server, sample: Sample) -> None:
    picture = await _picture(api, sample.kmeans, "SIZES")
    assert picture
    base, _, token = picture["url"].rpartition("/")
    what = _serializer(server, age=0).loads(token)

    # An hour, and the quarter of it by which the time of signing is rounded down.
    fresh, old = [
        await api.client.get(f"{base}/{_serializer(server, age).dumps(what)}") for age in (4_400, 4_600)
    ]

    assert (fresh.status_code, old.status_code) == (200, 404)


async def test_a_signed_address_of_what_does_not_apply_opens_nothing(
    api: Api, server: Server, sample: Sample
) -> None:
    picture = await _picture(api, sample.kmeans, "SIZES")
    assert picture
    base, _, token = picture["url"].rpartition("/")
    run, *_ = _serializer(server, 0).loads(token)

    response = await api.client.get(
        f"{base}/{_serializer(server, 0).dumps([run, 'DENDROGRAM', 'SVG', 'LIGHT'])}"
    )

    assert response.status_code == 404


async def test_the_picture_of_a_deleted_run_is_gone(api: Api) -> None:
    run = await api.run(await api.dataset(as_csv(PEOPLE)), selection="id")
    picture = await _picture(api, run["id"], "SIZES")
    assert picture
    assert (await api.client.get(picture["url"])).status_code == 200

    await api.mutate("deleteClusteringRun", id=run["id"])

    assert (await api.client.get(picture["url"])).status_code == 404


async def _picture(api: Api, run: str, kind: str, **options: str) -> dict[str, str] | None:
    arguments = ", ".join(f"{name}: {value}" for name, value in {"kind": kind, **options}.items())
    found = await api.node("ClusteringRun", run, f"picture({arguments}) {{ url mediaType alt }}")
    picture: dict[str, str] | None = found["picture"]
    return picture


def _serializer(server: Server, age: int) -> URLSafeTimedSerializer:
    """Sign as the server does, as if `age` seconds ago."""

    class Signer(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time()) - age

    secret = (server.data_dir / "secret-key").read_text().strip()
    return URLSafeTimedSerializer(secret, salt="segmentgraph-picture", signer=Signer)


async def test_two_customers_in_two_segments_have_no_silhouette_and_no_picture_of_it(api: Api) -> None:
    dataset = await api.dataset(b"a,b\n1,2\n9,7\n")
    run = await api.run(
        dataset,
        algorithm={"kmeans": {"clusterCount": 2}},
        selection="metrics { silhouette } picture(kind: SILHOUETTE) { url }",
    )

    assert run == {"metrics": {"silhouette": None}, "picture": None}
