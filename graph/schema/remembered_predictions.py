"""The history of predictions: what was said of customers, where that was to be remembered."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from domain import models
from domain.services import remembering
from domain.services.moments import in_utc
from domain.services.remembering import HistoryFilter
from domain.terms.access import Role
from graph.resolving.access import OWNER, USER
from graph.resolving.context import Info
from graph.resolving.relay import (
    LARGEST_PAGE,
    After,
    Before,
    Connection,
    First,
    Last,
    Node,
    Window,
    global_id,
    key_of,
    keyset_page,
)
from graph.resolving.unset import given
from graph.schema.accounts import User, account_key
from graph.schema.customers import UnassignedReason
from graph.schema.models import ModelVersion
from graph.schema.runs import ClusteringRun
from graph.schema.segments import Segment

Unset = strawberry.UNSET
VersionId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only by this version of a model.")
]
RunId = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Only by this run, also as a version of a model."),
]
SegmentId = Annotated[strawberry.ID | None, strawberry.argument(description="Only of this segment.")]
Since = Annotated[datetime | None, strawberry.argument(description="Only at this time or later.")]
Until = Annotated[datetime | None, strawberry.argument(description="Only before this time.")]
UserId = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="Only what this account asked for: one's own, or as an administrator any."
    ),
]
Mine = Annotated[bool, strawberry.argument(description="Only what you have asked for yourself.")]


@strawberry.type(
    description="Where a customer was said to belong: seen by who asked, and by analysts and administrators. "
    "Kept for some time only.",
    directives=[OWNER],
)
class RememberedPrediction(Node):
    item: strawberry.Private[models.RememberedPrediction]
    unassigned: UnassignedReason | None = strawberry.field(description="Why it was in no segment.")
    confidence: float | None = strawberry.field(description="How clearly it belonged there, 0..1.")
    distance: float | None = strawberry.field(
        description="Its distance to the segment's mean, on the scale that was clustered; null without "
        "a segment."
    )
    customer_key: str | None = strawberry.field(
        description="The customer: the value of the dataset's identifier; null where the record had none."
    )
    attributes: JSON = strawberry.field(
        description="The values that decided, as they were given: column name -> value."
    )
    predicted_at: datetime = strawberry.field(description="When it was said.")

    @classmethod
    def of(cls, row: models.RememberedPrediction) -> "RememberedPrediction":
        """Wrap a row."""
        return cls(
            id=global_id("RememberedPrediction", row.id),
            item=row,
            unassigned=row.unassigned,
            confidence=row.confidence,
            distance=row.distance,
            customer_key=row.customer_key,
            attributes=JSON(row.attributes),
            predicted_at=row.predicted_at,
        )

    @strawberry.field(description="The version that said so; null where a run was asked itself.")
    async def model_version(self, info: Info) -> ModelVersion | None:
        key = self.item.model_version_id
        row = await info.context.loaders.model_version.load(key) if key else None
        return ModelVersion.of(row) if row else None

    @strawberry.field(description="The run that said so, or that the version is.")
    async def run(self, info: Info) -> ClusteringRun:
        return ClusteringRun.of(await info.context.loaders.the_run(self.item.run_id))

    @strawberry.field(description="The segment; null where it was in none, see `unassigned`.")
    async def segment(self, info: Info) -> Segment | None:
        key = self.item.segment_id
        return Segment.of(await info.context.loaders.the_segment(key)) if key else None

    @strawberry.field(description="The segment that was next best; null where there was no other.")
    async def runner_up(self, info: Info) -> Segment | None:
        key = self.item.runner_up_id
        return Segment.of(await info.context.loaders.the_segment(key)) if key else None

    @strawberry.field(
        description="Who asked: seen by itself and by administrators; null to others, and where the account "
        "is gone."
    )
    async def predicted_by(self, info: Info) -> User | None:
        key, viewer = self.item.predicted_by, info.context.viewer
        if key is None or not (viewer.role.includes(Role.ADMIN) or key == viewer.account_id):
            return None
        row = await info.context.loaders.account.load(key)
        return User.of(row) if row else None


@strawberry.type
class PredictionQuery:
    @strawberry.field(
        description="What was said of customers, where that was to be remembered, the newest first; at most "
        "100 a page. A user sees what it asked for itself, analysts and administrators see all.",
        directives=[USER],
    )
    async def predictions(
        self,
        info: Info,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
        model_version_id: VersionId = Unset,
        run_id: RunId = Unset,
        segment_id: SegmentId = Unset,
        since: Since = Unset,
        until: Until = Unset,
        mine: Mine = False,
        user_id: UserId = Unset,
    ) -> Connection[RememberedPrediction]:
        window = Window.of(first, after, last, before, LARGEST_PAGE)
        viewer, wanted = info.context.viewer, (given(model_version_id), given(run_id), given(segment_id))
        kinds = ("ModelVersion", "ClusteringRun", "Segment")
        version, run, segment = (key_of(kind, text) for kind, text in zip(kinds, wanted, strict=True))
        own, account = viewer.account_id, account_key(given(user_id))
        query = remembering.remembered(
            viewer,
            HistoryFilter(
                version_id=version,
                run_id=run,
                segment_id=segment,
                by=own if mine else account,
                since=given(since) and in_utc(given(since)),
                until=given(until) and in_utc(given(until)),
            ),
        )
        if any(
            text is not None and key is None
            for text, key in zip(wanted, (version, run, segment), strict=True)
        ):
            # By an id of nothing, nothing was said.
            query = query.filter(id__in=[])
        # Who asked is told to itself and to administrators only.
        may_name = own == account or (viewer.role.includes(Role.ADMIN) and account and not mine)
        if given(user_id) is not None and not may_name:
            query = query.filter(id__in=[])
        return await keyset_page(query, window, RememberedPrediction.of)
