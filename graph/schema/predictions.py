"""Predictions: where customers belong who were in no training."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from domain import models
from domain.errors import UserErrorCode
from domain.services import predictions
from domain.terms import predictions as terms
from domain.terms.limiting import Limit
from graph.resolving.access import USER
from graph.resolving.context import Info
from graph.resolving.errors import UserError
from graph.resolving.mutations import mutation
from graph.resolving.relay import key_of
from graph.resolving.unset import given
from graph.schema.customers import UnassignedReason
from graph.schema.prediction_reasons import PredictionExplanation, explanation
from graph.schema.segments import Segment

Unset = strawberry.UNSET


@strawberry.input(
    description="Customers, and what is to place them: a version of a model, or a run; one of both."
)
class PredictInput:
    model_version_id: strawberry.ID | None = strawberry.field(
        default=Unset, description="The version of a model."
    )
    run_id: strawberry.ID | None = strawberry.field(default=Unset, description="The run, one that succeeded.")
    customers: list[JSON] = strawberry.field(
        description="Records: column name -> number, text, true, false or null. Each has every column that "
        "the run was trained on, null where a value is unknown; what else it has is ignored."
    )
    remember: bool = strawberry.field(
        default=False, description="Whether what is answered is kept, see `predictions`."
    )
    explain: bool = strawberry.field(
        default=False,
        description="Whether to tell why, and what would change it; of fewer customers at once.",
    )
    move_to: strawberry.ID | None = strawberry.field(
        default=Unset,
        description="The segment that `explain` looks for a way to; left out, the runner-up.",
    )


@strawberry.type(description="Where a customer belongs.", directives=[USER])
class Prediction:
    row: int = strawberry.field(description="Its place among the customers that were given, from 0.")
    segment: Segment | None = strawberry.field(
        description="The segment; null where it is in none, see `unassigned`, or can't be placed, see "
        "`errors`."
    )
    unassigned: UnassignedReason | None = strawberry.field(description="Why it is in no segment.")
    confidence: float | None = strawberry.field(
        description="How clearly it belongs there, 0..1; null where there are errors."
    )
    distance: float | None = strawberry.field(
        description="Its distance to the segment's mean, on the scale that was clustered; null without "
        "a segment."
    )
    runner_up: Segment | None = strawberry.field(
        description="The segment that is next best; null where there is no other."
    )
    explanation: PredictionExplanation | None = strawberry.field(
        description="Why; null unless it was asked for, and without a segment."
    )
    errors: list[UserError] = strawberry.field(
        description="What is wrong with this customer's record; the others are answered all the same."
    )


@strawberry.type(description="Where customers belong.", directives=[USER])
class PredictPayload:
    predictions: list[Prediction] | None = strawberry.field(
        default=None, description="One for each customer, in the order in which they were given."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong with the request as a whole; then nobody is placed."
    )


@strawberry.type
class PredictionMutation:
    @mutation(USER)
    async def predict(self, info: Info, input: PredictInput) -> PredictPayload:
        """Say where customers belong, by a version of a model or by a run, at once.

        A record that can't be placed has errors of its own, and the others are answered. Whoever
        was in the training gets the segment that the run has them in.
        """
        context = info.context
        # Here: the cost of the operation, counted before, does not know the variables' length.
        await context.runtime.limiter.take(Limit.COST, context.caller.counted_as, _values(input.customers))
        found = await predictions.predict(context.runtime, _request(input, context.viewer.account_id))
        segments = {index: Segment.of(row) for index, row in found.segments.items()}
        return PredictPayload(
            predictions=[
                _prediction(row, placement, segments, found.segments)
                for row, placement in enumerate(found.placements)
            ]
        )


def _values(customers: Sequence[object]) -> int:
    """Count what is to be read, kept or not."""
    return sum(len(each) if isinstance(each, dict) else 1 for each in customers)


def _request(input: PredictInput, by: UUID) -> terms.PredictionRequest:
    version, run, move_to = given(input.model_version_id), given(input.run_id), given(input.move_to)
    return terms.PredictionRequest(
        model_version_id=key_of("ModelVersion", version),
        run_id=key_of("ClusteringRun", run),
        customers=input.customers,
        model_version_given=version is not None,
        run_given=run is not None,
        remember=input.remember,
        explain=input.explain,
        move_to=key_of("Segment", move_to),
        move_to_given=move_to is not None,
        by=by,
    )


def _prediction(
    row: int,
    placement: terms.Placement,
    segments: Mapping[int, Segment],
    rows: Mapping[int, models.Segment],
) -> Prediction:
    return Prediction(
        row=row,
        segment=None if placement.segment is None else segments[placement.segment],
        unassigned=placement.unassigned,
        confidence=placement.confidence,
        distance=placement.distance,
        runner_up=None if placement.runner_up is None else segments[placement.runner_up],
        explanation=explanation(placement.reasons, rows) if placement.reasons else None,
        errors=[_error(row, mistake) for mistake in placement.mistakes],
    )


def _error(row: int, mistake: terms.RowMistake) -> UserError:
    column = [] if mistake.column is None else [mistake.column]
    return UserError(
        code=UserErrorCode.INVALID,
        message=mistake.message,
        path=["input", "customers", str(row), *column],
    )
