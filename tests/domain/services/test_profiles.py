"""Customer profiles: kept, changed, deleted and found, each its account's own."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.errors import Conflict, DomainError, Invalid, NotFound, Refused, TooLarge
from domain.models import Account, CustomerProfile, ProfilePlacement, Segment
from domain.services import (
    accounts,
    administration,
    models,
    profile_searching,
    profiles,
    promotions,
    remembering,
)
from domain.services.runtime import Runtime
from domain.terms.access import Role
from domain.terms.profiles import ProfileCreation, ProfileUpdate
from domain.terms.segments import UnassignedReason
from tests.domain.services.people import PASSWORD, a_person
from tests.domain.services.rows import a_placement, a_profile, a_segment, an_account, viewer_of
from tests.domain.services.versions import a_challenger, a_champion, a_placing_version

ADA = ProfileCreation("Ada", {"id": "C-1", "age": 25})


async def made(runtime: Runtime, account: Account | None = None, **values: Any) -> CustomerProfile:
    """Make a profile that is fine: Ada, 25 years old, unless something else is given."""
    account = account or await an_account()
    return await profiles.create(runtime, account.id, replace(ADA, **values))


async def changed(runtime: Runtime, profile: CustomerProfile, **values: Any) -> CustomerProfile:
    return await profiles.update(runtime, profile.account_id, ProfileUpdate(profile.id, **values))


async def placements(profile: CustomerProfile) -> list[ProfilePlacement]:
    """Read where a profile's customer has been, the newest first."""
    return await profile_searching.history(profile.id)


async def names(profile: CustomerProfile) -> list[str | None]:
    """Name the segments that a profile's customer has been in, the newest first."""
    return [placement.segment_name for placement in await placements(profile)]


def mistakes(caught: pytest.ExceptionInfo[Refused]) -> list[tuple[type[Exception], tuple[str, ...]]]:
    return [(type(each), each.path) for each in caught.value.exceptions if isinstance(each, DomainError)]


async def test_a_profile_is_placed_at_once_by_the_model_that_was_promoted_most_recently(
    runtime: Runtime,
) -> None:
    await a_champion(runtime, young=80, old=25)
    newest = await a_champion(runtime)
    await a_placing_version(runtime)
    profile = await made(runtime, name="  Ada ", note=" likes tea ")
    assert (profile.name, profile.note, profile.revision) == ("Ada", "likes tea", 0)
    assert (profile.model_id, profile.scored_version_id) == (newest.model_id, newest.id)
    (placement,) = await placements(profile)
    assert (placement.segment_name, placement.version) == ("Young", 1)
    assert placement.model_version_id == newest.id
    assert placement.distance == pytest.approx(5)
    assert 0.5 < (placement.confidence or 0) <= 1
    assert (placement.unassigned, placement.problem) == (None, None)


async def test_a_profile_is_found_by_the_hash_of_the_identifier_in_its_attributes(runtime: Runtime) -> None:
    await a_champion(runtime)
    assert (await made(runtime)).key_hash == remembering.key_hash("C-1")
    assert (await made(runtime, attributes={"id": 7, "age": 25})).key_hash == remembering.key_hash("7")
    assert (await made(runtime, attributes={"age": 25})).key_hash is None


async def test_without_a_champion_a_profile_is_kept_and_not_placed(runtime: Runtime) -> None:
    version = await a_placing_version(runtime)
    waits, free = await made(runtime, model_id=version.model_id, model_given=True), await made(runtime)
    assert (waits.model_id, waits.scored_version_id) == (version.model_id, None)
    assert (free.model_id, free.scored_version_id) == (None, None)
    assert await ProfilePlacement.all().count() == 0


async def test_attributes_that_cannot_be_placed_are_kept_with_what_is_wrong(runtime: Runtime) -> None:
    champion = await a_champion(runtime)
    profile = await made(runtime, attributes={"age": "many", "city": "Bonn"})
    assert profile.scored_version_id == champion.id
    (placement,) = await placements(profile)
    assert (placement.segment_id, placement.segment_name, placement.confidence) == (None, None, None)
    assert placement.problem is not None
    assert "age" in placement.problem
    await changed(runtime, profile, attributes={"age": 70})
    assert await names(profile) == ["Old", None]


async def test_a_version_that_can_place_nobody_is_a_problem_of_the_profile(runtime: Runtime) -> None:
    champion = await a_champion(runtime)
    run = await champion.run
    runtime.storage.delete(run.folder)
    # As in a server that has just begun.
    runtime.scorers.drop(run.scorer_checksum)
    (placement,) = await placements(await made(runtime))
    assert placement.problem is not None
    assert placement.problem.startswith("the file that places new customers is gone")


