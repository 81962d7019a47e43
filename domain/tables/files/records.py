"""Reads JSON records, an array of flat objects or one a line, as batches of text."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

import pyarrow as pa

from domain.errors import DomainError, Invalid, UnreadableFile, UnsuitableData, refuse_if_any
from domain.tables.files.headers import usable_names
from domain.tables.files.json_elements import Broken, Elements, told_apart
from domain.tables.files.json_text import Window
from domain.tables.files.ledger import Ledger
from domain.tables.files.limits import cell_too_long, check_columns, check_rows
from domain.tables.files.sources import BATCH_ROWS, Head
from domain.tables.files.typed_cells import cell_texts
from domain.terms.imports import ImportLimits, ImportWarning, ImportWarningCode, TableFormat, TableOptions
from domain.terms.training import Watch

_MAX_MISTAKES = 100
_BATCH_CELLS = 4 * 1024**2


def open_records(
    source: BinaryIO,
    options: TableOptions,
    limits: ImportLimits,
    watch: Watch,
    path: Sequence[str],
    by_place: bool = False,
) -> "RecordsSource":
    """Open a JSON array of flat objects, one that an object holds alone, or one object a line.

    In UTF-8 or UTF-16. All of it is looked at once: the columns are all keys in the order
    they first appear in. Memory is for a few megabytes of the file and what is in them.
    Raises UnreadableFile for what is not such JSON, UnsuitableData without records,
    TooLarge, and Invalid, the first hundred together, for values that fit no cell. With
    `by_place` these name record and key in their path behind `path`, else `path` alone.
    A JSON file knows none of the options.
    """
    window = Window(source, watch, path)
    elements, wrapper = told_apart(window, path)
    survey = _Survey(limits, path, by_place)
    for values in elements(window):
        survey.look_at(values)
    survey.finish()
    names, originals, renamed = usable_names(list(survey.keys))
    warnings = (*([] if wrapper is None else [_wrapped(wrapper)]), *renamed)
    head = Head(TableFormat.JSON, names, originals, warnings)
    return RecordsSource(head, source, elements, path)


def _wrapped(name: str) -> ImportWarning:
    message = f'the records were taken out of the object around them, where they are "{_shown(name)[:100]}"'
    return ImportWarning(ImportWarningCode.JUNK_LINE, message, column=None, row=None, count=1)


class _Survey:
    """Looks at every record once: gathers the keys and finds what fits no table."""

    def __init__(self, limits: ImportLimits, path: Sequence[str], by_place: bool) -> None:
        self.keys: dict[str, None] = {}
        self._limits, self._path, self._by_place = limits, path, by_place
        self._rows = 0
        self._broken: Broken | None = None
        self._readable = False
        self._mistakes: list[DomainError] = []

    def look_at(self, values: list[object]) -> None:
        """Take in the next values; raise the first hundred mistakes together."""
        records = [value for value in values if isinstance(value, dict)]
        shapes = dict.fromkeys(map(tuple, records))
        keys = dict.fromkeys(chain.from_iterable(shapes))
        broken = [value for value in values if isinstance(value, Broken)]
        self._broken = self._broken or next(iter(broken), None)
        cells = [*keys, *chain.from_iterable(map(dict.values, records))]
        if len(records) + len(broken) < len(values) or self._suspicious(cells):
            self._find_mistakes(values)
        self.keys.update(keys)
        self._rows += len(values)
        self._readable = self._readable or bool(records)
        check_rows(self._rows, self._limits, self._path)
        check_columns(len(self.keys), self._limits, self._path)

    def finish(self) -> None:
        """Raise the mistakes found, and what is wrong with no records at all."""
        refuse_if_any(self._mistakes)
        if not self._rows:
            raise UnsuitableData("there are no records: send one for each customer", self._path)
        if not self._readable and self._broken is not None:
            raise UnreadableFile(
                f"no line is a record: {self._broken.reason}. Send an array of flat objects, or one a line",
                self._path,
            )
        if not self.keys:
            raise UnsuitableData("the records hold no values: send one for each customer", self._path)

    def _suspicious(self, cells: list[object]) -> bool:
        """Tell, in a hurry, whether any of the cells and keys may fit no table."""
        kinds = set(map(type, cells))
        if dict in kinds or list in kinds:
            return True
        if float in kinds and not {float("inf"), float("-inf")}.isdisjoint(cells):
            return True
        texts = [cell for cell in cells if type(cell) is str]
        return max(map(len, texts), default=0) > self._limits.max_cell_length or not _clean("".join(texts))

    def _find_mistakes(self, values: list[object]) -> None:
        for place, value in enumerate(values, self._rows):
            if isinstance(value, dict):
                for key, cell in value.items():
                    self._look_closely(place, key, cell)
            elif not isinstance(value, Broken):
                reason = f"record {place + 1:,} is not an object of columns and values"
                self._mistakes.append(Invalid(reason, self._place(place)))
            if len(self._mistakes) >= _MAX_MISTAKES:
                refuse_if_any(self._mistakes[:_MAX_MISTAKES])

    def _look_closely(self, place: int, key: str, cell: object) -> None:
        if why := _unfit(key, cell):
            reason = f'record {place + 1:,}, "{_shown(key)}": {why}'
            self._mistakes.append(Invalid(reason, self._place(place, _shown(key))))
        elif len(key) > self._limits.max_cell_length:
            raise cell_too_long("the name of a column", self._limits, self._path)
        elif isinstance(cell, str) and len(cell) > self._limits.max_cell_length:
            told = f'the value of column "{key}" in record {place + 1:,}'
            raise cell_too_long(told, self._limits, self._place(place, key))

    def _place(self, place: int, *key: str) -> Sequence[str]:
        return (*self._path, str(place), *key) if self._by_place else self._path


def _unfit(key: str, value: object) -> str | None:
    """Say why a value, or its column's name, can't stand in a table; None where it can."""
    if isinstance(value, dict | list):
        return "the value is nested: send flat records, a part of it as a column of its own"
    if isinstance(value, float) and abs(value) == float("inf"):
        return "the number is too large"
    if any(isinstance(text, str) and not _clean(text) for text in (key, value)):
        return "the text has a zero character or half a surrogate pair in it: take it out"
    return None


def _clean(text: str) -> bool:
    return "\0" not in text and (text.isascii() or _encodes(text))


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(key: str) -> str:
    return key.replace("\0", "").encode(errors="replace").decode()


@dataclass(frozen=True, slots=True)
class RecordsSource:
    """A table in JSON. Numbers are written as number_text does, truth values as "true" and "false"."""

    head: Head
    source: BinaryIO
    elements: Elements
    path: Sequence[str]

    def read(self, ledger: Ledger, watch: Watch) -> Generator[pa.RecordBatch]:
        """Read all records; null and absent are "". Lines that can't be read are noted in the ledger."""
        row = 0
        height = max(1, min(BATCH_ROWS, _BATCH_CELLS // len(self.head.names)))
        for values in self.elements(Window(self.source, watch, self.path)):
            for place, value in enumerate(values, row):
                if isinstance(value, Broken):
                    ledger.unreadable(place, value.reason)
            row += len(values)
            records = [value for value in values if isinstance(value, dict)]
            for start in range(0, len(records), height):
                yield self._batch(records[start : start + height])

    def _batch(self, records: list[dict[str, object]]) -> pa.RecordBatch:
        keys = self.head.original_names
        columns = [cell_texts([record.get(key) for record in records]) for key in keys]
        return pa.RecordBatch.from_arrays(columns, names=list(self.head.names))

    def explain_long_cell(self) -> None:
        """Do nothing: a long value in JSON is what it is."""
