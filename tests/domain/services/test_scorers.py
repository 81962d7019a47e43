"""Scorers are read once, kept within a bound, and refused when they are not what was written."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
import structlog

from domain.errors import Conflict
from domain.models import ClusteringRun, Job
from domain.scoring.scoring import ReadyScorer
from domain.services import runs, scorers, trainings
from domain.services.runtime import Runtime
from domain.services.scorer_cache import ScorerCache, size_of
from tests.domain.services.rows import a_job, a_run
from tests.domain.services.versions import a_placing_version, by_age


async def a_trained_run(runtime: Runtime, young: float = 20.0) -> ClusteringRun:
    """A run of the young and the old, with its job."""
    version = await a_placing_version(runtime, young)
    run = await runs.find(version.run_id)
    assert run is not None
    return run


async def test_a_scorer_is_read_once_however_many_want_it(runtime: Runtime) -> None:
    run = await a_trained_run(runtime)

    first, second = await asyncio.gather(*(scorers.ready_of_run(runtime, run) for _ in range(2)))
    runtime.storage.delete(run.folder)
    third = await scorers.ready_of_run(runtime, run)

    assert first is second is third
    assert first.scorer.means.tolist() == [[20], [60]]
    assert await scorers.of_run(runtime, run) is first.scorer


async def test_what_was_not_used_for_the_longest_time_goes_first(runtime: Runtime) -> None:
    cache = ScorerCache()
    made = {name: ReadyScorer(by_age(place, 60)) for place, name in enumerate("abc")}
    size = size_of(made["a"])
    for name in "ab":
        cache.keep(name, made[name], 2 * size + 100)
    assert cache.get("a") is made["a"]
    cache.keep("c", made["c"], 2 * size + 100)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (made["a"], None, made["c"])
    assert cache.bytes == 2 * size


async def test_a_scorer_larger_than_the_bound_is_used_and_not_kept(runtime: Runtime) -> None:
    small = replace(runtime, settings=runtime.settings.model_copy(update={"scorer_cache_bytes": 10}))
    run = await a_trained_run(runtime)
    assert (await scorers.of_run(small, run)).means.tolist() == [[20], [60]]
    assert small.scorers.bytes == 0
    small.storage.delete(run.folder)
    with pytest.raises(Conflict):
        await scorers.of_run(small, run)


def test_the_size_of_a_scorer_is_that_of_its_arrays_and_a_little_more() -> None:
    scorer = ReadyScorer(by_age(20, 60))
    before = size_of(scorer)
    larger = ReadyScorer(replace(by_age(20, 60), means=scorer.scorer.means.repeat(10_000, axis=0)))
    assert size_of(larger) - before == 160_000


@pytest.mark.parametrize("status", ["QUEUED", "RUNNING", "FAILED", "CANCELED"])
async def test_a_run_that_has_not_succeeded_has_no_scorer(runtime: Runtime, status: str) -> None:
    run = await a_trained_run(runtime)
    await Job.filter(id=run.job_id).update(status=status)
    found = await runs.find(run.id)
    assert found is not None
    with pytest.raises(Conflict, match=f"it is {status}"):
        await scorers.of_run(runtime, found)


async def test_a_run_of_an_earlier_release_is_to_be_trained_again(runtime: Runtime) -> None:
    run = await a_run(await a_job(status="SUCCEEDED"))
    found = await runs.find(run.id)
    assert found is not None
    with pytest.raises(Conflict, match="reuse: false"):
        await scorers.of_run(runtime, found)


@pytest.mark.parametrize(("damage", "told"), [(True, "was changed since it was written"), (False, "is gone")])
async def test_a_file_that_is_not_what_was_written_is_refused_told_and_not_kept(
    runtime: Runtime, damage: bool, told: str
) -> None:
    run = await a_trained_run(runtime)
    key = trainings.scorer_key(run)
    whole = runtime.storage.read_bytes(key)
    changed = bytearray(whole)
    changed[len(changed) // 2] ^= 1
    if damage:
        runtime.storage.write_bytes(key, bytes(changed))
    else:
        runtime.storage.delete(key)

    with structlog.testing.capture_logs() as logs, pytest.raises(Conflict, match=told):
        await scorers.of_run(runtime, run)

    entries: list[Any] = [entry for entry in logs if entry["log_level"] == "error"]
    assert [entry["run"] for entry in entries] == [str(run.id)]
    assert runtime.scorers.bytes == 0
    runtime.storage.write_bytes(key, whole)
    assert (await scorers.of_run(runtime, run)).means.tolist() == [[20], [60]]
