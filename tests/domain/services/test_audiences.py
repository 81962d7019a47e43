"""Audiences stay as they are, or follow the champion of a model."""

import asyncio
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from tortoise.transactions import in_transaction

from domain.errors import Conflict, DomainError, NotFound, Refused
from domain.models import Audience, ClusteringRun, Job, ModelVersion, RegisteredModel, Segment
from domain.models.connection import Dialect, dialect_of
from domain.services import audiences
from domain.services.audiences import Membership
from domain.services.runtime import Runtime
from domain.terms.exports import AudienceChange, AudienceKind, AudienceRequest
from tests.domain.services.rows import a_job, a_model, a_model_version, a_run, a_segment
from tests.domain.services.segmented import a_placed_dataset, a_segmented_run
from tests.domain.services.test_resting import a_lock_is_waited_for


async def made(segment: Segment, **values: Any) -> Audience:
    return await audiences.create(AudienceRequest(name="Campaign", segment_id=segment.id, **values))


async def members(audience: Audience) -> Membership:
    (found,) = await audiences.memberships([audience.id])
    return found


async def keys(runtime: Runtime, audience: Audience) -> list[str]:
    return [each.key for each in await audiences.customers_of(runtime, await members(audience), 0, 10)]


async def refused(request: AudienceRequest) -> list[tuple[str, ...]]:
    """Tell where the mistakes of a request are; nothing is made of it."""
    before = await Audience.all().count()
    with pytest.raises(Refused) as caught:
        await audiences.create(request)
    assert await Audience.all().count() == before
    return [each.path for each in caught.value.exceptions if isinstance(each, DomainError)]


async def young_of(run: ClusteringRun) -> Segment:
    return await Segment.get(run_id=run.id, index=0)


async def continued(earlier: Segment, later: Segment) -> None:
    await Segment.filter(id=later.id).update(previous_id=earlier.id)


async def crowned(version: ModelVersion) -> None:
    await RegisteredModel.filter(id=version.model_id).update(champion_id=version.id)


async def test_a_static_audience_has_the_customers_of_its_segment(runtime: Runtime) -> None:
    audience = await made(await young_of(await a_segmented_run(runtime)), description="  Spring ")
    assert (audience.kind, audience.description) == (AudienceKind.STATIC, "Spring")
    assert (await members(audience)).size == 3
    assert await keys(runtime, audience) == ["C-0", "C-1", "C-4"]


async def test_an_audience_of_a_placed_dataset_has_its_customers(runtime: Runtime) -> None:
    run = await a_segmented_run(runtime)
    placed = await a_placed_dataset(runtime, run)
    audience = await made(await young_of(run), dataset_prediction_id=placed.id, dataset_prediction_given=True)
    assert (await members(audience)).size == 2
    assert await keys(runtime, audience) == ["C-2", "C-3"]


async def test_a_live_audience_follows_the_champion(runtime: Runtime) -> None:
    first, second = await a_segmented_run(runtime), await a_segmented_run(runtime)
    model = await a_model()
    version = await a_model_version(first, model_id=model.id)
    challenger = await a_model_version(second, model_id=model.id, version=2)
    await continued(await young_of(first), await young_of(second))
    audience = await made(await young_of(first), model_id=model.id, model_given=True)
    assert audience.kind is AudienceKind.LIVE
    assert (await members(audience)).segment is None
    for champion, run in ((version, first), (challenger, second)):
        await crowned(champion)
        assert (await members(audience)).segment == await young_of(run)
    assert await keys(runtime, audience) == ["C-0", "C-1", "C-4"]


async def test_a_live_audience_whose_people_the_champion_does_not_have_is_empty_and_says_why(
    runtime: Runtime,
) -> None:
    # Trained on its own: what has the same index, and the same name, is of other people.
    first, other = await a_segmented_run(runtime), await a_segmented_run(runtime)
    model = await a_model()
    await a_model_version(first, model_id=model.id)
    await crowned(await a_model_version(other, model_id=model.id, version=2))
    audience = await made(await young_of(first), model_id=model.id, model_given=True)
    found = await members(audience)
    assert (found.segment, found.size) == (None, 0)
    assert found.note == "no segment of version 2 of its model continues 'Young'"
    assert await keys(runtime, audience) == []


async def test_a_live_audience_follows_its_people_there_and_back_through_runs_that_are_no_versions(
    runtime: Runtime,
) -> None:
    model = await a_model()
    lineage = [await a_run(await a_job(status="SUCCEEDED")) for _ in range(120)]
    people = [await a_segment(run, place % 3, "Young") for place, run in enumerate(lineage)]
    for earlier, later in pairwise(people):
        await continued(earlier, later)
    # At their former index there are others by now.
    others = await a_segment(lineage[-1], 0, "Others")
    oldest, newest = [
        await a_model_version(run, model_id=model.id, version=version)
        for version, run in enumerate((lineage[0], lineage[-1]), 1)
    ]
    audiences_of = [
        await audiences.create(
            AudienceRequest(each.name + str(each.id), each.id, model_id=model.id, model_given=True)
        )
        for each in (people[0], people[-1], others)
    ]
    for champion, expected in (
        (newest, [people[-1], people[-1], others]),
        (oldest, [people[0], people[0], None]),
    ):
        await crowned(champion)
        found = await audiences.memberships([each.id for each in audiences_of])
        assert [each.segment for each in found] == expected
    assert found[2].note == "no segment of version 1 of its model continues 'Others'"


