"""What a picture costs when it is first asked for, and when it is there."""

from statistics import median
from typing import Any

import pytest

from domain.terms.pictures import MEDIA_TYPES, PictureFormat, PictureKind, PictureTheme
from tests.benchmarks.customers import customers
from tests.benchmarks.measuring import Report, milliseconds, timing
from tests.servers.api import Api

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROWS = 5_000
REPEATS = 5
TRAINING = {"hierarchical": {"linkage": "WARD", "clusterCountRange": {"min": 2, "max": 10}}}


async def test_every_picture_is_drawn_once_and_kept(api: Api, report: Report) -> None:
    small = await api.run(await api.dataset(customers(200)))  # the workers are up by then
    first, training = list[float](), list[float]()
    with timing(first):
        await fetched(api, await address(api, small["id"], "SIZES", "SVG", "LIGHT"))
    dataset = await api.dataset(customers(ROWS))
    with timing(training):
        run = await api.run(dataset, algorithm=TRAINING)
    beside = f"training, ward, {ROWS:,} rows"

    def compare(what: str, took: list[float]) -> None:
        report.compare(what, median(took), beside, training[0], milliseconds)

    compare("the first picture of a server", first)
    for kind in PictureKind:
        kept = list[float]()
        for form in PictureFormat:
            cold, warm = await drawn(api, run["id"], kind, form)
            compare(f"{kind}, drawn as {form}", cold)
            kept += warm
        compare(f"{kind}, kept", kept)


async def drawn(api: Api, run: str, kind: str, form: PictureFormat) -> tuple[list[float], list[float]]:
    """Fetch a picture in both themes, and each of them again; answer the seconds of both."""
    cold, warm = list[float](), list[float]()
    for theme in PictureTheme:
        url = await address(api, run, kind, form, theme)
        with timing(cold):
            content, media_type = await fetched(api, url)
        assert media_type == MEDIA_TYPES[form]
        for _ in range(REPEATS):
            with timing(warm):
                again = await fetched(api, url)
            assert again == (content, media_type)
    return cold, warm


async def address(api: Api, run: str, kind: str, form: str, theme: str) -> str:
    selection = f"picture(kind: {kind}, format: {form}, theme: {theme}) {{ url }}"
    picture: Any = (await api.node("ClusteringRun", run, selection))["picture"]
    url: str = picture["url"]
    return url


async def fetched(api: Api, url: str) -> tuple[bytes, str]:
    """Fetch a picture: its bytes, and its media type."""
    response = await api.client.get(url)
    assert response.status_code == 200, response.text
    return response.content, response.headers["content-type"].partition(";")[0]
