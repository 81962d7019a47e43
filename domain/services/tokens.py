"""Tokens: access tokens are signed and short-lived, all others random, and kept as their hash only."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import jwt

from domain.services.identities import now
from domain.services.runtime import Runtime
from domain.terms.access import Denial

LEEWAY = timedelta(seconds=10)
"""How far the clocks of two servers may be apart."""

LONGEST = 1024
"""More characters than any token of ours has."""

_ALGORITHM = "HS256"
_ISSUER = "segmentgraph"
_PURPOSE = b"segmentgraph-access-token"
_CLAIMS = ["iss", "aud", "sub", "sid", "iat", "exp", "jti"]


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says: which account, in which session, until when."""

    account_id: UUID
    session_id: UUID
    expires_at: datetime


async def issue_access(
    runtime: Runtime, account_id: UUID, session_id: UUID, session_ends: datetime
) -> tuple[str, datetime]:
    """Make an access token of a session, and tell until when it works: not longer than the session."""
    # A token counts in whole seconds.
    issued = now().replace(microsecond=0)
    expires = issued + timedelta(minutes=runtime.settings.access_token_expire_minutes)
    expires = min(expires, session_ends.replace(microsecond=0))
    claims = {
        "iss": _ISSUER,
        "aud": str(await runtime.installation.read()),
        "sub": account_id.hex,
        "sid": session_id.hex,
        "iat": issued,
        "exp": expires,
        "jti": uuid4().hex,
    }
    return jwt.encode(claims, _key(runtime), algorithm=_ALGORITHM), expires


async def read_access(runtime: Runtime, token: str) -> AccessClaims | Denial:
    """Tell what an access token says, or why it does not hold; never raises, whatever it is given."""
    if len(token) > LONGEST or not token.isascii():
        return Denial.INVALID
    try:
        claims = jwt.decode(
            token,
            _key(runtime),
            algorithms=[_ALGORITHM],
            issuer=_ISSUER,
            audience=str(await runtime.installation.read()),
            leeway=LEEWAY,
            options={"require": _CLAIMS},
        )
        expires = datetime.fromtimestamp(claims["exp"], UTC)
        return AccessClaims(UUID(claims["sub"]), UUID(claims["sid"]), expires)
    except jwt.ExpiredSignatureError:
        return Denial.EXPIRED
    # The last: a head of brackets within brackets, which is read before the signature is.
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return Denial.INVALID


def new_secret(prefix: str) -> str:
    """Make a random token of 256 bits that begins with `prefix`."""
    return prefix + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Give the SHA-256 by which a random token is kept: of so many bits, no slower hash is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _key(runtime: Runtime) -> bytes:
    # Its own for this purpose: what is signed for another with the same secret is no token.
    return hmac.digest(runtime.secret.encode(), _PURPOSE, "sha256")
