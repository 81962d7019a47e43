"""What is done to runs: they are trained, canceled, deleted."""

from uuid import UUID

import strawberry

from domain.services import runs
from domain.terms.training import TrainingRequest
from graph.resolving.access import ANALYST
from graph.resolving.context import Info
from graph.resolving.errors import UserError
from graph.resolving.mutations import mutation
from graph.resolving.relay import key_of
from graph.schema.algorithms import AlgorithmInput, PcaInput
from graph.schema.columns import ColumnInput, overrides
from graph.schema.preparation import PreparationInput
from graph.schema.runs import ClusteringRun

Unset = strawberry.UNSET


@strawberry.input(description="How to cluster a dataset.")
class TrainClusteringInput:
    dataset_id: strawberry.ID = strawberry.field(description="The dataset.")
    algorithm: AlgorithmInput = strawberry.field(description="The algorithm and its settings.")
    columns: list[ColumnInput] | None = strawberry.field(
        default=Unset, description="Roles of columns for this run; the dataset's where left out."
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
        default=True,
        description="Answer an equal run on the dataset that succeeded or is under way, if there is one.",
    )
    match_to: strawberry.ID | None = strawberry.field(
        default=Unset,
        description="The run whose segments these continue; left out, the newest that succeeded on a dataset "
        "of this name with this algorithm.",
    )

    def to_request(self, by: UUID) -> TrainingRequest:
        """Translate into the domain's terms."""
        pca, preparation = self.pca or None, self.preparation or PreparationInput()
        match_to = self.match_to if isinstance(self.match_to, str) else None
        return TrainingRequest(
            dataset_id=key_of("Dataset", self.dataset_id),
            algorithm=self.algorithm.to_choice(),
            columns=overrides(self.columns or None),
            pca=pca.to_term() if pca else None,
            preparation=preparation.to_term(),
            seed=self.seed,
            reuse=self.reuse,
            match_to=key_of("ClusteringRun", match_to),
            match_to_given=match_to is not None,
            by=by,
        )


@strawberry.input(description="Which run to cancel.")
class CancelClusteringRunInput:
    id: strawberry.ID = strawberry.field(description="The run.")


@strawberry.input(description="Which run to delete.")
class DeleteClusteringRunInput:
    id: strawberry.ID = strawberry.field(description="The run.")


@strawberry.type(description="What came of asking for a training.", directives=[ANALYST])
class TrainClusteringPayload:
    run: ClusteringRun | None = strawberry.field(default=None, description="The run, to be watched.")
    reused: bool | None = strawberry.field(
        default=None, description="Whether it is an equal run that was there already."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was queued."
    )


@strawberry.type(description="What came of canceling.", directives=[ANALYST])
class CancelClusteringRunPayload:
    run: ClusteringRun | None = strawberry.field(
        default=None, description="The run; one that is under way stops a moment later."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was canceled."
    )


@strawberry.type(description="What came of a deletion.", directives=[ANALYST])
class DeleteClusteringRunPayload:
    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="The run that is no more.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was deleted."
    )


@strawberry.type
class RunMutation:
    @mutation(ANALYST)
    async def train_clustering(self, info: Info, input: TrainClusteringInput) -> TrainClusteringPayload:
        """Queue the training of a clustering run on a dataset."""
        context = info.context
        row, reused = await runs.train(context.runtime, input.to_request(context.viewer.account_id))
        return TrainClusteringPayload(run=ClusteringRun.of(row), reused=reused)

    @mutation(ANALYST)
    async def cancel_clustering_run(
        self, info: Info, input: CancelClusteringRunInput
    ) -> CancelClusteringRunPayload:
        """Cancel a run that is queued or under way."""
        row = await runs.cancel(info.context.runtime, key_of("ClusteringRun", input.id))
        return CancelClusteringRunPayload(run=ClusteringRun.of(row))

    @mutation(ANALYST)
    async def delete_clustering_run(
        self, info: Info, input: DeleteClusteringRunInput
    ) -> DeleteClusteringRunPayload:
        """Delete a run, which is canceled first, with its segments and files."""
        await runs.delete(info.context.runtime, key_of("ClusteringRun", input.id))
        return DeleteClusteringRunPayload(deleted_id=input.id)
