"""The champion of a model: which version it is, and which were before it."""

from uuid import UUID

from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from domain.errors import Conflict, NotFound, refuse_if_any
from domain.models import ModelVersion, Promotion, RegisteredModel
from domain.services import checks, locks, runs, scorers
from domain.services.identities import new_id, now
from domain.services.runtime import Runtime
from domain.terms.registering import PromotionKind

NOTE = ("input", "note")
_MODEL = ("input", "modelId")
_VERSION = ("input", "modelVersionId")


def history(model_id: UUID) -> QuerySet[Promotion]:
    """How versions of a model became champion, the newest first."""
    return Promotion.filter(model_id=model_id).order_by("-id")


async def promote(
    runtime: Runtime, version_id: UUID | None, note: str | None = None, by: UUID | None = None
) -> RegisteredModel:
    """Make a version the champion of its model.

    Raises Refused, and Conflict where it is the champion already.
    """
    mistakes = list(checks.text_mistakes(note, "note", NOTE))
    version = await ModelVersion.get_or_none(id=version_id) if version_id else None
    if version is None:
        mistakes.append(NotFound("there is no such version of a model", _VERSION))
    refuse_if_any(mistakes)
    if version is not None:
        await refuse_unreadable(runtime, version.run_id, _VERSION)
    async with in_transaction():
        model = await locks.held_model(version.model_id) if version else None
        if version is None or model is None or not await ModelVersion.exists(id=version.id):
            raise NotFound("the version has just been deleted", _VERSION)
        if model.champion_id == version.id:
            raise Conflict(f"version {version.version} is the champion already", _VERSION)
        await crown(version, PromotionKind.PROMOTED, note, by)
    tell(runtime)
    model.champion_id = version.id
    return model


async def roll_back(
    runtime: Runtime, model_id: UUID | None, note: str | None = None, by: UUID | None = None
) -> tuple[RegisteredModel, ModelVersion]:
    """Make that version the champion again which was before, and answer it too; each time one further back.

    Versions that were deleted are passed over. Raises Refused, and Conflict where there was none.
    """
    mistakes = list(checks.text_mistakes(note, "note", NOTE))
    if model_id is None or not await RegisteredModel.exists(id=model_id):
        mistakes.append(NotFound("there is no such model", _MODEL))
    refuse_if_any(mistakes)
    async with in_transaction():
        model = await locks.held_model(model_id) if model_id else None
        if model is None:
            raise NotFound("the model has just been deleted", _MODEL)
        version = await _go_behind(model)
        await crown(version, PromotionKind.ROLLED_BACK, note, by)
    tell(runtime)
    model.champion_id = version.id
    return model, version


async def crown(version: ModelVersion, kind: PromotionKind, note: str | None, by: UUID | None) -> None:
    """Make a version the champion and write it down, in a transaction that holds the model.

    `tell` when it has ended.
    """
    newest, key, moment = await history(version.model_id).first(), new_id(), now()
    if newest is not None:
        # Of servers whose clocks differ, this one's may be behind: what came last is told by the id.
        key = max(key, UUID(int=newest.id.int + 1))
        moment = max(moment, newest.at)
    await Promotion.create(
        id=key,
        model_id=version.model_id,
        version_id=version.id,
        kind=kind,
        note=(note or "").strip() or None,
        at=moment,
        by=by,
    )
    await RegisteredModel.filter(id=version.model_id).update(champion_id=version.id)


async def refuse_unreadable(runtime: Runtime, run_id: UUID, path: tuple[str, ...]) -> None:
    """Raise Conflict where a run can't place anybody: as champion it would take segments away from all."""
    run = await runs.find(run_id)
    try:
        if run is not None:
            await scorers.of_run(runtime, run)
    except Conflict as conflict:
        raise Conflict(conflict.message, path) from conflict


def tell(runtime: Runtime) -> None:
    """Have the customer profiles placed anew: there is another champion."""
    runtime.queued.set()


async def _go_behind(model: RegisteredModel) -> ModelVersion:
    """Mark the promotion of the champion as undone, and answer the version that was promoted before."""
    in_force = history(model.id).filter(kind=PromotionKind.PROMOTED, undone=False)
    # Where a version between them was deleted, one may have been promoted twice in a row.
    earlier = await in_force.exclude(version_id=model.champion_id).select_related("version").first()
    if model.champion_id is None or earlier is None:
        raise Conflict("there is no earlier champion to go back to", _MODEL)
    await in_force.filter(id__gt=earlier.id).update(undone=True)
    return earlier.version