RECORDS: list[tuple[object, type[DomainError], tuple[str, ...]]] = [
    ([1, 2], Invalid, ()),
    ("age", Invalid, ()),
    (None, Invalid, ()),
    ({"age": {"years": 3}}, Invalid, ("age",)),
    ({"age": [3]}, Invalid, ("age",)),
    ({"age": 2**63}, Invalid, ("age",)),
    ({"age": float("inf")}, Invalid, ("age",)),
    ({"city": "Bo\0nn"}, Invalid, ("city",)),
    ({"city": "Bonn\ud800"}, Invalid, ("city",)),
    ({"ci\0ty": "Bonn"}, Invalid, ("ci\0ty",)),
    ({"city": "x" * 21}, TooLarge, ("city",)),
    ({"x" * 21: 1}, TooLarge, ("x" * 21,)),
    (dict.fromkeys("abcdef"), TooLarge, ()),
]


async def test_attributes_are_a_flat_record_of_a_size_that_is_kept(runtime: Runtime) -> None:
    small = runtime.settings.model_copy(update={"max_columns": 5, "max_cell_length": 20})
    strict = replace(runtime, settings=small)
    kept = await made(strict, attributes={"a": 1, "b": 2.5, "c": True, "d": None, "e": "two\nlines"})
    for record, kind, path in RECORDS:
        with pytest.raises(Refused) as caught:
            await made(strict, attributes=record)
        assert mistakes(caught) == [(kind, ("input", "attributes", *path))], record
    stored = await CustomerProfile.get()
    assert stored.attributes == kept.attributes == {"a": 1, "b": 2.5, "c": True, "d": None, "e": "two\nlines"}


async def test_all_mistakes_are_told_at_once_and_nothing_is_kept(runtime: Runtime) -> None:
    account = await an_account()
    wrong = ProfileCreation(" ", {"age": []}, "x" * 2_001, None, model_given=True)
    with pytest.raises(Refused) as caught:
        await profiles.create(runtime, account.id, wrong)
    told = [
        (Invalid, ("input", "name")),
        (Invalid, ("input", "attributes", "age")),
        (Invalid, ("input", "note")),
        (NotFound, ("input", "modelId")),
    ]
    assert mistakes(caught) == told
    assert await CustomerProfile.all().count() == 0
    profile = await made(runtime, account)
    update = ProfileUpdate(
        None, wrong.name, wrong.attributes, wrong.note, note_given=True, model_id=uuid4(), model_given=True
    )
    for key in (None, uuid4(), profile.id):
        with pytest.raises(Refused) as caught:
            await profiles.update(runtime, account.id, replace(update, profile_id=key))
        missing = [] if key == profile.id else [(NotFound, ("input", "id"))]
        assert mistakes(caught) == [*missing, *told]
    assert (await CustomerProfile.get()).revision == 0


async def test_an_account_has_so_many_profiles_and_no_more(runtime: Runtime) -> None:
    few = replace(runtime, settings=runtime.settings.model_copy(update={"max_profiles": 2}))
    account = await an_account()
    await made(few, account)
    results = await asyncio.gather(*(made(few, account) for _ in range(3)), return_exceptions=True)
    refusals = [result for result in results if isinstance(result, TooLarge)]
    assert [refusal.path for refusal in refusals] == [("input",)] * 2
    assert "MAX_PROFILES" in refusals[0].message
    assert await profiles.own(account.id).count() == 2
    await made(few)


async def test_only_what_is_given_changes(runtime: Runtime) -> None:
    await a_champion(runtime)
    profile = await made(runtime, note="likes tea")
    renamed = await changed(runtime, profile, name=" Grace ")
    assert (renamed.name, renamed.note, renamed.attributes) == ("Grace", "likes tea", ADA.attributes)
    assert (renamed.revision, renamed.scored_version_id) == (1, profile.scored_version_id)
    assert renamed.updated_at > profile.updated_at
    cleared = await changed(runtime, profile, note_given=True)
    assert (cleared.name, cleared.note, cleared.key_hash) == ("Grace", None, profile.key_hash)
    assert await names(profile) == ["Young"]


async def test_other_attributes_place_it_anew_and_the_history_grows_when_it_moves(runtime: Runtime) -> None:
    await a_champion(runtime)
    profile = await made(runtime)
    (first,) = await placements(profile)
    await changed(runtime, profile, attributes={"id": "C-2", "age": 26})
    (same,) = await placements(profile)
    assert (same.id, same.placed_at) == (first.id, first.placed_at)
    assert same.distance == pytest.approx(6)
    moved = await changed(runtime, profile, attributes={"age": 61})
    assert await names(profile) == ["Old", "Young"]
    assert moved.key_hash is None


