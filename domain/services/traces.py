"""What is kept of a person besides the datasets: predictions that were remembered, profiles, and exports."""

import asyncio
from dataclasses import dataclass

from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from domain.models import CustomerProfile, RememberedPrediction
from domain.services import remembering
from domain.services.runtime import Runtime

EXPORTS = "exports"
"""The folder of the storage that has what was written for somebody to take away."""


@dataclass(frozen=True)
class Traces:
    """Predictions and profiles of a person, the newest first."""

    predictions: list[RememberedPrediction]
    profiles: list[CustomerProfile]

    def __bool__(self) -> bool:
        return bool(self.predictions or self.profiles)


async def of_key(key: str) -> Traces:
    """Find what is kept under a key."""
    return Traces(await remembering.of_key(key), await _profiles(key).order_by("-id"))


async def any_of_key(key: str) -> bool:
    """Tell whether anything is kept under a key."""
    return await remembering.of_key(key).exists() or await _profiles(key).exists()


async def erase(runtime: Runtime, key: str) -> tuple[int, int]:
    """Delete what is kept under a key, profiles with their history; answer how many of each there were."""
    async with in_transaction():
        predictions = await remembering.of_key(key).delete()
        profiles = [row["id"] for row in await _profiles(key).values("id")]
        await _profiles(key).delete()
    for each in profiles:
        runtime.changes.tell(each)
    return predictions, len(profiles)


async def clear_exports(runtime: Runtime) -> None:
    """Delete all that was written for somebody to take away: nobody can tell whom a file is about.

    What is asked for again is written again.
    """
    await asyncio.to_thread(runtime.storage.delete, EXPORTS)


def _profiles(key: str) -> QuerySet[CustomerProfile]:
    return CustomerProfile.filter(key_hash=remembering.key_hash(key))
