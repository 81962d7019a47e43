"""The messages of graphql-transport-ws that a client sends.

Source: graphql-ws, PROTOCOL.md.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

from graph.resolving.errors import BadRequest
from graph.serving.payloads import decode
from graph.serving.requests import GraphQLRequest, from_json


@dataclass(frozen=True, slots=True)
class Init:
    """Begins the connection; what the client says of itself is in the payload."""

    payload: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks for a pong."""

    payload: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Pong:
    """Answers a ping, or says that the client is there."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Begins an operation of any kind."""

    id: str
    request: GraphQLRequest


@dataclass(frozen=True, slots=True)
class Complete:
    """Says that the client wants no more of an operation."""

    id: str


Message: TypeAlias = Init | Ping | Pong | Subscribe | Complete


def read(text: str) -> Message:
    """Read a message. Raises BadRequest, with a message that fits a close reason's first words."""
    message = decode(text)
    if not isinstance(message, dict):
        raise BadRequest("A message should be a JSON object.")
    kind = message.get("type")
    match kind:
        case "connection_init":
            return Init(_payload(message))
        case "ping":
            return Ping(_payload(message))
        case "pong":
            _payload(message)
            return Pong()
        case "complete":
            return Complete(_id(message))
        case "subscribe":
            return Subscribe(_id(message), _request(message))
        case str():
            raise BadRequest(f"There is no message type {kind[:40]!r}.")
        case _:
            raise BadRequest("A message needs a type, a string.")


def _payload(message: dict[str, Any]) -> dict[str, Any] | None:
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise BadRequest(f"The payload of {message['type']} should be an object.")
    return payload


def _id(message: dict[str, Any]) -> str:
    operation_id = message.get("id")
    if not isinstance(operation_id, str) or not operation_id:
        raise BadRequest(f"{message['type']} needs an id, a string that is not empty.")
    return operation_id


def _request(message: dict[str, Any]) -> GraphQLRequest:
    payload = message.get("payload")
    if not isinstance(payload, dict):
        raise BadRequest("The payload of subscribe should be an object with a query.")
    return from_json(payload)
