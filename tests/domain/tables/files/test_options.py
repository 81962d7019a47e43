"""Options that mean nothing are told before the file is looked at."""

import pytest

from domain.errors import DomainError
from domain.tables.files.options import check_options, in_force
from domain.terms.imports import TableOptions


def told(mistakes: list[DomainError]) -> list[tuple[str, str]]:
    assert all(mistake.path[:2] == ("input", "options") for mistake in mistakes)
    return [(mistake.path[-1], mistake.message) for mistake in mistakes]


@pytest.mark.parametrize(
    "options",
    [
        TableOptions(),
        TableOptions("\t", "utf-8"),
        TableOptions("whitespace", "windows-1252"),
        TableOptions(" ", "UTF-16"),
        TableOptions("¦", "Shift_JIS", missing_values=()),
        TableOptions(missing_values=("n/a",) * 100),
    ],
)
def test_options_that_a_file_can_be_read_by_are_fine(options: TableOptions) -> None:
    assert told(check_options(options)) == []


@pytest.mark.parametrize("delimiter", ["", "ab", ", ", '"', "\n", "\r", "\0", "tabs", "\ud800"])
def test_what_can_separate_no_columns_is_told(delimiter: str) -> None:
    ((path, message),) = told(check_options(TableOptions(delimiter)))
    assert path == "delimiter"
    assert "is not a single character that can stand between cells" in message


@pytest.mark.parametrize("encoding", ["", "utf-9", "base64", "zip", "x" * 10_000, "a\0b", "ü", "idna"])
def test_what_is_no_character_encoding_is_told(encoding: str) -> None:
    ((path, message),) = told(check_options(TableOptions(encoding=encoding)))
    assert path == "encoding"
    assert message.startswith(f'there is no encoding "{encoding[:50]}": give a name such as UTF-8')
    assert len(message) < 200


def test_every_option_that_is_none_is_told() -> None:
    options = TableOptions("", "", missing_values=("x",) * 101)
    assert [path for path, _ in told(check_options(options))] == [
        "delimiter",
        "encoding",
        "missingValues",
    ]


@pytest.mark.parametrize("name", ["tab", "TAB", " tab ", "\\t"])
def test_a_tab_can_be_called_by_its_name(name: str) -> None:
    assert check_options(TableOptions(name)) == []
    assert in_force(TableOptions(name)).delimiter == "\t"
