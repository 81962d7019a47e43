"""The rows of an export, batch by batch: customers with their segments, or records gathered beforehand."""

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.storage.cells import as_text, from_floats, in_one_piece
from domain.storage.files import Storage
from domain.storage.tables import StoredTable, open_current, open_table
from domain.tables.values import conversion
from domain.terms.arrays import AnyArray, Mask
from domain.terms.exports import ExportedCustomers, ExportedRecords
from domain.terms.holding_out import group_of
from domain.terms.naming import beside
from domain.terms.readings import Kind

Rows: TypeAlias = tuple[pa.Schema, Iterator[pa.Table]]
"""The columns, and the rows in batches that all have these."""

_EXACT = 2.0**53
_DECIMALS = 6
"""What was 0.9 before it was stored in four bytes is 0.9 again."""

_BATCH = 16_384


def customers(storage: Storage, wanted: ExportedCustomers) -> Rows:
    """Read customers with their segments, a row group of the table at a time; without who was erased."""
    table = open_current(storage, wanted.table_key)
    reading = _Customers(storage, wanted, table)
    return reading.schema, reading.batches()


class _Customers:
    def __init__(self, storage: Storage, wanted: ExportedCustomers, table: StoredTable) -> None:
        self._wanted, self._table = wanted, table
        self._assignments = open_table(storage, wanted.assignments_key)
        self._scores = open_table(storage, wanted.scores_key) if wanted.scores_key else None
        most = max((each.index for each in wanted.segments), default=-1)
        names: list[str | None] = [None] * (most + 1)
        for each in wanted.segments:
            names[each.index] = each.name
        self._names = pa.array(names, pa.string())
        self._kinds = {name: self._kind(name) for name in wanted.columns}
        self.schema = self._schema()

    def batches(self) -> Iterator[pa.Table]:
        wanted, table = self._wanted, self._table
        read = {*wanted.columns, *([wanted.identifier] if wanted.identifier else [])}
        names = [name for name in table.column_names if name in read]
        blank = table.blank_rows
        for group, rows in enumerate(table.batches(names)):
            start = table.first_row(group)
            placed = self._assignments.slice(start, rows.num_rows)
            kept = self._kept(placed, blank[(blank >= start) & (blank < start + rows.num_rows)] - start)
            numbers = np.flatnonzero(kept)
            if not len(numbers):
                continue
            chosen = pa.array(numbers)
            scores = self._scores.slice(start, rows.num_rows).take(chosen) if self._scores else None
            yield self._batch(rows.take(chosen), placed.take(chosen), scores, start + numbers)

    def _kept(self, placed: pa.Table, blank: AnyArray) -> Mask:
        kept: Mask = np.ones(placed.num_rows, np.bool_)
        if self._wanted.segment is not None:
            kept = np.asarray(placed.column("segment").to_numpy()) == self._wanted.segment
        kept[blank] = False
        return kept

    def _batch(
        self, rows: pa.Table, placed: pa.Table, scores: pa.Table | None, numbers: AnyArray
    ) -> pa.Table:
        wanted = self._wanted
        keys = pc.cast(pa.array(numbers + 1), pa.string())
        if wanted.identifier is not None:
            keys = texts(in_one_piece(rows.column(wanted.identifier)))
        columns = [keys, *(self._column(rows, name) for name in wanted.columns)]
        columns += self._about_segments(placed)
        if scores is not None:
            columns += [_exact(scores.column("distance")), self._named(scores.column("runner_up"))]
        if wanted.holdout is not None:
            columns.append(pa.array([group_of(key, wanted.holdout) for key in keys.to_pylist()], pa.string()))
        return pa.table(columns, schema=self.schema)

    def _about_segments(self, placed: pa.Table) -> list[Any]:
        indices = pc.cast(placed.column("segment"), pa.int32())
        return [
            self._named(indices),
            pc.if_else(pc.less(indices, 0), pa.scalar(None, pa.int32()), indices),
            pc.cast(placed.column("unassigned"), pa.string()),
            _exact(placed.column("confidence")),
        ]

    def _named(self, indices: Any) -> Any:
        whole = pc.cast(indices, pa.int32())
        return pc.take(self._names, pc.if_else(pc.less(whole, 0), pa.scalar(None, pa.int32()), whole))

    def _column(self, rows: pa.Table, name: str) -> Any:
        cells, kind = in_one_piece(rows.column(name)), self._kinds[name]
        if kind == pa.string():
            return texts(cells)
        if pa.types.is_string(cells.type):
            reading = self._table.readings[name].reading
            return from_floats(conversion.numbers(rows.column(name), reading.numbers))
        return pc.cast(cells, kind)

    def _kind(self, name: str) -> pa.DataType:
        """Tell as what a column is written: numbers that are all whole as such."""
        stored, noted = self._table.schema.field(name).type, self._table.readings.get(name)
        if name not in self._wanted.numeric:
            return pa.string()
        if pa.types.is_string(stored):
            is_read = noted is not None and noted.reading.kind is Kind.NUMBERS
            return pa.float64() if is_read else pa.string()
        if pa.types.is_integer(stored):
            return stored
        return pa.int64() if noted is not None and noted.whole and self._is_exact(name) else pa.float64()

    def _is_exact(self, name: str) -> bool:
        bounds = [self._table.bounds(group, name) for group in range(self._table.group_count)]
        return all(each is None or max(map(abs, each)) < _EXACT for each in bounds)

    def _schema(self) -> pa.Schema:
        wanted = self._wanted
        of_segments = [("segment", pa.string()), ("segment_index", pa.int32())]
        of_segments += [("unassigned", pa.string()), ("confidence", pa.float64())]
        if self._scores:
            of_segments += [("distance", pa.float64()), ("runner_up", pa.string())]
        if wanted.holdout is not None:
            of_segments.append(("group", pa.string()))
        key, *others = beside(["key", *(name for name, _ in of_segments)], wanted.columns)
        return pa.schema(
            [
                (key, pa.string()),
                *self._kinds.items(),
                *((name, kind) for name, (_, kind) in zip(others, of_segments, strict=True)),
            ]
        )


