"""Conditions on a column: as a mask, in words and in SQL. A missing number meets no bound."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from domain.learning.explaining.wording import level_text, moment
from domain.learning.preparing.columns import CategoricalColumn, NumericColumn
from domain.terms.arrays import Mask, Rows
from domain.terms.wording import tidy

EVERYONE = slice(None)
"""All rows of the table."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The column's value is above a limit, or at most it."""

    column: NumericColumn
    limit: float
    above: bool

    def mask(self, rows: Rows | slice = EVERYONE) -> Mask:
        """Tell who of these rows meets it, (n_rows,)."""
        values = self.column.values[rows]
        met = values > self.limit if self.above else values <= self.limit
        return np.asarray(met & np.isfinite(values))

    def predicate(self) -> str:
        """Say it in words, without the column."""
        limit = moment(self.limit) if self.column.dates else f"{self.limit:,}".removesuffix(".0")
        over, under = ("after", "until") if self.column.dates else ("above", "at most")
        return f"{over if self.above else under} {limit}"

    def sql(self) -> str:
        """Say it in SQL; a date is an ISO 8601 literal, which compares as a date and as text."""
        limit = literal(moment(self.limit)) if self.column.dates else repr(self.limit).removesuffix(".0")
        return f"{identifier(self.column.name)} {'>' if self.above else '<='} {limit}"


@dataclass(frozen=True, slots=True)
class Value:
    """The column's value is this whole number, as 1 of a column of 0 and 1."""

    column: NumericColumn
    value: float

    def mask(self, rows: Rows | slice = EVERYONE) -> Mask:
        """Tell who of these rows meets it, (n_rows,)."""
        return np.asarray(self.column.values[rows] == self.value)

    def predicate(self) -> str:
        """Say it in words, without the column."""
        return f"is {int(self.value):,}"

    def sql(self) -> str:
        """Say it in SQL."""
        return f"{identifier(self.column.name)} = {int(self.value)}"


@dataclass(frozen=True, slots=True)
class Level:
    """The column's category is this one, or is another one; `code` -1 stands for missing."""

    column: CategoricalColumn
    code: int
    holds: bool

    def mask(self, rows: Rows | slice = EVERYONE) -> Mask:
        """Tell who of these rows meets it, (n_rows,). Missing is a level of its own: another one than all."""
        codes = self.column.codes[rows]
        return np.asarray(codes == self.code if self.holds else codes != self.code)

    def predicate(self) -> str:
        """Say it in words, without the column."""
        said = "missing" if self.code < 0 else level_text(self.column.categories[self.code])
        return f"is {said}" if self.holds else f"is not {said}"

    def sql(self) -> str:
        """Say it in SQL."""
        name = identifier(self.column.name)
        if self.code < 0:
            return f"{name} IS {'' if self.holds else 'NOT '}NULL"
        value = literal(self.column.categories[self.code])
        if self.holds:
            return f"{name} = {value}"
        # In SQL a comparison with a missing value is neither true nor false.
        missing = bool((self.column.codes < 0).any())
        return f"({name} <> {value} OR {name} IS NULL)" if missing else f"{name} <> {value}"


Condition: TypeAlias = Bound | Value | Level


def text(conditions: Sequence[Condition]) -> str:
    """Say conditions in words, a column once: "age above 30, at most 50 and plan is not Pro"."""
    said: dict[str, list[str]] = {}
    for condition in conditions:
        said.setdefault(condition.column.name, []).append(condition.predicate())
    return " and ".join(f"{tidy(name)} {', '.join(predicates)}" for name, predicates in said.items())


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"
