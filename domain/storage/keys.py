"""The names of stored things: relative, with forward slashes, and never leading anywhere else."""

TEMPORARY = ".tmp-"
"""What the name of a file begins with until it is complete."""


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
