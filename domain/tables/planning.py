"""Settles how each column of a table is read, by its first rows, or by all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from domain.errors import DomainError, Invalid, refuse_if_any
from domain.tables.files.ledger import Ledger
from domain.tables.files.sources import Head, Source
from domain.tables.overrides import (
    IDENTIFIER_PATH,
    OVERRIDES_PATH,
    check_names,
    unfit_role,
    unknown_column,
)
from domain.tables.values.deciding import Candidate, Decision, decide
from domain.tables.values.evidence import Evidence
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.imports import TableOptions
from domain.terms.readings import PLAIN, DecimalMark, Kind, Reading
from domain.terms.training import Watch

FIRST_ROWS = 16_384
"""So many rows are looked at before the reading begins. What they promise is held against all rows."""

NUMBERS_OF_THE_FORMAT = Decision(Reading(Kind.NUMBERS, stored_as_text=False), (), sure=True, refusal=None)
"""Of columns that the format itself says are numbers: they were never text."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a client wants of a table."""

    overrides: tuple[RoleOverride, ...]
    options: TableOptions

    @property
    def roles(self) -> dict[str, ColumnRole]:
        """The roles that are wanted, by column."""
        # Of two for one column, which is refused, the first is looked at.
        given = {override.name: override.role for override in reversed(self.overrides)}
        wanted = self.options.identifier_column
        return given if wanted is None else {**given, wanted: ColumnRole.IDENTIFIER}

    def mistakes(self, names: Sequence[str]) -> list[DomainError]:
        """Find wishes for columns that are not there, and wishes that contradict each other."""
        mistakes: list[DomainError] = check_names(self.overrides, names, OVERRIDES_PATH)
        wanted = self.options.identifier_column
        if wanted is not None and wanted not in names:
            mistakes.append(Invalid(unknown_column(wanted, names), IDENTIFIER_PATH))
        other = {override.role for override in self.overrides if override.name == wanted}
        for role in other - {ColumnRole.IDENTIFIER}:
            why = f"it is given the role {role} too"
            mistakes.append(Invalid(unfit_role(wanted or "", ColumnRole.IDENTIFIER, why), IDENTIFIER_PATH))
        return mistakes


@dataclass(frozen=True, slots=True)
class Plan:
    """How each column is read, what the client wants, and whether all rows had their say in it."""

    decisions: tuple[Decision, ...]
    wishes: Wishes
    final: bool

    @property
    def roles(self) -> dict[str, ColumnRole]:
        """The roles that the client gives, by column."""
        return self.wishes.roles

    @property
    def readings(self) -> tuple[Reading, ...]:
        """How each column is read."""
        return tuple(decision.reading for decision in self.decisions)

    @property
    def decimal(self) -> DecimalMark | None:
        """The mark that numbers are read with: the option's, or most columns'; None without any."""
        if self.wishes.options.decimal is not None:
            return self.wishes.options.decimal
        marks = [
            reading.numbers.decimal
            for reading in self.readings
            if reading.kind is Kind.NUMBERS and reading.numbers != PLAIN
        ]
        plain = any(reading.kind is Kind.NUMBERS for reading in self.readings)
        return max(marks, key=marks.count) if marks else DecimalMark.POINT if plain else None


def plan_by_first(
    head: Head, wishes: Wishes, first: Sequence[pa.RecordBatch], *, is_all: bool
) -> Plan | None:
    """Look at the first batch, of two at most; None where it leaves a doubt that more rows can settle.

    Raises Refused for wishes that can't be met.
    """
    is_all = is_all and len(first) < 2 and all(batch.num_rows <= FIRST_ROWS for batch in first)
    found = _evidence(head, wishes, [batch.slice(0, FIRST_ROWS) for batch in first[:1]])
    settled = _settle(head, found, wishes, final=is_all)
    if not is_all and any(decision.refusal or not decision.sure for decision in settled.decisions):
        return None
    return _checked(settled, head.names, wishes)


def plan_by_all(source: Source, wishes: Wishes, watch: Watch) -> Plan:
    """Look at all rows. Raises what reading raises, and Refused for wishes that can't be met."""
    found = _evidence(source.head, wishes, source.read(Ledger(), watch))
    return _checked(_settle(source.head, found, wishes, final=True), source.head.names, wishes)


def _evidence(head: Head, wishes: Wishes, batches: Iterable[pa.RecordBatch]) -> list[Evidence | None]:
    """Gather what the columns look like; None for those that the format itself says are numbers."""
    found: list[Evidence | None] = [Evidence(wishes.options.missing_values) for _ in head.names]
    for batch in batches:
        for number, cells in enumerate(batch.columns):
            evidence = found[number]
            if not pa.types.is_string(cells.type):
                found[number] = None
            elif evidence is not None:
                evidence.look(cells)
    return found


def _settle(head: Head, found: Sequence[Evidence | None], wishes: Wishes, *, final: bool) -> Plan:
    given = wishes.roles
    candidates = [
        Candidate(name, evidence, given.get(name))
        for name, evidence in zip(head.names, found, strict=True)
        if evidence is not None
    ]
    decided = iter(decide(candidates, wishes.options, head.delimiter))
    decisions = tuple(NUMBERS_OF_THE_FORMAT if evidence is None else next(decided) for evidence in found)
    return Plan(decisions, wishes, final)


def _checked(settled: Plan, names: Sequence[str], wishes: Wishes) -> Plan:
    """Raise all wishes that can't be met."""
    refusals = {
        name: decision.refusal
        for name, decision in zip(names, settled.decisions, strict=True)
        if decision.refusal is not None
    }
    refuse_if_any(
        wishes.mistakes(names)
        + [
            Invalid(
                unfit_role(override.name, override.role, refusals[override.name]),
                (*OVERRIDES_PATH, str(place), "role"),
            )
            for place, override in enumerate(wishes.overrides)
            if override.name in refusals and override.role is settled.roles[override.name]
        ]
    )
    return settled