def texts(cells: pa.Array) -> pa.Array:
    """Give cells as text; whole numbers, as keys mostly are, without a detour through Python."""
    if not pa.types.is_floating(cells.type):
        return as_text(cells) if pa.types.is_string(cells.type) else pc.cast(cells, pa.string())
    whole = pc.and_(pc.equal(pc.floor(cells), cells), pc.less(pc.abs(cells), _EXACT))
    if pc.all(whole, min_count=0).as_py():
        return pc.cast(pc.cast(cells, pa.int64()), pa.string())
    return as_text(cells)


def records(storage: Storage, wanted: ExportedRecords) -> Rows:
    """Read records that were gathered: first which values they have, and then these."""
    kinds: dict[str, pa.DataType] = {}
    for record in _each(storage, wanted.records_key):
        for name, value in record["values"].items():
            if value is not None and kinds.get(name) != pa.string():
                kinds[name] = pa.float64() if _is_number(value) else pa.string()
            kinds.setdefault(name, pa.null())
    # Nobody has a value: text as good as anything.
    kinds = {name: pa.string() if kind == pa.null() else kind for name, kind in kinds.items()}
    own = zip(beside(wanted.names, kinds), wanted.names, strict=True)
    fields = [(name, pa.float64() if plain in wanted.numeric else pa.string()) for name, plain in own]
    schema = pa.schema([*kinds.items(), *fields])
    return schema, _record_batches(storage, wanted, schema, len(kinds))


def _record_batches(
    storage: Storage, wanted: ExportedRecords, schema: pa.Schema, values: int
) -> Iterator[pa.Table]:
    batch: list[list[Any]] = []
    for record in _each(storage, wanted.records_key):
        row = [record["values"].get(field.name) for field in list(schema)[:values]]
        batch.append([*row, *(record[name] for name in wanted.names)])
        if len(batch) == _BATCH:
            yield _table(batch, schema)
            batch = []
    if batch:
        yield _table(batch, schema)


def _table(batch: list[list[Any]], schema: pa.Schema) -> pa.Table:
    columns = zip(*batch, strict=True)
    return pa.table(
        [
            pa.array([_as(cell, field.type) for cell in column], field.type)
            for column, field in zip(columns, schema, strict=True)
        ],
        schema=schema,
    )


def _as(cell: Any, kind: pa.DataType) -> Any:
    if cell is None or isinstance(cell, str):
        return cell
    if kind == pa.float64():
        # A whole number that no floating point number holds becomes the nearest, as in a dataset.
        return float(cell)
    if kind != pa.string():
        return cell
    return json.dumps(cell, ensure_ascii=False)


def _each(storage: Storage, key: str) -> Iterator[Any]:
    with storage.open_input(key) as source:
        rest = b""
        while block := source.read(1 << 20):
            *lines, rest = (rest + block).split(b"\n")
            yield from map(json.loads, lines)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _exact(column: Any) -> Any:
    return pc.round(pc.cast(column, pa.float64()), _DECIMALS)
