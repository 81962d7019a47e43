"""The key that signs what this server hands out."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from domain.settings import Settings

FILE_NAME = "secret-key"


def secret_key(settings: Settings) -> str:
    """The configured key, or the one kept in the data folder, made at the first start."""
    return settings.secret_key or _kept(settings.data_dir.absolute() / FILE_NAME)


def _kept(path: Path) -> str:
    # Written under another name first, then linked: of two processes that start
    # together one makes the key, both read it, and neither reads half of it.
    if not path.exists():
        draft = path.with_name(f"{FILE_NAME}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()
