"""A table is read by what its first rows promise, and by all of them where that does not hold."""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
import pytest

from domain.errors import Refused, TooLarge, UnreadableFile, UnsuitableData
from domain.tables.planning import FIRST_ROWS
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.imports import ImportLimits, ImportWarningCode, TableOptions
from domain.terms.readings import READINGS, DateOrder, DecimalMark, Reading, noted
from tests.domain.tables.imported import ImportedTable

ReadFile = Callable[..., ImportedTable]
IDENTIFIER, NUMERIC, CATEGORICAL, DATETIME, TEXT, IGNORED = ColumnRole
FIRST = FIRST_ROWS + 1_000
"""More rows than are looked at before the reading begins."""


def written(*columns: Iterable[object], header: str = "x,group") -> str:
    rows = "\n".join(",".join(map(str, row)) for row in zip(*columns, strict=True))
    return f"{header}\n{rows}\n"


def groups(count: int) -> list[str]:
    return ["north", "south"] * (count // 2) + ["north"] * (count % 2)


def test_numbers_behind_many_empty_cells_are_numbers(read_csv: ReadFile) -> None:
    values = [""] * FIRST + ["2.5", "3.5", "7"]
    imported = read_csv(written(values, groups(len(values))))
    assert imported.roles["x"] is NUMERIC
    assert imported.values("x")[FIRST:] == [2.5, 3.5, 7.0]
    assert imported.column("x").missing_count == FIRST


def test_text_behind_many_numbers_makes_a_column_of_text(read_csv: ReadFile) -> None:
    values = [str(each % 90) for each in range(FIRST)] + ["many", "few"] * 1_000
    imported = read_csv(written(values, groups(len(values))))
    assert imported.roles["x"] is CATEGORICAL
    assert imported.values("x") == values


def test_a_few_odd_cells_behind_many_numbers_are_rejected_and_told(read_csv: ReadFile) -> None:
    values = [str(each % 90 + 0.5) for each in range(FIRST)] + ["n.b.", "1e999"]
    imported = read_csv(written(values, groups(len(values))))
    assert imported.roles["x"] is NUMERIC
    assert imported.values("x")[-3:] == [(FIRST - 1) % 90 + 0.5, None, None]
    (odd,) = imported.warnings(ImportWarningCode.NOT_A_NUMBER)
    assert (odd.column, odd.row, odd.count) == ("x", FIRST + 1, 1)
    (large,) = imported.warnings(ImportWarningCode.OUT_OF_RANGE)
    assert (large.column, large.row, large.count) == ("x", FIRST + 2, 1)


def test_leading_zeros_behind_many_numbers_survive(read_csv: ReadFile) -> None:
    values = [str(each % 90 + 10) for each in range(FIRST)] + ["007"] * 3
    imported = read_csv(written(values, groups(len(values))))
    assert imported.values("x") == values


def test_a_day_above_twelve_behind_many_ambiguous_dates_decides_them(read_csv: ReadFile) -> None:
    values = [f"{each % 12 + 1:02}/{each % 11 + 1:02}/2024" for each in range(FIRST)] + ["31/01/2024"]
    imported = read_csv(written(values, groups(len(values))))
    assert imported.roles["x"] is DATETIME
    assert imported.values("x")[-1] == "31/01/2024"
    assert imported.warnings(ImportWarningCode.DATE_AMBIGUOUS) == []
    assert readings(imported)["x"].dates is DateOrder.DAY_MONTH_YEAR


def test_a_fraction_behind_many_ambiguous_numbers_decides_them(read_csv: ReadFile) -> None:
    values = [f'"{each % 90 + 1},{each % 900 + 100}"' for each in range(FIRST)] + ['"1,5"']
    imported = read_csv(written(values, groups(len(values))))
    assert imported.values("x")[:1] == [1.1]
    assert imported.values("x")[-1] == 1.5
    assert imported.outcome.report.decimal is DecimalMark.COMMA
    assert imported.warnings(ImportWarningCode.NUMBER_AMBIGUOUS) == []


def readings(imported: ImportedTable) -> dict[str, Reading]:
    return {name: column.reading for name, column in noted(imported.notes[READINGS]).items()}


def test_keys_that_are_numbers_come_back_as_they_were_written(read_csv: ReadFile) -> None:
    keys = [f"{each + 1}.0" for each in range(50)]
    imported = read_csv(written(keys, groups(50), header="customer_id,group"))
    assert imported.outcome.identifier == "customer_id"
    assert imported.values("customer_id") == keys


def test_plain_whole_keys_are_stored_as_numbers_and_seen_as_text(read_csv: ReadFile) -> None:
    imported = read_csv(written(range(1, 51), groups(50), header="customer_id,group"))
    assert imported.values("customer_id") == [str(each) for each in range(1, 51)]
    assert str(imported.stored.schema.field("customer_id").type) == "double"


def test_a_copy_of_a_column_is_ignored_and_names_the_first(read_csv: ReadFile) -> None:
    values = [each % 7 + 0.25 for each in range(60)]
    imported = read_csv(written(values, groups(60), values, groups(60), header="x,group,again,region"))
    assert imported.roles == {"x": NUMERIC, "group": CATEGORICAL, "again": IGNORED, "region": IGNORED}
    assert imported.column("again").role_reason == 'the same values as in column "x"'
    assert imported.values("again") == [str(value) for value in values]


def test_a_column_that_differs_in_one_row_is_no_copy(read_csv: ReadFile) -> None:
    values = [each % 7 for each in range(70)]
    swapped = [values[1], values[0], *values[2:]]
    imported = read_csv(written(values, swapped, header="x,y"))
    assert imported.roles == {"x": NUMERIC, "y": NUMERIC}


def test_a_role_given_to_a_copy_wins(read_csv: ReadFile) -> None:
    values = [each % 7 for each in range(70)]
    imported = read_csv(written(values, values, header="x,y"), [RoleOverride("y", NUMERIC)])
    assert imported.roles == {"x": NUMERIC, "y": NUMERIC}
    assert imported.column("y").role_reason == (
        'given; by its values it would be IGNORED: the same values as in column "x"'
    )


def test_the_statistics_are_those_of_pandas(read_csv: ReadFile) -> None:
    chance = np.random.default_rng(3)
    numbers = np.round(chance.lognormal(3, 1, FIRST), 2)
    missing = chance.random(FIRST) < 0.1
    cells = ["" if gone else repr(float(number)) for number, gone in zip(numbers, missing, strict=True)]
    column = read_csv(written(cells, groups(FIRST))).column("x")
    frame = pd.Series(numbers).mask(missing)
    found = column.numeric
    assert found is not None
    assert (found.min, found.max, found.median) == (frame.min(), frame.max(), frame.median())
    assert found.mean == pytest.approx(frame.mean(), rel=1e-13)
    assert found.standard_deviation == pytest.approx(frame.std(), rel=1e-13)
    assert found.skewness == pytest.approx(frame.skew(), rel=1e-10)
    assert [each.value for each in found.quantiles] == pytest.approx(
        [frame.quantile(each.share) for each in found.quantiles], rel=1e-14
    )
    assert sum(found.histogram.counts) == frame.count()
    counted = np.histogram(frame.dropna(), np.array(found.histogram.edges))[0]
    assert found.histogram.counts == tuple(counted.tolist())
    assert (column.distinct_count, column.missing_count) == (frame.nunique(), missing.sum())
    assert column.approximate is False


def test_the_wanted_identifier_gives_the_keys(read_csv: ReadFile) -> None:
    table = written(range(1, 41), [f"M{each}" for each in range(40)], groups(40), header="id,mail,group")
    wanted = read_csv(table, options=TableOptions(identifier_column="mail"))
    assert (wanted.outcome.identifier, wanted.outcome.report.identifier_column) == ("mail", "mail")
    assert read_csv(table).outcome.identifier == "id"


def test_a_wanted_identifier_that_repeats_is_told_and_not_used(read_csv: ReadFile) -> None:
    table = written(range(1, 41), groups(40), [1, 2, 3, 4] * 10, header="id,group,visits")
    imported = read_csv(table, options=TableOptions(identifier_column="group"))
    assert imported.outcome.identifier is None
    assert imported.roles["group"] is IDENTIFIER
    (told,) = imported.warnings(ImportWarningCode.IDENTIFIER_NOT_USED)
    assert told.message == (
        'column "group" has 2 different values in 40 rows, 0 of them empty: '
        "Customer.key is the row number instead"
    )


def test_wishes_that_contradict_each_other_are_refused_together(read_csv: ReadFile) -> None:
    table = written(range(1, 41), groups(40))
    with pytest.raises(Refused) as caught:
        read_csv(
            table,
            [RoleOverride("x", NUMERIC), RoleOverride("group", NUMERIC)],
            options=TableOptions(identifier_column="x"),
        )
    assert [(each.path, str(each)) for each in caught.value.exceptions] == [  # type: ignore[union-attr]  # flat
        (
            ("input", "options", "identifierColumn"),
            'column "x" can\'t be IDENTIFIER: it is given the role NUMERIC too',
        ),
        (("input", "columns", "1", "role"), str(caught.value.exceptions[1])),
    ]
    with pytest.raises(Refused) as unknown:
        read_csv(table, options=TableOptions(identifier_column="key"))
    assert str(unknown.value.exceptions[0]) == 'there is no column "key"; the columns are "x", "group"'


def test_a_table_longer_than_the_limit_is_refused_by_the_name_of_the_setting(read_csv: ReadFile) -> None:
    limits = ImportLimits(max_rows=FIRST - 1, max_columns=2, max_cell_length=10)
    with pytest.raises(TooLarge, match="SEGMENTGRAPH_MAX_ROWS"):
        read_csv(written(range(FIRST), groups(FIRST)), limits=limits)
    with pytest.raises(TooLarge, match="SEGMENTGRAPH_MAX_COLUMNS"):
        read_csv("a,b,c\n1,2,3\n4,5,6\n", limits=limits)
    with pytest.raises(TooLarge, match="cell of row 2 is longer than the 10 characters"):
        read_csv(f"a,b\n1,2\n{'x' * 11},2\n", limits=limits)


def test_a_header_without_rows_has_nothing_to_import(read_csv: ReadFile) -> None:
    with pytest.raises(UnsuitableData, match="a header but no rows"):
        read_csv("a,b\n")
    with pytest.raises(UnsuitableData, match="a header but no rows"):
        read_csv("a,b\n,\n\n")


def test_one_row_that_does_not_fit_never_refuses_a_file_and_more_may(read_csv: ReadFile) -> None:
    imported = read_csv("a,b\n1,x\n2,y\nTotal\n")
    assert [(each.row, each.reason) for each in imported.outcome.report.rejected_rows] == [
        (3, "1 cell instead of 2")
    ]
    limits = ImportLimits(max_rows=100, max_columns=9, max_cell_length=99, max_rejected_share=0.2)
    rows = "".join(f"{each},x\n" for each in range(8))
    assert read_csv(f"a,b\n{rows}Total\nTotal\n", limits=limits).outcome.report.rows_rejected == 2
    with pytest.raises(UnreadableFile, match="3 of 11 rows can't be used, the first of them row 9"):
        read_csv(f"a,b\n{rows}Total\nTotal\nTotal\n", limits=limits)


@pytest.mark.parametrize("rest", ["\n" * 30, "1,2,3\n" * 30, " , \n" * 30])
def test_rows_that_are_left_out_count_towards_the_limit(read_csv: ReadFile, rest: str) -> None:
    limits = ImportLimits(max_rows=10, max_columns=2, max_cell_length=10)
    with pytest.raises(TooLarge, match="more than 10 rows, the most that SEGMENTGRAPH_MAX_ROWS allows"):
        read_csv(f"a,b\n1,x\n2,y\n{rest}", limits=limits)


def test_a_row_of_names_over_rows_of_any_width_is_refused_as_ragged(read_csv: ReadFile) -> None:
    rows = "".join(",".join("v" * (width % 9 + 4)) + "\n" for width in range(40))
    with pytest.raises(UnreadableFile, match="40 of 40 rows can't be used, the first of them row 1: 4 cells"):
        read_csv(f"a,b,c\n{rows}")


def test_every_option_is_echoed_in_the_report_though_no_cell_shows_it(read_csv: ReadFile) -> None:
    options = TableOptions(
        delimiter=";",
        encoding="latin-1",
        decimal=DecimalMark.COMMA,
        has_header=True,
        identifier_column="id",
    )
    report = read_csv("id;x\n7;1\n5;2\n9;2\n", options=options).outcome.report
    assert (report.delimiter, report.decimal, report.has_header) == (";", DecimalMark.COMMA, True)
    assert (report.encoding, report.encoding_confidence) == ("ISO-8859-1", 1.0)
    assert report.identifier_column == "id"
