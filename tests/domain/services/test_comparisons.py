"""Two runs beside each other, counted from their real files."""

import asyncio
import csv
import io
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from domain.engine.engine import Engine
from domain.errors import Conflict
from domain.models import ClusteringRun, Dataset
from domain.services import comparisons, runs, segments, trainings
from domain.services.runtime import Runtime
from domain.storage.assignments import open_assignments
from domain.terms.arrays import Labels
from domain.terms.jobs import JobStatus
from tests.domain.services.rows import a_job, a_run
from tests.domain.services.working import asked, customers, trained, uploaded


def labels(runtime: Runtime, run: ClusteringRun) -> Labels:
    keys = trainings.assignments_key(run), trainings.members_key(run)
    return open_assignments(runtime.storage, *keys).segments()


async def test_two_runs_on_one_dataset_are_compared_row_by_row(runtime: Runtime) -> None:
    dataset = await uploaded(runtime)
    three, four = await trained(runtime, dataset), await trained(runtime, dataset, count=4)
    found = await comparisons.compare(runtime, three.id, four.id)
    assert found is not None
    mine, other = labels(runtime, three), labels(runtime, four)
    assert found.common_count == 200
    assert found.adjusted_rand_index == adjusted_rand_score(mine, other)
    sizes = [each.size for each in await segments.of_run(three.id)]
    assert [row.index for row in found.migration] == [0, 1, 2, None]
    assert [row.size for row in found.migration] == [*sizes, 0]
    for row in found.migration:
        assert sum(each.count for each in row.counts) + row.absent == row.size
        assert [each.index for each in row.counts] == [0, 1, 2, 3, None]
    counted = [[each.count for each in row.counts[:4]] for row in found.migration[:3]]
    assert counted == [[int(((mine == a) & (other == b)).sum()) for b in range(4)] for a in range(3)]
    assert await comparisons.compare(runtime, three.id, four.id) == found


async def test_a_run_agrees_with_itself(runtime: Runtime) -> None:
    run = await trained(runtime, await uploaded(runtime))
    found = await comparisons.compare(runtime, run.id, run.id)
    assert found is not None
    assert found.adjusted_rand_index == 1.0


async def test_customers_of_two_datasets_are_found_by_their_identifier_and_the_rest_is_absent(
    runtime: Runtime,
) -> None:
    rows = list(csv.reader(io.StringIO(customers().decode())))
    newer = io.StringIO()
    csv.writer(newer).writerows([rows[0], *reversed(rows[51:])])
    first = await trained(runtime, await uploaded(runtime))
    second = await trained(runtime, await uploaded(runtime, newer.getvalue().encode()))
    found = await comparisons.compare(runtime, first.id, second.id)
    assert found is not None
    assert found.common_count == 150
    assert sum(row.absent for row in found.migration) == 50
    mine, other = labels(runtime, first)[50:], labels(runtime, second)[::-1]
    assert found.adjusted_rand_index == adjusted_rand_score(mine, other)
    back = await comparisons.compare(runtime, second.id, first.id)
    assert back is not None
    assert [row.absent for row in back.migration] == [0, 0, 0, 0]


async def test_without_a_common_identifier_nobody_is_in_both(runtime: Runtime) -> None:
    header, *rows = csv.reader(io.StringIO(customers().decode()))
    nameless = io.StringIO()
    csv.writer(nameless).writerows(row[1:] for row in [header, *rows])
    first = await trained(runtime, await uploaded(runtime))
    second = await trained(runtime, await uploaded(runtime, nameless.getvalue().encode()))
    found = await comparisons.compare(runtime, first.id, second.id)
    assert found is not None
    assert (found.common_count, found.adjusted_rand_index) == (0, None)
    assert np.sum([row.absent for row in found.migration]) == 200


async def test_another_identifier_makes_another_comparison_and_the_old_one_is_back_with_the_old_one(
    runtime: Runtime,
) -> None:
    first = await trained(runtime, await uploaded(runtime))
    newer = await uploaded(runtime)
    second = await trained(runtime, newer)
    before = await comparisons.compare(runtime, first.id, second.id)
    assert before is not None
    assert before.common_count == 200
    await Dataset.filter(id=newer.id).update(identifier=None)
    after = await comparisons.compare(runtime, first.id, second.id)
    assert after is not None
    assert after.common_count == 0
    await Dataset.filter(id=newer.id).update(identifier=newer.identifier)
    assert await comparisons.compare(runtime, first.id, second.id) == before


async def test_many_who_ask_at_once_wait_for_one_counting(runtime: Runtime) -> None:
    run = await trained(runtime, await uploaded(runtime))
    asking = [asyncio.create_task(comparisons.compare(runtime, run.id, run.id)) for _ in range(5)]
    async with asyncio.timeout(30):
        while not runtime.sharing.under_way:
            await runs.find(run.id)
    (counting,) = runtime.sharing.under_way.values()
    # One hangs up: the others still get theirs.
    asking.pop(0).cancel()
    answers = await asyncio.gather(*asking)
    assert counting.done()
    assert answers[0] is not None
    assert answers == [answers[0]] * 4
    assert runtime.sharing.under_way == {}


@pytest.mark.slow  # ten seconds of trying to reach somebody
async def test_a_comparison_that_no_worker_can_count_may_be_asked_for_again(
    runtime: Runtime, tmp_path: Path
) -> None:
    run = await a_run(await a_job(status=JobStatus.SUCCEEDED))
    # Nobody listens there.
    away = Engine(runtime.storage.url, tmp_path, scheduler="tcp://127.0.0.1:9")
    with pytest.raises(Conflict, match="the comparison's worker died: ask again"):
        await comparisons.compare(replace(runtime, engine=away), run.id, run.id)
    await away.close()
    assert runtime.sharing.under_way == {}


async def test_a_run_that_is_not_there_or_has_not_succeeded_is_compared_with_none(runtime: Runtime) -> None:
    dataset = await uploaded(runtime)
    run, queued = await trained(runtime, dataset), await asked(runtime, dataset, count=2)
    assert await comparisons.compare(runtime, run.id, queued.id) is None
    assert await comparisons.compare(runtime, queued.id, run.id) is None
    assert await comparisons.compare(runtime, run.id, uuid4()) is None
    assert await comparisons.compare(runtime, None, run.id) is None
    await runs.delete(runtime, queued.id)


async def test_a_comparison_goes_with_its_run(runtime: Runtime) -> None:
    dataset = await uploaded(runtime)
    run, other = await trained(runtime, dataset), await trained(runtime, dataset, count=2)
    await comparisons.compare(runtime, run.id, other.id)
    (kept,) = runtime.storage.children(f"{run.folder}/comparisons")
    assert kept.startswith(str(other.id))
    await runs.delete(runtime, run.id)
    assert runtime.storage.children(run.folder) == []
    assert await comparisons.compare(runtime, run.id, other.id) is None
