"""What is done before a server serves."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from domain.errors import Unavailable
from domain.services import starting
from domain.settings import Settings, load


def _settings(folder: Path, database_url: str) -> Settings:
    return load(data_dir=folder, database_url=database_url)


def _left(folder: Path, name: str) -> Path:
    """Put a file where the storage keeps those of datasets."""
    file = folder / "storage" / "datasets" / name / "customers.parquet"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"1")
    return file


async def test_an_empty_storage_becomes_the_databases_own(tmp_path: Path, database_url: str) -> None:
    await starting.prepare(_settings(tmp_path, database_url))
    marker = (tmp_path / "storage" / starting.MARKER).read_text()
    await starting.prepare(_settings(tmp_path, database_url))

    assert (tmp_path / "storage" / starting.MARKER).read_text() == marker == str(UUID(marker))


async def test_what_no_row_speaks_for_is_swept_from_the_databases_own_storage(
    tmp_path: Path, database_url: str
) -> None:
    await starting.prepare(_settings(tmp_path, database_url))
    orphan = _left(tmp_path, str(uuid4()))
    await starting.prepare(_settings(tmp_path, database_url))

    assert not orphan.exists()


async def test_names_that_are_not_of_our_making_are_left_alone(tmp_path: Path, database_url: str) -> None:
    await starting.prepare(_settings(tmp_path, database_url))
    somebodys = _left(tmp_path, "iris")
    await starting.prepare(_settings(tmp_path, database_url))

    assert somebodys.exists()


async def test_a_storage_of_another_database_is_refused_and_kept(tmp_path: Path, database_url: str) -> None:
    theirs = _left(tmp_path, str(uuid4()))
    (tmp_path / "storage" / starting.MARKER).write_text(str(uuid4()))

    with pytest.raises(Unavailable, match="belong to another database than SEGMENTGRAPH_DATABASE_URL"):
        await starting.prepare(_settings(tmp_path, database_url))
    assert theirs.exists()


async def test_a_folder_with_files_of_something_else_is_refused_and_kept(
    tmp_path: Path, database_url: str
) -> None:
    somebodys = _left(tmp_path, str(uuid4()))

    with pytest.raises(Unavailable, match="has files already that are not SegmentGraph's"):
        await starting.prepare(_settings(tmp_path, database_url))
    assert somebodys.exists()
