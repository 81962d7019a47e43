"""Why a customer was said to be in a segment, and what would change that."""

from collections.abc import Mapping

import strawberry
from strawberry.scalars import JSON

from domain import models
from domain.terms import scoring as terms
from graph.resolving.access import USER
from graph.schema.segments import Segment


@strawberry.type(
    description="How much a column spoke for the segment, against the runner-up.", directives=[USER]
)
class ColumnContribution:
    column: str = strawberry.field(description="The column.")
    share: float = strawberry.field(
        description="-1..1: positive where it speaks for the segment, negative where it speaks for the "
        "runner-up. Without their signs, the shares of all columns sum to 1."
    )
    value: str | None = strawberry.field(description="The customer's value; null where it is missing.")
    segment_value: str | None = strawberry.field(
        description="What is typical of the segment: of numbers the mean, of categories the most frequent; "
        "null where that can't be told."
    )
    runner_up_value: str | None = strawberry.field(
        description="What is typical of the runner-up; null where that can't be told."
    )


@strawberry.type(description="One column's part of a change.", directives=[USER])
class ColumnChange:
    column: str = strawberry.field(description="The column.")
    before: JSON | None = strawberry.field(description="The customer's value; null where it is missing.")
    after: JSON | None = strawberry.field(description="The value instead.")


@strawberry.type(
    description="The smallest change of a customer's values that moves it to a segment: of as few columns as "
    "can be. With these values predict gives that segment.",
    directives=[USER],
)
class SmallestChange:
    segment: Segment = strawberry.field(description="The segment that it leads to.")
    changes: list[ColumnChange] = strawberry.field(description="The columns that change.")
    distance: float = strawberry.field(
        description="How far it moves the customer, on the scale that was clustered."
    )


@strawberry.type(description="Why a customer is in its segment.", directives=[USER])
class PredictionExplanation:
    contributions: list[ColumnContribution] = strawberry.field(
        description="How much each column spoke for the segment, those that decided first."
    )
    smallest_change: SmallestChange | None = strawberry.field(
        description="What would move the customer to the runner-up, or to `moveTo`; null where nothing "
        "within what the training saw does."
    )


def explanation(reasons: terms.Reasons, segments: Mapping[int, models.Segment]) -> PredictionExplanation:
    """Wrap the reasons for a placement; `segments` are the run's, by index."""
    return PredictionExplanation(
        contributions=[
            ColumnContribution(
                column=each.column,
                share=each.share,
                value=each.value,
                segment_value=each.segment_value,
                runner_up_value=each.runner_up_value,
            )
            for each in reasons.contributions
        ],
        smallest_change=_change(reasons.change, segments) if reasons.change else None,
    )


def _change(change: terms.SmallestChange, segments: Mapping[int, models.Segment]) -> SmallestChange:
    return SmallestChange(
        segment=Segment.of(segments[change.segment]),
        changes=[
            ColumnChange(column=each.column, before=_json(each.before), after=_json(each.after))
            for each in change.changes
        ],
        distance=change.distance,
    )


def _json(value: float | str | None) -> JSON | None:
    return None if value is None else JSON(value)
