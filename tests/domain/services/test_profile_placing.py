"""Profiles are placed again when their model has another champion, and watched while that happens."""

import asyncio
import re
from uuid import UUID, uuid4

import pytest
from tortoise.transactions import in_transaction

from domain.models import CustomerProfile, ProfilePlacement, RegisteredModel
from domain.services import profile_placing, profiles, promotions
from domain.services.profile_placing import place_again
from domain.services.runtime import Runtime
from domain.services.supervision import supervised
from domain.terms.access import Role
from domain.terms.profiles import ProfileUpdate
from tests.domain.services.rows import a_profile, an_account, viewer_of
from tests.domain.services.test_profiles import changed, made, names, placements
from tests.domain.services.test_supervision import another
from tests.domain.services.versions import a_challenger, a_champion, a_placing_version

SOON = 20
"""Seconds in which something has to show, however busy the machine."""


async def waiting() -> list[CustomerProfile]:
    return [row for model in await RegisteredModel.all() for row in await profile_placing.waiting(model, 100)]


async def test_another_champion_places_all_profiles_of_its_model_again(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile_placing, "BATCH", 2)
    first = await a_champion(runtime)
    mine = [await made(runtime, name=f"{count}", attributes={"age": 38}) for count in range(5)]
    await a_champion(runtime)
    other = await made(runtime)
    second = await a_challenger(runtime, first, 10, 40)
    assert await place_again(runtime) == 0
    await promotions.promote(runtime, second.id)
    assert len(await waiting()) == 5
    assert await place_again(runtime) == 5
    for profile in mine:
        assert await names(profile) == ["Old", "Young"]
        row = await CustomerProfile.get(id=profile.id)
        assert (row.scored_version_id, row.revision) == (second.id, 1)
        assert row.updated_at == profile.updated_at
    assert await names(other) == ["Young"]
    await promotions.roll_back(runtime, first.model_id)
    assert await place_again(runtime) == 5
    assert [placement.version for placement in await placements(mine[0])] == [1, 2, 1]
    assert await names(mine[0]) == ["Young", "Old", "Young"]


async def test_profiles_from_before_there_was_a_champion_get_the_first_there_is(runtime: Runtime) -> None:
    version = await a_placing_version(runtime)
    given, free = await made(runtime, model_id=version.model_id, model_given=True), await made(runtime)
    assert await place_again(runtime) == 0
    other = await a_champion(runtime)
    assert await place_again(runtime) == 1
    await promotions.promote(runtime, version.id)
    assert await place_again(runtime) == 1
    rows = {row.id: row for row in await CustomerProfile.all()}
    assert (rows[free.id].model_id, rows[free.id].scored_version_id) == (other.model_id, other.id)
    assert (rows[given.id].model_id, rows[given.id].scored_version_id) == (version.model_id, version.id)
    assert await names(free) == await names(given) == ["Young"]


async def test_several_servers_write_each_placement_once(runtime: Runtime) -> None:
    first = await a_champion(runtime)
    mine = [await made(runtime, attributes={"age": 38}) for _ in range(6)]
    await promotions.promote(runtime, (await a_challenger(runtime, first, 10, 40)).id)
    counts = await asyncio.gather(*(place_again(another(runtime)) for _ in range(3)))
    assert sum(counts) == 6
    for profile in mine:
        assert await names(profile) == ["Old", "Young"]


async def test_a_profile_that_is_changed_meanwhile_is_not_overwritten(runtime: Runtime) -> None:
    first = await a_champion(runtime)
    profile = await made(runtime)
    second = await a_challenger(runtime, first, 20, 60)
    (stale,) = await profile_placing.place(runtime, second, [profile.attributes])
    await promotions.promote(runtime, second.id)
    now = await changed(runtime, profile, attributes={"age": 70})
    assert not await profile_placing._write_if_unchanged(runtime, profile, stale)
    assert await CustomerProfile.get() == now
    assert await names(profile) == ["Old", "Young"]
    assert await place_again(runtime) == 0


async def test_a_change_that_is_overtaken_by_a_placement_is_made_on_top_of_it(runtime: Runtime) -> None:
    first = await a_champion(runtime)
    mine = await made(runtime, attributes={"age": 38})
    for version in [await a_challenger(runtime, first, 10, 40), first]:
        await promotions.promote(runtime, version.id)
        updates = [changed(runtime, mine, name=f"{count}") for count in range(2)]
        await asyncio.gather(place_again(runtime), *updates)
    row = await CustomerProfile.get()
    assert (row.scored_version_id, row.revision) == (first.id, 6)
    assert await names(mine) == ["Young", "Old", "Young"]


