"""Whether a file is the UTF-8 it should be."""

from collections.abc import Sequence
from typing import BinaryIO

from domain.errors import UnreadableFile


def refuse_other_encodings(source: BinaryIO, path: Sequence[str]) -> None:
    """Raise UnreadableFile with the place of the first byte that is not UTF-8; return where all are."""
    source.seek(0)
    offset = 0
    for number, line in enumerate(source, start=1):
        try:
            line.decode()
        except UnicodeDecodeError as error:
            raise UnreadableFile(
                f"the file is not UTF-8: byte 0x{line[error.start]:02X} at offset {offset + error.start:,}, "
                f"in line {number:,}, stands for no character; it may be Windows-1252 or Latin-1: "
                "save it in UTF-8",
                path,
            ) from None
        offset += len(line)
