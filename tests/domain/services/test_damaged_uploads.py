"""Whatever is uploaded ends in a dataset or in a mistake that is told; nothing else is left, nobody dies."""

import asyncio
import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from domain.errors import DomainError, Refused
from domain.models import Dataset
from domain.services import datasets
from domain.services.runtime import Runtime
from domain.terms.imports import UploadRequest
from tests.domain.services.working import arrived, customers, left, uploaded
from tests.domain.tables.damaging import DamagedUpload, damaged_uploads

AT_ONCE = 8
SECONDS_EACH = 60


async def worker_processes(runtime: Runtime) -> dict[str, int]:
    """Name the process of each worker, by the worker's address."""
    client = await runtime.engine._client()
    processes: dict[str, int] = await client.run(os.getpid)
    return processes


async def submitted(runtime: Runtime, damaged: DamagedUpload) -> Dataset | DomainError | Refused:
    """Upload a file, and give what becomes of it: a dataset, or a mistake that is told."""
    checksum = hashlib.sha256(damaged.content).hexdigest()
    try:
        async with arrived(runtime, damaged.content) as path, asyncio.timeout(SECONDS_EACH):
            request = UploadRequest(
                path, damaged.origin[:100], len(damaged.content), checksum, damaged.overrides, damaged.options
            )
            return await datasets.upload(runtime, request)
    except (DomainError, Refused) as refusal:
        return refusal
    except Exception as error:
        raise AssertionError(f"{damaged.origin}, {damaged.options}, {damaged.overrides}") from error


def mistakes(refusal: DomainError | Refused) -> Sequence[DomainError]:
    """Give the mistakes told of an upload."""
    if isinstance(refusal, DomainError):
        return (refusal,)
    return [each for each in refusal.exceptions if isinstance(each, DomainError)]


async def check_uploads(runtime: Runtime, count: int, seed: int) -> Counter[str]:
    """Upload damaged files, several at once, and count what is left of them; give how many were read."""
    runtime = replace(
        runtime,
        settings=runtime.settings.model_copy(update={"max_rejected_share": 0.5, "max_datasets": count}),
    )
    first = await uploaded(runtime, customers())
    workers = await worker_processes(runtime)
    waiting = damaged_uploads(count, seed)

    async def submit_all() -> list[Dataset | DomainError | Refused]:
        return [await submitted(runtime, damaged) for damaged in waiting]

    async with asyncio.TaskGroup() as group:
        submitting = [group.create_task(submit_all()) for _ in range(AT_ONCE)]
    outcomes = [outcome for each in submitting for outcome in each.result()]
    made = [outcome for outcome in outcomes if isinstance(outcome, Dataset)]
    assert len(outcomes) == count
    for outcome in outcomes:
        for mistake in () if isinstance(outcome, Dataset) else mistakes(outcome):
            assert mistake.message
            assert mistake.path[0] == "input"
    rows, jobs, files, arriving = await left(runtime)
    assert (rows, jobs, arriving) == (len(made) + 1, 0, [])
    assert sorted(files) == sorted(str(dataset.id) for dataset in (first, *made))
    assert await worker_processes(runtime) == workers
    return Counter(read=len(made), refused=count - len(made))


# The mass of them on one database: what is damaged never gets as far as that.
@pytest.mark.slow  # for a sixth of a minute, what the next test does with some of them
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_hundreds_of_damaged_files_end_in_a_dataset_or_a_mistake_and_leave_nothing_else(
    alone: Runtime,
) -> None:
    outcomes = await check_uploads(alone, 500, seed=3)
    assert min(outcomes["read"], outcomes["refused"]) > 100


async def test_damaged_files_leave_nothing_in_either_database(alone: Runtime) -> None:
    outcomes = await check_uploads(alone, 50, seed=4)
    assert min(outcomes["read"], outcomes["refused"]) > 10
