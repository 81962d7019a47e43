"""Random tables, written in random dialects and formats, come back as they were."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.tables.imported import import_csv
from tests.domain.tables.random_files import (
    WrittenTable,
    delimited_files,
    json_files,
    parquet_files,
    workbooks,
)


def check_round_trip(written: WrittenTable) -> None:
    """Compare names, roles, values with their types, the key and the facts of the report, exactly."""
    imported = import_csv(written.content, options=written.options)
    assert imported.roles == {name: role for name, (role, _) in written.columns.items()}
    assert imported.outcome.identifier == written.identifier
    for name, (_, values) in written.columns.items():
        # 1, 1.0 and "1" are three things to a client.
        assert list(map(repr, imported.values(name))) == list(map(repr, values)), name
    report = imported.outcome.report
    assert {fact: getattr(report, fact) for fact in written.report} == written.report
    assert list(imported.roles) == list(written.columns)


@given(delimited_files())
@settings(max_examples=90)
def test_a_table_of_any_dialect_comes_back_as_it_was(written: WrittenTable) -> None:
    check_round_trip(written)


@given(st.one_of(workbooks(), parquet_files(), json_files()))
@settings(max_examples=60)
def test_a_table_of_any_other_format_comes_back_as_it_was(written: WrittenTable) -> None:
    check_round_trip(written)
