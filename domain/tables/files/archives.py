"""Unpacks zip archives no further than a limit, whatever their directories say."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NoReturn

from domain.errors import TooLarge, UnreadableFile
from domain.terms.imports import ImportLimits

_BLOCK = 1024**2
_SMALL = 16 * _BLOCK
_LOCAL_HEADER = 30
_ENCRYPTED = 1
_DIRECTORY_END = b"PK\x05\x06"


class Archive:
    """A zip archive whose declared size is within the limit.

    Raises TooLarge for one that declares, or turns out, to unpack to more than allowed,
    and UnreadableFile for what is broken, encrypted or packed in an unusual way.
    """

    def __init__(self, source: BinaryIO, limits: ImportLimits, path: Sequence[str]) -> None:
        self._source, self._limits, self._path = source, limits, path
        try:
            with zipfile.ZipFile(source) as opened:
                entries, comment = opened.infolist(), opened.comment
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            self._refuse(f"is broken ({error})")
        self._entries = {entry.filename: entry for entry in entries}
        if len(self._entries) < len(entries):
            self._refuse("has two parts of one name")
        # Readers differ in which of two directories they take: we check one, they might unpack the other.
        if _DIRECTORY_END in comment:
            self._refuse("has two directories")
        if any(entry.flag_bits & _ENCRYPTED for entry in entries):
            self._refuse("is protected by a password", "take the password off")
        if sum(entry.file_size for entry in entries) > limits.max_decompressed_bytes:
            raise self._bomb()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all parts, in the order of the directory."""
        return tuple(self._entries)

    def read(self, name: str) -> bytes:
        """Unpack a part as a whole, a small one: raise UnreadableFile where it is not."""
        if self._entries[name].file_size > _SMALL:
            self._refuse("has a list of sheets that is too long")
        return b"".join(self.blocks(name))

    def blocks(self, name: str) -> Iterator[bytes]:
        """Unpack a part block by block; raise TooLarge where it is longer than its directory says."""
        entry = self._entries[name]
        unpacked = 0
        for block in self._inflate(entry):
            unpacked += len(block)
            if unpacked > entry.file_size:
                raise self._bomb()
            yield block

    def _inflate(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        # zipfile stops at the declared size: what a liar has behind it is seen by reading it ourselves.
        self._source.seek(entry.header_offset)
        header = self._source.read(_LOCAL_HEADER)
        if len(header) < _LOCAL_HEADER or not header.startswith(b"PK\x03\x04"):
            self._refuse("is broken (a part is not where the directory says)")
        names_length = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        place = entry.header_offset + _LOCAL_HEADER + names_length
        packed = self._packed(place, entry.compress_size)
        if entry.compress_type == zipfile.ZIP_STORED:
            yield from packed
        elif entry.compress_type == zipfile.ZIP_DEFLATED:
            yield from self._inflated(packed)
        else:
            self._refuse("is packed in an unusual way")

    def _packed(self, place: int, size: int) -> Iterator[bytes]:
        while size > 0:
            # Others may read the file between two blocks.
            self._source.seek(place)
            block = self._source.read(min(_BLOCK, size))
            if not block:
                self._refuse("is broken (it ends too early)")
            yield block
            place += len(block)
            size -= len(block)

    def _inflated(self, packed: Iterator[bytes]) -> Iterator[bytes]:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for block in packed:
                rest = block
                while rest and not inflater.eof:
                    yield inflater.decompress(rest, _BLOCK)
                    rest = inflater.unconsumed_tail
            while not inflater.eof and (more := inflater.decompress(b"", _BLOCK)):
                yield more
        except zlib.error as error:
            self._refuse(f"is broken ({error})")

    def _bomb(self) -> TooLarge:
        return TooLarge(
            f"the file unpacks to more than {self._limits.max_decompressed_bytes:,} bytes, the most "
            "that SEGMENTGRAPH_MAX_DECOMPRESSED_BYTES allows, or to more than it says: upload a part of it, "
            "or raise the setting",
            self._path,
        )

    def _refuse(self, what: str, remedy: str = "save the table again") -> NoReturn:
        raise UnreadableFile(f"the workbook {what}: {remedy}, as XLSX or CSV, and upload that", self._path)
