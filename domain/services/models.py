"""Models: runs that are registered under a name, in versions; found, described, deleted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from domain.errors import Conflict, DomainError, NotFound, refuse_if_any
from domain.models import (
    Audience,
    ClusteringRun,
    CustomerProfile,
    DatasetPrediction,
    ModelVersion,
    RegisteredModel,
)
from domain.models.registering import NAME_LENGTH
from domain.services import checks, locks, promotions, remembering, resting, runs
from domain.services.identities import new_id, now
from domain.services.runtime import Runtime
from domain.terms.jobs import JobStatus
from domain.terms.registering import PromotionKind, Registration

_NAME = ("input", "name")
_DESCRIPTION = ("input", "description")
_RUN = ("input", "runId")
_ID = ("input", "id")


@dataclass(frozen=True, slots=True)
class Description:
    """What a model is to be called, and how it is to be described; as before where it is not given.

    A description of None takes it away, if `described`.
    """

    name: str | None = None
    description: str | None = None
    described: bool = False


def newest_first(name: str | None = None) -> QuerySet[RegisteredModel]:
    """All models, the newest first, or the one of a name, in whatever case."""
    if name is None:
        return RegisteredModel.all().order_by("-id")
    # The databases refuse to look for a name that no model can have.
    impossible = any(checks.name_mistakes(name, NAME_LENGTH, []))
    found = RegisteredModel.filter(id__in=[]) if impossible else _called(name)
    return found.order_by("-id")


def versions_of(model_id: UUID) -> QuerySet[ModelVersion]:
    """The versions of a model, the newest first."""
    return ModelVersion.filter(model_id=model_id).order_by("-id")


async def numbered(wanted: Sequence[tuple[UUID, int]]) -> list[ModelVersion | None]:
    """Find versions by their models and numbers."""
    models, numbers = {model for model, _ in wanted}, {number for _, number in wanted}
    rows = await ModelVersion.filter(model_id__in=list(models), version__in=list(numbers))
    found = {(row.model_id, row.version): row for row in rows}
    return [found.get(each) for each in wanted]


async def register(runtime: Runtime, wish: Registration) -> ModelVersion:
    """Make a run the next version of the model of this name, which is made where there is none.

    Raises Refused with every mistake in the request, and Conflict where the run is a version
    of the model already.
    """
    refuse_if_any(await _registration_mistakes(wish))
    if wish.run_id is not None:
        await promotions.refuse_unreadable(runtime, wish.run_id, _RUN)
    async with in_transaction():
        model = await _held(wish)
        # The run is there: it was found, and nobody deletes it from here on.
        if wish.run_id is None or not await locks.hold_run(wish.run_id):
            raise NotFound("the run has just been deleted", _RUN)
        version = await _add(model, wish.run_id, wish)
        if wish.promote:
            await promotions.crown(version, PromotionKind.PROMOTED, wish.note, wish.by)
    if wish.promote:
        promotions.tell(runtime)
    return version


async def update(model_id: UUID | None, wish: Description) -> RegisteredModel:
    """Give a model another name, or another description. Raises Refused, and Conflict for a name taken."""
    mistakes = list(_description_mistakes(wish))
    if model_id is None or not await RegisteredModel.exists(id=model_id):
        mistakes.append(NotFound("there is no such model", _ID))
    refuse_if_any(mistakes)
    try:
        async with in_transaction():
            model = await locks.held_model(model_id) if model_id else None
            if model is None:
                raise NotFound("the model has just been deleted", _ID)
            if wish.name is not None:
                model.name, model.name_key = wish.name.strip(), checks.name_key(wish.name)
            if wish.described:
                model.description = _text(wish.description)
            await model.save(update_fields=["name", "name_key", "description"])
    except IntegrityError:
        raise Conflict("another model has this name: choose another", _NAME) from None
    return model


async def delete(runtime: Runtime, model_id: UUID | None) -> UUID:
    """Delete a model, its versions, and what they placed; the runs stay.

    Raises NotFound, and Conflict where an audience or a customer profile rests on it.
    """
    if model_id is None:
        raise _no_model()
    key = model_id
    await resting.in_one_go(lambda: _look_over(key))
    await remembering.forget_versions([each.id for each in await versions_of(key)])
    derived = await resting.in_one_go(lambda: _delete(key))
    await resting.clear_away(runtime, derived)
    return key


async def delete_version(runtime: Runtime, version_id: UUID | None) -> UUID:
    """Delete a version, and what it placed; the run stays.

    Raises NotFound, and Conflict for the champion, for the newest, and where an audience rests
    on what it placed.
    """
    version = await ModelVersion.get_or_none(id=version_id) if version_id else None
    if version is None:
        raise NotFound("there is no such version: it may have been deleted already", _ID)
    await resting.in_one_go(lambda: _look_over_version(version))
    await remembering.forget_versions([version.id])
    derived = await resting.in_one_go(lambda: _delete_version(version))
    await resting.clear_away(runtime, derived)
    return version.id


async def _delete(model_id: UUID) -> list[resting.Derived]:
    derived = await _look_over(model_id)
    await resting.drop(derived)
    await RegisteredModel.filter(id=model_id).delete()
    return derived


async def _delete_version(version: ModelVersion) -> list[resting.Derived]:
    derived = await _look_over_version(version)
    await resting.drop(derived)
    await ModelVersion.filter(id=version.id).delete()
    return derived


async def _look_over(model_id: UUID) -> list[resting.Derived]:
    if await locks.held_model(model_id) is None:
        raise _no_model()
    placed = DatasetPrediction.filter(model_version__model_id=model_id)
    await resting.refuse_if_rested_on(
        "the model",
        ModelVersion.filter(id__in=[]),
        Audience.filter(model_id=model_id),
        CustomerProfile.filter(model_id=model_id),
    )
    return await resting.look_over("the model", ClusteringRun.filter(id__in=[]), placed)


async def _look_over_version(version: ModelVersion) -> list[resting.Derived]:
    model = await locks.held_model(version.model_id)
    newest = await _newest(version.model_id)
    if model is None or newest is None:
        raise NotFound("the version has just been deleted", _ID)
    if model.champion_id == version.id:
        raise Conflict("the version can't be deleted: it is the champion. Promote another first", _ID)
    if newest.id == version.id:
        # Its number would be given again.
        raise Conflict(
            "the version can't be deleted: it is the newest. Register another first, or delete the model", _ID
        )
    placed = DatasetPrediction.filter(model_version_id=version.id)
    return await resting.look_over("the version", ClusteringRun.filter(id__in=[]), placed)


async def _held(wish: Registration) -> RegisteredModel:
    """Make the model where there is none of the name, and hold it: first in the transaction, and a write."""
    made = RegisteredModel(
        id=new_id(),
        name=wish.name.strip(),
        name_key=checks.name_key(wish.name),
        created_at=now(),
        created_by=wish.by,
    )
    # Of two who make it at once, one makes it and both find it.
    await RegisteredModel.bulk_create([made], ignore_conflicts=True)
    found = await _called(wish.name).first()
    model = await locks.held_model(found.id) if found else None
    if model is None:
        raise Conflict("the model has just been deleted: ask again", _NAME)
    if wish.description is not None:
        model.description = _text(wish.description)
        await model.save(update_fields=["description"])
    return model


async def _add(model: RegisteredModel, run_id: UUID, wish: Registration) -> ModelVersion:
    same = await ModelVersion.get_or_none(model_id=model.id, run_id=run_id)
    if same is not None:
        raise Conflict(f"the run is version {same.version} of this model already", _RUN)
    newest = await _newest(model.id)
    return await ModelVersion.create(
        id=new_id(),
        model_id=model.id,
        version=newest.version + 1 if newest else 1,
        run_id=run_id,
        note=_text(wish.note),
        created_at=now(),
        created_by=wish.by,
    )


async def _newest(model_id: UUID) -> ModelVersion | None:
    # By its number: ids follow the clocks of several servers.
    return await ModelVersion.filter(model_id=model_id).order_by("-version").first()


async def _registration_mistakes(wish: Registration) -> list[DomainError]:
    run = await runs.find(wish.run_id)
    return [
        *_run_mistakes(run),
        *checks.name_mistakes(wish.name, NAME_LENGTH, _NAME),
        *checks.text_mistakes(wish.description, "description", _DESCRIPTION),
        *checks.text_mistakes(wish.note, "note", promotions.NOTE),
    ]


def _run_mistakes(run: ClusteringRun | None) -> Iterator[DomainError]:
    if run is None:
        yield NotFound("there is no such run", _RUN)
    elif run.job.status is not JobStatus.SUCCEEDED:
        yield Conflict(f"the run can't be registered: it is {run.job.status}", _RUN)
    elif run.scorer_checksum is None:
        yield Conflict(
            "the run is from before runs could place new customers: train again with reuse: false", _RUN
        )


def _description_mistakes(wish: Description) -> Iterator[DomainError]:
    if wish.name is not None:
        yield from checks.name_mistakes(wish.name, NAME_LENGTH, _NAME)
    yield from checks.text_mistakes(wish.description, "description", _DESCRIPTION)


def _called(name: str) -> QuerySet[RegisteredModel]:
    return RegisteredModel.filter(name_key=checks.name_key(name))


def _text(text: str | None) -> str | None:
    return (text or "").strip() or None


def _no_model() -> NotFound:
    return NotFound("there is no such model: it may have been deleted already", _ID)
