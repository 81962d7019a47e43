"""What a client asks for: the four parameters of a GraphQL request, by whatever transport."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.resolving.errors import BadRequest
from graph.serving.payloads import decode


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """A GraphQL request; the variables are as the client sent them."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    extensions: dict[str, Any] = field(default_factory=dict)


def from_json(value: object) -> GraphQLRequest:
    """Read a request from decoded JSON. Raises BadRequest; members that GraphQL does not know are left."""
    if isinstance(value, list):
        raise BadRequest("Send one operation a request: batches, as a JSON array, are not taken.")
    if not isinstance(value, dict):
        raise BadRequest("The request should be a JSON object with a query.")
    return GraphQLRequest(
        _query(value.get("query")),
        _name(value.get("operationName")),
        _object("variables", value.get("variables")),
        _object("extensions", value.get("extensions")),
    )


def from_parameters(parameters: Mapping[str, str]) -> GraphQLRequest:
    """Read a request from a URL's parameters, variables and extensions in JSON. Raises BadRequest."""
    decoded = {name: decode(parameters[name]) for name in ("variables", "extensions") if parameters.get(name)}
    # A form leaves empty what is not set.
    return from_json(
        {
            "query": parameters.get("query"),
            "operationName": parameters.get("operationName") or None,
            **decoded,
        }
    )


def _query(value: object) -> str:
    if value is None or value == "":
        raise BadRequest("The request has no query: send the GraphQL document in `query`.")
    if not isinstance(value, str):
        raise BadRequest(f"query should be a string, not {_kind(value)}.")
    return value


def _name(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise BadRequest(f"operationName should be a string, not {_kind(value)}.")
    return value


def _object(name: str, value: object) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRequest(f"{name} should be a JSON object, not {_kind(value)}.")
    return value


def _kind(value: object) -> str:
    kinds: list[tuple[type, str]] = [
        (bool, "a truth value"),
        (dict, "an object"),
        (list, "an array"),
        (str, "a string"),
    ]
    return next((name for kind, name in kinds if isinstance(value, kind)), "a number")
