"""Places profiles by the champion of their model, and again when another version becomes champion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from tortoise.expressions import F
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from domain.errors import Conflict
from domain.models import (
    ClusteringRun,
    CustomerProfile,
    Dataset,
    ModelVersion,
    ProfilePlacement,
    Promotion,
    RegisteredModel,
    Segment,
)
from domain.services import placing, remembering, runs
from domain.services.identities import new_id, now
from domain.services.runtime import Runtime
from domain.tables.records_to_score import key_of
from domain.terms.predictions import Placement, RowMistake
from domain.terms.registering import PromotionKind

BATCH = 500
"""So many profiles are placed together: others write in between."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a version puts a customer, as it is written down; `values` are those of a ProfilePlacement."""

    version: ModelVersion
    key_hash: str | None
    values: Mapping[str, Any]


async def usual_model() -> RegisteredModel | None:
    """The model that was promoted most recently, of those that have a champion."""
    promotions = Promotion.filter(kind=PromotionKind.PROMOTED, model__champion_id__isnull=False)
    newest = await promotions.order_by("-id").select_related("model").first()
    return newest.model if newest else None


async def champion_of(model: RegisteredModel | None) -> ModelVersion | None:
    """The version that a model places customers by; None until there is one."""
    if model is None or model.champion_id is None:
        return None
    return await ModelVersion.get_or_none(id=model.champion_id)


async def place(
    runtime: Runtime, version: ModelVersion, customers: Sequence[Mapping[str, Any]]
) -> list[Placed]:
    """Place customers by a version; who can't be placed has a problem instead of a segment."""
    run = await runs.find(version.run_id)
    if run is None:
        raise Conflict("the model's run has just been deleted: send the request again")
    try:
        placements = await placing.place(runtime, run, customers)
    except Conflict as conflict:
        # The version has no scorer, or a damaged one: that is told, and not tried again and again.
        nowhere = Placement(None, mistakes=(RowMistake(None, conflict.message),))
        placements = [nowhere] * len(customers)
    identifier = await _identifier(run)
    segments = {segment.index: segment for segment in await Segment.filter(run_id=run.id)}
    return [
        Placed(version, _key_hash(customer, identifier), _values(version, placement, segments))
        for customer, placement in zip(customers, placements, strict=True)
    ]


async def write(profile_id: UUID, placed: Placed) -> None:
    """Write down where a profile's customer is, in a transaction that holds the profile.

    The history grows only where the outcome is another; else the figures are brought up to date.
    """
    newest = await ProfilePlacement.filter(profile_id=profile_id).order_by("-id").first()
    if newest and all(getattr(newest, name) == placed.values[name] for name in _OUTCOME):
        figures = {name: placed.values[name] for name in _FIGURES}
        await ProfilePlacement.filter(id=newest.id).update(**figures)
        return
    key = new_id()
    if newest and newest.id > key:
        # Written by a server whose clock is ahead: what is newest is told by the id.
        key = UUID(int=newest.id.int + 1)
    await ProfilePlacement.create(id=key, profile_id=profile_id, placed_at=now(), **placed.values)


async def place_again(runtime: Runtime) -> int:
    """Place all profiles that their model's champion has not placed yet, and answer how many were.

    Several servers may do so at once; what is broken off, and a model that fails, the next
    call takes up.
    """
    await _give_model()
    count = 0
    # From the models, that are few: nothing has to look at every profile.
    for model in await RegisteredModel.filter(champion_id__isnull=False).order_by("id"):
        try:
            count += await _place_all(runtime, model.id)
        except Exception:
            # Of one model: the others' profiles should not wait for it.
            log.exception("profiles could not be placed", model=str(model.id))
    if count:
        log.info("profiles placed", count=count)
    return count


async def waiting(model: RegisteredModel, most: int) -> list[CustomerProfile]:
    """Read profiles that a model's champion has not placed yet, so many at most."""
    found: list[CustomerProfile] = []
    for query in _waiting(model):
        if len(found) < most:
            found += await query.limit(most - len(found))
    return found


async def _place_all(runtime: Runtime, model_id: UUID) -> int:
    count = 0
    # Read each time: it may have another champion by now.
    while (model := await RegisteredModel.get_or_none(id=model_id)) and (
        profiles := await waiting(model, BATCH)
    ):
        count += await _place_batch(runtime, model, profiles)
    return count


def _waiting(model: RegisteredModel) -> list[QuerySet[CustomerProfile]]:
    """Those profiles, a query for each stretch of the index: «not equal» would read all of it."""
    if model.champion_id is None:
        return []
    profiles = CustomerProfile.filter(model_id=model.id)
    return [
        profiles.filter(scored_version_id__isnull=True),
        profiles.filter(scored_version_id__lt=model.champion_id),
        profiles.filter(scored_version_id__gt=model.champion_id),
    ]


async def _give_model() -> None:
    """Give those that were made before there was a champion the first model that has one."""
    without = CustomerProfile.filter(model_id__isnull=True)
    if await without.exists() and (model := await usual_model()):
        await without.update(model_id=model.id, revision=F("revision") + 1)


async def _place_batch(runtime: Runtime, model: RegisteredModel, profiles: Sequence[CustomerProfile]) -> int:
    champion = await champion_of(model)
    if champion is None:
        raise Conflict("the champion has just been deleted")
    found = await place(runtime, champion, [profile.attributes for profile in profiles])
    written = [
        await _write_if_unchanged(runtime, profile, placed)
        for profile, placed in zip(profiles, found, strict=True)
    ]
    return sum(written)


async def _write_if_unchanged(runtime: Runtime, profile: CustomerProfile, placed: Placed) -> bool:
    """Write unless somebody has changed the profile, or placed it, since it was read."""
    # One at a time: a deletion of many profiles could wait for this in another order.
    async with in_transaction():
        unchanged = CustomerProfile.filter(
            id=profile.id, revision=profile.revision, scored_version_id=profile.scored_version_id
        )
        if not await unchanged.update(
            scored_version_id=placed.version.id, key_hash=placed.key_hash, revision=F("revision") + 1
        ):
            return False
        await write(profile.id, placed)
    runtime.changes.tell(profile.id)
    return True


async def _identifier(run: ClusteringRun) -> str | None:
    dataset = await Dataset.get_or_none(id=run.dataset_id)
    return dataset.identifier if dataset else None


def _values(version: ModelVersion, placement: Placement, segments: Mapping[int, Segment]) -> dict[str, Any]:
    # Without its segments the run has just been deleted, and the version with it.
    segment = None if placement.segment is None else segments.get(placement.segment)
    return {
        "model_version_id": version.id,
        "version": version.version,
        "segment_id": segment and segment.id,
        "segment_name": segment and segment.name,
        "unassigned": placement.unassigned,
        "confidence": placement.confidence,
        "distance": placement.distance,
        "problem": "; ".join(mistake.message for mistake in placement.mistakes) or None,
    }


_OUTCOME = ("model_version_id", "segment_id", "unassigned", "problem")
_FIGURES = ("confidence", "distance", "segment_name")


def _key_hash(customer: Mapping[str, Any], identifier: str | None) -> str | None:
    key = key_of(customer, identifier)
    return None if key is None else remembering.key_hash(key)
