"""Rules that a database can run."""

import sqlite3

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.learning.explaining.rules import plainest, plainest_day, rules
from domain.learning.explaining.wording import moment
from domain.learning.preparing.columns import CategoricalColumn, NumericColumn, SourceColumn
from domain.learning.progress import unwatched
from domain.terms.arrays import Labels
from domain.terms.segments import SegmentRule


def told(column: SourceColumn, row: int) -> float | str | None:
    if isinstance(column, CategoricalColumn):
        return column.categories[column.codes[row]] if column.codes[row] >= 0 else None
    value = float(column.values[row])
    if np.isnan(value):
        return None
    return moment(value) if column.dates else value


def found_by_sqlite(columns: list[SourceColumn], labels: Labels, rule: SegmentRule) -> list[int]:
    """Run a rule on the table: the labels of the rows that it finds."""
    connection = sqlite3.connect(":memory:")
    names = ", ".join('"' + column.name.replace('"', '""') + '"' for column in columns)
    connection.execute(f"CREATE TABLE customers ({names}, label)")
    rows = [(*(told(column, row) for column in columns), int(labels[row])) for row in range(len(labels))]
    marks = ", ".join("?" * (len(columns) + 1))
    connection.executemany(f"INSERT INTO customers VALUES ({marks})", rows)  # noqa: S608  # our own names
    answer = connection.execute(f"SELECT label FROM customers WHERE {rule.sql}").fetchall()  # noqa: S608  # our own rule
    connection.close()
    return [label for (label,) in answer]


def test_a_bound_that_parts_two_clusters_is_a_plain_number() -> None:
    spend = NumericColumn("Monthly spend", np.array([10.0, 21.5, 23.0, 58.25, 71.0, 93.0]))
    low, high = rules([spend], np.array([0, 0, 0, 1, 1, 1]), 0, unwatched)
    assert low == SegmentRule("Monthly spend at most 40", '"Monthly spend" <= 40', 1.0, 1.0)
    assert high == SegmentRule("Monthly spend above 40", '"Monthly spend" > 40', 1.0, 1.0)


def test_a_bound_that_leaves_one_value_is_said_as_that_value() -> None:
    labels = np.repeat([0, 1], 30)
    senior = NumericColumn("SeniorCitizen", labels.astype(np.float64))
    no, yes = rules([senior], labels, 0, unwatched)
    assert no == SegmentRule("SeniorCitizen is 0", '"SeniorCitizen" = 0', 1.0, 1.0)
    assert yes == SegmentRule("SeniorCitizen is 1", '"SeniorCitizen" = 1', 1.0, 1.0)
    assert found_by_sqlite([senior], labels, yes) == [1] * 30
    orders = NumericColumn("orders", np.concatenate([np.ones(30), np.arange(2.0, 32.0)]))
    once, often = rules([orders], labels, 0, unwatched)
    assert once == SegmentRule("orders is 1", '"orders" = 1', 1.0, 1.0)
    assert often == SegmentRule("orders above 1", '"orders" > 1', 1.0, 1.0)


def test_a_range_names_its_column_once_and_begins_with_its_lower_end() -> None:
    age = NumericColumn("age", np.arange(15.0, 75.0))
    _, middle = rules([age], ((age.values > 30) & (age.values <= 50)).astype(np.int64), 0, unwatched)
    assert middle == SegmentRule("age above 30, at most 50", '"age" > 30 AND "age" <= 50', 1.0, 1.0)


def test_of_columns_that_say_the_same_the_first_is_asked() -> None:
    codes = np.tile([0, 1, 2], 20)
    internet = CategoricalColumn("internet", codes, ("No", "DSL", "Fiber"))
    backup = CategoricalColumn("backup", np.minimum(codes, 1), ("No internet", "Yes"))
    for seed in range(5):
        found = rules([internet, backup], (codes == 0).astype(np.int64), seed, unwatched)[1]
        assert found is not None
        assert found.text == "internet is No"


def test_names_and_values_are_quoted() -> None:
    column = CategoricalColumn('the "plan"', np.array([0, 0, 1, 1]), ("Editor's", "x"))
    first, second = rules([column], np.array([0, 0, 1, 1]), 0, unwatched)
    assert first is not None
    assert second is not None
    assert first.sql == '"the ""plan""" = \'Editor\'\'s\''
    assert second.sql == '"the ""plan""" = \'x\''
    assert found_by_sqlite([column], np.array([0, 0, 1, 1]), first) == [0, 0]


