"""A server with small limits: what is over them is refused, and leaves nothing."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
import pytest_asyncio

from tests.servers.api import Api, at_rest, mistakes, until
from tests.servers.databases import fresh_sqlite
from tests.servers.running import Server, serving

CSV = b"id,age,city\nC-1,25,Bonn\nC-2,61,Kiel\nC-3,44,Bonn\nC-4,38,Kiel\n"
FILE = ["input", "file"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with small limits."""
    folder = tmp_path_factory.mktemp("small")
    with serving(
        folder / "data",
        fresh_sqlite(folder),
        max_upload_bytes=2_000,
        max_request_bytes=3_000,
        max_rows=10,
        max_columns=4,
        max_cell_length=100,
        max_datasets=2,
        max_hierarchical_rows=3,
    ) as server:
        yield server


@pytest_asyncio.fixture
async def api(small: Server) -> AsyncIterator[Api]:
    """A client of it."""
    client = Api(small.url)
    async with client.client:
        yield client


def unchanged(api: Api, server: Server) -> AbstractAsyncContextManager[None]:
    """Hold what is kept against what was kept before a refused action."""

    @asynccontextmanager
    async def watched() -> AsyncIterator[None]:
        counts, kept = await api.counts(), await at_rest(server)
        yield
        assert await api.counts() == counts
        await until(lambda: server.kept() == kept, "the folders are as they were", 10)

    return watched()


async def test_a_file_over_the_limit_is_refused_before_it_has_arrived(api: Api, small: Server) -> None:
    async with unchanged(api, small):
        just_over = await api.send_file(b"id,age\n" + b"1,2\n" * 500)
        far_over = await api.send_file(b"x" * 1_000_000)

    for response in (just_over, far_over):
        assert response.status_code == 413
        (error,) = response.json()["errors"]
        assert error["extensions"]["code"] == "TOO_LARGE"
        assert "2,000 bytes" in error["message"]
        assert "SEGMENTGRAPH_MAX_UPLOAD_BYTES" in error["message"]
    assert just_over.json()["errors"][0]["extensions"]["path"] == FILE


async def test_a_request_over_the_limit_is_refused(api: Api, small: Server) -> None:
    async with unchanged(api, small):
        response = await api.client.post(
            f"{api.url}/graphql", json={"query": f'{{ node(id: "{"x" * 3000}") {{ id }} }}'}
        )

    assert response.status_code == 413
    assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["TOO_LARGE"]


@pytest.mark.parametrize(
    ("content", "setting"),
    [
        pytest.param(
            b"id,age\n" + b"".join(b"C-%d,%d\n" % (row, row % 3) for row in range(11)), "MAX_ROWS", id="rows"
        ),
        pytest.param(b"a,b,c,d,e\n1,2,3,4,5\n2,3,4,5,6\n", "MAX_COLUMNS", id="columns"),
        pytest.param(b"a,b\n1,x\n2," + b"y" * 101 + b"\n", "MAX_CELL_LENGTH", id="a cell"),
    ],
)
async def test_a_table_over_a_limit_is_refused_by_the_name_of_the_setting(
    api: Api, small: Server, content: bytes, setting: str
) -> None:
    async with unchanged(api, small):
        payload = await api.upload(content)

    assert payload["dataset"] is None
    assert mistakes(payload) == [("TOO_LARGE", FILE)]
    assert f"SEGMENTGRAPH_{setting}" in payload["userErrors"][0]["message"]


async def test_records_over_the_limit_are_refused(api: Api, small: Server) -> None:
    async with unchanged(api, small):
        payload = await api.mutate(
            "importCustomers", "dataset { id }", name="x", customers=[{"a": row} for row in range(11)]
        )

    assert mistakes(payload) == [("TOO_LARGE", ["input", "customers"])]


async def test_there_is_room_again_when_a_dataset_is_deleted(api: Api, small: Server) -> None:
    kept = [await api.dataset(CSV) for _ in range(2)]
    async with unchanged(api, small):
        uploaded = await api.upload(CSV)
        imported = await api.mutate(
            "importCustomers", "dataset { id }", name="x", customers=[{"a": 1}, {"a": 2}, {"a": 3}]
        )

    for payload in (uploaded, imported):
        assert payload["dataset"] is None
        assert mistakes(payload) == [("TOO_LARGE", ["input"])]
        assert "SEGMENTGRAPH_MAX_DATASETS" in payload["userErrors"][0]["message"]
    await api.mutate("deleteDataset", id=kept.pop())
    kept.append(await api.dataset(CSV))
    for key in kept:
        await api.mutate("deleteDataset", id=key)


async def test_hierarchical_clustering_of_too_many_customers_is_refused(api: Api, small: Server) -> None:
    dataset = await api.dataset(CSV)
    async with unchanged(api, small):
        payload = await api.train(
            dataset, algorithm={"hierarchical": {"clusterCount": 2, "linkage": "AVERAGE"}}
        )

    assert mistakes(payload) == [("TOO_LARGE", ["input", "algorithm", "hierarchical"])]
    assert "SEGMENTGRAPH_MAX_HIERARCHICAL_ROWS" in payload["userErrors"][0]["message"]
    await api.mutate("deleteDataset", id=dataset)
