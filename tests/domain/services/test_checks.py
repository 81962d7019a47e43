"""What is wrong with a request is found before anything is written, all of it, each at its place."""

from collections.abc import Iterable

import pytest

from domain.errors import DomainError
from domain.services import checks
from domain.terms.columns import Column, ColumnRole, RoleOverride, ValueCount
from tests.domain.services.rows import AGES

COLUMNS = (
    Column("age", ColumnRole.NUMERIC, "", 0, 10, AGES, (ValueCount("41", 3),)),
    Column("since", ColumnRole.IGNORED, "", 0, 10, None, (), all_dates=True),
    Column("plan", ColumnRole.CATEGORICAL, "", 0, 3, None, (ValueCount("free", 7), ValueCount("paid", 3))),
    Column("note", ColumnRole.IGNORED, "", 10, 0, None, ()),
)

AGAIN = "Upload the file again with this role: where at least half are, the others are taken as missing"


def told(mistakes: Iterable[DomainError]) -> list[tuple[str, str]]:
    return [(".".join(mistake.path), mistake.message) for mistake in mistakes]


@pytest.mark.parametrize("name", ["a", "Größe 🎉", "x" * 10, " padded "])
def test_a_name_that_people_can_read_is_fine(name: str) -> None:
    assert told(checks.name_mistakes(name, 10, ["input", "name"])) == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "the name is empty: give it at least one character"),
        ("\t\n ", "the name is empty: give it at least one character"),
        ("x" * 10_000, "the name has 10,000 characters: 10 at most"),
        ("a\x07", "the name holds control characters: leave them out"),
        ("a\ud800", "the name holds control characters: leave them out"),
    ],
)
def test_a_name_that_is_none_is_told_why(name: str, message: str) -> None:
    assert told(checks.name_mistakes(name, 10, ["input", "name"])) == [("input.name", message)]


def test_every_column_that_is_given_a_role_twice_is_told() -> None:
    twice = [RoleOverride(name, ColumnRole.TEXT) for name in ("a", "b", "a", "b", "a")]
    assert told(checks.override_mistakes(twice)) == [
        ("input.columns.2.name", 'column "a" is given a role twice: here and at place 0'),
        ("input.columns.3.name", 'column "b" is given a role twice: here and at place 1'),
        ("input.columns.4.name", 'column "a" is given a role twice: here and at place 0'),
    ]


def test_every_role_that_does_not_fit_its_column_is_told() -> None:
    wanted = [("plan", "NUMERIC"), ("note", "NUMERIC"), ("age", "DATETIME"), ("Age", "TEXT")]
    overrides = [RoleOverride(name, ColumnRole(role)) for name, role in wanted]
    assert sorted(told(checks.role_mistakes(overrides, COLUMNS))) == [
        (
            "input.columns.0.role",
            f'column "plan" can\'t be NUMERIC: not all of its values are numbers. {AGAIN}',
        ),
        ("input.columns.1.role", 'column "note" can\'t be NUMERIC: its values are all missing'),
        (
            "input.columns.2.role",
            f'column "age" can\'t be DATETIME: not all of its values are dates. {AGAIN}',
        ),
        (
            "input.columns.3.name",
            'there is no column "Age"; the columns are "age", "since", "plan", "note"',
        ),
    ]


def test_roles_that_fit_are_fine() -> None:
    wanted = [("age", role) for role in ColumnRole if role is not ColumnRole.DATETIME]
    fitting = [RoleOverride(*pair) for pair in [*wanted, ("since", ColumnRole.DATETIME)]]
    assert told(checks.role_mistakes(fitting, COLUMNS)) == []


def test_a_mistake_repeats_no_more_of_a_long_name_than_people_read() -> None:
    wrong = [RoleOverride("x" * 10_000, ColumnRole.TEXT)] * 2
    mistakes = [*checks.override_mistakes(wrong), *checks.role_mistakes(wrong, COLUMNS)]
    assert len(mistakes) == 3
    assert max(len(message) for _, message in told(mistakes)) < 200


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("june.csv", "june.csv"),
        ("x" * 199 + ".csv", "x" * 199 + "."),
        ("ü" * 255, "ü" * 200),
        ("x" * 199 + " y.csv", "x" * 199),
        (" june\x07\n.csv ", "june.csv"),
        ("\ud800.csv", ".csv"),
        (" \t", "customers"),
        ("", "customers"),
    ],
)
def test_whatever_a_file_is_called_a_dataset_can_be_called_after_it(filename: str, name: str) -> None:
    assert checks.name_of_file(filename, 200) == name
    assert told(checks.name_mistakes(name, 200, ["input", "name"])) == []


@pytest.mark.parametrize(("rows", "fine"), [(1, True), (100, True), (0, False), (101, False), (-1, False)])
def test_a_preview_shows_from_one_row_to_a_hundred(rows: int, fine: bool) -> None:
    mistakes = told(checks.preview_rows_mistakes(rows))
    assert mistakes == ([] if fine else [("input.first", f"{rows} rows: from 1 to 100 can be asked for")])


@pytest.mark.parametrize(
    ("role", "usable"),
    [(role, role in {"NUMERIC", "CATEGORICAL", "DATETIME"}) for role in ColumnRole],
)
def test_there_has_to_be_a_column_to_cluster_by(role: ColumnRole, usable: bool) -> None:
    mistakes = told(checks.usable_columns_mistakes([RoleOverride("age", role)]))
    assert [path for path, _ in mistakes] == ([] if usable else ["input.columns"])
