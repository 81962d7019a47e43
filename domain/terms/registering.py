"""Models: runs that were given a name and a version, one of which is the champion."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class PromotionKind(StrEnum):
    """How a version became champion."""

    PROMOTED = "PROMOTED"
    ROLLED_BACK = "ROLLED_BACK"


@dataclass(frozen=True, slots=True)
class Registration:
    """A client's wish to make a run the next version of a model, which is made where there is none."""

    run_id: UUID | None
    name: str
    description: str | None = None
    note: str | None = None
    promote: bool = False
    by: UUID | None = None
