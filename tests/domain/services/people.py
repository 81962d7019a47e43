"""People with passwords, for tests that sign in."""

from functools import cache
from typing import Any

import jwt
from argon2 import PasswordHasher

from domain.models import Account
from domain.services import sessions, tokens, viewers
from domain.services.runtime import Runtime
from domain.services.sessions import SignedIn
from domain.terms.access import Caller, Role, Viewer
from tests.domain.services.rows import an_account

PASSWORD = "a lark above the marsh"  # noqa: S105  # of nobody
WRONG = "an owl below the bridge"
HERE = Caller(address="192.0.2.1")


@cache
def hashed(password: str = PASSWORD) -> str:
    """Hash a password as the services do, once for all tests: it takes a while, by intention."""
    return PasswordHasher().hash(password)


async def a_person(username: str = "mary", **values: Any) -> Account:
    """Somebody who can sign in, with the role USER."""
    return await an_account(username=username, **{"password_hash": hashed(), **values})


async def an_administrator(username: str = "root", **values: Any) -> Account:
    """Somebody who can sign in and administer."""
    return await a_person(username, role=Role.ADMIN, **values)


async def signed_in(runtime: Runtime, account: Account, client: str | None = None) -> SignedIn:
    """A new session of somebody."""
    return await sessions.sign_in(runtime, HERE, account.username, PASSWORD, client)


def viewer_of(account: Account) -> Viewer:
    """How an account is seen, without a session."""
    return viewers.by_itself(account)


def caller_of(account: Account) -> Caller:
    """An account that sends a request."""
    return Caller(viewer_of(account), address=HERE.address)


def forged(runtime: Runtime, token: str, **claims: Any) -> str:
    """An access token with the server's own key that says something else."""
    said = jwt.decode(token, options={"verify_signature": False})
    changed = {name: value for name, value in {**said, **claims}.items() if value is not None}
    return jwt.encode(changed, tokens._key(runtime), algorithm="HS256")
