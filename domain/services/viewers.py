"""An account as it is seen when it asks."""

from datetime import datetime
from uuid import UUID

from domain.models import Account, ApiKey
from domain.terms.access import Viewer, ViewerKind


def by_itself(account: Account) -> Viewer:
    """An account that has shown neither a session nor a key: by a signed URL, or on the command line."""
    return Viewer(account.id, account.username, account.role, ViewerKind.USER, name=account.name)


def in_session(account: Account, session_id: UUID, expires_at: datetime) -> Viewer:
    """An account in one of its sessions, until its access token expires."""
    return Viewer(
        account.id,
        account.username,
        account.role,
        ViewerKind.USER,
        session_id=session_id,
        expires_at=expires_at,
        name=account.name,
    )


def with_key(account: Account, key: ApiKey) -> Viewer:
    """An account by one of its keys: with the lesser of both roles."""
    return Viewer(
        account.id,
        account.username,
        key.role.at_most(account.role),
        ViewerKind.API_KEY,
        key_id=key.id,
        expires_at=key.expires_at,
        rate_limit=key.rate_limit,
        name=account.name,
    )
