"""The parts of a multipart body, as they come in."""

from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import TypeAlias

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from graph.resolving.errors import BadRequest

MAX_FILENAME = 255


@dataclass(frozen=True, slots=True)
class PartBegins:
    """A part begins: the form field's name, and the file's name where it is a file."""

    name: str
    filename: str | None


@dataclass(frozen=True, slots=True)
class PartEnds:
    """The part that began last is complete."""


Event: TypeAlias = PartBegins | memoryview | PartEnds
"""What happens in a body; a memoryview is some bytes of the part that began last."""


class Parts:
    """Cuts a body into parts, chunk by chunk, and holds none of it back."""

    def __init__(self, content_type: str) -> None:
        """Raises BadRequest where the header has no usable boundary."""
        _, options = parse_options_header(content_type)
        self._events: list[Event] = []
        self._header = b""
        self._value = b""
        self._disposition = b""
        self._complete = False
        try:
            self._parser = MultipartParser(
                options[b"boundary"],
                {
                    "on_part_begin": self._on_part_begin,
                    "on_part_data": self._on_part_data,
                    "on_part_end": self._on_part_end,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_end": self._on_end,
                },
            )
        except (KeyError, FormParserError):
            raise BadRequest("The Content-Type of a multipart request should have a boundary.") from None

    def feed(self, chunk: bytes) -> list[Event]:
        """What happens in the next chunk of the body. Raises BadRequest."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise BadRequest(f"The multipart body is broken: {error}.") from None
        events, self._events = self._events, []
        return events

    def finish(self) -> None:
        """Say that the body has ended. Raises BadRequest where it ended too soon."""
        if not self._complete:
            raise BadRequest("The multipart body is cut off: its last boundary is missing.")

    def _on_part_begin(self) -> None:
        self._disposition = b""

    def _on_header_field(self, chunk: bytes, start: int, end: int) -> None:
        self._header += chunk[start:end]

    def _on_header_value(self, chunk: bytes, start: int, end: int) -> None:
        self._value += chunk[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _on_headers_finished(self) -> None:
        kind, options = parse_options_header(self._disposition)
        if kind != b"form-data" or b"name" not in options:
            raise BadRequest(
                "Each part of a multipart body needs the header Content-Disposition: form-data; name=…."
            )
        filename = options.get(b"filename")
        self._events.append(
            PartBegins(_text(options[b"name"]), None if filename is None else _base(filename))
        )

    def _on_part_data(self, chunk: bytes, start: int, end: int) -> None:
        self._events.append(memoryview(chunk)[start:end])

    def _on_part_end(self) -> None:
        self._events.append(PartEnds())

    def _on_end(self) -> None:
        self._complete = True


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _base(filename: bytes) -> str:
    """The client's name of a file without its folders: it is shown to people, and opens nothing."""
    name = PureWindowsPath(PurePosixPath(_text(filename)).name).name
    return name[-MAX_FILENAME:]
