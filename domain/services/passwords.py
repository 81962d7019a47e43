"""Passwords: how they are kept, and which are too easy to guess.

They are kept as Argon2id hashes, of which each takes 64 MiB for a moment, and compared
as OpaqueString (RFC 8265, section 4.2): in normal form C, any space as an ordinary one, so that
the same password typed on another machine is the same.
"""

import asyncio
import secrets
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # ships none

from domain.errors import DomainError, Invalid
from domain.models.accounts import EMAIL_LENGTH
from domain.settings import Settings

LONGEST = 128
AT_ONCE = 2
"""Passwords that a process hashes at the same time; the others wait in a queue."""

_PIECE = 16
_GUESSABLE = 2
"""Below this score of zxcvbn fewer than a million guesses find a password."""
_SHORTEST_NAME = 3
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another

_HASHER = PasswordHasher()
_THREADS = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
# One: zxcvbn keeps the names that it is given where all threads share them.
_JUDGE = ThreadPoolExecutor(1, thread_name_prefix="strength")
# Of a password that nobody knows, with the parameters of all others: whoever has no
# password is compared with this one, and takes as long.
_NOBODYS = _HASHER.hash(secrets.token_bytes(32))


async def make_hash(password: str) -> str:
    """Hash a password as it is kept, salt and parameters included."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _HASHER.hash, _prepared(password))


async def matches(password_hash: str | None, password: str) -> bool:
    """Tell whether a hash is of this password; to see that there is no hash takes the same time."""
    loop = asyncio.get_running_loop()
    right = await loop.run_in_executor(_THREADS, _verify, password_hash or _NOBODYS, _prepared(password))
    return right and password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Tell whether a hash was made with other parameters than are used now."""
    return _HASHER.check_needs_rehash(password_hash)


def generated(at_least: int = 0) -> str:
    """Make a password of 99 random bits or more that is easy to read and to type, so long at least."""
    groups = max(4, -(-at_least // 5))
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(groups))


async def strength_mistakes(
    settings: Settings, password: str, names: Sequence[str], path: Sequence[str]
) -> list[DomainError]:
    """Find what is wrong with a new password of an account of these names, such as that it is guessed."""
    # Nobody has a longer name, but anybody may send one, and each letter takes its time.
    possible = [name[:EMAIL_LENGTH] for name in names]
    mistakes = partial(_strength_mistakes, settings.min_password_length, password, possible, path)
    return await asyncio.get_running_loop().run_in_executor(_JUDGE, lambda: list(mistakes()))


def are_same(one: str, other: str) -> bool:
    """Tell whether two passwords are the same as they are compared."""
    return _prepared(one) == _prepared(other)


def _strength_mistakes(
    fewest: int, password: str, names: Sequence[str], path: Sequence[str]
) -> Iterator[DomainError]:
    normal = _normal(password[: LONGEST * 4 + 1])
    if len(normal) < fewest:
        yield Invalid(f"the password has {len(normal)} characters: give it {fewest} or more", path)
    elif len(normal) > LONGEST:
        yield Invalid(f"the password is too long: {LONGEST} characters at most", path)
    elif any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in normal):
        yield Invalid("the password holds control characters: leave them out", path)
    elif any(_plain(name) in _plain(normal) for name in names if len(name) >= _SHORTEST_NAME):
        yield Invalid("the password contains a name of its account: choose one without it", path)
    else:
        yield from _guessable(normal, names, path)


def _guessable(password: str, names: Sequence[str], path: Sequence[str]) -> Iterator[DomainError]:
    # In pieces, of which one has to be good: zxcvbn takes 3 s for 72 characters that are chosen
    # to make it slow, and 0.04 s for 16.
    pieces = [password[start : start + _PIECE] for start in range(0, len(password), _PIECE)]
    weakest = None
    for piece in pieces:
        judged = zxcvbn(piece, user_inputs=list(names))
        if judged["score"] >= _GUESSABLE:
            return
        weakest = weakest or judged["feedback"]
    told = [weakest["warning"], *weakest["suggestions"]] if weakest else []
    advice = " ".join(f"{sentence.rstrip('.')}." for sentence in told if sentence)
    yield Invalid(f"the password is easy to guess: choose another. {advice}".strip(), path)


def _verify(password_hash: str, password: bytes) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _prepared(password: str) -> bytes:
    # Four characters become one at most: what is cut off here was too long to be anybody's.
    # Half a surrogate pair is no character, but must not fail either.
    return _normal(password[: LONGEST * 4 + 1]).encode("utf-8", "surrogatepass")


def _normal(password: str) -> str:
    spaced = "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in password)
    return unicodedata.normalize("NFC", spaced)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
