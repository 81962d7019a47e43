"""Pictures are drawn when first asked for, kept, and drawn anew when what they show changes."""

import asyncio
from dataclasses import replace
from uuid import uuid4

from domain.models import ClusteringRun
from domain.services import pictures, runs, segments
from domain.services.links import PictureAddress
from domain.services.pictures import Drawn
from domain.services.runtime import Runtime
from domain.terms.algorithms import Algorithm
from domain.terms.jobs import JobStatus
from domain.terms.pictures import PictureFormat, PictureKind, PictureTheme, Unassigned
from domain.terms.training import AlgorithmChoice
from tests.domain.services.rows import a_job, a_run
from tests.domain.services.working import trained, uploaded


def address(run: ClusteringRun, kind: PictureKind = PictureKind.SIZES) -> PictureAddress:
    return PictureAddress(run.id, kind, PictureFormat.SVG, PictureTheme.LIGHT)


def drawn_for(runtime: Runtime, run: ClusteringRun) -> list[str]:
    return runtime.storage.children(f"{run.folder}/pictures")


async def fetch(runtime: Runtime, run: ClusteringRun, kind: PictureKind = PictureKind.SIZES) -> Drawn | None:
    return await pictures.fetch(runtime, address(run, kind))


async def test_a_picture_is_drawn_once_and_kept_until_a_segment_is_renamed(runtime: Runtime) -> None:
    run = await trained(runtime, await uploaded(runtime))
    assert drawn_for(runtime, run) == []
    first = await fetch(runtime, run)
    assert first is not None
    assert first.content.startswith(b"<?xml")
    assert drawn_for(runtime, run) == [first.tag]
    assert await fetch(runtime, run) == first
    assert len(drawn_for(runtime, run)) == 1
    await segments.rename((await segments.of_run(run.id))[0].id, "Anchors")
    second = await fetch(runtime, run)
    assert second is not None
    assert second.tag != first.tag
    assert b"Anchors" in second.content
    assert b"Anchors" not in first.content


async def test_many_who_ask_at_once_wait_for_one_drawing(runtime: Runtime) -> None:
    run = await trained(runtime, await uploaded(runtime))
    drawings = runtime.sharing
    asking = [asyncio.create_task(pictures.fetch(runtime, address(run))) for _ in range(5)]
    async with asyncio.timeout(30):
        while not drawings.under_way:
            await runs.find(run.id)
    (drawing,) = drawings.under_way.values()
    # One hangs up: the others still get theirs.
    asking.pop(0).cancel()
    answers = await asyncio.gather(*asking)
    assert drawing.done()
    assert len(set(answers)) == 1
    assert answers[0] is not None
    assert drawings.under_way == {}


async def test_each_algorithm_has_the_pictures_that_apply_to_it(runtime: Runtime) -> None:
    dataset = await uploaded(runtime)
    chosen = await trained(runtime, dataset, count=None)
    tree = await trained(runtime, dataset, algorithm=AlgorithmChoice(Algorithm.HIERARCHICAL, 3))
    everywhere = set(PictureKind) - {PictureKind.ELBOW, PictureKind.DENDROGRAM}
    assert {kind for kind in PictureKind if pictures.applies(chosen, kind)} == everywhere | {
        PictureKind.ELBOW
    }
    assert {kind for kind in PictureKind if pictures.applies(tree, kind)} == everywhere | {
        PictureKind.DENDROGRAM
    }
    assert await fetch(runtime, tree, PictureKind.ELBOW) is None
    dendrogram = await fetch(runtime, tree, PictureKind.DENDROGRAM)
    assert dendrogram is not None
    assert drawn_for(runtime, tree) == [dendrogram.tag]


async def test_a_run_that_did_not_succeed_has_no_pictures(runtime: Runtime) -> None:
    for status in set(JobStatus) - {JobStatus.SUCCEEDED}:
        run = await a_run(await a_job(status=status))
        for kind in PictureKind:
            assert await fetch(runtime, run, kind) is None, (status, kind)


async def test_a_run_that_is_not_there_has_no_pictures(runtime: Runtime) -> None:
    nowhere = PictureAddress(uuid4(), PictureKind.SIZES, PictureFormat.PNG, PictureTheme.DARK)
    assert await pictures.fetch(runtime, nowhere) is None


async def test_a_run_of_a_single_segment_has_no_picture_that_compares_segments(runtime: Runtime) -> None:
    dataset = await uploaded(runtime)
    run = await trained(runtime, dataset, algorithm=AlgorithmChoice(Algorithm.DBSCAN, epsilon=1000.0))
    assert len(await segments.of_run(run.id)) == 1
    shown = {kind for kind in PictureKind if pictures.applies(run, kind)}
    assert shown == {PictureKind.SCATTER, PictureKind.SIZES}
    for kind in shown:
        assert await fetch(runtime, run, kind) is not None


async def test_who_is_in_no_segment_is_counted_and_described(runtime: Runtime) -> None:
    run = await trained(runtime, await uploaded(runtime))
    assert run.metrics is not None
    assert run.preparation is not None
    run.metrics = replace(run.metrics, noise_count=5)
    run.preparation = replace(run.preparation, outlier_count=2, left_out_count=1)
    assert pictures.unassigned(run) == Unassigned(noise=5, outliers=2, missing_values=1)
    shown = pictures.legend(await segments.of_run(run.id))
    described = pictures.describe(run, PictureKind.SIZES, "mall.csv", shown)
    assert described.endswith("8 customers in no segment (5 noise, 2 outliers, 1 missing values).")
