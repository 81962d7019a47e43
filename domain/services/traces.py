"""What is kept of a person besides the datasets: predictions that were remembered, profiles, and exports."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.models import CustomerProfile, Dataset, RememberedPrediction
from domain.services import remembering
from domain.services.runtime import Runtime
from domain.tables.records_to_score import key_of

EXPORTS = "exports"
"""The folder of the storage that has what was written for somebody to take away."""

_BATCH = 500
"""So many profiles are looked through at a time."""


@dataclass(frozen=True)
class Traces:
    """Predictions and profiles of a person, the newest first."""

    predictions: list[RememberedPrediction]
    profiles: list[CustomerProfile]

    def __bool__(self) -> bool:
        return bool(self.predictions or self.profiles)


async def of_key(key: str) -> Traces:
    """Find what is kept under a key."""
    profiles = await CustomerProfile.filter(id__in=await _profiles(key)).order_by("-id")
    return Traces(await remembering.of_key(key), profiles)


async def any_of_key(key: str) -> bool:
    """Tell whether anything is kept under a key."""
    return await remembering.of_key(key).exists() or bool(await _profiles(key))


async def erase(runtime: Runtime, key: str) -> tuple[int, int]:
    """Delete what is kept under a key, profiles with their history; answer how many of each there were."""
    # Looked for before: others should not wait for that.
    profiles = await _profiles(key)
    async with in_transaction():
        predictions = await remembering.of_key(key).delete()
        await CustomerProfile.filter(id__in=profiles).delete()
    for each in profiles:
        runtime.changes.tell(each)
    return predictions, len(profiles)


async def clear_exports(runtime: Runtime) -> None:
    """Delete all that was written for somebody to take away: nobody can tell whom a file is about.

    What is asked for again is written again.
    """
    await asyncio.to_thread(runtime.storage.delete, EXPORTS)


async def _profiles(key: str) -> list[UUID]:
    """Find the profiles of a person, also those that have not been placed since their identifier is known."""
    wanted = remembering.key_hash(key)
    found = [row["id"] for row in await CustomerProfile.filter(key_hash=wanted).values("id")]
    named = Dataset.filter(identifier__not_isnull=True).distinct()
    # Only what identifies somebody: who is 17 years old is not customer 17.
    names = [row["identifier"] for row in await named.values("identifier")]
    unknown = CustomerProfile.filter(key_hash__isnull=True).order_by("id").limit(_BATCH)
    some = await unknown.only("id", "attributes") if names else []
    while some:
        found += [each.id for each in some if _has_key(each, names, wanted)]
        some = await unknown.filter(id__gt=some[-1].id).only("id", "attributes")
    return found


def _has_key(profile: CustomerProfile, names: Iterable[str], wanted: str) -> bool:
    keys = (key_of(profile.attributes, name) for name in names)
    return any(remembering.key_hash(key) == wanted for key in keys if key is not None)
