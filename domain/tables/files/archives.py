"""Unpacks zip archives no further than a limit, whatever their directories say."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NoReturn

from domain.errors import TooLarge, UnreadableFile
from domain.tables.files.limits import check_unpacked
from domain.terms.imports import ImportLimits

SAVE_AGAIN = "save the table again, as XLSX or CSV, and upload that"

_BLOCK = 1024**2
_SMALL = 16 * _BLOCK
_LOCAL_HEADER = 30
_LONGEST_DIRECTORY = 4 * _BLOCK
"""In bytes: some fifty thousand parts, where a workbook with pictures has hundreds."""

_ENCRYPTED = 1
_DIRECTORY_END = b"PK\x05\x06"


def open_zip(source: BinaryIO) -> zipfile.ZipFile:
    """Open a zip archive; raises BadZipFile for one whose list of parts would fill the memory."""
    return zipfile.ZipFile(_ShortReads(source))


class _ShortReads:
    """Refuses to read much at once: the directory is what zipfile reads as a whole."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.seek, self.tell = source.seek, source.tell

    def read(self, size: int = -1) -> bytes:
        if size > _LONGEST_DIRECTORY:
            raise zipfile.BadZipFile("its list of parts is too long")
        return self._source.read(size)


class Archive:
    """A zip archive whose declared size is within the limit.

    Raises TooLarge for one that declares, or turns out, to unpack to more than allowed,
    and UnreadableFile for what is broken, encrypted or packed in an unusual way.
    """

    def __init__(self, source: BinaryIO, limits: ImportLimits, path: Sequence[str]) -> None:
        self._source, self._path = source, path
        try:
            with open_zip(source) as opened:
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
            self._refuse("is protected by a password", "take the password off, and upload it then")
        check_unpacked(sum(entry.file_size for entry in entries), limits, path)

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
                raise TooLarge(
                    f"a part of the workbook unpacks to more than the {entry.file_size:,} bytes that its "
                    f"directory tells: {SAVE_AGAIN}",
                    self._path,
                )
            yield block

    def _inflate(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        # zipfile stops at the declared size: what a liar has behind it is seen by reading it ourselves.
        # A damaged directory may name any place, even one before the file.
        size = self._source.seek(0, 2)
        self._source.seek(entry.header_offset if 0 <= entry.header_offset < size else size)
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

    def _refuse(self, what: str, remedy: str = SAVE_AGAIN) -> NoReturn:
        raise UnreadableFile(f"the workbook {what}: {remedy}", self._path)
