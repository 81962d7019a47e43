"""Several trainings of one dataset as one comparison, and which of them won."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from domain import models
from domain.services import competitions
from domain.services.winning import Result
from domain.terms import competitions as terms
from graph.resolving.access import ANALYST, USER
from graph.resolving.context import Context, Info
from graph.resolving.enums import describe
from graph.resolving.errors import UserError
from graph.resolving.mutations import mutation
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
from graph.schema.algorithms import AlgorithmInput, PcaInput
from graph.schema.columns import ColumnInput, overrides
from graph.schema.datasets import Dataset
from graph.schema.preparation import PreparationInput
from graph.schema.runs import ClusteringRun

describe(
    terms.WinningCriterion,
    "What the winner of a comparison is the best at, among runs on the same prepared customers.",
    SILHOUETTE="The largest mean silhouette: segments that are far apart and close within.",
    STABILITY="The largest stability: segments that come back when customers are drawn again.",
    CALINSKI_HARABASZ="The largest variance ratio.",
    DAVIES_BOULDIN="The smallest Davies-Bouldin index.",
    CONFIDENCE="The largest accuracy of a small tree: segments that few rules can tell.",
)
WinningCriterion = terms.WinningCriterion
Unset = strawberry.UNSET
Id = Annotated[strawberry.ID, strawberry.argument(description="The comparison.")]


@strawberry.type(description="A run of a comparison, and how it did.", directives=[USER])
class ComparedTraining:
    run: ClusteringRun = strawberry.field(description="The run.")
    figure: float | None = strawberry.field(
        description="What the criterion measures of it; null until it succeeded, and where it has none."
    )
    rank: int | None = strawberry.field(
        description="Its place among those that have the figure so far, from 1; null where it has none."
    )
    clustered_share: float | None = strawberry.field(
        description="The share of its customers, 0..1, that are in a segment; null until it succeeded."
    )
    reserve: str | None = strawberry.field(
        description="Why it ranks behind all that have no such flaw, whatever its figure: it leaves more "
        "than a fifth of the customers out, or has found no structure. Null where nothing is against it."
    )

    @classmethod
    def of(cls, result: Result) -> "ComparedTraining":
        """Wrap a result."""
        return cls(
            run=ClusteringRun.of(result.run),
            figure=result.figure,
            rank=result.rank,
            clustered_share=result.clustered_share,
            reserve=result.reserve,
        )


@strawberry.type(
    description="Several trainings of one dataset, prepared in the same way, beside each other.",
    directives=[USER],
)
class TrainingComparison(Node):
    row: strawberry.Private[models.TrainingComparison]
    criterion: WinningCriterion = strawberry.field(description="What the winner is the best at.")
    created_at: datetime = strawberry.field(description="When it was asked for.")

    @classmethod
    def of(cls, row: models.TrainingComparison) -> "TrainingComparison":
        """Wrap a row."""
        return cls(
            id=global_id("TrainingComparison", row.id),
            row=row,
            criterion=row.criterion,
            created_at=row.created_at,
        )

    @strawberry.field(description="The dataset.")
    async def dataset(self, info: Info) -> Dataset:
        return Dataset.of(await info.context.loaders.the_dataset(self.row.dataset_id))

    @strawberry.field(
        description="Its runs in the order in which they were asked for, without those that were deleted."
    )
    async def results(self, info: Info) -> list[ComparedTraining]:
        return [ComparedTraining.of(each) for each in (await _competition(info.context, self.row)).results]

    @strawberry.field(description="Whether all its runs have ended, in whatever way.")
    async def finished(self, info: Info) -> bool:
        return (await _competition(info.context, self.row)).finished

    @strawberry.field(
        description="The best of its runs by the criterion; null until all have ended, or where none has any."
    )
    async def winner(self, info: Info) -> ComparedTraining | None:
        won = (await _competition(info.context, self.row)).winner
        return ComparedTraining.of(won) if won else None


@strawberry.input(description="Which algorithms to try on a dataset.")
class TrainClusteringsInput:
    dataset_id: strawberry.ID = strawberry.field(description="The dataset.")
    algorithms: list[AlgorithmInput] = strawberry.field(
        description="The algorithms and their settings, 2 to 20, no two alike. What follows is the same for "
        "all: figures can be compared on the same prepared customers only."
    )
    criterion: WinningCriterion = strawberry.field(
        default=WinningCriterion.SILHOUETTE, description="What the winner is to be the best at."
    )
    columns: list[ColumnInput] | None = strawberry.field(
        default=Unset, description="Roles of columns for these runs; the dataset's where left out."
    )
    preparation: PreparationInput | None = strawberry.field(
        default=Unset, description="How the columns are prepared; by the defaults when left out."
    )
    pca: PcaInput | None = strawberry.field(
        default=Unset, description="Cluster on principal components; on all features when left out."
    )
    seed: int = strawberry.field(
        default=0, description="Starts the random numbers, from 0: the same seed gives the same answer."
    )
    reuse: bool = strawberry.field(
        default=True, description="Take part with equal runs on the dataset that are there already."
    )

    def to_request(self, by: UUID) -> terms.CompetitionRequest:
        """Translate into the domain's terms."""
        pca, preparation = self.pca or None, self.preparation or PreparationInput()
        return terms.CompetitionRequest(
            dataset_id=key_of("Dataset", self.dataset_id),
            algorithms=tuple(each.to_choice() for each in self.algorithms),
            criterion=self.criterion,
            columns=overrides(self.columns or None),
            pca=pca.to_term() if pca else None,
            preparation=preparation.to_term(),
            seed=self.seed,
            reuse=self.reuse,
            by=by,
        )


