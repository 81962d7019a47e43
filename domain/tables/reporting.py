"""Tells what an import did: the report, and the columns as clients see them."""

from collections.abc import Iterator, Sequence

from domain.tables.columns.describing import Looks
from domain.tables.columns.roles import Guess
from domain.tables.files.sources import Head
from domain.tables.passing import Passed
from domain.tables.planning import Plan
from domain.terms.columns import Column
from domain.terms.imports import ImportReport, ImportWarning
from domain.terms.readings import Kind


def columns_of(
    head: Head, plan: Plan, looks: Sequence[Looks], guesses: Sequence[Guess]
) -> tuple[Column, ...]:
    """Describe the columns."""
    return tuple(
        Column(
            name=name,
            role=guess.role,
            role_reason=guess.reason,
            missing_count=seen.missing_count,
            distinct_count=seen.frequencies.distinct_count,
            numeric=seen.numeric,
            top_values=seen.frequencies.top_values,
            all_dates=reading.kind is Kind.DATES,
            original_name=original if original != name else "",
            approximate=seen.approximate,
        )
        for name, original, reading, seen, guess in zip(
            head.names, head.original_names, plan.readings, looks, guesses, strict=True
        )
    )


def report(
    head: Head, plan: Plan, passed: Passed, identifier: str | None, more: Sequence[ImportWarning]
) -> ImportReport:
    """Sum up what was read, and everything that was changed, guessed or left out."""
    return ImportReport(
        format=head.format,
        encoding=head.encoding,
        encoding_confidence=head.encoding_confidence,
        delimiter=head.delimiter,
        quote=head.quote,
        decimal=plan.decimal,
        has_header=head.has_header,
        sheet=head.sheet,
        identifier_column=identifier,
        rows_read=passed.row_count + passed.ledger.rejected_count,
        rows_rejected=passed.ledger.rejected_count,
        rejected_rows=passed.ledger.rejected_rows,
        warnings=(*head.warnings, *passed.ledger.warnings(), *_about_columns(head, plan, passed), *more),
    )


def _about_columns(head: Head, plan: Plan, passed: Passed) -> Iterator[ImportWarning]:
    for name, decision, tally in zip(head.names, plan.decisions, passed.tallies, strict=True):
        for note in decision.notes:
            yield tally.warning(name, note, passed.row_number)
        yield from tally.warnings(name, passed.row_number)
