"""Slows those who guess passwords, by account and by address; only what fails counts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from weakref import WeakValueDictionary

import limits

from domain.errors import TooOften
from domain.services import passwords
from domain.services.identities import now
from domain.services.runtime import Runtime
from domain.terms.access import network_of
from domain.terms.limiting import Limit

IN_ALL = 5
"""So many times more may fail for an account from everywhere, or from an address for all accounts."""

# One guess at a time: otherwise a thousand sent together would all find that none has failed yet.
_LOCKS: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class _Count:
    who: str
    rate: str


async def matches(
    runtime: Runtime, account_key: str, address: str | None, password_hash: str | None, password: str
) -> bool:
    """Tell whether a password is right, unless too many were wrong lately.

    `account_key` is the user name as it is compared, of an account or of none. `address` is
    where the guess comes from; None for somebody who is signed in already. Raises TooOften,
    with the same words whichever count is full, and before anything is hashed.
    """
    counts = _counts(runtime, account_key, address)
    async with _alone([count.who for count in counts]):
        await _refuse_if_full(runtime, counts)
        right = await passwords.matches(password_hash, password)
        if not right:
            for count in counts:
                # Full by now, through another server: the next guess is told.
                with suppress(TooOften):
                    await runtime.limiter.take(Limit.SIGN_INS, count.who, rate=count.rate)
    return right


def _counts(runtime: Runtime, account_key: str, address: str | None) -> list[_Count]:
    once = runtime.settings.sign_in_limit
    item = limits.parse(once)
    in_all = f"{item.amount * IN_ALL} per {item.multiples} {item.GRANULARITY.name}"
    if address is None:
        return [_Count(f"account:{account_key}:signed-in", once)]
    network = network_of(address)
    # In this order for everybody, so that no two wait for each other.
    return [
        _Count(f"address:{network}", in_all),
        _Count(f"account:{account_key}", in_all),
        _Count(f"account:{account_key}:{network}", once),
    ]


async def _refuse_if_full(runtime: Runtime, counts: list[_Count]) -> None:
    waits = []
    for count in counts:
        allowance = await runtime.limiter.look(Limit.SIGN_INS, count.who, rate=count.rate)
        if allowance.remaining <= 0:
            waits.append((allowance.reset_at - now()).total_seconds())
    if waits:
        seconds = max(1.0, *waits)
        raise TooOften(
            "too many wrong passwords for this user name, or from this address: "
            f"try again in {seconds:.0f} seconds",
            seconds,
        )


@asynccontextmanager
async def _alone(names: list[str]) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for name in names:
            # Kept by whoever holds it or waits for it, and gone after the last.
            lock = _LOCKS.get(name)
            if lock is None:
                lock = _LOCKS[name] = asyncio.Lock()
            await stack.enter_async_context(lock)
        yield
