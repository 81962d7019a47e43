"""What columns are taken for, why, and what a client may make of them instead."""

import random
from collections.abc import Callable, Sequence

import pytest

from domain.errors import Invalid, Refused, UnsuitableData
from domain.terms.columns import Column, ColumnRole, RoleOverride
from tests.domain.tables.imported import ImportedTable

ReadCsv = Callable[..., ImportedTable]
IDENTIFIER, NUMERIC, CATEGORICAL, DATETIME, TEXT, IGNORED = ColumnRole


@pytest.fixture
def column(read_csv: ReadCsv) -> Callable[[str, Sequence[object]], Column]:
    """Import one column, beside one that can be clustered."""

    def described(name: str, values: Sequence[object]) -> Column:
        rows = "".join(f'"{value}",{index % 7}.5\n' for index, value in enumerate(values))
        return read_csv(f'"{name}",other\n{rows}').outcome.columns[0]

    return described


DescribeColumn = Callable[[str, Sequence[object]], Column]
CHANCE = random.Random(5)  # noqa: S311  # made-up customers, no secrets
INCOMES = CHANCE.sample(range(20_000, 200_000), 400)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("customerID", [f"{n:04d}-ABCDE" for n in range(400)]),
        ("whatever", [f"C-{n}" for n in range(400)]),
        ("contact", [f"someone{n}@example.org" for n in range(400)]),
        ("key", [f"7c9e6679-7425-40de-944b-e07fc1f9{n:04x}" for n in range(400)]),
        ("zahl", [f"{n:05d}" for n in range(400)]),
        ("n", range(1, 401)),
        ("n", range(400)),
        ("n", CHANCE.sample(range(5000, 5400), 400)),
        ("id", INCOMES),
        ("customer_id", INCOMES),
        ("CustomerId", INCOMES),
        ("userid", INCOMES),
        ("Customer Number", INCOMES),
        ("account no.", INCOMES),
        ("Kundennummer", INCOMES),
        ("Offer #", INCOMES),
        ("customer", INCOMES),
        ("uuid", INCOMES),
        ("row", range(3)),
        ("loyalty card", [CHANCE.randrange(10**11, 10**12) for _ in range(400)]),
        ("n", CHANCE.sample(range(10**17, 10**18), 400)),
        ("id", [*INCOMES[:-1], ""]),
    ],
)
def test_keys_are_identifiers(column: DescribeColumn, name: str, values: Sequence[object]) -> None:
    assert column(name, values).role is IDENTIFIER


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("annual_income", INCOMES),
        ("annual_income", [income + 0.25 for income in INCOMES]),
        ("id", [income + 0.25 for income in INCOMES]),
        ("paid", INCOMES),
        ("grid", INCOMES),
        ("number of visits", INCOMES),
        ("# of visits", INCOMES),
        ("orders", INCOMES),
        ("identity_score", INCOMES),
        ("age", [20, 21, 22, 23]),
        ("balance", [*range(-200, 200, 3), 5]),
        ("day", [n % 31 + 1 for n in range(400)]),
    ],
)
def test_measurements_are_numeric_though_all_differ(
    column: DescribeColumn, name: str, values: Sequence[object]
) -> None:
    assert column(name, values).role is NUMERIC


