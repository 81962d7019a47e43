"""Pictures of a run: drawn by a worker when first asked for, and kept."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from domain.engine.engine import WorkerLost
from domain.errors import Conflict, NotFound
from domain.models import ClusteringRun, Segment
from domain.services import runs, segments, trainings
from domain.services.links import PictureAddress
from domain.services.runtime import DRAW_PROGRAM, Runtime
from domain.storage import artifacts
from domain.terms.algorithms import Algorithm
from domain.terms.alt_texts import alt_text
from domain.terms.jobs import JobStatus, Lane
from domain.terms.pictures import DendrogramFigure, PictureKind, PictureOrder, SegmentLegend, Unassigned

_LEGEND = TypeAdapter(tuple[SegmentLegend, ...])


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture's bytes; `tag` changes when they may."""

    content: bytes
    tag: str


def applies(run: ClusteringRun, kind: PictureKind) -> bool:
    """Tell whether there is such a picture of this run."""
    if run.job.status is not JobStatus.SUCCEEDED:
        return False
    if kind is PictureKind.DENDROGRAM:
        return run.algorithm is Algorithm.HIERARCHICAL
    if kind is PictureKind.ELBOW:
        return run.selection is not None and bool(run.selection.candidates)
    if kind in {PictureKind.SILHOUETTE, PictureKind.PROFILE}:
        # Both compare segments; of a single one there is no silhouette, and it is the average itself.
        return run.metrics is not None and run.metrics.silhouette is not None
    return True


def legend(of_run: Sequence[Segment]) -> tuple[SegmentLegend, ...]:
    """Name the segments as they are called now."""
    return tuple(
        SegmentLegend(segment.index, segment.name, segment.color, segment.size, segment.share)
        for segment in of_run
    )


def unassigned(run: ClusteringRun) -> Unassigned:
    """Count who is in no segment of the run, by why."""
    return Unassigned(
        noise=run.metrics.noise_count if run.metrics else 0,
        outliers=run.preparation.outlier_count if run.preparation else 0,
        missing_values=run.preparation.left_out_count if run.preparation else 0,
    )


def describe(run: ClusteringRun, kind: PictureKind, title: str, shown: Sequence[SegmentLegend]) -> str:
    """Say in words what a picture of the run shows; `title` is the dataset's name."""
    return alt_text(kind, title, shown, run.selection, unassigned(run), run.structure)


async def fetch(runtime: Runtime, address: PictureAddress) -> Drawn | None:
    """Read a picture, drawn first if need be; None when the run or such a picture of it is not there.

    Raises Conflict when no worker could draw it.
    """
    run = await runs.find(address.run_id)
    if run is None or not applies(run, address.kind):
        return None
    await run.fetch_related("dataset")
    shown = legend(await segments.of_run(run.id))
    folder = f"{run.folder}/pictures/{_name(address, run.dataset.name, shown)}"
    order = PictureOrder(
        kind=address.kind,
        format=address.format,
        theme=address.theme,
        title=run.dataset.name,
        segments=shown,
        figures_key=trainings.figures_key(run),
        picture_key=f"{folder}/picture.{address.format.lower()}",
        unassigned=unassigned(run),
    )
    try:
        if not await asyncio.to_thread(runtime.storage.exists, order.picture_key):
            await runtime.sharing.once(folder, lambda: _draw(runtime, folder, order))
        content = await asyncio.to_thread(runtime.storage.read_bytes, order.picture_key)
    except NotFound:
        return None
    except FileNotFoundError:
        # The run was deleted meanwhile; what was drawn for it since is nobody's.
        if await runs.find(address.run_id) is None:
            await asyncio.to_thread(runtime.storage.delete, run.folder)
        return None
    return Drawn(content, folder.rpartition("/")[2])


async def dendrogram(runtime: Runtime, run: ClusteringRun) -> DendrogramFigure | None:
    """Read the top of a run's merge tree; None where it has none, or not yet."""
    if not applies(run, PictureKind.DENDROGRAM):
        return None
    try:
        return await asyncio.to_thread(artifacts.load_dendrogram, runtime.storage, trainings.figures_key(run))
    except FileNotFoundError:
        return None


async def _draw(runtime: Runtime, folder: str, order: PictureOrder) -> None:
    await asyncio.to_thread(artifacts.dump, runtime.storage, f"{folder}/order.json", order)
    try:
        await runtime.engine.run(DRAW_PROGRAM, folder, lane=Lane.QUICK)
    except WorkerLost:
        raise Conflict("the picture's worker died: ask again") from None


def _name(address: PictureAddress, title: str, shown: tuple[SegmentLegend, ...]) -> str:
    """Name a drawing by all that can be seen in it and may change: a rename makes another one."""
    seen = hashlib.sha256(title.encode() + _LEGEND.dump_json(shown)).hexdigest()[:16]
    return f"{address.kind.lower()}-{address.theme.lower()}-{address.format.lower()}-{seen}"
