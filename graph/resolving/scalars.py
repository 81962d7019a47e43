"""Scalars beside GraphQL's own."""

from typing import Any, NewType

import strawberry
from graphql import GraphQLError, IntValueNode, ValueNode

_LARGEST = 2**63


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -_LARGEST <= value < _LARGEST:
        raise GraphQLError(f"BigInt is a whole number of at most 64 bits, not {value!r}")
    return value


def _literal(node: ValueNode, _variables: Any = None) -> int:
    if not isinstance(node, IntValueNode):
        raise GraphQLError("BigInt is a whole number")
    return _whole(int(node.value))


BigInt = NewType("BigInt", int)

BIG_INT = strawberry.scalar(
    name="BigInt",
    description="A whole number of up to 64 bits, as a JSON number.",
    serialize=_whole,
    parse_value=_whole,
    parse_literal=_literal,
)
