"""User names: which there can be, and when two are the same."""

import unicodedata
from collections.abc import Iterator, Sequence

from domain.errors import DomainError, Invalid
from domain.models import Account
from domain.models.accounts import USERNAME_LENGTH

SHORTEST = 3
OF_PROGRAMS = "service:"
"""How the user names of programs begin, and no other: people can't have a colon."""

_SIGNS = frozenset("._@+-")


def normal(username: str) -> str:
    """Give the form in which a user name is kept: what is only drawn differently is the same."""
    return unicodedata.normalize("NFKC", username)


def key_of(username: str) -> str:
    """Give what user names are compared by: neither case nor form tells two apart."""
    # Twice, since folding the case may leave what has another normal form.
    return normal(normal(username[: USERNAME_LENGTH * 4]).casefold())


def names_of(account: Account) -> list[str]:
    """All that an account is called by: its user name, its name, its e-mail address."""
    return [name for name in (account.username, account.name, account.email) if name]


def is_possible(username: str) -> bool:
    """Tell whether an account can have this user name."""
    return not any(mistakes(username, ()))


def mistakes(username: str, path: Sequence[str]) -> Iterator[DomainError]:
    """Find what is wrong with a user name that somebody chooses."""
    # What is this long is too long in any form, and not worth the time.
    name = normal(username[: USERNAME_LENGTH * 4])
    if not SHORTEST <= len(name) <= USERNAME_LENGTH:
        yield Invalid(f"a user name has {SHORTEST} to {USERNAME_LENGTH} characters", path)
    if not all(_fits(letter) for letter in name):
        yield Invalid("a user name consists of letters, digits and . _ @ + -: leave out all others", path)
    elif name and not name[0].isalnum():
        yield Invalid("a user name begins with a letter or a digit", path)


def _fits(letter: str) -> bool:
    # Marks too: many scripts can't be written without them.
    category = unicodedata.category(letter)
    return letter in _SIGNS or category[0] in "LM" or category == "Nd"
