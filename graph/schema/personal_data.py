"""One person in everything that is kept: handed out, and erased."""

import strawberry
from strawberry.scalars import JSON

from domain.services import personal_data
from domain.terms import personal_data as terms
from graph.resolving.access import ADMIN
from graph.resolving.context import Info
from graph.resolving.errors import UserError
from graph.resolving.mutations import mutation
from graph.schema.customers import UnassignedReason
from graph.schema.datasets import Dataset
from graph.schema.profiles import CustomerProfile
from graph.schema.remembered_predictions import RememberedPrediction
from graph.schema.runs import ClusteringRun
from graph.schema.segments import Segment


@strawberry.input(description="Whose data is wanted.")
class ExportCustomerDataInput:
    key: str = strawberry.field(
        description="The person's key: the value of the identifier in every dataset that has one."
    )


@strawberry.input(description="Who is to be erased.")
class EraseCustomerInput:
    key: str = strawberry.field(
        description="The person's key: the value of the identifier in every dataset that has one."
    )


@strawberry.type(description="Where a run put a person.", directives=[ADMIN])
class PersonalAssignment:
    term: strawberry.Private[terms.KeptAssignment]
    unassigned: UnassignedReason | None = strawberry.field(description="Why the person is in no segment.")
    confidence: float = strawberry.field(
        description="How clearly the person belongs to the segment, 0..1; 0 without one."
    )

    @classmethod
    def of(cls, term: terms.KeptAssignment) -> "PersonalAssignment":
        """Wrap a term."""
        return cls(term=term, unassigned=term.unassigned, confidence=term.confidence)

    @strawberry.field(description="The run.")
    async def run(self, info: Info) -> ClusteringRun:
        return ClusteringRun.of(await info.context.loaders.the_run(self.term.run_id))

    @strawberry.field(description="The segment; null where there is none, see `unassigned`.")
    async def segment(self, info: Info) -> Segment | None:
        key = self.term.segment_id
        return None if key is None else Segment.of(await info.context.loaders.the_segment(key))


@strawberry.type(description="What a dataset holds of a person.", directives=[ADMIN])
class PersonalRecord:
    term: strawberry.Private[terms.KeptRecord]
    attributes: JSON = strawberry.field(
        description="The person's row, from column name to value; null where missing."
    )
    assignments: list[PersonalAssignment] = strawberry.field(
        description="The person's place in every run of the dataset that succeeded, the newest first."
    )

    @classmethod
    def of(cls, term: terms.KeptRecord) -> "PersonalRecord":
        """Wrap a term."""
        placed = [PersonalAssignment.of(each) for each in term.assignments]
        return cls(term=term, attributes=JSON(term.attributes), assignments=placed)

    @strawberry.field(description="The dataset.")
    async def dataset(self, info: Info) -> Dataset:
        return Dataset.of(await info.context.loaders.the_dataset(self.term.dataset_id))


@strawberry.type(description="What was erased from a dataset.", directives=[ADMIN])
class ErasedRecord:
    term: strawberry.Private[terms.ErasedRecord]
    rows: int = strawberry.field(description="How many of its rows were blanked.")

    @classmethod
    def of(cls, term: terms.ErasedRecord) -> "ErasedRecord":
        """Wrap a term."""
        return cls(term=term, rows=term.rows)

    @strawberry.field(description="The dataset.")
    async def dataset(self, info: Info) -> Dataset:
        return Dataset.of(await info.context.loaders.the_dataset(self.term.dataset_id))


@strawberry.type(description="What is kept of a person.", directives=[ADMIN])
class ExportCustomerDataPayload:
    records: list[PersonalRecord] | None = strawberry.field(
        default=None, description="One for each dataset in which the key is a customer's, the newest first."
    )
    predictions: list[RememberedPrediction] | None = strawberry.field(
        default=None, description="Where the person was said to belong, the newest first."
    )
    profiles: list[CustomerProfile] | None = strawberry.field(
        default=None, description="The profiles of the person, whoever keeps them, the newest first."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing is answered."
    )


@strawberry.type(description="What came of an erasure.", directives=[ADMIN])
class EraseCustomerPayload:
    erased: list[ErasedRecord] | None = strawberry.field(
        default=None, description="One for each dataset that the person was in, the newest first."
    )
    predictions: int | None = strawberry.field(
        default=None, description="How many remembered predictions of the person were deleted."
    )
    profiles: int | None = strawberry.field(
        default=None, description="How many profiles of the person were deleted, with their history."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list,
        description="What is wrong; then the person is still there: send the request again.",
    )


@strawberry.type
class PersonalDataMutation:
    @mutation(ADMIN)
    async def export_customer_data(
        self, info: Info, input: ExportCustomerDataInput
    ) -> ExportCustomerDataPayload:
        """Gather everything that is kept of a person: rows, segments, predictions and profiles."""
        kept, besides = await personal_data.export(info.context.runtime, input.key)
        return ExportCustomerDataPayload(
            records=[PersonalRecord.of(each) for each in kept.records],
            predictions=[RememberedPrediction.of(each) for each in besides.predictions],
            profiles=[CustomerProfile.of(each) for each in besides.profiles],
        )

    @mutation(ADMIN)
    async def erase_customer(self, info: Info, input: EraseCustomerInput) -> EraseCustomerPayload:
        """Erase a person from every dataset; a blank row stays in its place, so runs keep their segments.

        Predictions that were remembered of the person go, and profiles, and all exports, whoever is in
        them. Everything else forgets the values that only this person had. Figures of all customers,
        such as means, stay as they were found.
        """
        erasure = await personal_data.erase(info.context.runtime, input.key)
        return EraseCustomerPayload(
            erased=[ErasedRecord.of(each) for each in erasure.datasets],
            predictions=erasure.predictions,
            profiles=erasure.profiles,
        )
