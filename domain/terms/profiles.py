"""Customer profiles: customers whom somebody keeps an eye on, as far as requests go."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ProfileCreation:
    """A client's wish to keep an eye on a customer; `attributes` are as JSON has them, not checked yet.

    Without a model it is placed by the one that was promoted most recently. A `model_id` of None
    although `model_given` was malformed, or of something else: it names nothing.
    """

    name: str
    attributes: object
    note: str | None = None
    model_id: UUID | None = None
    model_given: bool = False


@dataclass(frozen=True, slots=True)
class ProfileUpdate:
    """A client's wish to change a profile; what is None stays, the note unless it is `note_given`."""

    profile_id: UUID | None
    name: str | None = None
    attributes: object = None
    note: str | None = None
    note_given: bool = False
    model_id: UUID | None = None
    model_given: bool = False
