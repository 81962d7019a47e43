"""Models: registered in versions, promoted, rolled back, described and deleted."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.errors import Conflict, DomainError, Invalid, NotFound, Refused
from domain.models import ClusteringRun, Job, ModelVersion, Promotion, RegisteredModel, RememberedPrediction
from domain.services import models, promotions, standings
from domain.services.identities import new_id, now
from domain.services.models import Description
from domain.services.runtime import Runtime
from domain.services.trainings import scorer_key
from domain.storage.scorers import dump_scorer
from domain.terms.exports import AudienceKind
from domain.terms.registering import Registration
from tests.domain.services.rows import (
    a_dataset,
    a_dataset_prediction,
    a_job,
    a_model_version,
    a_profile,
    a_remembered_prediction,
    a_run,
    a_segment,
    an_audience,
)
from tests.domain.services.versions import by_age


async def a_scoring_run(runtime: Runtime, **values: Any) -> ClusteringRun:
    """A run that succeeded and can place customers."""
    run = await a_run(await a_job(status="SUCCEEDED"), **values)
    run.scorer_checksum = dump_scorer(runtime.storage, scorer_key(run), by_age(20.0, 60.0))
    await run.save(update_fields=["scorer_checksum"])
    return run


async def registered(runtime: Runtime, name: str = "churn", **values: Any) -> ModelVersion:
    return await models.register(runtime, Registration((await a_scoring_run(runtime)).id, name, **values))


async def versions(runtime: Runtime, count: int) -> list[ModelVersion]:
    """The first versions of a model, none of which is the champion."""
    return [await registered(runtime) for _ in range(count)]


async def champion(version: ModelVersion) -> UUID | None:
    return (await RegisteredModel.get(id=version.model_id)).champion_id


async def told(model_id: UUID) -> list[tuple[int, str, bool]]:
    """The history of a model, the newest first."""
    rows = await promotions.history(model_id).select_related("version")
    return [(row.version.version, row.kind.value, row.undone) for row in rows]


def mistakes(refused: pytest.ExceptionInfo[Refused]) -> list[tuple[type[Exception], tuple[str, ...]]]:
    return [(type(each), each.path) for each in refused.value.exceptions if isinstance(each, DomainError)]


async def test_versions_of_a_name_are_counted_from_one_whatever_its_case(runtime: Runtime) -> None:
    by = uuid4()
    first = await registered(runtime, " Größe ", description="who leaves", note=" first ", by=by)
    second = await registered(runtime, "GRO\u0308SSE")
    other = await registered(runtime, "another")

    assert [row.version for row in (first, second, other)] == [1, 2, 1]
    assert (first.note, first.created_by, second.note) == ("first", by, None)
    model = await RegisteredModel.get(id=first.model_id)
    assert (model.name, model.description, model.champion_id) == ("Größe", "who leaves", None)
    assert second.model_id == first.model_id != other.model_id
    assert [row.name for row in await models.newest_first()] == ["another", "Größe"]
    assert [row.id for row in await models.newest_first("grösse")] == [model.id]
    assert await models.newest_first("none\x00") == []


async def test_a_description_stays_unless_another_is_given(runtime: Runtime) -> None:
    first = await registered(runtime, description="who leaves")
    for given, kept in ((None, "who leaves"), ("who stays", "who stays"), ("", None)):
        await registered(runtime, description=given)
        assert (await RegisteredModel.get(id=first.model_id)).description == kept


async def test_registrations_at_once_have_numbers_of_their_own(runtime: Runtime) -> None:
    for name in ("one", "two", "three"):
        keys = [(await a_scoring_run(runtime)).id for _ in range(4)]
        made = await asyncio.gather(*(models.register(runtime, Registration(key, name)) for key in keys))
        assert sorted(row.version for row in made) == [1, 2, 3, 4]
        assert len({row.model_id for row in made}) == 1


async def test_a_run_is_a_version_of_a_model_once_and_of_several_models(runtime: Runtime) -> None:
    await registered(runtime)
    run = await a_scoring_run(runtime)
    await models.register(runtime, Registration(run.id, "churn"))
    with pytest.raises(Conflict, match="the run is version 2 of this model already"):
        await models.register(runtime, Registration(run.id, "Churn", description="other", promote=True))
    model = await RegisteredModel.get(name="churn")
    assert (model.description, model.champion_id) == (None, None)
    assert (await models.register(runtime, Registration(run.id, "value"))).version == 1


async def test_all_that_is_wrong_with_a_registration_is_told_and_nothing_is_made(runtime: Runtime) -> None:
    with pytest.raises(Refused) as refused:
        await models.register(
            runtime, Registration(None, " ", description="x" * 2_001, note="a\x00b", promote=True)
        )
    assert mistakes(refused) == [
        (NotFound, ("input", "runId")),
        (Invalid, ("input", "name")),
        (Invalid, ("input", "description")),
        (Invalid, ("input", "note")),
    ]
    assert await RegisteredModel.all().count() == 0


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("RUNNING", "the run can't be registered: it is RUNNING"),
        ("SUCCEEDED", "train again with reuse: false"),
    ],
)
async def test_only_a_run_that_can_place_customers_is_registered(
    runtime: Runtime, status: str, words: str
) -> None:
    run = await a_run(await a_job(status=status))
    with pytest.raises(Refused) as refused:
        await models.register(runtime, Registration(run.id, "churn"))
    assert mistakes(refused) == [(Conflict, ("input", "runId"))]
    assert words in str(refused.value.exceptions[0])
    assert await RegisteredModel.all().count() == 0


async def test_a_version_may_become_champion_as_it_is_registered(runtime: Runtime) -> None:
    by = uuid4()
    version = await registered(runtime, promote=True, note="at once", by=by)
    assert await champion(version) == version.id
    (promotion,) = await Promotion.all()
    assert (promotion.version_id, promotion.kind, promotion.note, promotion.by) == (
        version.id,
        "PROMOTED",
        "at once",
        by,
    )
    assert runtime.queued.is_set()


async def test_rollbacks_go_further_back_each_time_and_a_promotion_goes_on_from_there(
    runtime: Runtime,
) -> None:
    one, two, three = await versions(runtime, 3)
    for version in (one, two, three):
        await promotions.promote(runtime, version.id, f"v{version.version}")
    assert await champion(one) == three.id

    runtime.queued.clear()
    model, back = await promotions.roll_back(runtime, one.model_id, "worse")
    assert (model.champion_id, back.id, await champion(one)) == (two.id, two.id, two.id)
    assert runtime.queued.is_set()
    await promotions.roll_back(runtime, one.model_id)
    assert await champion(one) == one.id
    with pytest.raises(Conflict, match="there is no earlier champion"):
        await promotions.roll_back(runtime, one.model_id)

    await promotions.promote(runtime, three.id)
    await promotions.roll_back(runtime, one.model_id)
    assert await champion(one) == one.id
    assert await told(one.model_id) == [
        (1, "ROLLED_BACK", False),
        (3, "PROMOTED", True),
        (1, "ROLLED_BACK", False),
        (2, "ROLLED_BACK", False),
        (3, "PROMOTED", True),
        (2, "PROMOTED", True),
        (1, "PROMOTED", False),
    ]


async def test_neither_numbers_nor_rollbacks_depend_on_the_clock_of_the_server(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await registered(runtime)
    await promotions.promote(runtime, one.id)
    ahead, moment = new_id(), now() + timedelta(seconds=5)
    # Another server, five seconds ahead, makes the second version and promotes it.
    with monkeypatch.context() as other:
        later = iter(range(1, 9))
        for module in (models, promotions):
            other.setattr(module, "new_id", lambda: UUID(int=ahead.int + (5_000 << 80) + next(later)))
            other.setattr(module, "now", lambda: moment)
        two = await registered(runtime)
        await promotions.promote(runtime, two.id)
    three, four = await registered(runtime), await registered(runtime)
    assert [version.version for version in (one, two, three, four)] == [1, 2, 3, 4]
    with pytest.raises(Conflict, match="it is the newest"):
        await models.delete_version(runtime, four.id)
    await promotions.promote(runtime, three.id)
    for before in (two, one):
        _, back = await promotions.roll_back(runtime, one.model_id)
        assert back.id == before.id


async def test_a_version_that_can_place_nobody_becomes_no_champion(runtime: Runtime) -> None:
    good, bad = await versions(runtime, 2)
    await promotions.promote(runtime, good.id)
    run = await ClusteringRun.get(id=bad.run_id)
    runtime.storage.write_bytes(scorer_key(run), b"nothing of the kind")
    await ClusteringRun.filter(id=run.id).update(scorer_checksum="0" * 64)
    with pytest.raises(Conflict, match="was changed since it was written"):
        await promotions.promote(runtime, bad.id)
    with pytest.raises(Conflict, match="was changed since it was written"):
        await models.register(runtime, Registration(run.id, "another", promote=True))
    assert await champion(good) == good.id
    assert not await RegisteredModel.exists(name="another")


async def test_a_model_that_had_one_champion_or_none_has_none_to_go_back_to(runtime: Runtime) -> None:
    (version,) = await versions(runtime, 1)
    for _ in range(2):
        with pytest.raises(Conflict, match="there is no earlier champion"):
            await promotions.roll_back(runtime, version.model_id)
        if await champion(version) is None:
            await promotions.promote(runtime, version.id)
    assert await told(version.model_id) == [(1, "PROMOTED", False)]


async def test_a_rollback_passes_over_versions_that_were_deleted(runtime: Runtime) -> None:
    one, two, three, _ = await versions(runtime, 4)
    for version in (one, two, three, two):
        await promotions.promote(runtime, version.id)
    await models.delete_version(runtime, three.id)
    assert await told(one.model_id) == [
        (2, "PROMOTED", False),
        (2, "PROMOTED", False),
        (1, "PROMOTED", False),
    ]
    await promotions.roll_back(runtime, one.model_id)
    assert await champion(one) == one.id
    assert [undone for *_, undone in await told(one.model_id)] == [False, True, True, False]


async def test_the_champion_is_not_promoted_again(runtime: Runtime) -> None:
    (version,) = await versions(runtime, 1)
    answers = await asyncio.gather(
        *(promotions.promote(runtime, version.id) for _ in range(3)), return_exceptions=True
    )
    refused = [each for each in answers if isinstance(each, BaseException)]
    assert [str(each) for each in refused] == ["version 1 is the champion already"] * 2
    assert await told(version.model_id) == [(1, "PROMOTED", False)]


async def test_promotions_and_rollbacks_at_once_leave_the_champion_that_the_history_tells(
    runtime: Runtime,
) -> None:
    several = await versions(runtime, 4)
    model_id = several[0].model_id
    await asyncio.gather(
        *(promotions.promote(runtime, each.id) for each in several),
        promotions.roll_back(runtime, model_id),
        promotions.roll_back(runtime, model_id),
        return_exceptions=True,
    )
    newest = await Promotion.filter(model_id=model_id).order_by("-id").first()
    in_force = (
        await Promotion.filter(model_id=model_id, kind="PROMOTED", undone=False).order_by("-id").first()
    )
    assert newest is not None
    assert in_force is not None
    assert await champion(several[0]) == newest.version_id == in_force.version_id


async def test_what_is_not_there_is_neither_promoted_nor_rolled_back_nor_deleted(runtime: Runtime) -> None:
    for key in (None, UUID(int=0)):
        for action, path in ((promotions.promote, "modelVersionId"), (promotions.roll_back, "modelId")):
            with pytest.raises(Refused) as refused:
                await action(runtime, key, "\x00")
            assert mistakes(refused) == [(Invalid, ("input", "note")), (NotFound, ("input", path))]
        for deletion in (models.delete, models.delete_version):
            with pytest.raises(NotFound):
                await deletion(runtime, key)
        with pytest.raises(Refused) as refused:
            await models.update(key, Description(name=""))
        assert mistakes(refused) == [(Invalid, ("input", "name")), (NotFound, ("input", "id"))]


async def test_a_model_is_renamed_and_described(runtime: Runtime) -> None:
    version, other = await registered(runtime, "churn"), await registered(runtime, "value")
    model = await models.update(version.model_id, Description(" Churn ", "who leaves", described=True))
    assert (model.name, model.description) == ("Churn", "who leaves")
    with pytest.raises(Conflict, match="another model has this name"):
        await models.update(other.model_id, Description("CHURN"))
    await models.update(version.model_id, Description("leaving"))
    assert (await registered(runtime, "churn")).model_id not in {version.model_id, other.model_id}
    assert (await RegisteredModel.get(id=version.model_id)).description == "who leaves"
    await models.update(version.model_id, Description(described=True))
    model = await RegisteredModel.get(id=version.model_id)
    assert (model.name, model.description) == ("leaving", None)


async def test_neither_the_champion_nor_the_newest_version_is_deleted_and_no_number_is_given_twice(
    runtime: Runtime,
) -> None:
    one, two, three = await versions(runtime, 3)
    for version in (two, three):
        run = await ClusteringRun.get(id=version.run_id)
        await a_remembered_prediction(run, model_version_id=version.id)
    await promotions.promote(runtime, two.id)
    with pytest.raises(Conflict, match="it is the champion"):
        await models.delete_version(runtime, two.id)
    with pytest.raises(Conflict, match="it is the newest"):
        await models.delete_version(runtime, three.id)
    assert await models.delete_version(runtime, one.id) == one.id
    assert await RememberedPrediction.all().count() == 2
    assert [row.version for row in await models.versions_of(two.model_id)] == [3, 2]
    assert (await registered(runtime)).version == 4
    assert await ClusteringRun.filter(id=one.run_id).exists()


async def test_what_a_version_placed_goes_with_it_and_with_its_model(runtime: Runtime) -> None:
    one, two, _ = await versions(runtime, 3)
    folders = []
    for version in (one, two):
        run = await ClusteringRun.get(id=version.run_id)
        placed = await a_dataset_prediction(run, await a_dataset(), model_version_id=version.id)
        await a_remembered_prediction(run, model_version_id=version.id)
        await asyncio.to_thread(runtime.storage.write_bytes, f"{placed.folder}/scores.parquet", b"scores")
        folders.append(placed.folder)
    jobs = await Job.all().count()

    await models.delete_version(runtime, one.id)
    assert [bool(runtime.storage.children(folder)) for folder in folders] == [False, True]
    assert (await Job.all().count(), await RememberedPrediction.all().count()) == (jobs - 1, 1)

    await promotions.promote(runtime, two.id)
    assert await models.delete(runtime, two.model_id) == two.model_id
    assert not runtime.storage.children(folders[1])
    assert (await Job.all().count(), await RememberedPrediction.all().count()) == (jobs - 2, 0)
    assert (await ModelVersion.all().count(), await Promotion.all().count()) == (0, 0)
    assert await ClusteringRun.all().count() == 3


async def test_a_model_stays_as_long_as_audiences_and_profiles_rest_on_it(runtime: Runtime) -> None:
    version = await registered(runtime, promote=True)
    segment = await a_segment(await a_scoring_run(runtime), 0, "Young")
    live = await an_audience(segment, name="VIPs", kind=AudienceKind.LIVE, model_id=version.model_id)
    profile = await a_profile(model_id=version.model_id)
    with pytest.raises(
        Conflict, match=r'as long as this rests on it: the audience "VIPs" and 1 customer profile$'
    ):
        await models.delete(runtime, version.model_id)
    await live.delete()
    run = await ClusteringRun.get(id=version.run_id)
    await a_remembered_prediction(run, model_version_id=version.id)
    with pytest.raises(Conflict, match=r"rests on it: 1 customer profile$"):
        await models.delete(runtime, version.model_id)
    assert await RememberedPrediction.all().count() == 1
    await profile.delete()
    await models.delete(runtime, version.model_id)
    assert await RegisteredModel.all().count() == 0


async def test_a_version_stays_as_long_as_an_audience_rests_on_a_dataset_that_it_placed(
    runtime: Runtime,
) -> None:
    one, _ = await versions(runtime, 2)
    run = await ClusteringRun.get(id=one.run_id)
    placed = await a_dataset_prediction(run, await a_dataset(), model_version_id=one.id)
    # Of the segment of another run, so that only what was placed is rested on.
    segment = await a_segment(await a_scoring_run(runtime), 0, "Young")
    await an_audience(segment, name="Mailing", dataset_prediction_id=placed.id)
    for action, key in ((models.delete_version, one.id), (models.delete, one.model_id)):
        with pytest.raises(Conflict, match='the audience "Mailing"'):
            await action(runtime, key)
    assert await ModelVersion.all().count() == 2


async def test_the_standing_of_models_counts_what_is_remembered_and_what_was_placed(runtime: Runtime) -> None:
    one, two = await versions(runtime, 2)
    other = await registered(runtime, "another")
    run = await ClusteringRun.get(id=one.run_id)
    older = await a_remembered_prediction(run, model_version_id=one.id)
    newer = await a_remembered_prediction(run, model_version_id=one.id)
    await a_remembered_prediction(run)
    done = await a_dataset_prediction(run, await a_dataset(), model_version_id=two.id)
    await Job.filter(id=done.job_id).update(status="SUCCEEDED")
    await a_dataset_prediction(run, await a_dataset(), model_version_id=two.id)

    assert older.predicted_at < newer.predicted_at < done.created_at
    first, second, third = await standings.placed_by_versions([one.id, two.id, other.id])
    assert (first.remembered, first.datasets, first.last_at) == (2, 0, newer.predicted_at)
    assert (second.remembered, second.datasets, second.last_at) == (0, 1, done.created_at)
    assert third == standings.Placed()
    whole, none = await standings.placed_by_models([one.model_id, other.model_id])
    assert (whole.remembered, whole.datasets, whole.last_at) == (2, 1, done.created_at)
    assert none == standings.Placed()


async def test_the_newest_promotion_of_each_model_is_found(runtime: Runtime) -> None:
    one, two = await versions(runtime, 2)
    other, never = await registered(runtime, "b", promote=True), await registered(runtime, "c")
    for version in (one, two):
        await promotions.promote(runtime, version.id)
    found = await standings.newest_promotions([one.model_id, never.model_id, other.model_id])
    assert [each and each.version_id for each in found] == [two.id, None, other.id]


async def test_versions_are_found_by_model_and_number(runtime: Runtime) -> None:
    one, two = await versions(runtime, 2)
    other = await a_model_version(await a_scoring_run(runtime))
    wanted = [(one.model_id, 2), (other.model_id, 2), (other.model_id, 1), (one.model_id, 1)]
    assert [each and each.id for each in await models.numbered(wanted)] == [two.id, None, other.id, one.id]
