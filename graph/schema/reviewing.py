"""What is done to recommendations: they are made anew by a playbook, and reviewed."""

import strawberry

from domain.services import recommendations, reviews
from graph.resolving.access import ANALYST
from graph.resolving.context import Info
from graph.resolving.errors import UserError
from graph.resolving.mutations import mutation
from graph.resolving.relay import key_of
from graph.resolving.unset import given
from graph.schema.recommendations import Recommendation, ReviewStatus
from graph.schema.runs import ClusteringRun

Unset = strawberry.UNSET


@strawberry.input(description="A run, and the playbook to make its recommendations by.")
class GenerateRecommendationsInput:
    run_id: strawberry.ID = strawberry.field(description="The run, one that succeeded.")
    playbook: str | None = strawberry.field(
        default=Unset,
        description="A playbook as TOML, at most 256 KiB; left out, the server's own. docs/playbook.md tells "
        "how to write one.",
    )
    extend: bool = strawberry.field(
        default=True,
        description="Whether its plays are added to the server's, in place of those of the same id; else its "
        "plays only, and the server's fall-backs where it has none for a segment.",
    )


@strawberry.type(description="What came of making recommendations anew.", directives=[ANALYST])
class GenerateRecommendationsPayload:
    run: ClusteringRun | None = strawberry.field(default=None, description="The run.")
    recommendations: list[Recommendation] | None = strawberry.field(
        default=None, description="Its recommendations by segment, in place of those it had."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then the recommendations are as they were."
    )


@strawberry.input(description="What is made of a recommendation.")
class ReviewRecommendationInput:
    id: strawberry.ID = strawberry.field(description="The recommendation.")
    status: ReviewStatus | None = strawberry.field(
        default=Unset,
        description="Whether it is acted on; null takes the review back. To be given, even if it is null.",
    )
    note: str | None = strawberry.field(
        default=Unset,
        description="Why, or by whom, at most 2,000 characters; it replaces the one before.",
    )


@strawberry.type(description="What came of a review.", directives=[ANALYST])
class ReviewRecommendationPayload:
    recommendation: Recommendation | None = strawberry.field(
        default=None, description="The recommendation, with its review."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then the review is as it was."
    )


@strawberry.type
class RecommendationMutation:
    @mutation(ANALYST)
    async def generate_recommendations(
        self, info: Info, input: GenerateRecommendationsInput
    ) -> GenerateRecommendationsPayload:
        """Make the recommendations of a run anew, by the server's playbook or another.

        They replace those it has. One of the same segment and play keeps its id and its
        review; a reviewed one that is not made any more is set aside, and back with its
        review as soon as a playbook makes it again.
        """
        row = await recommendations.generate(
            info.context.runtime, key_of("ClusteringRun", input.run_id), given(input.playbook), input.extend
        )
        loaders = info.context.loaders
        segments = await loaders.segments_of_run.load(row.id)
        found = await loaders.recommendations_of_segment.load_many([segment.id for segment in segments])
        return GenerateRecommendationsPayload(
            run=ClusteringRun.of(row),
            recommendations=[
                Recommendation.of(each, segment)
                for segment, rows in zip(segments, found, strict=True)
                for each in rows
            ],
        )

    @mutation(ANALYST)
    async def review_recommendation(
        self, info: Info, input: ReviewRecommendationInput
    ) -> ReviewRecommendationPayload:
        """Accept or dismiss a recommendation, with a note, or take that back."""
        row = await reviews.review(
            key_of("Recommendation", input.id),
            given(input.status),
            given(input.note),
            status_given=input.status is not Unset,
        )
        segment = await info.context.loaders.the_segment(row.segment_id)
        return ReviewRecommendationPayload(recommendation=Recommendation.of(row, segment))
