"""JSON as it goes over the wire: strict on the way in, never failing on the way out."""

import json
import math
import re
from typing import Any, NoReturn

from graphql import GraphQLError

from graph.resolving.errors import BadRequest, presented

SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


def decode(source: bytes | bytearray | str) -> Any:
    """Read JSON in UTF-8. Raises BadRequest.

    Refuses what Python reads though it is not JSON, or can't be written again: NaN,
    infinities, halves of surrogate pairs, numbers beyond a double.
    """
    try:
        text = source if isinstance(source, str) else source.decode("utf-8")
        value = json.loads(text, parse_constant=_no_number, parse_float=_finite)
        if SURROGATE_ESCAPE.search(text):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeError:
        raise BadRequest("The request is not valid UTF-8 text.") from None
    except RecursionError:
        raise BadRequest("The request's JSON is nested too deeply.") from None
    except ValueError as error:
        raise BadRequest(f"The request is not valid JSON: {error}.") from None
    return value


def encode(payload: object) -> bytes:
    """Write a GraphQL response as JSON in UTF-8.

    A value that JSON can't hold is a bug of a resolver: the whole answer turns into
    one masked error, and the bug is logged.
    """
    try:
        return _written(payload)
    except (ValueError, TypeError, RecursionError) as error:
        bug = GraphQLError("The answer can't be written as JSON.", original_error=error)
        return _written({"data": None, "errors": presented([bug])})


def _written(payload: object) -> bytes:
    return json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"the number {digits[:40]} is too large")
    return number
