"""What is done to dataset predictions: they are asked for, canceled, deleted."""

from uuid import UUID

import strawberry

from domain.services import dataset_predictions
from domain.terms.predictions import DatasetPredictionRequest
from graph.resolving.access import USER
from graph.resolving.context import Info
from graph.resolving.errors import UserError
from graph.resolving.mutations import mutation
from graph.resolving.relay import key_of
from graph.resolving.unset import given
from graph.schema.dataset_predictions import DatasetPrediction

Unset = strawberry.UNSET


@strawberry.input(description="A dataset, and by what to place it: a version of a model or a run.")
class PredictDatasetInput:
    dataset_id: strawberry.ID = strawberry.field(
        description="The dataset. It has all columns that the segments were made with."
    )
    model_version_id: strawberry.ID | None = strawberry.field(
        default=Unset, description="The version of a model. This or `runId`."
    )
    run_id: strawberry.ID | None = strawberry.field(
        default=Unset, description="The run, one that succeeded. This or `modelVersionId`."
    )
    reuse: bool = strawberry.field(
        default=True,
        description="Answer an equal one of the dataset that succeeded or is under way, if there is one.",
    )

    def to_request(self, by: UUID) -> DatasetPredictionRequest:
        """Translate into the domain's terms."""
        version, run = given(self.model_version_id), given(self.run_id)
        return DatasetPredictionRequest(
            model_version_id=key_of("ModelVersion", version),
            run_id=key_of("ClusteringRun", run),
            dataset_id=key_of("Dataset", self.dataset_id),
            model_version_given=version is not None,
            run_given=run is not None,
            reuse=self.reuse,
            by=by,
        )


@strawberry.type(description="What came of asking to place a dataset.", directives=[USER])
class PredictDatasetPayload:
    dataset_prediction: DatasetPrediction | None = strawberry.field(
        default=None, description="The dataset prediction, to be watched."
    )
    reused: bool | None = strawberry.field(
        default=None, description="Whether it is an equal one that was there already."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was queued."
    )


@strawberry.input(description="Which dataset prediction to cancel.")
class CancelDatasetPredictionInput:
    id: strawberry.ID = strawberry.field(description="The dataset prediction.")


@strawberry.type(description="What came of canceling.", directives=[USER])
class CancelDatasetPredictionPayload:
    dataset_prediction: DatasetPrediction | None = strawberry.field(
        default=None, description="The dataset prediction; one that is under way stops a moment later."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was canceled."
    )


@strawberry.input(description="Which dataset prediction to delete.")
class DeleteDatasetPredictionInput:
    id: strawberry.ID = strawberry.field(description="The dataset prediction.")


@strawberry.type(description="What came of a deletion.", directives=[USER])
class DeleteDatasetPredictionPayload:
    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The dataset prediction that is no more."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was deleted."
    )


@strawberry.type
class DatasetPredictionMutation:
    @mutation(USER)
    async def predict_dataset(self, info: Info, input: PredictDatasetInput) -> PredictDatasetPayload:
        """Queue the placing of a whole dataset in the segments of a run, or of a model's version."""
        context = info.context
        request = input.to_request(context.viewer.account_id)
        row, reused = await dataset_predictions.predict(context.runtime, request)
        return PredictDatasetPayload(dataset_prediction=DatasetPrediction.of(row), reused=reused)

    @mutation(USER)
    async def cancel_dataset_prediction(
        self, info: Info, input: CancelDatasetPredictionInput
    ) -> CancelDatasetPredictionPayload:
        """Cancel a dataset prediction that is queued or under way: one's own, or as an analyst any."""
        context, key = info.context, key_of("DatasetPrediction", input.id)
        row = await dataset_predictions.cancel(context.runtime, context.viewer, key)
        return CancelDatasetPredictionPayload(dataset_prediction=DatasetPrediction.of(row))

    @mutation(USER)
    async def delete_dataset_prediction(
        self, info: Info, input: DeleteDatasetPredictionInput
    ) -> DeleteDatasetPredictionPayload:
        """Delete a dataset prediction, which is canceled first, with its files; not below an audience.

        One's own, or as an analyst any.
        """
        context, key = info.context, key_of("DatasetPrediction", input.id)
        await dataset_predictions.delete(context.runtime, context.viewer, key)
        return DeleteDatasetPredictionPayload(deleted_id=input.id)