async def test_every_mistake_is_told_at_once(runtime: Runtime) -> None:
    request = AudienceRequest(" ", uuid4(), model_id=None, model_given=True, holdout_share=0.6)
    assert await refused(request) == [
        ("input", "name"),
        ("input", "holdoutShare"),
        ("input", "segmentId"),
        ("input", "modelId"),
    ]


async def test_the_segment_has_to_be_of_a_version_of_the_model(runtime: Runtime) -> None:
    segment = await young_of(await a_segmented_run(runtime))
    model = await a_model()
    request = AudienceRequest("Campaign", segment.id, model_id=model.id, model_given=True)
    assert await refused(request) == [("input", "segmentId")]


async def test_the_segment_has_to_be_of_the_run_that_placed_the_dataset(runtime: Runtime) -> None:
    segment = await young_of(await a_segmented_run(runtime))
    placed = await a_placed_dataset(runtime, await a_segmented_run(runtime))
    request = AudienceRequest(
        "Campaign", segment.id, dataset_prediction_id=placed.id, dataset_prediction_given=True
    )
    assert await refused(request) == [("input", "segmentId")]


async def test_a_name_is_taken_in_whatever_case(runtime: Runtime) -> None:
    segment = await young_of(await a_segmented_run(runtime))
    audience = await made(segment)
    with pytest.raises(Conflict, match="another audience"):
        await audiences.create(AudienceRequest(" CAMPAIGN", segment.id))
    assert await Audience.all().count() == 1
    assert [each.id for each in await audiences.newest_first(name="campaign ")] == [audience.id]
    assert await audiences.newest_first(AudienceKind.LIVE).count() == 0
    assert await audiences.newest_first(name="\x00").count() == 0


async def test_a_placed_dataset_that_is_deleted_meanwhile_is_not_taken_for_a_name_that_is_taken(
    runtime: Runtime,
) -> None:
    run = await a_segmented_run(runtime)
    segment, placed = await young_of(run), await a_placed_dataset(runtime, run)
    deleted = asyncio.Event()

    async def delete() -> None:
        async with in_transaction():
            await Job.filter(id=placed.job_id).delete()
            deleted.set()
            if dialect_of(runtime.settings.database) is Dialect.POSTGRES:
                await a_lock_is_waited_for()

    deletion = asyncio.create_task(delete())
    await deleted.wait()
    with pytest.raises((NotFound, Refused)) as caught:
        await made(segment, dataset_prediction_id=placed.id, dataset_prediction_given=True)
    await deletion
    if dialect_of(runtime.settings.database) is Dialect.POSTGRES:
        assert str(caught.value) == "what the audience is to rest on has just been deleted"
    assert await Audience.all().count() == 0


async def test_what_is_not_given_stays_when_an_audience_changes(runtime: Runtime) -> None:
    segment = await young_of(await a_segmented_run(runtime))
    audience = await made(segment, description="Spring")
    other = await audiences.create(AudienceRequest("Other", segment.id))
    changed = await audiences.update(audience.id, AudienceChange(holdout_share=0.25))
    assert (changed.name, changed.description, changed.holdout_share) == ("Campaign", "Spring", 0.25)
    changed = await audiences.update(audience.id, AudienceChange(name="Autumn", described=True))
    assert (changed.name, changed.description, changed.holdout_share) == ("Autumn", None, 0.25)
    assert changed.salt == audience.salt
    with pytest.raises(Conflict):
        await audiences.update(other.id, AudienceChange(name="autumn"))
    with pytest.raises(Refused):
        await audiences.update(uuid4(), AudienceChange(name="x"))


async def test_a_deleted_audience_is_gone_and_its_segment_stays(runtime: Runtime) -> None:
    segment = await young_of(await a_segmented_run(runtime))
    audience = await made(segment)
    await audiences.delete(audience.id)
    assert not await Audience.exists(id=audience.id)
    assert await Segment.exists(id=segment.id)
    with pytest.raises(NotFound):
        await audiences.delete(audience.id)


async def test_of_many_audiences_each_is_told_its_own(runtime: Runtime) -> None:
    run = await a_segmented_run(runtime)
    old = await Segment.get(run_id=run.id, index=1)
    one = await audiences.create(AudienceRequest("One", (await young_of(run)).id))
    two = await audiences.create(AudienceRequest("Two", old.id))
    found = await audiences.memberships([two.id, uuid4(), one.id])
    assert [each.size for each in found] == [2, 0, 3]
