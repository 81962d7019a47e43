"""Work that outlives the request that asked for it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.terms.training import Watch


class JobKind(StrEnum):
    """What a job does."""

    IMPORT = "IMPORT"
    TRAIN = "TRAIN"
    PREDICT = "PREDICT"


class JobStatus(StrEnum):
    """Where a job is in its life."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


FINAL_STATUSES = frozenset({JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELED})


class JobFailureCode(StrEnum):
    """Why a job failed."""

    INVALID = "INVALID"
    UNREADABLE_FILE = "UNREADABLE_FILE"
    UNSUITABLE_DATA = "UNSUITABLE_DATA"
    TOO_LARGE = "TOO_LARGE"
    WORKER_LOST = "WORKER_LOST"
    INTERNAL = "INTERNAL"


class Lane(StrEnum):
    """Which workers run a job: what somebody waits for never queues behind a training."""

    QUICK = "quick"
    HEAVY = "heavy"


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a job is: its stage, a fraction 0..1 of the whole, and what it is doing."""

    stage: str
    fraction: float
    message: str


class Bench(Protocol):
    """What a program is handed: where its files are, and how to tell how far it is."""

    @property
    def storage_url(self) -> str:
        """The storage that holds everything."""

    @property
    def folder(self) -> str:
        """Where in the storage the order is, and the outcome belongs."""

    def watch(self, stage: str, start: float, end: float) -> Watch:
        """Map a step's own 0..1 onto its part of the whole; calling it raises Canceled to stop."""
