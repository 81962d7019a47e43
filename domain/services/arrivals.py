"""Files that are arriving: on this machine's disk, in folders that tell whose they are."""

import os
import shutil
import socket
import tempfile
import time
from pathlib import Path

from domain.settings import Settings

FORGOTTEN_SECONDS = 24 * 3600
"""What another machine's process left behind is deleted after this time; nobody here can ask for it."""


def new_folder(settings: Settings) -> Path:
    """Make a folder for the files of one request; who asked for it deletes it."""
    everywhere = _all(settings)
    everywhere.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Path(tempfile.mkdtemp(dir=everywhere, prefix=f"{_here()}{os.getpid()}-"))


def sweep(settings: Settings) -> None:
    """Delete what processes that are no more left behind; for the start, before anything arrives."""
    everywhere = _all(settings)
    for left in everywhere.iterdir() if everywhere.is_dir() else ():
        if _is_left(left):
            shutil.rmtree(left, ignore_errors=True)


def _all(settings: Settings) -> Path:
    return settings.data_dir.absolute() / "uploads"


def _here() -> str:
    return f"{socket.gethostname()}-"


def _is_left(left: Path) -> bool:
    number = left.name.removeprefix(_here()).partition("-")[0]
    if not left.name.startswith(_here()) or not number.isdecimal():
        return time.time() - left.stat().st_mtime > FORGOTTEN_SECONDS
    # With this process's own number it is of one that had it before, as in a container.
    return int(number) == os.getpid() or not _is_alive(int(number))


def _is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