async def test_who_cannot_be_placed_again_has_the_problem_and_is_not_tried_for_ever(runtime: Runtime) -> None:
    first = await a_champion(runtime)
    profile = await made(runtime)
    second = await a_challenger(runtime, first, 20, 61)
    await promotions.promote(runtime, second.id)
    run = await second.run
    runtime.storage.delete(run.folder)
    # As in a server that has just begun.
    runtime.scorers.drop(run.scorer_checksum)
    assert await place_again(runtime) == 1
    assert await place_again(runtime) == len(await waiting()) == 0
    newest, before = await placements(profile)
    assert (newest.segment_name, newest.version, before.segment_name) == (None, 2, "Young")
    assert str(newest.problem).startswith("the file that places new customers is gone")


async def test_profiles_of_a_model_that_fails_keep_no_others_waiting(runtime: Runtime) -> None:
    broken, fine = await a_champion(runtime), await a_champion(runtime)
    stuck = await a_profile(model_id=broken.model_id)
    await a_profile(model_id=fine.model_id)
    await RegisteredModel.filter(id=broken.model_id).update(champion_id=uuid4())
    assert await place_again(runtime) == 1
    assert [row.id for row in await waiting()] == [stuck.id]
    await RegisteredModel.filter(id=broken.model_id).update(champion_id=broken.id)
    assert await place_again(runtime) == 1


async def test_who_waits_is_looked_up_and_not_searched_for_among_all_profiles(runtime: Runtime) -> None:
    model = await RegisteredModel.get(id=(await a_champion(runtime)).model_id)
    async with in_transaction() as connection:
        if connection.capabilities.dialect == "postgres":
            # So few rows it would else read one by one.
            await connection.execute_script("SET LOCAL enable_seqscan = off")
        queries = profile_placing._waiting(model)
        plans = [str([tuple(row) for row in await query.limit(5).explain()]) for query in queries]
    if connection.capabilities.dialect == "postgres":
        looked_up = re.compile(r"Index Cond\W+\w+.model_id = \S+ AND \(\w+.scored_version_id (IS NULL|<|>)")
    else:
        looked_up = re.compile(r"USING INDEX \w+ \(model_id=\? AND scored_version_id(=|<|>)")
    assert [len(looked_up.findall(plan)) for plan in plans] == [1, 1, 1], plans


async def test_what_is_placed_last_is_newest_also_after_a_server_whose_clock_is_ahead(
    runtime: Runtime,
) -> None:
    first = await a_champion(runtime)
    profile = await a_profile(model_id=first.model_id, attributes={"age": 38}, scored_version_id=first.id)
    ahead = UUID("ffffffff-ffff-7fff-bfff-000000000000")
    await ProfilePlacement.create(
        id=ahead, profile_id=profile.id, version=1, segment_name="Young", placed_at=profile.created_at
    )
    await promotions.promote(runtime, (await a_challenger(runtime, first, 10, 40)).id)
    await place_again(runtime)
    assert await names(profile) == ["Old", "Young"]


async def test_a_server_places_them_by_itself(runtime: Runtime) -> None:
    first = await a_champion(runtime)
    profile = await made(runtime, attributes={"age": 38})
    viewer = viewer_of(await profile.account)
    second = await a_challenger(runtime, first, 10, 40)
    async with asyncio.timeout(SOON), supervised(runtime):
        seen = profiles.watch(runtime, viewer, profile.id)
        assert (await anext(seen) or profile).revision == 0
        await promotions.promote(runtime, second.id)
        assert (await anext(seen) or profile).scored_version_id == second.id


async def test_a_watcher_sees_what_another_process_does_and_the_end(runtime: Runtime) -> None:
    elsewhere = another(runtime)
    first = await a_champion(runtime)
    profile = await made(runtime, attributes={"age": 38})
    second = await a_challenger(runtime, first, 10, 40)
    administrator = viewer_of(await an_account(role=Role.ADMIN))
    for viewer in (viewer_of(await profile.account), administrator):
        async with asyncio.timeout(SOON):
            seen = profiles.watch(runtime, viewer, profile.id)
            before = await anext(seen)
            assert before is not None
            version = second if before.scored_version_id == first.id else first
            await promotions.promote(elsewhere, version.id)
            await place_again(elsewhere)
            after = await anext(seen)
            assert after is not None
            assert (after.scored_version_id, after.revision) == (version.id, before.revision + 1)
            await profiles.update(elsewhere, profile.account_id, ProfileUpdate(profile.id, name="Grace"))
            assert (await anext(seen) or profile).name == "Grace"
    await profiles.delete(elsewhere, profile.account_id, profile.id)
    async with asyncio.timeout(SOON):
        assert [state async for state in seen] == [None]
    assert not runtime.changes._kinds.keys() - {profile.id}


async def test_what_is_not_there_or_not_ones_own_is_none_once(runtime: Runtime) -> None:
    profile, stranger = await made(runtime), await an_account()
    for viewer, key in (
        (viewer_of(stranger), profile.id),
        (viewer_of(stranger), uuid4()),
        (viewer_of(await profile.account), None),
    ):
        assert [state async for state in profiles.watch(runtime, viewer, key)] == [None]
