"""Audiences: segments that campaigns are for, as they were found or as they are by now."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from domain.errors import Conflict, DomainError, Invalid, NotFound, refuse_if_any
from domain.models import Audience, DatasetPrediction, ModelVersion, RegisteredModel, Segment
from domain.models.audiences import NAME_LENGTH
from domain.services import checks, customers, following, locks, segmentations
from domain.services.following import Wish
from domain.services.identities import new_id, now
from domain.services.runtime import Runtime
from domain.services.segmentations import Segmentation
from domain.terms.customers import Customer
from domain.terms.exports import AudienceChange, AudienceKind, AudienceRequest
from domain.terms.holding_out import LARGEST_SHARE
from domain.terms.jobs import JobStatus

NAME = ("input", "name")
SHARE = ("input", "holdoutShare")
_DESCRIPTION = ("input", "description")
_SEGMENT = ("input", "segmentId")
_MODEL = ("input", "modelId")
_PREDICTION = ("input", "datasetPredictionId")
_ID = ("input", "id")


@dataclass(frozen=True)
class Membership:
    """Who an audience is by now: a segment of a run, or of what `prediction` placed.

    Without a `segment` nobody is in it, and `note` says why.
    """

    segment: Segment | None
    size: int = 0
    prediction: DatasetPrediction | None = None
    note: str | None = None


def newest_first(kind: AudienceKind | None = None, name: str | None = None) -> QuerySet[Audience]:
    """All audiences of a kind, or the one of a name in whatever case, the newest first."""
    found = Audience.all() if kind is None else Audience.filter(kind=kind)
    if name is not None:
        # The databases refuse to look for a name that no audience can have.
        impossible = any(checks.name_mistakes(name, NAME_LENGTH, []))
        found = found.filter(id__in=[]) if impossible else found.filter(name_key=checks.name_key(name))
    return found.order_by("-id")


async def create(request: AudienceRequest) -> Audience:
    """Make a segment an audience. Raises Refused with every mistake, and Conflict for a name taken."""
    segment = await Segment.get_or_none(id=request.segment_id) if request.segment_id else None
    refuse_if_any(
        [
            *checks.name_mistakes(request.name, NAME_LENGTH, NAME),
            *checks.text_mistakes(request.description, "description", _DESCRIPTION),
            *share_mistakes(request.holdout_share),
            *await _source_mistakes(request, segment),
        ]
    )
    try:
        async with in_transaction():
            if segment is None or not await _hold(request, segment):
                raise NotFound("what the audience is to rest on has just been deleted", _SEGMENT)
            return await Audience.create(
                id=new_id(),
                name=request.name.strip(),
                name_key=checks.name_key(request.name),
                description=(request.description or "").strip() or None,
                kind=AudienceKind.LIVE if request.model_given else AudienceKind.STATIC,
                segment_id=request.segment_id,
                dataset_prediction_id=request.dataset_prediction_id,
                model_id=request.model_id,
                holdout_share=request.holdout_share,
                salt=secrets.token_hex(16),
                created_at=now(),
                created_by=request.by,
            )
    except IntegrityError:
        raise _taken() from None


async def update(audience_id: UUID | None, wish: AudienceChange) -> Audience:
    """Change what is given of an audience. Raises Refused, and Conflict for a name taken."""
    mistakes = list(checks.text_mistakes(wish.description, "description", _DESCRIPTION))
    if wish.name is not None:
        mistakes += checks.name_mistakes(wish.name, NAME_LENGTH, NAME)
    if wish.holdout_share is not None:
        mistakes += share_mistakes(wish.holdout_share)
    if audience_id is None or not await Audience.exists(id=audience_id):
        mistakes.append(NotFound("there is no such audience", _ID))
    refuse_if_any(mistakes)
    values: dict[str, object] = {}
    if wish.name is not None:
        values |= {"name": wish.name.strip(), "name_key": checks.name_key(wish.name)}
    if wish.described:
        values["description"] = (wish.description or "").strip() or None
    if wish.holdout_share is not None:
        values["holdout_share"] = wish.holdout_share
    try:
        if values:
            await Audience.filter(id=audience_id).update(**values)
    except IntegrityError:
        raise _taken() from None
    found = await Audience.get_or_none(id=audience_id)
    if found is None:
        raise NotFound("the audience has just been deleted", _ID)
    return found


async def delete(audience_id: UUID | None) -> None:
    """Delete an audience; what it rests on stays. Raises NotFound."""
    if audience_id is None or not await Audience.filter(id=audience_id).delete():
        raise NotFound("there is no such audience: it may have been deleted already", _ID)


async def memberships(audience_ids: Sequence[UUID]) -> list[Membership]:
    """Tell who each audience is by now, in four queries; nobody where it is not there."""
    audiences = {each.id: each for each in await _with_all(audience_ids)}
    live = [each for each in audiences.values() if each.model is not None]
    wanted = [each.model.champion_id for each in live if each.model.champion_id]
    champions = {each.id: each for each in await ModelVersion.filter(id__in=wanted)}
    wishes = {_wish(each, champions[each.model.champion_id]) for each in live if _is_led(each, champions)}
    there = await following.followed(wishes)
    return [_membership(audiences.get(key), champions, there) for key in audience_ids]


async def segmentation_of(membership: Membership) -> Segmentation | None:
    """Find the segmentation that an audience is a segment of; None where it is not there any more."""
    if membership.prediction is not None:
        return await segmentations.of_dataset_prediction(membership.prediction.id)
    return await segmentations.of_run(membership.segment.run_id) if membership.segment else None


async def customers_of(runtime: Runtime, membership: Membership, offset: int, limit: int) -> list[Customer]:
    """Read the customers of an audience, the most typical first."""
    segmentation = await segmentation_of(membership)
    if segmentation is None or membership.segment is None:
        return []
    return await customers.of_segmentation(runtime, segmentation, membership.segment.index, offset, limit)


def share_mistakes(share: float) -> Iterator[DomainError]:
    """Find a share of customers that can't be held out."""
    if not 0 <= share <= LARGEST_SHARE:
        yield Invalid(f"{share:g} can't be held out: give a share from 0 to {LARGEST_SHARE:g}", SHARE)


