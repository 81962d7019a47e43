"""Customers are placed by a version of a model or by a run, and it is remembered where that is asked for."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tortoise.exceptions import IntegrityError

from domain.errors import Conflict, DomainError, NotFound, Refused
from domain.models import ClusteringRun, Job, ModelVersion, RememberedPrediction, Segment
from domain.services import predictions, remembering
from domain.services.identities import now
from domain.services.predictions import Predicted
from domain.services.remembering import HistoryFilter
from domain.services.runtime import Runtime
from domain.services.supervision import Supervisor
from domain.terms.access import Role
from domain.terms.predictions import PredictionRequest
from tests.domain.services.rows import a_remembered_prediction, an_account, viewer_of
from tests.domain.services.versions import a_placing_version

ADA = {"id": "A-1", "age": 22, "shoe": 38}
OTTO = {"id": "O-1", "age": 58}


def request(version: ModelVersion, customers: Sequence[object], **values: Any) -> PredictionRequest:
    given = {"model_version_id": version.id, "model_version_given": True, "run_id": None, **values}
    return PredictionRequest(customers=customers, **given)


def by_run(run_id: UUID | None, customers: Sequence[object], **values: Any) -> PredictionRequest:
    return PredictionRequest(None, run_id, customers, run_given=True, **values)


async def mistakes(
    runtime: Runtime, wish: PredictionRequest
) -> list[tuple[type[DomainError], tuple[str, ...]]]:
    with pytest.raises(Refused) as refusal:
        await predictions.predict(runtime, wish)
    assert await RememberedPrediction.all().count() == 0
    return [(type(each), each.path) for each in refusal.value.exceptions if isinstance(each, DomainError)]


def told(found: Predicted) -> list[tuple[str | None, str | None]]:
    names = {None: None} | {index: segment.name for index, segment in found.segments.items()}
    return [(names[each.segment], names[each.runner_up]) for each in found.placements]


async def test_customers_are_placed_in_order_by_a_version_and_by_its_run(runtime: Runtime) -> None:
    version = await a_placing_version(runtime)
    for wish in (request(version, [OTTO, ADA]), by_run(version.run_id, [OTTO, ADA])):
        found = await predictions.predict(runtime, wish)
        assert told(found) == [("Old", "Young"), ("Young", "Old")]
        assert [each.distance for each in found.placements] == [2, 2]
        assert all(0 < (each.confidence or 0) <= 1 for each in found.placements)
        assert found.run.id == version.run_id
        assert (found.version and found.version.id) == wish.model_version_id
    assert await RememberedPrediction.all().count() == 0


async def test_a_record_with_mistakes_has_them_and_the_others_are_answered(runtime: Runtime) -> None:
    version = await a_placing_version(runtime)
    found = await predictions.predict(runtime, request(version, [ADA, {"age": "x"}, 7, {}, OTTO]))
    assert told(found) == [("Young", "Old"), (None, None), (None, None), (None, None), ("Old", "Young")]
    assert [[each.column for each in row.mistakes] for row in found.placements] == [
        [],
        ["age"],
        [None],
        ["age"],
        [],
    ]
    assert found.placements[1].confidence is found.placements[1].distance is None


async def test_of_a_version_and_a_run_exactly_one_is_given(runtime: Runtime) -> None:
    version = await a_placing_version(runtime)
    neither = PredictionRequest(None, None, [ADA])
    assert [path for _, path in await mistakes(runtime, neither)] == [("input",)]
    both = request(version, [ADA], run_id=version.run_id, run_given=True)
    assert [path for _, path in await mistakes(runtime, both)] == [("input", "runId")]


async def test_what_is_not_there_is_not_found(runtime: Runtime) -> None:
    version = await a_placing_version(runtime)
    for key in (None, uuid4(), version.run_id):
        wish = request(version, [ADA], model_version_id=key)
        assert await mistakes(runtime, wish) == [(NotFound, ("input", "modelVersionId"))]
    for key in (None, uuid4(), version.id):
        assert await mistakes(runtime, by_run(key, [ADA])) == [(NotFound, ("input", "runId"))]


async def test_a_run_that_has_not_succeeded_places_nobody(runtime: Runtime) -> None:
    version = await a_placing_version(runtime)
    run = await ClusteringRun.get(id=version.run_id)
    await Job.filter(id=run.job_id).update(status="FAILED")
    assert await mistakes(runtime, by_run(run.id, [ADA])) == [(Conflict, ("input", "runId"))]


async def test_all_that_is_wrong_is_told_at_once(runtime: Runtime) -> None:
    version = await a_placing_version(runtime)
    other = await Segment.get(run_id=(await a_placing_version(runtime)).run_id, index=0)
    wish = request(version, [], move_to=other.id, move_to_given=True)
    assert [path for _, path in await mistakes(runtime, wish)] == [
        ("input", "customers"),
        ("input", "moveTo"),
        ("input", "moveTo"),
    ]


async def test_more_rows_than_the_limits_are_refused(runtime: Runtime) -> None:
    version = await a_placing_version(runtime)
    many = [ADA] * (runtime.settings.max_predicted_rows + 1)
    assert [path for _, path in await mistakes(runtime, request(version, many))] == [("input", "customers")]
    some = [ADA] * (runtime.settings.max_explained_rows + 1)
    wish = request(version, some, explain=True)
    assert [path for _, path in await mistakes(runtime, wish)] == [("input", "explain")]


async def test_an_explanation_tells_what_leads_to_the_runner_up_or_to_a_given_segment(
    runtime: Runtime,
) -> None:
    version = await a_placing_version(runtime)
    old = await Segment.get(run_id=version.run_id, index=1)
    for values in ({}, {"move_to": old.id, "move_to_given": True}):
        found = await predictions.predict(runtime, request(version, [ADA], explain=True, **values))
        reasons = found.placements[0].reasons
        assert reasons is not None
        assert [(each.column, each.value) for each in reasons.contributions] == [("age", "22")]
        assert reasons.change is not None
        assert reasons.change.segment == 1
        (change,) = reasons.change.changes
        assert (change.column, change.before) == ("age", 22)
        moved = await predictions.predict(runtime, request(version, [{"age": change.after}]))
        assert told(moved) == [("Old", "Young")]


async def test_what_is_to_be_remembered_is_with_only_the_columns_that_decided(runtime: Runtime) -> None:
    version = await a_placing_version(runtime)
    account = await an_account()
    wish = request(version, [ADA, {"id": "B"}, OTTO], remember=True, by=account.id)
    await predictions.predict(runtime, wish)

    otto, ada = await remembering.remembered(viewer_of(account), HistoryFilter())

    assert (ada.customer_key, ada.attributes) == ("A-1", {"age": 22})
    assert (ada.key_hash, ada.predicted_by) == (remembering.key_hash("A-1"), account.id)
    assert (ada.run_id, ada.model_version_id) == (version.run_id, version.id)
    assert (ada.distance, otto.customer_key) == (2, "O-1")
    young = await Segment.get(run_id=version.run_id, index=0)
    assert (ada.segment_id, otto.runner_up_id) == (young.id, young.id)


async def test_the_history_is_told_by_version_run_segment_asker_and_time(runtime: Runtime) -> None:
    one, other = [await a_placing_version(runtime) for _ in range(2)]
    mary, analyst = await an_account(), await an_account(role=Role.ANALYST)
    for version, account in ((one, mary), (other, mary), (one, analyst)):
        wish = request(version, [ADA, OTTO], remember=True, by=account.id)
        await predictions.predict(runtime, wish)
    young = await Segment.get(run_id=one.run_id, index=0)
    moment = now()

    async def count(account: Any, **values: Any) -> int:
        return await remembering.remembered(viewer_of(account), HistoryFilter(**values)).count()

    assert (await count(mary), await count(analyst)) == (4, 6)
    assert await count(analyst, by=analyst.id) == 2
    assert await count(mary, by=analyst.id) == 0
    assert (await count(analyst, version_id=one.id), await count(analyst, run_id=other.run_id)) == (4, 2)
    assert (await count(analyst, segment_id=young.id), await count(mary, segment_id=young.id)) == (2, 1)
    assert (await count(analyst, since=moment), await count(analyst, until=moment)) == (0, 6)


async def test_what_was_said_by_what_is_deleted_meanwhile_is_not_kept(runtime: Runtime) -> None:
    version = await a_placing_version(runtime)
    found = await predictions.predict(runtime, request(version, [ADA]))
    said = remembering.Said(found.run, version, found.segments, ["age"], [ADA], found.placements, None)
    await version.delete()
    with pytest.raises(NotFound):
        await remembering.remember(said)
    assert await RememberedPrediction.all().count() == 0


async def test_what_is_remembered_is_written_out_in_a_thread_and_handed_over_bit_by_bit(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembering, "_CHUNK", 2)
    version = await a_placing_version(runtime)
    threads = set()

    def key_hash(key: str) -> str:
        threads.add(threading.get_ident())
        return key

    monkeypatch.setattr(remembering, "key_hash", key_hash)
    customers = [{"id": f"C-{row}", "age": 20 + row} for row in range(5)]
    await predictions.predict(runtime, request(version, customers, remember=True))

    assert threads
    assert threading.get_ident() not in threads
    kept = await RememberedPrediction.all().order_by("id")
    assert [(each.customer_key, each.attributes) for each in kept] == [
        (f"C-{row}", {"age": 20 + row}) for row in range(5)
    ]


async def test_of_many_all_are_remembered_or_none(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "_CHUNK", 1)
    version = await a_placing_version(runtime)
    found = await predictions.predict(runtime, request(version, [ADA, OTTO]))
    segments = {**found.segments, 1: Segment(id=uuid4())}
    said = remembering.Said(found.run, version, segments, ["age"], [ADA, OTTO], found.placements, None)
    with pytest.raises(IntegrityError):
        await remembering.remember(said)
    assert await RememberedPrediction.all().count() == 0


async def test_predictions_are_kept_for_so_many_days_and_then_cleared_away(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembering, "_BATCH", 2)
    run = await ClusteringRun.get(id=(await a_placing_version(runtime)).run_id)
    days = runtime.settings.prediction_retention_days
    for _ in range(5):
        await a_remembered_prediction(run, predicted_at=now() - timedelta(days=days, hours=1))
    kept = await a_remembered_prediction(run, predicted_at=now() - timedelta(days=days - 1))

    assert await remembering.clear_predictions(runtime) == 5
    assert [each.id for each in await RememberedPrediction.all()] == [kept.id]

    await RememberedPrediction.all().update(predicted_at=now() - timedelta(days=days, hours=1))
    supervisor = Supervisor(runtime)
    await supervisor._round()
    assert supervisor._clearing is not None
    await supervisor._clearing
    await supervisor.let_go()
    assert await RememberedPrediction.all().count() == 0
