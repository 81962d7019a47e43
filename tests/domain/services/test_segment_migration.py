"""Segments in motion: between runs, datasets that were placed, and versions of models."""

import csv
import io
from uuid import uuid4

import pytest

from domain.models import Dataset
from domain.services import comparisons, dataset_predictions, segmentations
from domain.services.runtime import Runtime
from domain.services.segmentations import Segmentation
from domain.storage.assignments import open_assignments
from domain.terms.arrays import Labels
from tests.domain.services.rows import a_job, a_model_version, a_run
from tests.domain.services.test_dataset_predictions import ANALYST, placed, wish
from tests.domain.services.working import customers, trained, uploaded


def labels(runtime: Runtime, of: Segmentation) -> Labels:
    return open_assignments(runtime.storage, of.assignments_key, of.members_key).segments()


async def aged(runtime: Runtime) -> Dataset:
    """The customers without the first 50, in another order, some of whom have become other people."""
    header, *rows = csv.reader(io.StringIO(customers().decode()))
    kept = rows[50:]
    # Every third person has the values of somebody else now.
    changed = [[row[0], *kept[-place - 1][1:]] if place % 3 == 0 else row for place, row in enumerate(kept)]
    text = io.StringIO()
    csv.writer(text).writerows([header, *reversed(changed)])
    return await uploaded(runtime, text.getvalue().encode())


async def test_customers_move_between_a_run_and_a_later_dataset_placed_by_it(runtime: Runtime) -> None:
    run = await trained(runtime, await uploaded(runtime))
    prediction = await placed(runtime, wish(await aged(runtime), run=run))
    before = await segmentations.of_run(run.id)
    after = await segmentations.of_dataset_prediction(prediction.id)
    assert before is not None
    assert after is not None

    found = await comparisons.counted(runtime, before, after)

    assert found is not None
    agreement = found.agreement
    mine, other = labels(runtime, before)[50:], labels(runtime, after)[::-1]
    changed = [row + 50 for row in (mine != other).nonzero()[0].tolist()]
    assert 0 < agreement.moved_count == len(changed)
    assert agreement.common_count == 150 == agreement.moved_count + agreement.stayed_count
    sizes = [row.size for row in agreement.migration]
    assert [row.index for row in agreement.migration] == [0, 1, 2, None]
    for row in agreement.migration:
        assert sum(each.count for each in row.counts) + row.absent == row.size
    whole = labels(runtime, before)
    assert sizes == [*(int((whole == index).sum()) for index in range(3)), 0]

    everybody = await comparisons.moved(runtime, found, before, None, None, 0, 1_000)
    keys = [each.customer.key for each in everybody]
    assert keys == [f"C-{row + 1:06}" for row in changed]
    assert [(each.origin, each.target) for each in everybody] == [
        (int(mine[row - 50]), int(other[row - 50])) for row in changed
    ]
    for origin, target in ((0, None), (None, 1), (0, 1), (7, None)):
        wanted = [
            each for each in everybody if origin in {None, each.origin} and target in {None, each.target}
        ]
        assert await comparisons.count_moved(runtime, found, origin, target) == len(wanted)
        assert await comparisons.moved(runtime, found, before, origin, target, 0, 1_000) == wanted
        assert await comparisons.moved(runtime, found, before, origin, target, 1, 2) == wanted[1:3]
    # Kept with the first one, once for either direction, and gone with the prediction.
    back = await comparisons.counted(runtime, after, before)
    assert back is not None
    assert back.agreement.moved_count == agreement.moved_count
    assert back.folder.startswith(prediction.folder)
    await dataset_predictions.delete(runtime, ANALYST, prediction.id)
    assert runtime.storage.children(prediction.folder) == []
    assert await comparisons.counted(runtime, after, before) is None
    assert runtime.storage.children(prediction.folder) == []


async def test_two_predictions_of_one_run_are_two_comparisons(runtime: Runtime) -> None:
    dataset, later = await uploaded(runtime), await aged(runtime)
    run = await trained(runtime, dataset)
    same, other = [await placed(runtime, wish(each, run=run)) for each in (dataset, later)]
    own = await segmentations.of_run(run.id)
    assert own is not None
    counts = []
    for prediction in (same, other):
        target = await segmentations.of_dataset_prediction(prediction.id)
        assert target is not None
        found = await comparisons.counted(runtime, own, target)
        assert found is not None
        counts.append((found.agreement.common_count, found.agreement.moved_count))
    assert counts[0] == (200, 0)
    assert counts[1][0] == 150
    assert counts[1][1] > 0


async def test_a_dataset_stands_for_its_newest_run_that_succeeded_and_a_version_for_its_run(
    runtime: Runtime,
) -> None:
    dataset = await uploaded(runtime)
    run = await trained(runtime, dataset)
    await a_run(await a_job(), dataset)
    version = await a_model_version(run)
    for found in (
        await segmentations.of_dataset(dataset.id),
        await segmentations.of_model_version(version.id),
    ):
        assert found is not None
        assert (found.run.id, found.dataset.id) == (run.id, dataset.id)


@pytest.mark.parametrize("key", [None, uuid4()], ids=["malformed", "unknown"])
async def test_what_is_not_there_is_no_segmentation(runtime: Runtime, key: object) -> None:
    for find in (
        segmentations.of_run,
        segmentations.of_model_version,
        segmentations.of_dataset_prediction,
        segmentations.of_dataset,
    ):
        assert await find(key) is None  # type: ignore[arg-type]  # an id or None
