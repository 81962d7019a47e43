"""Who asks, and what they may do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID


class Role(StrEnum):
    """What an account may do; each role may do all that those before it may."""

    USER = "USER"
    ANALYST = "ANALYST"
    ADMIN = "ADMIN"

    def includes(self, other: "Role") -> bool:
        """Tell whether whoever has this role may do what the other may."""
        return _RANKS.index(self) >= _RANKS.index(other)

    def at_most(self, other: "Role") -> "Role":
        """The lesser of both."""
        return self if other.includes(self) else other


_RANKS = list(Role)


class AccountKind(StrEnum):
    """Who an account is: somebody with a password, or a program with keys only."""

    PERSON = "PERSON"
    SERVICE = "SERVICE"


class ViewerKind(StrEnum):
    """How a viewer shows who it is: signed in as a user, or by an API key."""

    USER = "USER"
    API_KEY = "API_KEY"


class Denial(StrEnum):
    """Why what a caller shows of itself does not hold."""

    INVALID = "INVALID"
    EXPIRED = "EXPIRED"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks, once it is known: an account, in one of its sessions or by one of its keys.

    `username` is what nobody else is called, `name` what the account calls itself, if anything.
    `role` is what holds now: a key's is at most its account's. `expires_at` is when the access
    token or the key does; `rate_limit` is a key's own.
    """

    account_id: UUID
    username: str
    role: Role
    kind: ViewerKind
    session_id: UUID | None = None
    key_id: UUID | None = None
    expires_at: datetime | None = None
    rate_limit: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request, and from where: `viewer` is None for one who is signed out.

    `denial` says why what it showed does not hold; None where it showed nothing.
    """

    viewer: Viewer | None = None
    denial: Denial | None = None
    address: str = ""
    request_id: str = ""

    @property
    def counted_as(self) -> str:
        """Whom limits count it as: its account, a key with a limit of its own, else its address."""
        if self.viewer is None:
            return f"address:{network_of(self.address)}"
        # Whoever makes many keys has no more than who makes one: one with a limit makes none.
        if self.viewer.key_id is not None and self.viewer.rate_limit is not None:
            return f"key:{self.viewer.key_id.hex}"
        return f"account:{self.viewer.account_id.hex}"


def network_of(address: str) -> str:
    """What one customer of a provider has: an IPv4 address, or 64 bits of an IPv6 one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)
