"""What an export is of: customers in segments, found by whatever the client names."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from domain.errors import Conflict, DomainError, Invalid, NotFound
from domain.models import Audience, ClusteringRun, DatasetPrediction, Segment
from domain.services import audiences, segmentations
from domain.services.segmentations import Segmentation
from domain.terms.auditing import Subject
from domain.terms.exports import ExportKind, ExportRequest, Holdout
from domain.terms.jobs import JobStatus

SEGMENT = ("input", "segmentId")


@dataclass(frozen=True)
class Source:
    """Customers in segments, all or those of one; `name` is what a file of them is called."""

    segmentation: Segmentation
    segment: Segment | None
    name: str
    subject: Subject
    holdout: Holdout | None


def path_of(kind: ExportKind) -> tuple[str, ...]:
    """Where in the input the source is named."""
    return ("input", "of", kind.value)


async def find(request: ExportRequest) -> Source:
    """Find what is to be exported. Raises NotFound, Conflict and Invalid."""
    if request.segment_given and request.kind is not ExportKind.DATASET_PREDICTION:
        raise Invalid("segmentId picks a segment of a dataset prediction: leave it out here", SEGMENT)
    return await _READERS[request.kind](request)


async def _run(request: ExportRequest) -> Source:
    path = path_of(request.kind)
    found = await segmentations.of_run(request.source_id)
    if found is None:
        run = ClusteringRun.filter(id=request.source_id).select_related("job")
        raise _missing("run", await run.first() if request.source_id else None, path)
    subject = Subject("ClusteringRun", found.run.id)
    return Source(found, None, found.dataset.name, subject, _holdout(request, found.run.id))


async def _segment(request: ExportRequest) -> Source:
    segment = await Segment.get_or_none(id=request.source_id) if request.source_id else None
    found = await segmentations.of_run(segment.run_id) if segment else None
    if found is None or segment is None:
        raise NotFound("there is no such segment", path_of(request.kind))
    subject = Subject("Segment", segment.id)
    return Source(found, segment, segment.name, subject, _holdout(request, found.run.id))


async def _dataset_prediction(request: ExportRequest) -> Source:
    found = await segmentations.of_dataset_prediction(request.source_id)
    if found is None or found.prediction is None:
        placed = DatasetPrediction.filter(id=request.source_id).select_related("job")
        one = await placed.first() if request.source_id else None
        raise _missing("dataset prediction", one, path_of(request.kind))
    segment = await Segment.get_or_none(id=request.segment_id) if request.segment_id else None
    if request.segment_given and (segment is None or segment.run_id != found.run.id):
        raise NotFound("the run that placed the dataset has no such segment", SEGMENT)
    name = segment.name if segment else found.dataset.name
    subject = Subject("DatasetPrediction", found.prediction.id)
    return Source(found, segment, name, subject, _holdout(request, found.run.id))


async def _audience(request: ExportRequest) -> Source:
    path = path_of(request.kind)
    audience = await Audience.get_or_none(id=request.source_id) if request.source_id else None
    if audience is None:
        raise NotFound("there is no such audience", path)
    if request.holdout_share or request.holdout_salt is not None:
        raise Invalid("an audience has a holdout of its own: change it by updateAudience", audiences.SHARE)
    (membership,) = await audiences.memberships([audience.id])
    found = await audiences.segmentation_of(membership)
    if membership.segment is None or found is None:
        raise Conflict(f"nobody is in the audience: {membership.note or 'its run is gone'}", path)
    holdout = Holdout(audience.holdout_share, audience.salt) if audience.holdout_share else None
    return Source(found, membership.segment, audience.name, Subject("Audience", audience.id), holdout)


_READERS: dict[ExportKind, Callable[[ExportRequest], Awaitable[Source]]] = {
    ExportKind.RUN: _run,
    ExportKind.SEGMENT: _segment,
    ExportKind.DATASET_PREDICTION: _dataset_prediction,
    ExportKind.AUDIENCE: _audience,
}


def _holdout(request: ExportRequest, run_id: UUID) -> Holdout | None:
    """Who is held out; by the run's id as salt where none is given, so that it is the same people again."""
    if not request.holdout_share:
        return None
    salt = request.holdout_salt
    return Holdout(request.holdout_share, str(run_id) if salt is None else salt)


def _missing(noun: str, row: ClusteringRun | DatasetPrediction | None, path: tuple[str, ...]) -> DomainError:
    if row is None or row.job.status is JobStatus.SUCCEEDED:
        return NotFound(f"there is no such {noun}", path)
    return Conflict(f"the {noun} has nothing to export: it is {row.job.status}", path)
