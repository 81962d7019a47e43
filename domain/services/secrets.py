"""The key that signs what this server hands out."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

import structlog

from domain.errors import Unavailable
from domain.settings import PREFIX, Settings

log = structlog.get_logger(__name__)

FILE_NAME = "secret-key"
SETTING = f"{PREFIX}SECRET_KEY"
FEWEST_CHARACTERS = 32  # of the setting, too


def secret_key(settings: Settings) -> str:
    """The configured key, or the one kept in the data folder, made at the first start.

    Raises Unavailable for a kept one that is no key, or that others can read and go on reading.
    """
    return settings.secret_key or _kept(settings.data_dir.absolute() / FILE_NAME)


def _kept(path: Path) -> str:
    if not path.exists():
        _make(path)
    _close_to_others(path)
    try:
        key = path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        key = ""
    if len(key) < FEWEST_CHARACTERS:
        raise Unavailable(
            f"{path} holds no key of {FEWEST_CHARACTERS} characters or more: delete the file, and the next "
            f"start makes another, which signs everybody out; or set {SETTING}"
        )
    return key


def _make(path: Path) -> None:
    # Written under another name first, then linked: of two processes that start
    # together one makes the key, both read it, and neither reads half of it.
    draft = path.with_name(f"{FILE_NAME}.{secrets.token_hex(8)}")
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(opened, "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _close_to_others(path: Path) -> None:
    # Windows has no such modes, and shows all of them as open.
    if os.name == "nt" or not path.stat().st_mode & 0o077:
        return
    try:
        path.chmod(0o600)
    except OSError as error:
        raise Unavailable(
            f"others on this machine can read the key in {path}, and that can't be changed: "
            f"{error.strerror}; give it mode 600, or set {SETTING}"
        ) from None
    log.warning(
        "others on this machine could read the secret key, and now they can't; "
        "if somebody may have, delete the file and start again",
        path=str(path),
    )
