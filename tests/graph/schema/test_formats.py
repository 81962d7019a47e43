"""A file's content tells what it is; the same customers are the same dataset in each format."""

import io
import json
from typing import Any

import openpyxl  # type: ignore[import-untyped]  # it has no types
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.graph.schema.conftest import PEOPLE, Unchanged, as_csv
from tests.servers.api import Api, mistakes

SELECTION = """rowCount
  columns { name role missingCount distinctCount numeric { mean } topValues { value count } }
  customers { edges { node { key attributes } } }"""


def as_workbook(sheets: dict[str, list[dict[str, Any]]]) -> bytes:
    """Write records as a workbook, one sheet each."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        sheet.append(list(rows[0]))
        for row in rows:
            sheet.append(list(row.values()))
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def as_parquet(rows: list[dict[str, Any]]) -> bytes:
    """Write records as a Parquet file."""
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file.getvalue()


FILES = {
    "tab-separated": ("CSV", as_csv(PEOPLE).replace(b",", b"\t")),
    "UTF-16": ("CSV", as_csv(PEOPLE).decode().encode("utf-16")),
    "XLSX": ("XLSX", as_workbook({"People": PEOPLE})),
    "Parquet": ("PARQUET", as_parquet(PEOPLE)),
    "JSON array": ("JSON", json.dumps(PEOPLE, indent=1).encode()),
    "JSON lines": ("JSON", "".join(f"{json.dumps(row)}\n" for row in PEOPLE).encode()),
}


@pytest.mark.parametrize(("format", "content"), FILES.values(), ids=FILES)
async def test_customers_are_the_same_in_every_format(api: Api, format: str, content: bytes) -> None:
    """Although all are uploaded under the name of a CSV file."""
    expected = await api.upload(as_csv(PEOPLE), selection=SELECTION)
    payload = await api.upload(content, selection=f"{SELECTION} importReport {{ format }}")

    assert payload["userErrors"] == []
    assert payload["dataset"].pop("importReport") == {"format": format}
    assert payload["dataset"] == expected["dataset"]


async def test_the_first_sheet_is_read_or_the_one_that_is_named(api: Api, unchanged: Unchanged) -> None:
    content = as_workbook({"June": PEOPLE[:6], "July": PEOPLE})
    selection = "rowCount importReport { sheet hasHeader encoding delimiter warnings { code } }"
    first = await api.upload(content, selection=selection)
    named = await api.upload(content, selection=selection, options={"sheet": "July"})
    async with unchanged():
        wrong = await api.upload(content, options={"sheet": "May"})

    report = {"hasHeader": True, "encoding": None, "delimiter": None}
    others = {"warnings": [{"code": "SHEETS_LEFT_OUT"}]}
    assert first["dataset"] == {"rowCount": 6, "importReport": {"sheet": "June", **report, **others}}
    assert named["dataset"]["rowCount"] == 12
    assert named["dataset"]["importReport"]["sheet"] == "July"
    assert mistakes(wrong) == [("INVALID", ["input", "options", "sheet"])]
    assert '"June", "July"' in wrong["userErrors"][0]["message"]
