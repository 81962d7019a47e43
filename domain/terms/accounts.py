"""What is asked for of accounts, and what is told of them."""

from dataclasses import dataclass, field

from domain.terms.access import Role


@dataclass(frozen=True, slots=True)
class RegisterRequest:
    """A new account: `name` is what it is called, the user name where it is left out.

    `role` is USER where it is left out; only an administrator may give another.
    """

    username: str
    password: str = field(repr=False)
    name: str | None = None
    email: str | None = None
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class ProfileUpdate:
    """What is to change of an account: what is None stays, what is empty is taken away."""

    name: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class AccountStatistics:
    """What an account has: what it uploaded and trained that is still there, and what lets it in now."""

    datasets: int
    runs: int
    sessions: int
    api_keys: int