@strawberry.type(description="What came of asking for several trainings.", directives=[ANALYST])
class TrainClusteringsPayload:
    comparison: TrainingComparison | None = strawberry.field(
        default=None, description="The comparison, to be watched."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was queued."
    )


@strawberry.input(description="Which comparison to delete.")
class DeleteTrainingComparisonInput:
    id: strawberry.ID = strawberry.field(description="The comparison.")


@strawberry.type(description="What came of a deletion.", directives=[ANALYST])
class DeleteTrainingComparisonPayload:
    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The comparison that is no more."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was deleted."
    )


@strawberry.type
class CompetitionQuery:
    @strawberry.field(description="A comparison by its id; null when there is none.", directives=[USER])
    async def training_comparison(self, info: Info, id: Id) -> TrainingComparison | None:
        key = key_of("TrainingComparison", id)
        row = await info.context.loaders.training_comparison.load(key) if key else None
        return TrainingComparison.of(row) if row else None

    @strawberry.field(description="Comparisons of trainings, the newest first.", directives=[USER])
    async def training_comparisons(
        self,
        first: First = Unset,
        after: After = Unset,
        last: Last = Unset,
        before: Before = Unset,
        dataset_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only those of this dataset.")
        ] = Unset,
    ) -> Connection[TrainingComparison]:
        window = Window.of(first, after, last, before, LARGEST_PAGE)
        rows = competitions.newest_first()
        if isinstance(dataset_id, str):
            # A malformed id is of no dataset, and none has any comparisons.
            rows = rows.filter(dataset_id__in=[key for key in [key_of("Dataset", dataset_id)] if key])
        return await keyset_page(rows, window, TrainingComparison.of)


@strawberry.type
class CompetitionMutation:
    @mutation(ANALYST)
    async def train_clusterings(self, info: Info, input: TrainClusteringsInput) -> TrainClusteringsPayload:
        """Queue trainings by several algorithms on one dataset, to see which is the best.

        All are queued or none. The runs are runs like any others, and stay when the
        comparison is deleted.
        """
        context = info.context
        row = await competitions.start(context.runtime, input.to_request(context.viewer.account_id))
        return TrainClusteringsPayload(comparison=TrainingComparison.of(row))

    @mutation(ANALYST)
    async def delete_training_comparison(
        self, info: Info, input: DeleteTrainingComparisonInput
    ) -> DeleteTrainingComparisonPayload:
        """Delete a comparison; its runs stay."""
        await competitions.delete(info.context.runtime, key_of("TrainingComparison", input.id))
        return DeleteTrainingComparisonPayload(deleted_id=input.id)


@strawberry.type
class CompetitionSubscription:
    @strawberry.subscription(
        description="A comparison at once, again whenever one of its runs has news, and last when all have "
        "ended. Null, once, for one that is not there, or not any more.",
        directives=[USER],
    )
    async def training_comparison(
        self, info: Info, id: Id
    ) -> AsyncGenerator[TrainingComparison | None, None]:
        key = key_of("TrainingComparison", id)
        async for row in competitions.watch(info.context.runtime, key):
            yield TrainingComparison.of(row) if row else None


async def _competition(context: Context, row: models.TrainingComparison) -> competitions.Competition:
    taking_part = await context.loaders.runs_of_comparison.load(row.id)
    return competitions.judged(row, taking_part)