async def test_another_model_places_it_anew(runtime: Runtime) -> None:
    await a_champion(runtime)
    other = await a_champion(runtime, young=80, old=25)
    waiting = await a_placing_version(runtime)
    profile = await made(runtime)
    assert profile.model_id == other.model_id
    await promotions.promote(runtime, waiting.id)
    profile = await changed(runtime, profile, model_id=waiting.model_id, model_given=True)
    assert (profile.model_id, profile.scored_version_id) == (waiting.model_id, waiting.id)
    assert await names(profile) == ["Young", "Old"]


async def test_profiles_are_found_by_a_part_of_their_name_and_by_where_they_are_now(runtime: Runtime) -> None:
    champion = await a_champion(runtime)
    account = await an_account()
    ada, eve = await made(runtime, account), await made(runtime, account, name="Ève", attributes={"age": 70})
    own = profiles.own(account.id)
    assert [row.id for row in await own] == [eve.id, ada.id]
    for part, found in {"AD": [ada], "ève": [eve], "%": [], "a\0": [], "": []}.items():
        assert [row.id for row in await profile_searching.named(own, part)] == [row.id for row in found]
    young, old = await Segment.filter(run_id=champion.run_id).order_by("index")
    assert [row.id for row in await profile_searching.in_segment(own, young.id)] == [ada.id]
    await changed(runtime, ada, attributes={"age": 71})
    assert await profile_searching.in_segment(own, young.id) == []
    assert await profile_searching.in_segment(own, old.id).count() == 2
    assert await profile_searching.in_segment(own, None) == []
    newest = await profile_searching.newest_placements().filter(profile_id__in=[ada.id, eve.id])
    assert {row.profile_id: row.segment_name for row in newest} == {ada.id: "Old", eve.id: "Old"}


async def test_nobody_but_an_administrator_sees_anothers_profile_and_nobody_changes_it(
    runtime: Runtime,
) -> None:
    profile, stranger = await made(runtime), await an_account()
    administrator = await an_account(role=Role.ADMIN)
    assert await profiles.visible_to(viewer_of(stranger)).count() == 0
    assert (await profiles.visible_to(viewer_of(administrator)).get()).id == profile.id
    for account in (stranger, administrator):
        with pytest.raises(Refused):
            await profiles.update(runtime, account.id, ProfileUpdate(profile.id, name="Mine"))
        with pytest.raises(NotFound):
            await profiles.delete(runtime, account.id, profile.id)
    assert (await CustomerProfile.get()).name == "Ada"


@pytest.mark.parametrize("key", [None, uuid4()])
async def test_what_is_not_there_is_not_deleted(runtime: Runtime, key: UUID | None) -> None:
    profile = await made(runtime)
    with pytest.raises(NotFound):
        await profiles.delete(runtime, profile.account_id, key)
    assert await profiles.delete(runtime, profile.account_id, profile.id) == profile.id
    assert await CustomerProfile.all().count() == 0


async def test_an_account_takes_its_profiles_with_it(runtime: Runtime) -> None:
    await a_champion(runtime)
    going, deleted, staying = await a_person("mary"), await a_person("anne"), await a_person("jane")
    kept = [await made(runtime, account) for account in (going, deleted, staying)][-1]
    await accounts.delete_own(runtime, viewer_of(going), PASSWORD)
    await administration.delete(runtime, deleted.id)
    assert [row.id for row in await CustomerProfile.all()] == [kept.id]
    assert [row.profile_id for row in await ProfilePlacement.all()] == [kept.id]
    with pytest.raises(NotFound):
        await made(runtime, going)


async def test_a_model_that_profiles_rest_on_is_not_deleted(runtime: Runtime) -> None:
    champion = await a_champion(runtime)
    profile = await made(runtime)
    with pytest.raises(Conflict, match="1 customer profile"):
        await models.delete(runtime, champion.model_id)
    await profiles.delete(runtime, profile.account_id, profile.id)
    await models.delete(runtime, champion.model_id)


async def test_the_history_outlives_the_version_and_the_segment(runtime: Runtime) -> None:
    champion = await a_champion(runtime)
    profile = await a_profile(model_id=champion.model_id, scored_version_id=champion.id)
    gone = await a_challenger(runtime, champion, 30, 50)
    segment = await a_segment(await gone.run, 2, "Middle")
    await a_placement(profile, segment_id=segment.id, model_version_id=gone.id, segment_name="Middle")
    await segment.delete()
    await gone.delete()
    (placement,) = await placements(profile)
    assert (placement.segment_id, placement.model_version_id) == (None, None)
    assert (placement.segment_name, placement.version) == ("Middle", 1)


async def test_who_is_in_no_segment_has_the_reason(runtime: Runtime) -> None:
    await a_champion(runtime)
    profile = await made(runtime, attributes={"age": None})
    (placement,) = await placements(profile)
    assert (placement.segment_id, placement.problem) == (None, None)
    assert placement.unassigned is UnassignedReason.MISSING_VALUES
