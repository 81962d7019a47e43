"""Reads playbooks from TOML: the one that is shipped, and those that extend it or stand alone."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from domain.errors import TooLarge
from domain.playbook import documents
from domain.playbook.extending import EMPTY, check_amount
from domain.playbook.extending import extended as put_on
from domain.playbook.playbook import Playbook

MOST_BYTES = 256 * 1024

_BETWEEN = "\f"
"""Between texts that are one: TOML has no place for it, not even in a comment."""


@cache
def shipped() -> Playbook:
    """Read the playbook that comes with the project."""
    folder = files("domain.playbook")
    texts = [folder.joinpath("meanings.toml").read_text("utf-8")]
    plays = sorted(folder.joinpath("plays").iterdir(), key=lambda entry: entry.name)
    return read([*texts, *(entry.read_text("utf-8") for entry in plays if entry.name.endswith(".toml"))])


def read(texts: Iterable[str]) -> Playbook:
    """Read a playbook that extends no other from the texts of its TOML files.

    Raises Invalid with the rule and the key that are wrong, and what would be right.
    """
    return put_on(EMPTY, [documents.read(text) for text in texts])


def joined(texts: Iterable[str]) -> str:
    """Make the texts of several TOML files one text for `extended`."""
    return _BETWEEN.join(texts)


def extended(text: str | None, base: Playbook | None = None, *, alone: bool = False) -> Playbook:
    """Put somebody's own playbook on top of another, the shipped one by default; None leaves that as it is.

    `alone`: only its own plays are made, with the meanings and the fall-backs of the
    other. Raises Invalid with the rule and the key that are wrong, and TooLarge for a
    text of more than 256 KiB.
    """
    base = shipped() if base is None else base
    if text is None:
        return base
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        raise TooLarge(f"The playbook has {size:,} bytes: {MOST_BYTES:,} at most.")
    own = [documents.read(part) for part in text.split(_BETWEEN)]
    check_amount(own)
    return put_on(base, own, alone=alone)
