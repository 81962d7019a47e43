"""The columns of a stored table as a scorer takes them, a row group at a time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.errors import UnsuitableData
from domain.storage.tables import StoredTable
from domain.tables.scored_texts import MISSING, UNSEEN, Categories
from domain.tables.values import conversion
from domain.terms.arrays import Labels, Mask, Vector
from domain.terms.columns import ColumnRole
from domain.terms.predictions import UnseenCategory
from domain.terms.readings import Kind, Reading
from domain.terms.scoring import Measured, ScoredColumn
from domain.terms.wording import quoted

MOST_UNSEEN = 50
"""So many unseen categories are told, the most frequent ones."""

_MOST_COUNTED = 100_000
"""So many unseen categories are counted at once. Of more, the rarest are forgotten each time there are twice
as many: a frequent one is told whatever there is beside it, at most short of some of its customers."""

LONGEST = 200
"""An unseen category of more characters is not told: it is no category, and there may be a book in it."""


@dataclass
class ScoredTable:
    """A table's columns by which customers are placed, read as this table writes them.

    `unseen` counts the categories that training did not see, by column, of the groups read so far.
    """

    table: StoredTable
    columns: Sequence[ScoredColumn]
    unseen: Counter[tuple[str, str]] = field(default_factory=Counter)
    _categories: dict[str, Categories] = field(init=False)

    def __post_init__(self) -> None:
        refuse_if_missing(self.columns, self.table.column_names)
        self.columns = tuple(self._as_stored(column) for column in self.columns)
        self._categories = {column.name: Categories(column) for column in self.columns}

    @property
    def names(self) -> list[str]:
        """The columns to read."""
        return [column.name for column in self.columns]

    def measure(self, group: pa.Table) -> tuple[Measured, Mask]:
        """Read a row group; and tell whose category is one that training did not see, (n_rows,).

        Raises UnsuitableData, naming all columns that are of another kind than they were in training.
        """
        numbers: dict[str, Vector] = {}
        codes: dict[str, Labels] = {}
        unseen = np.zeros(group.num_rows, np.bool_)
        for column in self.columns:
            if column.role is ColumnRole.CATEGORICAL:
                places = self._places(column, group.column(column.name))
                unseen |= places == UNSEEN
                codes[column.name] = np.where(places == UNSEEN, MISSING, places)
                continue
            try:
                numbers[column.name] = _numbers(column, group.column(column.name))
            except UnsuitableData:
                raise self._of_another_kind() from None
        return Measured(group.num_rows, numbers, codes), unseen

    def most_unseen(self) -> tuple[UnseenCategory, ...]:
        """Tell the most frequent categories that training did not see."""
        ranked = sorted(self.unseen.items(), key=lambda each: (-each[1], each[0]))
        return tuple(
            UnseenCategory(column, category, count) for (column, category), count in ranked[:MOST_UNSEEN]
        )

    def _as_stored(self, column: ScoredColumn) -> ScoredColumn:
        """Give a column the reading of this table."""
        if column.role is ColumnRole.CATEGORICAL:
            # Its cells are compared as they stand; what was a missing value in training is one here.
            return replace(column, reading=Reading(Kind.TEXT, missing=column.reading.missing))
        noted = self.table.readings.get(column.name)
        return replace(column, reading=noted.reading if noted else Reading(Kind.TEXT))

    def _places(self, column: ScoredColumn, cells: pa.ChunkedArray) -> Labels:
        """Give the places of a column's categories, MISSING and UNSEEN among them, (n_rows,)."""
        known = self._categories[column.name]
        codes, texts = _coded(cells)
        # One place more than texts: the code of what is missing, -1, finds it at the end.
        places = np.array([*(known.place(text) for text in texts), MISSING], np.int64)
        found: Labels = places[codes]
        counts = np.bincount(codes[codes >= 0], minlength=len(texts))
        for place in np.flatnonzero(places[:-1] == UNSEEN).tolist():
            if len(texts[place]) <= LONGEST:
                self.unseen[column.name, texts[place]] += int(counts[place])
        if len(self.unseen) > 2 * _MOST_COUNTED:
            self.unseen = Counter(dict(self.unseen.most_common(_MOST_COUNTED)))
        if len(known.places) > 2 * _MOST_COUNTED:
            self._categories[column.name] = Categories(column)
        return found

    def _of_another_kind(self) -> UnsuitableData:
        """Name every column that is of another kind, in whatever row that shows."""
        return other_columns(
            [column.name for column in self.columns if not self._is_of_its_kind(column)],
            "of another kind than in training",
        )

    def _is_of_its_kind(self, column: ScoredColumn) -> bool:
        if column.role is ColumnRole.CATEGORICAL:
            return True
        try:
            for group in self.table.batches([column.name]):
                _numbers(column, group.column(0))
        except UnsuitableData:
            return False
        return True


def refuse_if_missing(columns: Sequence[ScoredColumn], names: Sequence[str]) -> None:
    """Raise UnsuitableData, naming all columns that a table lacks, where it lacks any."""
    lacking = [column.name for column in columns if column.name not in names]
    if lacking:
        raise other_columns(lacking, "not in this dataset")


def other_columns(names: Sequence[str], what: str) -> UnsuitableData:
    """Say of columns that the segments were made with what they are here."""
    if len(names) == 1:
        return UnsuitableData(f"the segments were made with the column {quoted(names)}, which is {what}")
    return UnsuitableData(f"the segments were made with the columns {quoted(names)}, which are {what}")


def _numbers(column: ScoredColumn, cells: pa.ChunkedArray) -> Vector:
    if column.role is ColumnRole.DATETIME:
        return conversion.days(cells, column.reading.dates)
    return conversion.numbers(cells, column.reading.numbers)


def _coded(cells: pa.ChunkedArray) -> tuple[Labels, list[str]]:
    """Give cells as codes, (n_rows,), -1 where missing, of the texts beside."""
    if not pa.types.is_string(cells.type):
        codes, texts = conversion.categories(cells)
        return codes.astype(np.int64), list(texts)
    coded = pc.dictionary_encode(cells).combine_chunks()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    return coded.indices.fill_null(-1).to_numpy().astype(np.int64), coded.dictionary.to_pylist()
