"""Files that came with a request."""

from dataclasses import dataclass
from pathlib import Path
from typing import NewType

import strawberry
from graphql import GraphQLError


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file of the request, on disk until the request is answered.

    `filename` is the client's, its folders cut off; `size` is in bytes; `sha256`
    is the checksum of the bytes in lower-case hexadecimal.
    """

    path: Path
    filename: str
    size: int
    sha256: str


Upload = NewType("Upload", IncomingFile)


def _parse(value: object) -> IncomingFile:
    if isinstance(value, IncomingFile):
        return value
    raise GraphQLError(
        "A file can't be written into the variables: send it beside them by the GraphQL multipart request "
        "specification (form fields operations, map, and the files)."
    )


def _serialize(_value: object) -> object:
    raise GraphQLError("A file is only ever taken, never answered.")


UPLOAD = strawberry.scalar(
    name="Upload",
    description="A file, sent beside the operation by the GraphQL multipart request specification; "
    "null in the variables, where `map` says which file belongs.",
    specified_by_url="https://github.com/jaydenseric/graphql-multipart-request-spec",
    parse_value=_parse,
    serialize=_serialize,
)
"""For the schema: `StrawberryConfig(scalar_map={Upload: UPLOAD})`."""
