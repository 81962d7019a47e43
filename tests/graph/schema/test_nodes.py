"""Objects by their ids, and ids of nothing."""

from base64 import urlsafe_b64encode
from uuid import uuid4

import pytest

from tests.graph.schema.conftest import Sample
from tests.servers.api import Api


async def test_every_object_can_be_fetched_again_by_its_id(api: Api, sample: Sample) -> None:
    run = await api.node("ClusteringRun", sample.kmeans, "segments { id } recommendations { id }")
    keys = {
        "Dataset": sample.dataset,
        "ClusteringRun": sample.kmeans,
        "Segment": run["segments"][2]["id"],
        "Recommendation": run["recommendations"][0]["id"],
    }

    for kind, key in keys.items():
        data = await api.ask("query($id: ID!) { node(id: $id) { __typename id } }", id=key)
        assert data == {"node": {"__typename": kind, "id": key}}


async def test_each_kind_has_a_look_up_of_its_own_that_knows_no_other_kind(api: Api, sample: Sample) -> None:
    segment = (await api.node("ClusteringRun", sample.kmeans, "segments { id }"))["segments"][0]["id"]
    keys = {"dataset": sample.dataset, "clusteringRun": sample.kmeans, "segment": segment}

    for asked in keys:
        for kind, key in keys.items():
            data = await api.ask(f"query($id: ID!) {{ {asked}(id: $id) {{ id }} }}", id=key)
            assert data == {asked: {"id": key} if asked == kind else None}


def _id(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="nothing"),
        pytest.param("nonsense", id="no base64 of anything"),
        pytest.param("ünïcode", id="no base64"),
        pytest.param("\0", id="a zero character"),
        pytest.param("1", id="a number"),
        pytest.param(_id("Dataset:"), id="no key"),
        pytest.param(_id(f"Dataset:{uuid4().hex}"), id="a key that is not there"),
        pytest.param(_id(f"Job:{uuid4().hex}"), id="a kind that is none"),
        pytest.param(_id(f"Customer:{uuid4().hex}"), id="a kind without ids"),
        pytest.param(_id("ClusteringRun:zzzz"), id="a key that is none"),
        pytest.param("A" * 100_000, id="a hundred thousand characters"),
    ],
)
async def test_a_malformed_id_finds_nothing(api: Api, key: str) -> None:
    data = await api.ask(
        """query($id: ID!) {
          node(id: $id) { id } dataset(id: $id) { id } clusteringRun(id: $id) { id } segment(id: $id) { id }
        }""",
        id=key,
    )

    assert data == {"node": None, "dataset": None, "clusteringRun": None, "segment": None}


async def test_an_id_in_another_spelling_is_the_id_of_nothing(api: Api, sample: Sample) -> None:
    for other in (f"{sample.dataset}=", f"!!!!{sample.dataset}", sample.dataset.lower()):
        assert await api.node("Dataset", other) is None


async def test_a_number_is_an_id_too_and_finds_nothing(api: Api) -> None:
    assert await api.ask("{ node(id: 12) { id } }") == {"node": None}
