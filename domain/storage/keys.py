"""The names of stored things: relative, with forward slashes, and never leading anywhere else."""

from uuid import uuid4

TEMPORARY = ".tmp-"
"""What the name of a file begins with until it is complete."""

_DIGITS = 32
"""Those of the number that tells two drafts of one file apart."""


def draft_of(name: str) -> str:
    """Make up what a file is called until it is complete."""
    return f"{TEMPORARY}{uuid4().hex}-{name}"


def is_draft_of(draft: str, name: str) -> bool:
    """Tell whether this is what a file of a name was called before it was complete."""
    return draft.startswith(TEMPORARY) and draft[len(TEMPORARY) + _DIGITS :] == f"-{name}"


def checked(key: str) -> str:
    """Give a key back; raise ValueError for one that is not a plain relative name.

    Keys are made by this program from ids it gave out, so a wrong one is a bug.
    """
    parts = key.split("/")
    if "\\" in key or "\0" in key or any(part in {"", ".", ".."} for part in parts):
        raise ValueError(f"not a storage key: {key!r}")
    if any(part.startswith(TEMPORARY) for part in parts):
        raise ValueError(f"a storage key may not begin with {TEMPORARY}: {key!r}")
    return key
