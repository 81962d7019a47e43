"""Small files with one trap each, held against the tables that a reader finds in them.

Beside `corpus/<trap>.<ext>` stands `corpus/<trap>.expected.json`, written from reading the file:

- `about`: the trap, in one sentence.
- `options` (fields of TableOptions) and `overrides` (roles by column), where the client gives any.
- either `report` (some fields of ImportReport; `rejected_rows` by their numbers), `identifier`,
  `columns` (all of them, with their values as clients see them, and `original_name` where the
  file has another) and `warnings` (all of them, in any order, each with what matters of it),
- or `error`: its kind, and a part of what it says.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain.errors import DomainError, Refused
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.imports import ImportReport, ImportWarning, TableOptions
from domain.terms.readings import DecimalMark
from tests.domain.tables.imported import ImportedTable, import_csv

CORPUS = Path(__file__).parent / "corpus"
EXPECTED = ".expected.json"
LEAST = 60

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Trap:
    """A file, and what is expected of it."""

    name: str
    content: bytes
    expected: Json

    @property
    def options(self) -> TableOptions:
        given = dict(self.expected.get("options", {}))
        if "decimal" in given:
            given["decimal"] = DecimalMark(given["decimal"])
        if "missing_values" in given:
            given["missing_values"] = tuple(given["missing_values"])
        return TableOptions(**given)

    @property
    def overrides(self) -> list[RoleOverride]:
        given = self.expected.get("overrides", {})
        return [RoleOverride(name, ColumnRole(role)) for name, role in given.items()]


def table_files() -> list[Path]:
    return sorted(path for path in CORPUS.iterdir() if not path.name.endswith(EXPECTED))


def expectation(path: Path) -> Path:
    return path.with_name(path.stem + EXPECTED)


@pytest.fixture(params=table_files(), ids=lambda path: path.stem)
def trap(request: pytest.FixtureRequest) -> Trap:
    path: Path = request.param
    return Trap(path.stem, path.read_bytes(), json.loads(expectation(path).read_text("utf-8")))


def test_every_trap_is_read_as_its_reader_would(trap: Trap) -> None:
    try:
        imported = import_csv(trap.content, trap.overrides, options=trap.options)
    except (DomainError, Refused) as error:
        differences = differences_of_error(error, trap.expected)
    else:
        differences = [*differences_of_table(imported, trap.expected)]
    if differences:
        pytest.fail("\n".join([f"{trap.name}: {trap.expected['about']}", *differences]), pytrace=False)


def differences_of_error(error: DomainError | Refused, expected: Json) -> list[str]:
    mistakes = error.exceptions if isinstance(error, Refused) else (error,)
    got = [(type(each).__name__, str(each)) for each in mistakes]
    wanted = expected.get("error")
    if wanted is None:
        return [f"refused: {got}"]
    if any(kind == wanted["kind"] and wanted["says"] in message for kind, message in got):
        return []
    return [f"refused: {got}, wanted {wanted}"]


def differences_of_table(imported: ImportedTable, expected: Json) -> Iterator[str]:
    if "error" in expected:
        yield f"read: {imported.outcome.columns}, wanted {expected['error']}"
        return
    for name, wanted in expected["report"].items():
        yield from difference(f"report.{name}", report_field(imported.outcome.report, name), wanted)
    yield from difference("identifier", imported.outcome.identifier, expected["identifier"])
    got, columns = list(imported.roles), expected["columns"]
    yield from difference("columns", got, [column["name"] for column in columns])
    for column in columns:
        if column["name"] in got:
            yield from differences_of_column(imported, column)
    yield from differences_of_warnings(imported.outcome.report.warnings, expected["warnings"])


def report_field(report: ImportReport, name: str) -> object:
    if name == "rejected_rows":
        return [rejected.row for rejected in report.rejected_rows]
    return getattr(report, name)


def differences_of_column(imported: ImportedTable, wanted: Json) -> Iterator[str]:
    name = wanted["name"]
    column = imported.column(name)
    yield from difference(f"role of {name!r} ({column.role_reason})", column.role, wanted["role"])
    yield from difference(f"original name of {name!r}", column.original_name, wanted.get("original_name", ""))
    values = imported.values(name)
    # 1, 1.0 and "1" are three things to a client.
    if repr(values) != repr(wanted["values"]):
        yield f"values of {name!r}: {values}, wanted {wanted['values']}"


def differences_of_warnings(got: tuple[ImportWarning, ...], wanted: list[Json]) -> Iterator[str]:
    codes = Counter(str(warning.code) for warning in got)
    wanted_codes = Counter(warning["code"] for warning in wanted)
    yield from (f"warning not expected: {code}" for code in (codes - wanted_codes).elements())
    yield from (f"warning missing: {code}" for code in (wanted_codes - codes).elements())
    for warning in wanted:
        same = [each for each in got if each.code == warning["code"]]
        if same and not any(fits(each, warning) for each in same):
            yield f"warning {same}, wanted {warning}"


def fits(warning: ImportWarning, wanted: Json) -> bool:
    return all(getattr(warning, name) == value for name, value in wanted.items())


def difference(what: str, got: object, wanted: object) -> Iterator[str]:
    if got != wanted or isinstance(got, bool) is not isinstance(wanted, bool):
        yield f"{what}: {got!r}, wanted {wanted!r}"


def test_each_of_many_files_has_its_expectation_and_no_expectation_is_without_its_file() -> None:
    files = table_files()
    names = [path.stem for path in files]
    assert len(files) >= LEAST
    assert len(set(names)) == len(names)
    assert {path.name for path in CORPUS.glob("*" + EXPECTED)} == {name + EXPECTED for name in names}
    assert all(json.loads(expectation(path).read_text("utf-8"))["about"] for path in files)
