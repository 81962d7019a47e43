"""What a training publishes, and how segments keep their names, indexes and colours over retraining."""

import csv
import io
import random

import pytest

from domain.errors import Conflict, NotFound, Refused
from domain.models import ClusteringRun, Dataset, Segment
from domain.services import runs, segments
from domain.services.runtime import Runtime
from domain.terms.algorithms import Algorithm
from domain.terms.palette import SEGMENT_COLORS
from domain.terms.training import AlgorithmChoice
from tests.domain.services.rows import a_dataset, a_job, a_run, a_segment
from tests.domain.services.working import customers, trained, uploaded

NAMES = ("Anchors", "Sparks", "Ghosts")


def rearranged(content: bytes, *, without: str = "", seed: int = 1) -> bytes:
    """The same customers in another order; without a column if one is named."""
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    random.Random(seed).shuffle(rows)  # noqa: S311  # no secret
    names = [name for name in rows[0] if name != without]
    text = io.StringIO()
    writer = csv.DictWriter(text, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


async def named(run: ClusteringRun) -> None:
    """Give the segments names that nothing would generate."""
    for segment, name in zip(await segments.of_run(run.id), NAMES, strict=True):
        await segments.rename(segment.id, name)


async def faces(run: ClusteringRun) -> list[tuple[int, str, str, int]]:
    """What people know a segment by, and its size."""
    return [(each.index, each.name, each.color, each.size) for each in await segments.of_run(run.id)]


async def test_a_first_run_numbers_its_segments_by_size_and_colours_them_in_order(runtime: Runtime) -> None:
    run = await trained(runtime, await uploaded(runtime))
    found = await segments.of_run(run.id)
    assert [segment.index for segment in found] == [0, 1, 2]
    assert [segment.color for segment in found] == list(SEGMENT_COLORS[:3])
    sizes = [segment.size for segment in found]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == 200
    assert {segment.previous_id for segment in found} == {None}
    assert all(segment.name == segment.generated_name for segment in found)
    assert (run.job.stage, run.job.fraction, run.job.message) == ("DONE", 1.0, "Done")


async def test_names_indexes_and_colours_survive_another_seed(runtime: Runtime) -> None:
    dataset = await uploaded(runtime)
    first = await trained(runtime, dataset)
    await named(first)
    before = await faces(first)
    second = await trained(runtime, dataset, seed=7)
    assert await faces(second) == before
    assert (await ClusteringRun.get(id=second.id)).match_to_id == first.id
    earlier = {segment.index: segment.id for segment in await segments.of_run(first.id)}
    assert {each.index: each.previous_id for each in await segments.of_run(second.id)} == earlier


@pytest.mark.parametrize("without", ["", "customer_id"])
async def test_they_survive_a_newer_upload_of_the_same_people_shuffled(
    runtime: Runtime, without: str
) -> None:
    """By their identifiers; where these are gone, by where the segments lie."""
    first = await trained(runtime, await uploaded(runtime))
    await named(first)
    newer = await uploaded(runtime, rearranged(customers(), without=without))
    assert (newer.identifier is None) == bool(without)
    assert await faces(await trained(runtime, newer)) == await faces(first)


async def test_another_name_or_algorithm_continues_nothing(runtime: Runtime) -> None:
    dataset = await uploaded(runtime)
    await named(await trained(runtime, dataset))
    tree = await trained(runtime, dataset, algorithm=AlgorithmChoice(Algorithm.HIERARCHICAL, 3))
    namesake = await trained(runtime, await uploaded(runtime, name="Others"))
    for run in (tree, namesake):
        found = await segments.of_run(run.id)
        assert {each.previous_id for each in found} == {None}
        assert not {each.name for each in found} & set(NAMES)


async def test_the_run_asked_for_is_continued_and_not_the_newest(runtime: Runtime) -> None:
    dataset = await uploaded(runtime)
    first = await trained(runtime, dataset)
    await named(first)
    await trained(runtime, await uploaded(runtime, customers(seed=5)), count=4)
    last = await trained(runtime, dataset, seed=3, match_to=first.id, match_to_given=True)
    assert await faces(last) == await faces(first)


async def test_a_run_that_was_deleted_is_continued_by_none(runtime: Runtime) -> None:
    dataset = await uploaded(runtime)
    first = await trained(runtime, dataset)
    await named(first)
    await runs.delete(runtime, first.id)
    second = await trained(runtime, dataset)
    assert {segment.previous_id for segment in await segments.of_run(second.id)} == {None}
    assert not {segment.name for segment in await segments.of_run(second.id)} & set(NAMES)


async def test_more_segments_than_before_keep_the_old_faces_and_give_free_ones_to_the_new(
    runtime: Runtime,
) -> None:
    dataset = await uploaded(runtime, customers(400))
    first = await trained(runtime, dataset, count=3)
    await named(first)
    before = {(index, name, color) for index, name, color, _ in await faces(first)}
    second = await trained(runtime, dataset, count=5)
    after = [(index, name, color) for index, name, color, _ in await faces(second)]
    assert [index for index, _, _ in after] == [0, 1, 2, 3, 4]
    assert len({color for _, _, color in after}) == len({name for _, name, _ in after}) == 5
    kept = {each.index for each in await segments.of_run(second.id) if each.previous_id}
    assert {face for face in after if face[0] in kept} <= before
    assert kept


async def test_a_generated_name_that_people_gave_to_another_segment_is_numbered(runtime: Runtime) -> None:
    dataset = await uploaded(runtime)
    first = await trained(runtime, dataset)
    big, middle, small = await segments.of_run(first.id)
    # As if other words had been found for it then.
    await Segment.filter(id=middle.id).update(name="Other words", generated_name="Other words")
    await segments.rename(small.id, middle.generated_name)
    second = await trained(runtime, dataset, seed=7)
    names = [segment.name for segment in await segments.of_run(second.id)]
    assert names == [big.name, f"{middle.generated_name} (2)", middle.generated_name]
    # The number was nobody's wish: without the clash, it is gone.
    _, numbered, given = await segments.of_run(second.id)
    assert numbered.name == numbered.generated_name
    await segments.rename(given.id, "Ghosts")
    third = await trained(runtime, dataset, seed=8)
    names = [segment.name for segment in await segments.of_run(third.id)]
    assert names == [big.name, middle.generated_name, "Ghosts"]


async def test_a_rename_is_kept_and_changes_nothing_else(runtime: Runtime) -> None:
    segment = await a_segment(await a_run(await a_job()), 0, "High income")
    (before,) = await Segment.filter(id=segment.id).values()
    renamed = await segments.rename(segment.id, "  Big spenders ")
    assert (renamed.name, renamed.generated_name) == ("Big spenders", "High income")
    (after,) = await Segment.filter(id=segment.id).values()
    assert after == {**before, "name": "Big spenders"}


async def test_no_two_segments_of_a_run_share_a_name_but_those_of_two_runs_may(runtime: Runtime) -> None:
    dataset: Dataset = await a_dataset()
    run, other = await a_run(await a_job(), dataset), await a_run(await a_job(), dataset)
    first, second = await a_segment(run, 0, "High income"), await a_segment(run, 1, "Low income")
    third = await a_segment(other, 0, "Young")
    with pytest.raises(Conflict, match="another segment of this run is called 'High income'") as caught:
        await segments.rename(second.id, "High income")
    assert caught.value.path == ("input", "name")
    assert (await Segment.get(id=second.id)).name == "Low income"
    assert (await segments.rename(third.id, "High income")).name == "High income"
    assert (await segments.rename(first.id, "High income")).name == "High income"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (" ", "the name is empty"),
        ("x" * 201, "the name has 201 characters: 200 at most"),
        ("a\x00b", "control characters"),
    ],
)
async def test_what_is_no_name_is_refused_and_changes_nothing(
    runtime: Runtime, name: str, message: str
) -> None:
    segment = await a_segment(await a_run(await a_job()), 0, "High income")
    with pytest.raises(Refused) as caught:
        await segments.rename(segment.id, name)
    assert message in str(caught.value.exceptions[0])
    assert (await Segment.get(id=segment.id)).name == "High income"


async def test_a_segment_that_is_not_there_is_told_with_what_is_wrong_with_the_name(runtime: Runtime) -> None:
    with pytest.raises(Refused) as caught:
        await segments.rename(None, "")
    assert {type(mistake) for mistake in caught.value.exceptions} >= {NotFound}
    assert len(caught.value.exceptions) == 2
