"""Damaged files end in a table or in a mistake that is told, never in an error of ours."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.errors import DomainError, Refused, UnreadableFile
from domain.terms.imports import TableOptions
from tests.domain.tables.files.opened import opened
from tests.domain.tables.imported import ImportedTable, import_csv

ReadCsv = Callable[..., ImportedTable]
ReadJson = Callable[..., ImportedTable]

GOOD_CSV = "id,name,spend,since\n" + "".join(
    f'C-{n},"Ann, the {n}. ""A""",{n / 4},2020-01-{n % 28 + 1:02d}\n' for n in range(30)
)
GOOD_JSON = json.dumps(
    [{"id": f"C-{n}", "spend": n / 4, "vip": n % 2 == 0, "city": "Köln"} for n in range(30)]
)
PIECES = [
    b'"',
    b",",
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b"\xc3",
    b" ",
    b"-",
    b"1e999",
    b"NaN",
    b";",
    b"[",
    b"}",
    b"\\",
]


def damaged(content: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(content) + 1)
        end = min(len(content), start + chance.choice([0, 0, 1, 3, 40, 2000]))
        content = content[:start] + chance.choice([*PIECES, b"", content[:50]]) + content[end:]
    return content


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_file_is_read_or_refused(read_csv: ReadCsv, read_json: ReadJson, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # made-up damage, no secrets
    outcomes = {"read": 0, "refused": 0}
    for read, good in ((read_csv, GOOD_CSV), (read_json, GOOD_JSON)):
        for _ in range(50):
            content = damaged(good.encode(), chance)
            try:
                imported = read(content)
            except (DomainError, Refused):
                outcomes["refused"] += 1
            else:
                report = imported.outcome.report
                assert imported.table.num_rows == report.rows_read - report.rows_rejected
                outcomes["read"] += 1
    assert min(outcomes.values()) > 5


OPTIONS = [
    *[TableOptions()] * 4,
    TableOptions(delimiter="whitespace"),
    TableOptions(delimiter="§"),
    TableOptions(encoding="utf-16"),
    TableOptions(encoding="shift_jis", has_header=False),
]
GOOD_TEXTS = [
    f"{title}id{mark}name{mark}spend{end}"
    + "".join(f'{n}{mark}"Jörg{mark} der {n}."{mark}{n / 4}{end}' for n in range(30))
    for title in ("", "sep=;\n", "Report of all\n\n")
    for mark, end in ((";", "\r\n"), ("\t", "\n"), (", ", "\r"), ("   ", "\n"))
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_damaged_text_of_any_dialect_is_read_or_refused(encoding: str) -> None:
    chance = random.Random(encoding)  # noqa: S311  # made-up damage, no secrets
    outcomes = {"read": 0, "refused": 0}
    for text in GOOD_TEXTS:
        for _ in range(15):
            content = damaged(text.encode(encoding), chance)
            try:
                table = opened(content, chance.choice(OPTIONS))
            except (DomainError, Refused):
                outcomes["refused"] += 1
            else:
                assert all(len(row) == len(table.names) for row in table.rows)
                outcomes["read"] += 1
    assert min(outcomes.values()) > 5


@pytest.mark.timeout(60)  # it takes a second; looked at from each of its characters, such a cell took hours
@pytest.mark.parametrize("piece", ["9", "9.", "1,", "9 ", "a", "- ", "'", "1:", "2024-01-"])
def test_a_long_cell_is_looked_at_once(piece: str) -> None:
    long = (piece * 90_000)[:90_000]
    rows = [["Oslo", long] if n == 5 else ["Köln", str(n / 4)] for n in range(200)]
    text = "city;spend\n" + "".join(f"{city};{spend}\n" for city, spend in rows)
    for encoding in ("utf-8", "cp1252"):
        assert opened(text.encode(encoding)).rows == rows
        assert import_csv(text.encode(encoding)).values("city")[4:6] == ["Köln", "Oslo"]


def test_a_workbook_that_lost_a_part_in_the_middle_is_refused(tmp_path: Path) -> None:
    """Its directory then points to places before its beginning."""
    whole = (Path(__file__).parents[1] / "corpus" / "xlsx-dates.xlsx").read_bytes()
    for end in range(41, len(whole) // 2, 97):
        path = tmp_path / "damaged.xlsx"
        path.write_bytes(whole[:40] + whole[end:])
        with path.open("rb") as file, pytest.raises(UnreadableFile, match=r"damaged|broken"):
            import_csv(file)
