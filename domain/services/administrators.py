"""There is always somebody who may administer."""

from collections.abc import Sequence
from uuid import UUID

from tortoise.queryset import QuerySet

from domain.errors import Conflict
from domain.models import Account
from domain.services import installations
from domain.terms.access import AccountKind, Role

LAST = (
    "this is the last active administrator: make somebody else one first, or nobody could administer any more"
)


def active() -> QuerySet[Account]:
    """Whoever can sign in and administer: active people, not programs."""
    return Account.filter(kind=AccountKind.PERSON, role=Role.ADMIN, active=True)


async def refuse_to_lose(account_id: UUID, path: Sequence[str]) -> None:
    """See, in a transaction, that an account can stop being an administrator: another one is left.

    Holds the administrators until the transaction ends, so that of two that go at once one
    stays. Raises Conflict for the last of them.
    """
    await installations.hold()
    ids = await active().limit(2).values_list("id", flat=True)
    if list(ids) == [account_id]:
        raise Conflict(LAST, path)
