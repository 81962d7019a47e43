"""What sets a segment apart, figure by figure."""

import strawberry

from graph.resolving.access import USER


@strawberry.type(
    description="One thing that sets a segment apart from all clustered customers.", directives=[USER]
)
class Characteristic:
    text: str = strawberry.field(description="It in words, with its figures.")
    column: str = strawberry.field(description="The column.")
    category: str | None = strawberry.field(
        description="The value that is more or less frequent here; null for a numeric column."
    )
    segment_value: float = strawberry.field(
        description="Of a numeric column the segment's mean, of a category its share in the segment, 0..1."
    )
    population_value: float = strawberry.field(description="The same figure over all clustered customers.")
    effect: float = strawberry.field(
        description="How far apart the two are: of a numeric column in standard deviations of the "
        "population, of a category as Cohen's h; negative where the segment has less."
    )
