"""What is kept of a person besides the datasets is handed out and erased, and nobody else's is."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest.mock import ANY

import numpy as np
import pytest

from domain.errors import Conflict, NotFound
from domain.models import (
    ClusteringRun,
    CustomerProfile,
    DatasetPrediction,
    Job,
    ModelVersion,
    ProfilePlacement,
    RememberedPrediction,
)
from domain.services import (
    dataset_predictions,
    forgetting,
    forgetting_scorers,
    locks,
    personal_data,
    placing,
    runs,
    scorers,
    traces,
    trainings,
)
from domain.services.forgetting_scorers import forget_in_placed, forget_in_scorer
from domain.services.remembering import key_hash
from domain.services.runtime import Runtime
from domain.services.traces import EXPORTS
from domain.storage import artifacts
from domain.storage.scorers import dump_scorer, load_scorer
from domain.tables.records_to_score import key_of
from domain.terms.columns import ColumnRole
from domain.terms.predictions import DatasetPredictionOrder, DatasetPredictionOutcome, UnseenCategory
from domain.terms.readings import Kind, Reading
from domain.terms.scoring import CentroidRule, EncodedFeature, ScoredColumn, Scorer
from tests.domain.services.rows import (
    a_dataset,
    a_dataset_prediction,
    a_placement,
    a_profile,
    a_remembered_prediction,
)
from tests.domain.services.versions import AGE, a_placing_version, by_age

KEY, OTHER = "K-1", "K-2"


async def run_of(version: ModelVersion) -> ClusteringRun:
    run = await runs.find(version.run_id)
    assert run is not None
    return run


async def kept_of(runtime: Runtime, key: str) -> tuple[RememberedPrediction, CustomerProfile]:
    """A prediction and a profile of somebody, the latter with a history."""
    version = await a_placing_version(runtime)
    said = {"customer_key": key, "key_hash": key_hash(key), "model_version_id": version.id}
    prediction = await a_remembered_prediction(await run_of(version), **said)
    profile = await a_profile(key_hash=key_hash(key), name=key)
    await a_placement(profile)
    return prediction, profile


async def test_who_is_in_no_dataset_but_was_predicted_or_has_a_profile_is_handed_out(
    runtime: Runtime,
) -> None:
    prediction, profile = await kept_of(runtime, KEY)
    await kept_of(runtime, OTHER)

    data, besides = await personal_data.export(runtime, KEY)

    assert data.records == ()
    assert [each.id for each in besides.predictions] == [prediction.id]
    assert [each.id for each in besides.profiles] == [profile.id]


async def test_predictions_and_profiles_of_a_person_are_erased_with_all_exports_and_nobody_elses(
    runtime: Runtime,
) -> None:
    await kept_of(runtime, KEY)
    prediction, profile = await kept_of(runtime, OTHER)
    runtime.storage.write_bytes(f"{EXPORTS}/some/file.csv", KEY.encode())

    erasure = await personal_data.erase(runtime, KEY)

    assert (erasure.datasets, erasure.predictions, erasure.profiles) == ((), 1, 1)
    assert [each.id for each in await RememberedPrediction.all()] == [prediction.id]
    assert [each.id for each in await CustomerProfile.all()] == [profile.id]
    assert [each.profile_id for each in await ProfilePlacement.all()] == [profile.id]
    assert runtime.storage.children(EXPORTS) == []
    assert await Job.filter(kind="IMPORT").count() == 0
    for ask in (personal_data.erase, personal_data.export):
        with pytest.raises(NotFound):
            await ask(runtime, KEY)


@pytest.mark.parametrize("given", ["17", " 17 ", "17.0", 17, 17.0])
async def test_a_profile_that_was_never_placed_is_found_by_the_identifier_in_its_attributes(
    runtime: Runtime, given: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "_BATCH", 2)
    await a_dataset(identifier="id")
    # Of strangers: one is as old as the customer's key says.
    strangers = [await a_profile(attributes={"id": f"C-{age}", "age": age}) for age in range(15, 20)]
    profile = await a_profile(attributes={"id": given, "age": 40})

    _, besides = await personal_data.export(runtime, "17")
    assert [each.id for each in besides.profiles] == [profile.id]

    assert (await personal_data.erase(runtime, "17")).profiles == 1
    left = await CustomerProfile.all().order_by("id")
    assert [each.id for each in left] == [each.id for each in strangers]


@pytest.mark.parametrize("given", ["17", " 17 ", "17.0", 17, 17.0])
def test_a_key_is_the_same_however_a_record_writes_it(given: object) -> None:
    key = key_of({"id": given}, "id")
    assert key is not None
    assert key_hash(key) == key_hash("17")
    assert key_hash("017") != key_hash("17") != key_hash("17.5")


async def test_exports_stay_where_nobody_is_erased(runtime: Runtime) -> None:
    runtime.storage.write_bytes(f"{EXPORTS}/some/file.csv", b"content")
    with pytest.raises(NotFound):
        await personal_data.erase(runtime, KEY)
    assert runtime.storage.read_bytes(f"{EXPORTS}/some/file.csv") == b"content"
    runtime.storage.delete(EXPORTS)


async def test_who_is_not_found_again_is_not_to_be_erased_again_where_others_write_all_the_time(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kept_of(runtime, KEY)

    async def busy(_: Runtime) -> None:
        raise Conflict("others write all the time")

    monkeypatch.setattr(forgetting, "compact", busy)
    assert (await personal_data.erase(runtime, KEY)).predictions == 1


def in_cities(*cities: str) -> Scorer:
    """A scorer of ages, and of cities that decide nothing."""
    city = ScoredColumn("city", ColumnRole.CATEGORICAL, Reading(Kind.TEXT), cities)
    flags = tuple(EncodedFeature("city", each, factor=0.0) for each in cities)
    scorer = by_age(20, 60)
    centroids = np.array([[20.0, *[0.0] * len(cities)], [60.0, *[0.0] * len(cities)]])
    return replace(
        scorer,
        columns=(AGE, city),
        features=(*scorer.features, *flags),
        means=centroids,
        rule=CentroidRule(centroids),
    )


async def a_run_in_cities(runtime: Runtime, *cities: str) -> ClusteringRun:
    run = await run_of(await a_placing_version(runtime))
    checksum = dump_scorer(runtime.storage, trainings.scorer_key(run), in_cities(*cities))
    await ClusteringRun.filter(id=run.id).update(scorer_checksum=checksum)
    found = await runs.find(run.id)
    assert found is not None
    return found


async def at_once(work: Callable[..., Any], *given: object) -> Any:
    return work(*given)


async def test_a_scorer_forgets_the_name_of_a_category_and_places_as_before(runtime: Runtime) -> None:
    run = await a_run_in_cities(runtime, "Bonn", "Kiel", "Quorbleton")
    others = [{"age": 25, "city": "Bonn"}, {"age": 55, "city": "Kiel"}]
    before = await placing.place(runtime, run, others)

    await forget_in_scorer(runtime, run.id, {"city": "Quorbleton"})

    after = await runs.find(run.id)
    assert after is not None
    assert after.scorer_checksum != run.scorer_checksum
    scorer = await scorers.of_run(runtime, after)
    assert scorer.columns[1].categories == ("Bonn", "Kiel", "(erased)")
    assert [each.category for each in scorer.features] == [None, "Bonn", "Kiel", "(erased)"]
    assert await placing.place(runtime, after, others) == before
    (placement,) = await placing.place(runtime, after, [{"age": 25, "city": "Quorbleton"}])
    assert placement.mistakes == (ANY,)
    (name,) = runtime.storage.children(run.folder)
    assert b"Quorbleton" not in runtime.storage.read_bytes(f"{run.folder}/{name}")

    # Somebody else lived alone in Kiel.
    await forget_in_scorer(runtime, run.id, {"city": "Kiel"})
    again = await runs.find(run.id)
    assert again is not None
    assert (await scorers.of_run(runtime, again)).columns[1].categories == ("Bonn", "(erased) 2", "(erased)")
    assert len(runtime.storage.children(run.folder)) == 1


async def test_a_dataset_that_waits_to_be_placed_is_placed_by_what_an_erasure_left(runtime: Runtime) -> None:
    run = await a_run_in_cities(runtime, "Bonn", "Quorbleton")
    placed = await a_dataset_prediction(run, await run.dataset)
    await forget_in_scorer(runtime, run.id, {"city": "Quorbleton"})

    folder = await dataset_predictions.prepare(runtime, await placed.job)

    order = artifacts.load(runtime.storage, f"{folder}/order.json", DatasetPredictionOrder)
    found = load_scorer(runtime.storage, order.scorer_key, order.scorer_checksum)
    assert found.columns[1].categories == ("Bonn", "(erased)")


async def test_a_scorer_that_does_not_name_the_category_stays_to_the_letter(runtime: Runtime) -> None:
    run = await a_run_in_cities(runtime, "Bonn", "Kiel")
    content = runtime.storage.read_bytes(trainings.scorer_key(run))
    for gone in ({"city": "Quorbleton"}, {"town": "Bonn"}, {}):
        await forget_in_scorer(runtime, run.id, gone)
    assert runtime.storage.read_bytes(trainings.scorer_key(run)) == content
    assert (await ClusteringRun.get(id=run.id)).scorer_checksum == run.scorer_checksum


@pytest.mark.parametrize("committed", [False, True])
async def test_who_is_killed_between_the_file_and_its_checksum_leaves_a_scorer_that_places(
    runtime: Runtime, committed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await a_run_in_cities(runtime, "Bonn", "Quorbleton")

    def killed(*_: object) -> None:
        raise SystemExit

    where = (forgetting_scorers, "_clear") if committed else (locks, "hold_run")
    with monkeypatch.context() as patch:
        patch.setattr(*where, killed)
        # Called directly: a thread does not tell that it was killed.
        patch.setattr(asyncio, "to_thread", at_once)
        with pytest.raises(SystemExit):
            await forget_in_scorer(runtime, run.id, {"city": "Quorbleton"})

    left = await runs.find(run.id)
    assert left is not None
    assert (left.scorer_checksum != run.scorer_checksum) == committed
    assert len(runtime.storage.children(run.folder)) == 2
    city = "(erased)" if committed else "Quorbleton"
    assert (await scorers.of_run(runtime, left)).columns[1].categories == ("Bonn", city)

    await forget_in_scorer(runtime, run.id, {"city": "Quorbleton"})
    (name,) = runtime.storage.children(run.folder)
    assert b"Quorbleton" not in runtime.storage.read_bytes(f"{run.folder}/{name}")
    after = await runs.find(run.id)
    assert after is not None
    runtime.scorers.drop(after.scorer_checksum)
    assert (await scorers.of_run(runtime, after)).columns[1].categories == ("Bonn", "(erased)")


async def test_whoever_read_the_run_before_an_erasure_is_answered_by_what_it_left(runtime: Runtime) -> None:
    run = await a_run_in_cities(runtime, "Bonn", "Quorbleton")
    await forget_in_scorer(runtime, run.id, {"city": "Quorbleton"})
    assert (await scorers.of_run(runtime, run)).columns[1].categories == ("Bonn", "(erased)")


async def test_a_scorer_that_cannot_be_read_goes_since_nobody_knows_what_is_in_it(runtime: Runtime) -> None:
    run = await a_run_in_cities(runtime, "Bonn", "Quorbleton")
    content = runtime.storage.read_bytes(trainings.scorer_key(run))
    runtime.storage.write_bytes(trainings.scorer_key(run), content[:-1])
    await forget_in_scorer(runtime, run.id, {"city": "Quorbleton"})
    assert runtime.storage.children(run.folder) == []
    assert (await ClusteringRun.get(id=run.id)).scorer_checksum == hashlib.sha256(content).hexdigest()


async def test_what_came_of_placing_a_dataset_names_no_category_of_an_erased_person(runtime: Runtime) -> None:
    run = await run_of(await a_placing_version(runtime))
    dataset = await run.dataset
    unseen = (UnseenCategory("city", "Quorbleton", 1), UnseenCategory("town", "Quorbleton", 2))
    outcome = DatasetPredictionOutcome(3, (), {}, unseen, 0.5)
    placed = await a_dataset_prediction(run, dataset, outcome=outcome)
    await Job.filter(id=placed.job_id).update(status="SUCCEEDED")
    failed = await a_dataset_prediction(run, dataset)
    await Job.filter(id=failed.job_id).update(status="FAILED")
    for each in (placed, failed):
        for name in ("outcome.json", "scores.parquet"):
            runtime.storage.write_bytes(f"{each.folder}/{name}", b"Quorbleton")

    await forget_in_placed(runtime, dataset.id, {"city": "Quorbleton", "age": "40"})

    after = await DatasetPrediction.get(id=placed.id)
    assert after.outcome == replace(outcome, unseen=unseen[1:])
    assert runtime.storage.children(placed.folder) == ["scores.parquet"]
    assert runtime.storage.children(failed.folder) == []
