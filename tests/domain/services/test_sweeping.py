"""At start, files that no row speaks for are deleted, and no others."""

import os
import time
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from domain.services.runtime import Runtime
from domain.services.sweeping import BATCH, DRAFT_SECONDS, ROOMS, sweep
from domain.storage.files import Storage
from domain.terms.jobs import JobKind
from tests.domain.services.rows import a_dataset, a_job, a_run, a_running_job


@pytest.fixture
def swept(runtime: Runtime, tmp_path: Path) -> Runtime:
    """A runtime with a storage of its own."""
    return replace(runtime, storage=Storage.open(str(tmp_path / "storage")))


async def test_only_orphans_are_deleted(swept: Runtime) -> None:
    dataset = await a_dataset()
    run = await a_run(await a_job(), dataset)
    arriving = await a_running_job(kind=JobKind.IMPORT)
    kept = {f"datasets/{dataset.id}", f"datasets/{arriving.id}", f"incoming/{arriving.id}", f"runs/{run.id}"}
    orphans = {f"{room}/{uuid4()}" for room in ROOMS}
    # What speaks for a file in one room does not in another.
    orphans |= {f"runs/{dataset.id}", f"datasets/{run.id}", f"incoming/{dataset.id}"}
    for folder in kept | orphans:
        swept.storage.write_bytes(f"{folder}/file", b"1")
    assert await sweep(swept) == len(orphans)
    found = {
        f"{room}/{name}" for room in ("datasets", "incoming", "runs") for name in swept.storage.children(room)
    }
    assert found == kept
    assert await sweep(swept) == 0


async def test_what_is_not_ours_is_left_alone(swept: Runtime) -> None:
    swept.storage.write_bytes("runs/notes.txt", b"1")
    swept.storage.write_bytes("somebody/elses", b"1")
    assert await sweep(swept) == 0
    assert swept.storage.exists("runs/notes.txt")
    assert swept.storage.exists("somebody/elses")


async def test_more_orphans_than_fit_in_one_query_are_deleted(swept: Runtime) -> None:
    dataset = await a_dataset()
    for folder in [f"datasets/{dataset.id}", *(f"datasets/{uuid4()}" for _ in range(BATCH))]:
        path = swept.storage.local_path(folder)
        assert path is not None
        path.mkdir(parents=True)
    assert await sweep(swept) == BATCH
    assert swept.storage.children("datasets") == [str(dataset.id)]


async def test_what_killed_workers_had_begun_goes_when_it_is_old(swept: Runtime) -> None:
    dataset = await a_dataset()
    run = await a_run(await a_job(), dataset)
    arriving = await a_running_job(kind=JobKind.IMPORT)
    living = (f"datasets/{dataset.id}", f"incoming/{arriving.id}", f"runs/{run.id}/pictures")
    drafts = {}
    for folder in living:
        swept.storage.write_bytes(f"{folder}/whole", b"1")
        for age in (0, DRAFT_SECONDS - 60, DRAFT_SECONDS + 60):
            drafts[begun_of(Path(swept.storage.url, folder, "table"), age)] = age
        os.utime(Path(swept.storage.url, folder, "whole"), (0, 0))
    assert await sweep(swept) == 0
    assert [path.exists() for path in drafts] == [age < DRAFT_SECONDS for age in drafts.values()]
    assert all(swept.storage.exists(f"{folder}/whole") for folder in living)


def begun_of(file: Path, age: float) -> Path:
    """Leave what a worker leaves that was killed so long ago while it wrote a file."""
    draft = file.with_name(f".tmp-{uuid4().hex}-{file.name}")
    draft.write_bytes(b"1")
    written_at = time.time() - age
    os.utime(draft, (written_at, written_at))
    return draft


async def test_an_empty_storage_is_fine(swept: Runtime) -> None:
    assert await sweep(swept) == 0
