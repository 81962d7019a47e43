"""A preview shows what an import would do, and leaves nothing, however it ends."""

import asyncio
from typing import Any

import pytest

from domain.errors import DomainError, Invalid, Refused, UnreadableFile
from domain.models import Job
from domain.services import previews
from domain.services.runtime import Runtime
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.imports import PreviewRequest, TableFormat, TableOptions, TablePreview
from domain.terms.readings import DecimalMark
from tests.domain.services.working import arrived, begun, customers, held_up, left, uploaded

PEOPLE = "Kunde;Umsatz;Stadt\n007;1.234,50;Köln\n008;99,00;Bonn\n009;;Köln\n010;5,25;Ulm\n".encode("cp1252")


async def previewed(runtime: Runtime, content: bytes = PEOPLE, rows: int = 10, **values: Any) -> TablePreview:
    async with arrived(runtime, content) as path:
        return await previews.preview(runtime, PreviewRequest(path, rows, **values))


async def test_a_preview_shows_rows_dialect_and_roles_and_keeps_nothing(alone: Runtime) -> None:
    preview = await previewed(alone, rows=3)
    assert preview.rows == (
        {"Kunde": "007", "Umsatz": 1234.5, "Stadt": "Köln"},
        {"Kunde": "008", "Umsatz": 99.0, "Stadt": "Bonn"},
        {"Kunde": "009", "Umsatz": None, "Stadt": "Köln"},
    )
    assert [column.role for column in preview.columns] == [
        ColumnRole.IDENTIFIER,
        ColumnRole.NUMERIC,
        ColumnRole.CATEGORICAL,
    ]
    assert (preview.rows_looked_at, preview.complete) == (4, True)
    report = preview.report
    assert (report.format, report.delimiter, report.decimal) == (TableFormat.CSV, ";", DecimalMark.COMMA)
    assert await left(alone) == (0, 0, [], [])


async def test_a_preview_of_a_small_table_tells_what_its_import_tells(alone: Runtime) -> None:
    values: dict[str, Any] = {
        "overrides": (RoleOverride("Stadt", ColumnRole.IGNORED),),
        "options": TableOptions(delimiter=";", encoding="cp1252", missing_values=("ulm",)),
    }
    preview = await previewed(alone, **values)
    dataset = await uploaded(alone, PEOPLE, **values)
    assert preview.columns == dataset.columns
    assert preview.report == dataset.import_report


async def test_a_preview_of_a_long_table_says_that_it_saw_the_beginning(alone: Runtime) -> None:
    preview = await previewed(alone, customers(40_000), rows=100)
    assert len(preview.rows) == 100
    assert not preview.complete
    assert 100 < preview.rows_looked_at < 40_000
    assert await left(alone) == (0, 0, [], [])


async def test_every_mistake_of_a_preview_is_told_at_once_and_nothing_is_begun(alone: Runtime) -> None:
    twice = (RoleOverride("age", ColumnRole.TEXT), RoleOverride("age", ColumnRole.NUMERIC))
    with pytest.raises(Refused) as caught:
        await previewed(alone, rows=101, overrides=twice, options=TableOptions(delimiter=""))
    assert [(type(each), each.path) for each in caught.value.exceptions if isinstance(each, DomainError)] == [
        (Invalid, ("input", "columns", "1", "name")),
        (Invalid, ("input", "options", "delimiter")),
        (Invalid, ("input", "first")),
    ]
    assert (await left(alone))[:3] == (0, 0, [])


@pytest.mark.parametrize(
    ("content", "values", "error"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", {}, UnreadableFile),
        (PEOPLE, {"overrides": (RoleOverride("Stadt", ColumnRole.NUMERIC),)}, Refused),
        (PEOPLE, {"options": TableOptions(identifier_column="nobody")}, Refused),
    ],
)
async def test_a_preview_that_is_refused_leaves_nothing(
    alone: Runtime, content: bytes, values: dict[str, Any], error: type[DomainError | Refused]
) -> None:
    with pytest.raises(error):
        await previewed(alone, content, **values)
    assert (await left(alone))[:3] == (0, 0, [])


async def test_a_preview_whose_client_hangs_up_leaves_nothing(alone: Runtime) -> None:
    """At whatever moment: before the file is in its place, before the worker has it, and when it has."""
    for moment in (None, "original", "order.json"):
        async with held_up(alone):
            looking = asyncio.create_task(previewed(alone))
            job = await begun()
            while moment and moment not in alone.storage.children(f"incoming/{job.id}"):
                await Job.exists(id=job.id)
            looking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await looking
        assert (await left(alone))[:3] == (0, 0, []), moment
