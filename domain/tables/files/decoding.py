"""Gives the bytes of a file in any encoding as UTF-8, block by block, as the reader of CSV wants them."""

import codecs
import io
import threading
from collections.abc import Callable, Sequence
from typing import BinaryIO

BAD = "\U0010fffe"
"""Stands where bytes are no character: a code point that Unicode keeps free of any meaning."""

BAD_BYTES = BAD.encode()

_SMALLEST_READ = 1 << 16
_BOM = "\ufeff".encode()

Filter = Callable[[bytes, bool], bytes]
"""Rewrites text in UTF-8: takes the next bytes and whether they are the last, gives what is ready."""


def _mark_bad(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return BAD, error.end


_MARKING = "segmentgraph-mark-bad"
codecs.register_error(_MARKING, _mark_bad)


def marking_decoder(codec: str) -> codecs.IncrementalDecoder:
    """Give a decoder that puts BAD where bytes are no character."""
    return codecs.getincrementaldecoder(codec)(errors=_MARKING)


def decoded(text: bytes, codec: str, *, complete: bool) -> str:
    """Decode bytes, BAD where they are no character; a part of one at an incomplete end is left off."""
    return marking_decoder(codec).decode(text, final=complete).removeprefix("\ufeff")


class Utf8Stream(io.RawIOBase):
    """The text of a file from some place on, in UTF-8, without a byte order mark.

    `source` is seekable, and used by nobody else meanwhile. `start` counts bytes of the
    UTF-8 text. With `clean`, the file is known to be UTF-8 already, and is handed on as
    it is. Each block goes through the filters and is shown to `look`, in this order.
    pyarrow reads from a thread of its own, hence the lock.
    """

    def __init__(
        self,
        source: BinaryIO,
        codec: str,
        start: int,
        *,
        clean: bool,
        filters: Sequence[Filter] = (),
        look: Callable[[bytes], None] | None = None,
    ) -> None:
        self._source, self._filters, self._look = source, filters, look
        self._turn = threading.Lock()
        self._stopped = self._ended = False
        self._pending = b""
        self._done = 0
        self._done_at: list[int] = []
        source.seek(0)
        self._decoder = None if clean else marking_decoder(codec)
        # UTF-8's mark is none of the text, even where an option names another encoding.
        mark = len(_BOM) if source.read(len(_BOM)) == _BOM else 0
        self._done = source.seek(mark + start if clean else mark)
        if not clean:
            self._skip(start)

    def _skip(self, start: int) -> None:
        text = self._decode(self._source.read(_SMALLEST_READ)).removeprefix(_BOM)
        while len(text) < start and not self._ended:
            text += self._decode(self._source.read(_SMALLEST_READ))
        self._pending = self._passed(text[start:])

    def readable(self) -> bool:
        """Tell that one may read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Give `size` bytes, fewer only at the end, b"" behind it."""
        with self._turn:
            if self._stopped:
                return b""
            ready = [self._pending]
            missing = size - len(self._pending)
            # A short block would be too small for a row, and begin the reading anew.
            while (missing > 0 or size < 0) and not self._ended:
                block = self._source.read(max(missing, _SMALLEST_READ) if size >= 0 else -1)
                self._done += len(block)
                ready.append(self._passed(self._decode(block)))
                missing -= len(ready[-1])
            text = b"".join(ready)
            given, self._pending = (
                (text, b"") if len(text) <= size or size < 0 else (text[:size], text[size:])
            )
            self._done_at.append(self._done)
            return given

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # narrower on purpose
        """Fill the buffer and tell how far, for those who wrap this in a text stream."""
        given = self.read(len(buffer))
        buffer[: len(given)] = given
        return len(given)

    def _decode(self, block: bytes) -> bytes:
        self._ended = not block
        if self._decoder is None:
            return block
        return self._decoder.decode(block, final=not block).encode()

    def _passed(self, text: bytes) -> bytes:
        for each in self._filters:
            text = each(text, self._ended)
        if self._look is not None and text:
            self._look(text)
        return text

    def done(self, blocks: int) -> int:
        """Tell how many bytes of the file had been read when this many blocks were given."""
        return self._done_at[min(blocks, len(self._done_at)) - 1] if blocks and self._done_at else 0

    def stop(self) -> None:
        """Leave the file alone from now on: who reads ahead would move it under another reader."""
        with self._turn:
            self._stopped = True
