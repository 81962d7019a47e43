"""The states of a run."""

import strawberry

from domain.terms import jobs, training
from graph.resolving.access import USER
from graph.resolving.enums import describe

describe(
    jobs.JobStatus,
    "Where a run is in its life.",
    name="RunStatus",
    QUEUED="Waiting for a free worker.",
    RUNNING="Under way.",
    SUCCEEDED="Done.",
    FAILED="Ended by what `failure` says.",
    CANCELED="Ended because somebody canceled it.",
)
describe(
    training.RunStage,
    "What a run is doing.",
    QUEUED="Waiting for a free worker.",
    LOADING="Reading the customers.",
    PREPROCESSING="Scaling numbers, spreading out categories, filling what is missing.",
    SELECTING="Trying numbers of clusters.",
    CLUSTERING="Grouping the customers.",
    EVALUATING="Measuring how good the groups are.",
    EXPLAINING="Finding what sets the groups apart.",
    SAVING="Writing down what was found.",
    DONE="Nothing any more.",
)
describe(
    jobs.JobFailureCode,
    "Why a run failed.",
    name="RunFailureCode",
    INVALID="A setting does not fit the data.",
    UNREADABLE_FILE="The table can't be read.",
    UNSUITABLE_DATA="There is nothing in the data to cluster.",
    TOO_LARGE="The data is over a documented limit.",
    WORKER_LOST="The worker died each time that the run was tried.",
    INTERNAL="A fault of the server's; its log has more.",
)
JobStatus = jobs.JobStatus
JobFailureCode = jobs.JobFailureCode
RunStage = training.RunStage


@strawberry.type(description="How far a run is.", directives=[USER])
class RunProgress:
    stage: RunStage = strawberry.field(description="What it is doing.")
    fraction: float = strawberry.field(description="How much is done, 0..1; never goes back.")
    message: str = strawberry.field(description="What it is doing, in words.")


@strawberry.type(description="Why a run failed.", directives=[USER])
class RunFailure:
    code: JobFailureCode = strawberry.field(description="The kind of reason.")
    message: str = strawberry.field(description="The reason, and what to do about it.")
