"""What is said of a dataset that is placed: how far it is, and who is where."""

import strawberry

from domain.terms import predictions as terms
from graph.resolving.access import USER
from graph.resolving.enums import describe
from graph.schema.customers import Customer, UnassignedReason
from graph.schema.segments import Segment

describe(
    terms.PredictionStage,
    "What the placing of a dataset is at.",
    QUEUED="Waiting for a free worker.",
    LOADING="Reading the model.",
    PLACING="Placing the customers.",
    SAVING="Writing down who is where.",
    DONE="Nothing any more.",
)
PredictionStage = terms.PredictionStage


@strawberry.type(description="How far the placing of a dataset is.", directives=[USER])
class DatasetPredictionProgress:
    stage: PredictionStage = strawberry.field(description="What it is doing.")
    fraction: float = strawberry.field(description="How much is done, 0..1; never goes back.")
    message: str = strawberry.field(description="What it is doing, in words.")


@strawberry.type(description="How many customers of a dataset were placed in a segment.", directives=[USER])
class PredictedSegmentCount:
    segment: Segment = strawberry.field(description="The segment.")
    count: int = strawberry.field(description="How many customers.")
    share: float = strawberry.field(description="0..1 of those who are in a segment.")


@strawberry.type(description="How many customers are in no segment for one reason.", directives=[USER])
class UnassignedCount:
    reason: UnassignedReason = strawberry.field(description="Why.")
    count: int = strawberry.field(description="How many customers.")


@strawberry.type(
    description="A category that the training did not see: who has it is in no segment.", directives=[USER]
)
class UnseenCategory:
    column: str = strawberry.field(description="The column.")
    category: str = strawberry.field(description="The category.")
    count: int = strawberry.field(description="How many customers have it.")


@strawberry.type(description="Where a customer of a dataset was placed.", directives=[USER])
class PredictedAssignment:
    customer: Customer = strawberry.field(description="The customer.")
    segment: Segment | None = strawberry.field(
        description="Its segment; null where there is none, see `unassigned`."
    )
    unassigned: UnassignedReason | None = strawberry.field(description="Why it is in no segment.")
    confidence: float = strawberry.field(
        description="How clearly it belongs to its segment, 0..1, as of the run's own customers; 0 without."
    )
    distance: float | None = strawberry.field(
        description="Its distance to the segment's mean, on the scale that was clustered; null without one."
    )
    runner_up: Segment | None = strawberry.field(
        description="The segment that is next best; null without one, and where there is no other."
    )

    @classmethod
    def of(cls, placed: terms.PlacedCustomer, segments: dict[int, Segment]) -> "PredictedAssignment":
        """Wrap a customer who was placed, with the run's segments by index."""
        return cls(
            customer=Customer.of(placed.customer),
            segment=None if placed.segment is None else segments[placed.segment],
            unassigned=placed.unassigned,
            confidence=placed.confidence,
            distance=placed.distance,
            runner_up=None if placed.runner_up is None else segments[placed.runner_up],
        )
