"""Expected failures: what a caller can cause, and can mend."""

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar

MOST_MISTAKES = 100
"""So many mistakes of one request are told: it may have half a million, and nobody reads them."""


class UserErrorCode(StrEnum):
    """What kind of mistake a caller made."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    UNREADABLE_FILE = "UNREADABLE_FILE"
    TOO_LARGE = "TOO_LARGE"
    UNSUITABLE_DATA = "UNSUITABLE_DATA"


class DomainError(Exception):
    """An expected failure.

    `message` says what is wrong, where, and what to do about it; `path` names the
    field of the request, outermost first, where one is to blame.
    """

    code: ClassVar[UserErrorCode]

    def __init__(self, message: str, path: Sequence[str] = ()) -> None:
        # Both in args: an exception that crosses a process is made again from them.
        super().__init__(message, tuple(path))
        self.message = message
        self.path = tuple(path)

    def __str__(self) -> str:
        return self.message


class Invalid(DomainError):
    """A value is out of range, or does not fit the others."""

    code = UserErrorCode.INVALID


class NotFound(DomainError):
    """What the request names is not there."""

    code = UserErrorCode.NOT_FOUND


class Conflict(DomainError):
    """The state forbids it."""

    code = UserErrorCode.CONFLICT


class UnreadableFile(DomainError):
    """The upload is not a table."""

    code = UserErrorCode.UNREADABLE_FILE


class DamagedFile(UnreadableFile):
    """A stored file is not what was written: it was changed since, or its disk fails."""


class TooLarge(DomainError):
    """The request is over a documented limit."""

    code = UserErrorCode.TOO_LARGE


class UnsuitableData(DomainError):
    """The upload is a table, but there is nothing in it to cluster."""

    code = UserErrorCode.UNSUITABLE_DATA


class TooOften(Exception):
    """The caller does this too often; `retry_after` is in seconds, None where waiting does not help."""

    def __init__(self, message: str, retry_after: float | None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after


class Unavailable(Exception):
    """Something that the server needs can't be reached; the message says what, and why."""


class Canceled(Exception):
    """A job was told to stop."""


class Refused(ExceptionGroup[DomainError]):
    """Several mistakes in one request, told all at once."""

    def derive(self, excs: Sequence[DomainError]) -> "Refused":  # type: ignore[override]  # narrower on purpose
        """Keep the type when a part of the group is split off."""
        return Refused(self.message, excs)


def refuse_if_any(mistakes: Sequence[DomainError]) -> None:
    """Raise the mistakes of a request together; with none, go on."""
    if mistakes:
        raise Refused("the request was refused", list(mistakes))