def test_a_level_that_is_a_long_text_is_cut_in_words_and_whole_in_sql() -> None:
    letter, codes = "x" * 100_000, np.repeat([0, 1], 30)
    (rule, _) = rules([CategoricalColumn("plan", codes, (letter, "Free"))], codes, 0, unwatched)
    assert rule is not None
    assert (rule.text, rule.sql) == (f"plan is {'x' * 99}…", f"\"plan\" = '{letter}'")


def test_missing_and_dates_are_said_in_sql() -> None:
    labels = np.repeat([0, 1], 30)
    plan = CategoricalColumn("plan", np.repeat([-1, 0], 30), ("x",))
    (rule, _) = rules([plan], labels, 0, unwatched)
    assert rule is not None
    assert (rule.text, rule.sql) == ("plan is missing", '"plan" IS NULL')
    assert found_by_sqlite([plan], labels, rule) == [0] * 30
    since = NumericColumn("since", np.repeat([19000.0, 19783.0], 30), dates=True)
    (early, late) = rules([since], labels, 0, unwatched)
    assert early == SegmentRule("since until 2023-02-03", "\"since\" <= '2023-02-03'", 1.0, 1.0)
    assert late == SegmentRule("since after 2023-02-03", "\"since\" > '2023-02-03'", 1.0, 1.0)


def test_a_level_that_a_segment_lacks_is_excluded_missing_ones_kept() -> None:
    # One cluster has every level but "a", and missing; no level alone finds most of it.
    codes = np.concatenate([np.zeros(40, dtype=np.int64), np.repeat([1, 2, 3, -1], 15)])
    labels = np.repeat([0, 1], [40, 60])
    plan = CategoricalColumn("plan", codes, ("a", "b", "c", "d"))
    _, rule = rules([plan], labels, 0, unwatched)
    assert rule == SegmentRule("plan is not a", '("plan" <> \'a\' OR "plan" IS NULL)', 1.0, 1.0)
    assert found_by_sqlite([plan], labels, rule) == [1] * 60


def test_precision_and_coverage_are_what_a_database_finds() -> None:
    random = np.random.default_rng(0)
    labels = np.sort(random.integers(0, 4, 600))
    codes = np.where(random.random(600) < 0.6, labels % 3, random.integers(-1, 3, 600))
    columns: list[SourceColumn] = [
        NumericColumn("a", np.where(random.random(600) < 0.1, np.nan, labels + random.normal(size=600))),
        NumericColumn("b c", (labels == 2) * 3e9 + random.normal(size=600) * 1e9),
        NumericColumn("day", np.round(19000 + labels * 40 + random.normal(size=600) * 30, 3), dates=True),
        CategoricalColumn('d"e', codes, ("it's", "two", "")),
    ]
    found = rules(columns, labels, 0, unwatched)
    assert len(found) == 4
    for cluster, rule in enumerate(found):
        assert rule is not None
        rows = found_by_sqlite(columns, labels, rule)
        assert rule.precision == rows.count(cluster) / len(rows)
        assert rule.coverage == rows.count(cluster) / int((labels == cluster).sum())
        assert rule.precision > float((labels == cluster).mean())
        assert rule.sql.count(" AND ") <= 2


def test_there_is_no_rule_where_no_column_tells_anything() -> None:
    constant = NumericColumn("a", np.full(40, 7.0))
    assert rules([constant], np.repeat([0, 1], 20), 0, unwatched) == (None, None)
    empty = NumericColumn("a", np.full(40, np.nan))
    assert rules([empty], np.repeat([0, 1], 20), 0, unwatched) == (None, None)


@pytest.mark.parametrize(
    ("low", "high", "between"),
    [(0, 1, 0), (3, 4, 3), (37, 80, 50), (1017, 1023, 1020), (0.12, 0.19, 0.15), (-5, 5, 0), (-7, -6, -7)],
)
def test_a_plain_number_is_found_between_two(low: float, high: float, between: float) -> None:
    assert plainest(low, high) == between


@given(low=st.floats(-1e15, 1e15), high=st.floats(-1e15, 1e15))
def test_the_plainest_number_parts_its_neighbours(low: float, high: float) -> None:
    low, high = min(low, high), max(low, high)
    if low < high:
        assert low <= plainest(low, high) < high
        assert low <= plainest_day(low, high) < high


def test_a_moment_between_two_is_midnight_or_else_a_whole_hour() -> None:
    assert plainest_day(19000.0, 19010.0) == 19005
    assert plainest_day(19000.25, 19000.75) == 19000.5