@pytest.mark.parametrize(
    ("name", "values", "role"),
    [
        ("churned", [0, 1] * 200, CATEGORICAL),
        ("price band", ["9.99", "19.99"] * 200, CATEGORICAL),
        ("store_id", [100 + n % 12 for n in range(400)], CATEGORICAL),
        ("zip", [10_000 + 37 * (n % 90) for n in range(400)], IDENTIFIER),
        ("customer_id", [1000 + n // 2 for n in range(400)], IDENTIFIER),
        ("customer_id", [f"{n // 2:05d}" for n in range(400)], IDENTIFIER),
        ("region", ["north", "south", "east"] * 5, CATEGORICAL),
        ("region", ["north", "south", "north"], CATEGORICAL),
        ("active", ["Ja", "nein"], CATEGORICAL),
        ("active", ["yes", "No", "YES", "n"], CATEGORICAL),
        ("city", [f"city {n % 50}" for n in range(400)], CATEGORICAL),
        ("city", [f"city {n % 51}" for n in range(400)], TEXT),
        ("country", [f"country {n % 190}" for n in range(4000)], CATEGORICAL),
        ("town", [f"town {n % 201}" for n in range(8000)], TEXT),
        ("remark", [f"says that {n} is fine" for n in range(400)], TEXT),
        ("name", ["Ann", "Bob", "Cid", "Dee"], IGNORED),
        ("name", [f"Ann {n}" for n in range(400)], IGNORED),
        ("Region", [n % 3 + 1 for n in range(400)], CATEGORICAL),
        ("Region", [n % 30 + 1 for n in range(400)], NUMERIC),
        ("children", [n % 3 for n in range(400)], NUMERIC),
        ("InvoiceNo", [f"{536_000 + n // 7}" for n in range(4000)], IDENTIFIER),
        ("who", [f"{n // 3:05}" for n in range(4000)], IDENTIFIER),
        ("who", [f"C-{n // 3}" for n in range(4000)], IDENTIFIER),
        ("name", [f"Ann {n % 20}" for n in range(30)], TEXT),
        ("signup", [f"2020-01-{n % 28 + 1:02d}" for n in range(400)], DATETIME),
        ("id", [f"2020-01-{n + 1:02d}" for n in range(28)], DATETIME),
        ("currency", ["EUR"] * 400, IGNORED),
        ("currency", ["EUR", ""] * 200, IGNORED),
        ("zero", [0] * 400, IGNORED),
        ("nothing", ["", " "] * 200, IGNORED),
    ],
)
def test_other_columns_are_taken_for_what_they_are(
    column: DescribeColumn, name: str, values: Sequence[object], role: ColumnRole
) -> None:
    assert column(name, values).role is role


def test_the_reason_is_in_plain_words(column: DescribeColumn) -> None:
    assert column("customer", INCOMES).role_reason == (
        "all 400 values differ and the name is a key's: looks like an identifier"
    )
    assert column("n", range(1, 401)).role_reason == (
        "all 400 values differ and they count from 1 to 400 without a gap: looks like an identifier"
    )
    assert column("x", ["a", "b"] * 20).role_reason == "2 different values in 40 rows: looks like a category"
    assert column("x", ["EUR"] * 5).role_reason == 'all 5 values are "EUR"'
    assert column("x", ["", " "]).role_reason == "all 2 cells are empty"


TABLE = """id,name,score,flag,at,empty
00012,Ann,1.5,0,2020-1-1,
00013,Bob,2.5,1,2020-01-02,
00014,Bob,4,1,,
"""


def test_the_identifier_is_the_first_unique_and_complete_one(read_csv: ReadCsv) -> None:
    assert read_csv(TABLE).outcome.identifier == "id"
    assert read_csv("id,x\na1,1\n,2\na3,4\n").outcome.identifier is None
    both = "old id,new id,x\na1,b1,1\na1,b2,2\na3,b3,4\n"
    assert read_csv(both).outcome.identifier == "new id"
    assert read_csv("x,y\n1.5,a\n2.5,a\n3,b\n").outcome.identifier is None


def test_overrides_win_and_decide_what_is_stored(read_csv: ReadCsv) -> None:
    roles = [
        RoleOverride("flag", NUMERIC),
        RoleOverride("score", CATEGORICAL),
        RoleOverride("name", IDENTIFIER),
        RoleOverride("id", TEXT),
        RoleOverride("at", DATETIME),
    ]
    imported = read_csv(TABLE, roles)
    columns = {column.name: column for column in imported.outcome.columns}
    assert {override.name: columns[override.name].role for override in roles} == {
        override.name: override.role for override in roles
    }
    assert imported.table["flag"].to_pylist() == [0, 1, 1]
    assert imported.table["score"].to_pylist() == ["1.5", "2.5", "4"]
    assert imported.table["id"].to_pylist() == ["00012", "00013", "00014"]
    # Given, but Bob is there twice.
    assert imported.outcome.identifier is None
    assert columns["flag"].role_reason.startswith("given; by its values it would be CATEGORICAL")
    assert columns["score"].numeric is not None


def test_roles_that_do_not_fit_are_refused_together(read_csv: ReadCsv) -> None:
    roles = [
        RoleOverride("name", NUMERIC),
        RoleOverride("nowhere", TEXT),
        RoleOverride("score", DATETIME),
        RoleOverride("score", TEXT),
        RoleOverride("empty", NUMERIC),
        RoleOverride("at", NUMERIC),
    ]
    with pytest.raises(Refused) as caught:
        read_csv(TABLE, roles)
    mistakes = sorted(caught.value.exceptions, key=lambda each: each.path)  # type: ignore[union-attr]  # flat
    assert all(isinstance(mistake, Invalid) for mistake in mistakes)
    assert [(mistake.path[2:], str(mistake)) for mistake in mistakes] == [  # type: ignore[union-attr]  # flat
        (
            ("0", "role"),
            'column "name" can\'t be NUMERIC: none of its 3 values are numbers; others are such as "Ann"',
        ),
        (
            ("1", "name"),
            'there is no column "nowhere"; the columns are "id", "name", "score", "flag", "at", "empty"',
        ),
        (
            ("2", "role"),
            'column "score" can\'t be DATETIME: none of its 3 values are dates; others are such as "1.5"',
        ),
        (("3", "name"), 'column "score" is given a role twice: here and at place 2'),
        (("4", "role"), 'column "empty" can\'t be NUMERIC: all its cells are empty'),
        (
            ("5", "role"),
            'column "at" can\'t be NUMERIC: none of its 2 values are numbers; others are such as "2020-1-1"',
        ),
    ]


def test_codes_are_numbers_where_the_client_says_so(read_csv: ReadCsv) -> None:
    imported = read_csv(TABLE, [RoleOverride("id", NUMERIC)])
    assert imported.table["id"].to_pylist() == [12, 13, 14]


def test_one_row_is_no_table_to_cluster(read_csv: ReadCsv) -> None:
    with pytest.raises(UnsuitableData, match="the table has one row"):
        read_csv("a,b\n1,2\n")


def test_a_table_without_a_usable_column_is_refused_with_the_reasons(read_csv: ReadCsv) -> None:
    with pytest.raises(UnsuitableData) as caught:
        read_csv("id,same\nA1,x\nA2,x\n")
    assert str(caught.value) == (
        'the table has no column to cluster by: "id" is IDENTIFIER (all 2 values differ and they are short '
        'codes without blanks: looks like an identifier); "same" is IGNORED (all 2 values are "x"). '
        "Add a column of numbers, categories or dates, or give a column such a role"
    )
    assert read_csv("id,same\nA1,x\nA2,x\n", [RoleOverride("same", CATEGORICAL)]).table.num_rows == 2
