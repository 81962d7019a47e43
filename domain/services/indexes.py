"""Key indexes of datasets: made by a worker, and cleared away where no row names them."""

import asyncio
from contextlib import suppress
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.models import Dataset, Job
from domain.models.datasets import folder_of
from domain.services import imports, locks
from domain.services.runtime import INDEX_PROGRAM, Runtime
from domain.storage import artifacts
from domain.tables.overrides import OVERRIDES_PATH
from domain.terms.customers import IndexOrder, IndexOutcome


async def make(runtime: Runtime, job: Job, dataset: Dataset, column: str) -> bool:
    """Have the index of a column made, and answer whether its values are unique and complete.

    Raises FileNotFoundError where the dataset is deleted meanwhile.
    """
    order = IndexOrder(dataset.table_key, dataset.index_key_of(column), column)
    outcome = await imports.work(runtime, job, INDEX_PROGRAM, order, IndexOutcome, OVERRIDES_PATH)
    return outcome.unique


async def is_made(runtime: Runtime, dataset: Dataset) -> bool:
    """Tell whether the index is there that the dataset needs, if it needs one."""
    key = dataset.index_key
    return key is None or await asyncio.to_thread(runtime.storage.exists, key)


async def clear(runtime: Runtime, dataset_id: UUID) -> None:
    """Delete the indexes that the dataset does not use, and all that was made for one that is gone.

    One that an update is just making may be among them: it looks before it writes its
    row, under the same lock, and makes another.
    """
    folder = folder_of(dataset_id)
    async with in_transaction():
        current = await locks.held(dataset_id)
        names = await asyncio.to_thread(runtime.storage.children, folder)
        made = [f"{folder}/{name}" for name in names if name.startswith("keys")]
        for key in [key for key in made if key != current.index_key] if current else [folder]:
            await asyncio.to_thread(runtime.storage.delete, key)


async def clear_abandoned(runtime: Runtime, job_id: UUID) -> None:
    """Clear away what a process left behind that died while it made an index; other jobs left none."""
    key = f"{imports.folder_of(job_id)}/order.json"
    with suppress(FileNotFoundError, ValueError):
        order = await asyncio.to_thread(artifacts.load, runtime.storage, key, IndexOrder)
        await clear(runtime, UUID(order.table_key.split("/")[1]))
