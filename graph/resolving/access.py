"""Who may read a field or call a mutation: declared once, where the field or its type is."""

from enum import StrEnum

import strawberry
from graphql import GraphQLField, GraphQLNamedType
from strawberry.schema_directive import Location

from domain.terms.access import Role
from graph.resolving.enums import describe


class Access(StrEnum):
    """To whom something is open."""

    ANYONE = "ANYONE"
    OWNER = "OWNER"
    USER = "USER"
    ANALYST = "ANALYST"
    ADMIN = "ADMIN"

    @property
    def role(self) -> Role | None:
        """The role that it takes; None where none is needed, or where the row itself says whose it is."""
        return None if self in {Access.ANYONE, Access.OWNER} else Role(self.value)


describe(
    Access,
    "To whom something is open. A role includes those before it.",
    ANYONE="Everybody, signed in or not.",
    OWNER="Whom it belongs to; of accounts, API keys and customer profiles administrators too, of remembered "
    "predictions analysts. To others it is not there.",
    USER="Everybody who is signed in, or has an API key.",
    ANALYST="Analysts and administrators.",
    ADMIN="Administrators.",
)


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.OBJECT, Location.INTERFACE],
    name="access",
    description="To whom a field is open, or every field of a type that does not say otherwise itself. An "
    "operation with a field that is not open to its caller is refused as a whole, before any of it runs.",
)
class Declared:
    """What is declared of a field or a type."""

    to: Access = strawberry.field(description="To whom.")


ANYONE = Declared(to=Access.ANYONE)
OWNER = Declared(to=Access.OWNER)
USER = Declared(to=Access.USER)
ANALYST = Declared(to=Access.ANALYST)
ADMIN = Declared(to=Access.ADMIN)


def access_to(field: GraphQLField, parent: GraphQLNamedType) -> Access | None:
    """Tell to whom a field is open: as it says itself, else as its type says; None where neither does."""
    own = _declared(field.extensions)
    return own or _declared(parent.extensions)


def _declared(extensions: dict[str, object]) -> Access | None:
    definition = extensions.get("strawberry-definition")
    found = (each for each in getattr(definition, "directives", ()) if isinstance(each, Declared))
    return next((each.to for each in found), None)