def _with_all(audience_ids: Sequence[UUID]) -> QuerySet[Audience]:
    found = Audience.filter(id__in=list(audience_ids))
    return found.select_related("segment", "model", "dataset_prediction")


def _membership(
    audience: Audience | None,
    champions: dict[UUID, ModelVersion],
    there: dict[Wish, Segment],
) -> Membership:
    if audience is None:
        return Membership(None, note="the audience has just been deleted")
    segment, placed = audience.segment, audience.dataset_prediction
    if placed is not None:
        counts = {each.index: each.count for each in placed.outcome.counts} if placed.outcome else {}
        return Membership(segment, counts.get(segment.index, 0), placed)
    if audience.kind is AudienceKind.STATIC:
        return Membership(segment, segment.size)
    champion = champions.get(audience.model.champion_id)
    if champion is None:
        return Membership(None, note="its model has no champion: promote a version")
    current = there.get(_wish(audience, champion))
    if current is None:
        note = f"no segment of version {champion.version} of its model continues {segment.name!r}"
        return Membership(None, note=note)
    return Membership(current, current.size)


def _wish(audience: Audience, champion: ModelVersion) -> Wish:
    return Wish(audience.segment_id, champion.run_id)


def _is_led(audience: Audience, champions: dict[UUID, ModelVersion]) -> bool:
    return audience.model.champion_id in champions


async def _source_mistakes(request: AudienceRequest, segment: Segment | None) -> list[DomainError]:
    mistakes: list[DomainError] = []
    if segment is None:
        mistakes.append(NotFound("there is no such segment", _SEGMENT))
    if request.model_given and request.dataset_prediction_given:
        mistakes.append(
            Invalid("give modelId for a live audience, or datasetPredictionId for a static one", _PREDICTION)
        )
    if request.model_given:
        mistakes += await _model_mistakes(request.model_id, segment)
    if request.dataset_prediction_given:
        mistakes += await _prediction_mistakes(request.dataset_prediction_id, segment)
    return mistakes


async def _model_mistakes(model_id: UUID | None, segment: Segment | None) -> list[DomainError]:
    if model_id is None or not await RegisteredModel.exists(id=model_id):
        return [NotFound("there is no such model", _MODEL)]
    if segment and not await ModelVersion.exists(model_id=model_id, run_id=segment.run_id):
        return [Invalid("the segment is of a run that is no version of the model", _SEGMENT)]
    return []


async def _prediction_mistakes(prediction_id: UUID | None, segment: Segment | None) -> list[DomainError]:
    found = DatasetPrediction.filter(id=prediction_id).select_related("job") if prediction_id else None
    placed = await found.first() if found else None
    if placed is None:
        return [NotFound("there is no such placed dataset", _PREDICTION)]
    if placed.job.status is not JobStatus.SUCCEEDED:
        return [Conflict(f"the dataset is not placed: it is {placed.job.status}", _PREDICTION)]
    if segment and segment.run_id != placed.run_id:
        return [Invalid("the segment is of another run than the one that placed the dataset", _SEGMENT)]
    return []


async def _hold(request: AudienceRequest, segment: Segment) -> bool:
    """Keep what an audience is to rest on, in a transaction; answer whether all of it is still there."""
    if request.model_id is not None and await locks.held_model(request.model_id) is None:
        return False
    if not await locks.hold_run(segment.run_id):
        return False
    placed = request.dataset_prediction_id
    return placed is None or await locks.hold_dataset_prediction(placed)


def _taken() -> Conflict:
    return Conflict("another audience has this name: choose another", NAME)
