"""Customer profiles: keep, change, delete, look up, watch. Each is its account's own."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from domain.errors import Conflict, DomainError, NotFound, Refused, TooLarge, refuse_if_any
from domain.models import CustomerProfile, RegisteredModel
from domain.services import locks, profile_checks, profile_placing
from domain.services.identities import new_id, now
from domain.services.profile_placing import Placed
from domain.services.runtime import Runtime
from domain.settings import PREFIX
from domain.terms.access import Role, Viewer
from domain.terms.profiles import ProfileCreation, ProfileUpdate
from domain.terms.wording import counted

LAPS = 5
"""How often a change is tried again that others have overtaken."""

_ID = ("input", "id")
_PLACED_BY = frozenset({"attributes", "model_id"})
"""What places a profile anew when it is given."""


def own(account_id: UUID) -> QuerySet[CustomerProfile]:
    """The profiles of an account, the newest first."""
    return CustomerProfile.filter(account_id=account_id).order_by("-id")


def visible_to(viewer: Viewer) -> QuerySet[CustomerProfile]:
    """One's own profiles, or all for ADMIN, the newest first."""
    if viewer.role.includes(Role.ADMIN):
        return CustomerProfile.all().order_by("-id")
    return own(viewer.account_id)


async def create(runtime: Runtime, account_id: UUID, request: ProfileCreation) -> CustomerProfile:
    """Keep an eye on a customer, who is placed at once where the model has a champion.

    Raises Refused with every mistake in the request, and TooLarge where the account has as
    many profiles as one may.
    """
    for _ in range(LAPS):
        refuse_if_any(await _mistakes(runtime, request))
        values = {"note": None, **_given(request)}
        placed = await _settle(runtime, values)
        try:
            return await _create(runtime, account_id, values, placed)
        except IntegrityError:
            # What it is placed by was deleted meanwhile: another model may be there.
            continue
    raise _too_busy(())


async def update(runtime: Runtime, account_id: UUID, request: ProfileUpdate) -> CustomerProfile:
    """Change a profile of one's own; with other attributes, or another model, it is placed anew.

    Raises Refused with every mistake in the request. What is stored then is as it was.
    """
    for _ in range(LAPS):
        profile = await _found(runtime, account_id, request)
        values, placed = _given(request), None
        if values.keys() & _PLACED_BY:
            values = {"attributes": profile.attributes, "model_id": profile.model_id, **values}
            placed = await _settle(runtime, values)
        try:
            changed = await _change(profile, values, placed)
        except IntegrityError:
            continue
        if changed:
            runtime.changes.tell(profile.id)
            return changed
    raise _too_busy(_ID)


async def delete(runtime: Runtime, account_id: UUID, profile_id: UUID | None) -> UUID:
    """Delete a profile of one's own, with its history. Raises NotFound."""
    if profile_id is None or not await own(account_id).filter(id=profile_id).delete():
        raise NotFound("there is no such profile: it may have been deleted already", _ID)
    runtime.changes.tell(profile_id)
    return profile_id


async def watch(
    runtime: Runtime, viewer: Viewer, profile_id: UUID | None
) -> AsyncIterator[CustomerProfile | None]:
    """Yield a profile as it is, then each newer state of it, for as long as it is there.

    A slow reader gets the newest state only. Yields None, and ends, for one that is not there, not
    any more, or not the viewer's to see.
    """
    if profile_id is None:
        yield None
        return
    async with runtime.changes.watching(profile_id, of=CustomerProfile) as news:
        seen = -1
        while True:
            news.clear()
            profile = await visible_to(viewer).get_or_none(id=profile_id)
            if profile is None:
                yield None
                return
            if profile.revision != seen:
                seen = profile.revision
                yield profile
            await news.wait()


async def _found(runtime: Runtime, account_id: UUID, request: ProfileUpdate) -> CustomerProfile:
    """Look the profile up, and find all that is wrong with the request."""
    mistakes = await _mistakes(runtime, request)
    profile = await own(account_id).get_or_none(id=request.profile_id) if request.profile_id else None
    if profile is None:
        missing = NotFound("there is no such profile", _ID)
        raise Refused("the request was refused", [missing, *mistakes])
    refuse_if_any(mistakes)
    return profile


async def _mistakes(runtime: Runtime, request: ProfileCreation | ProfileUpdate) -> list[DomainError]:
    mistakes: list[DomainError] = []
    if request.name is not None:
        mistakes += profile_checks.name_mistakes(request.name)
    if request.attributes is not None or isinstance(request, ProfileCreation):
        mistakes += profile_checks.attribute_mistakes(request.attributes, runtime.settings)
    mistakes += profile_checks.note_mistakes(_trimmed(request.note))
    if request.model_given and not await RegisteredModel.exists(id=request.model_id):
        mistakes.append(NotFound("there is no such model", ["input", "modelId"]))
    return mistakes


def _given(request: ProfileCreation | ProfileUpdate) -> dict[str, Any]:
    """Name the columns that a request without mistakes gives, with their values."""
    values = {
        "name": request.name and request.name.strip(),
        "attributes": request.attributes,
        "note": _trimmed(request.note),
        "model_id": request.model_id,
    }
    given = {name: value for name, value in values.items() if value is not None}
    cleared = {"note": None} if isinstance(request, ProfileUpdate) and request.note_given else {}
    return {**cleared, **given}


def _trimmed(note: str | None) -> str | None:
    return (note or "").strip() or None


async def _settle(runtime: Runtime, values: dict[str, Any]) -> Placed | None:
    """Place what the values tell of a customer, and add what that makes of them; None without a champion."""
    key = values.get("model_id")
    model = await RegisteredModel.get_or_none(id=key) if key else await profile_placing.usual_model()
    champion = await profile_placing.champion_of(model)
    placed = None
    if champion:
        (placed,) = await profile_placing.place(runtime, champion, [values["attributes"]])
    values["model_id"] = model and model.id
    values["scored_version_id"] = placed and placed.version.id
    values["key_hash"] = placed and placed.key_hash
    return placed


async def _create(
    runtime: Runtime, account_id: UUID, values: dict[str, Any], placed: Placed | None
) -> CustomerProfile:
    most, moment = runtime.settings.max_profiles, now()
    async with in_transaction():
        # Held: of two requests at once, the second one counts the first one's profile.
        if not await locks.hold_account(account_id):
            raise NotFound("the account has just been deleted", ["input"])
        if await own(account_id).count() >= most:
            raise TooLarge(
                f"you have {counted(most, 'profile')}, as many as one may: delete one, or have "
                f"{PREFIX}MAX_PROFILES raised",
                ["input"],
            )
        profile = await CustomerProfile.create(
            id=new_id(), account_id=account_id, created_at=moment, updated_at=moment, **values
        )
        if placed:
            await profile_placing.write(profile.id, placed)
    return profile


async def _change(
    profile: CustomerProfile, values: dict[str, Any], placed: Placed | None
) -> CustomerProfile | None:
    """Write a change; None where somebody else has changed or placed the profile since it was read."""
    async with in_transaction():
        unchanged = CustomerProfile.filter(id=profile.id, revision=profile.revision)
        if not await unchanged.update(revision=F("revision") + 1, updated_at=now(), **values):
            return None
        if placed:
            await profile_placing.write(profile.id, placed)
        return await CustomerProfile.get(id=profile.id)


def _too_busy(path: tuple[str, ...]) -> Conflict:
    return Conflict("others change this all the time: send the request again", path)
