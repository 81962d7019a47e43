"""Whether a caller may run an operation: looked at in the document, before any field of it runs.

An operation is refused as a whole, so that a mutation never stands half done, and with all
its reasons. Rows that belong to somebody are looked after where they are read.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_interface_type,
    is_object_type,
)

from domain.terms.access import Caller, Denial, Role
from graph.resolving.access import Access, access_to
from graph.resolving.errors import CodedError, Forbidden, Unauthenticated

MOST_REASONS = 20

WHY_SIGNED_OUT = {
    None: "Sign in first: send Authorization: Bearer with an access token, or X-API-Key with a key.",
    Denial.INVALID: "What was sent in Authorization or X-API-Key is no token or key of this server.",
    Denial.EXPIRED: "The access token or key has expired: refresh the session, or sign in again.",
    Denial.ENDED: "The session or key has been ended: sign in again, or use another key.",
}


class Reason(NamedTuple):
    """Why an operation is refused, and the field of the root that this is about."""

    error: CodedError
    field: str


class Use(NamedTuple):
    """A field that an operation uses, the role that it takes, and what field of the root it is under.

    `key` is what the client calls that one.
    """

    coordinate: str
    role: Role
    field: str
    key: str


def refusals(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    caller: Caller,
) -> list[Reason]:
    """Say why the caller may not run this operation; empty where it may. The document is valid."""
    uses = _Uses(schema, document, _given(operation, variables)).of(operation)
    refused: dict[str, Use] = {}
    for use in uses:
        if caller.viewer is None or not caller.viewer.role.includes(use.role):
            # One reason for each field of the root: the outermost of those that take the highest role.
            other = refused.setdefault(use.key, use)
            refused[use.key] = other if other.role.includes(use.role) else use
    if refused and caller.viewer is None:
        first = next(iter(refused.values()))
        return [Reason(unauthenticated(caller, first.key), first.field)]
    return [Reason(_forbidden(use, caller), use.field) for use in list(refused.values())[:MOST_REASONS]]


def unauthenticated(caller: Caller, key: str | None = None) -> Unauthenticated:
    """Say why the caller counts as signed out; `key` is what it calls the field that it asked for."""
    reason = {"reason": caller.denial.value} if caller.denial else {}
    error = Unauthenticated(WHY_SIGNED_OUT[caller.denial], **reason)
    error.path = [key] if key else None
    return error


def _forbidden(use: Use, caller: Caller) -> Forbidden:
    has = caller.viewer.role.value if caller.viewer else "none"
    message = f"{use.coordinate} takes the role {use.role}, yours is {has}: ask an administrator."
    error = Forbidden(message, requiredRole=use.role.value)
    error.path = [use.key]
    return error


def _given(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The variables, the truth values among their defaults filled in."""
    defaults = {
        each.variable.name.value: each.default_value.value
        for each in operation.variable_definitions or ()
        if isinstance(each.default_value, BooleanValueNode)
    }
    return {**defaults, **variables}


class _Uses:
    """What an operation uses, each fragment looked at once, however often it is spread."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._schema = schema
        self._variables = variables
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }

    def of(self, operation: OperationDefinitionNode) -> Iterator[Use]:
        root = self._schema.get_root_type(operation.operation)
        # A stack of its own: the document may be nested as deep as it likes.
        stack: list[tuple[SelectionSetNode, GraphQLNamedType, FieldNode | None]] = []
        if root is not None:
            stack.append((operation.selection_set, root, None))
        spread: set[str] = set()
        while stack:
            selection_set, parent, top = stack.pop()
            for node in selection_set.selections:
                if self._is_left_out(node):
                    continue
                if isinstance(node, FieldNode):
                    yield from self._use(node, parent, top or node)
                    if node.selection_set and (inner := self._answered(node, parent)):
                        stack.append((node.selection_set, inner, top or node))
                elif isinstance(node, InlineFragmentNode):
                    condition = node.type_condition
                    inner = self._schema.type_map[condition.name.value] if condition else parent
                    stack.append((node.selection_set, inner, top))
                elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                    spread.add(node.name.value)
                    fragment = self._fragments[node.name.value]
                    inner = self._schema.type_map[fragment.type_condition.name.value]
                    stack.append((fragment.selection_set, inner, top))

    def _use(self, node: FieldNode, parent: GraphQLNamedType, top: FieldNode) -> Iterator[Use]:
        fields = parent.fields if is_object_type(parent) or is_interface_type(parent) else {}
        field = fields.get(node.name.value)
        if field is None or parent.name.startswith("__"):
            return  # of introspection, which is open: the schema is no secret
        # What declares nothing is nobody's but the administrators'.
        access = access_to(field, parent) or Access.ADMIN
        if access.role is not None:
            key = (top.alias or top.name).value
            yield Use(f"{parent.name}.{node.name.value}", access.role, top.name.value, key)

    def _answered(self, node: FieldNode, parent: GraphQLNamedType) -> GraphQLNamedType | None:
        fields = parent.fields if is_object_type(parent) or is_interface_type(parent) else {}
        field = fields.get(node.name.value)
        return get_named_type(field.type) if field else None

    def _is_left_out(self, node: SelectionNode) -> bool:
        return any(
            directive.name.value == name
            and any(self._holds(argument.value, value=left_out) for argument in directive.arguments or ())
            for directive in node.directives or ()
            for name, left_out in (("skip", True), ("include", False))
        )

    def _holds(self, node: Any, *, value: bool) -> bool:
        given = self._variables.get(node.name.value) if isinstance(node, VariableNode) else node.value
        return given is value
