"""Files and folders of this machine's disk, that others may change at the same time."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from domain.storage.keys import TEMPORARY, draft_of

PRIVATE = 0o700

DELETIONS = 3
"""How often a folder is deleted that somebody writes into meanwhile."""


def link(local: Path, target: Path) -> bool:
    """Have a file under another name too, in place of what is there; False where that can't be done."""
    temporary = target.with_name(draft_of(target.name))
    make_folder(target.parent)
    try:
        os.link(local, temporary)
    except OSError:
        return False  # another device, or one that knows no links
    try:
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)  # a rename to what is the same file already does nothing
    return True


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, for this user alone: customers are in it."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir(mode=PRIVATE, exist_ok=True)


def tree_size(folder: Path) -> int:
    """Sum the sizes of all files below a folder, in bytes."""
    total = 0
    # pyarrow's own walk fails when a folder is deleted meanwhile; this one goes on.
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += Path(parent, name).lstat().st_size
    return total


def drafts(folder: Path, *, recursive: bool) -> Iterator[tuple[str, float]]:
    """List the unpublished files of a folder, or all below it, and when each was last written."""
    # As for sizes: pyarrow's own walk fails when something is deleted meanwhile.
    for parent, folders, names in os.walk(folder):
        for path in (Path(parent, name) for name in names if name.startswith(TEMPORARY)):
            with suppress(FileNotFoundError):
                yield str(path), path.lstat().st_mtime
        if not recursive:
            folders.clear()


def delete_tree(path: Path) -> None:
    """Delete a file, or a folder with all that is in it, if it is there."""
    if path.is_file():
        path.unlink(missing_ok=True)
        return
    for _ in range(DELETIONS):
        shutil.rmtree(path, onerror=_overtaken)
        if not path.exists():
            return


def _overtaken(
    _function: object, _path: str, failure: tuple[type[BaseException], BaseException, TracebackType]
) -> None:
    # Two may delete the same tree at once; both are content. And somebody may write into it meanwhile.
    error = failure[1]
    if not (isinstance(error, OSError) and error.errno in {errno.ENOENT, errno.ENOTEMPTY}):
        raise error
