"""Storages to test with: a folder, and a bucket behind a server of S3's protocol."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.storage.files import Storage


def _server() -> Any:
    # The tests are no package, so what stands beside them is loaded by its path.
    spec = importlib.util.spec_from_file_location("s3_server", Path(__file__).with_name("s3_server.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def bucket() -> Iterator[Any]:
    with _server().s3_server() as running:
        yield running


@pytest.fixture
def folder_storage(tmp_path: Path) -> Storage:
    return Storage.open(str(tmp_path / "store"))


@pytest.fixture
def s3_storage(bucket: Any) -> Storage:
    bucket.objects.clear()
    return Storage.open(bucket.url)


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest) -> Storage:
    found: Storage = request.getfixturevalue(f"{request.param}_storage")
    return found
