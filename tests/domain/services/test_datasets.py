"""Datasets are there whole or not at all."""

import asyncio
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from domain.errors import (
    Canceled,
    Conflict,
    DomainError,
    Invalid,
    NotFound,
    Refused,
    TooLarge,
    UnreadableFile,
    UnsuitableData,
)
from domain.models import Dataset, Job
from domain.services import customers as rows
from domain.services import datasets
from domain.services.imports import limits
from domain.services.runtime import Runtime
from domain.services.supervision import Supervisor
from domain.settings import load
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.customers import Customer
from domain.terms.imports import ImportLimits, RecordsRequest, TableFormat, TableOptions
from domain.terms.jobs import Lane
from tests.domain.engine.programs import MODULE
from tests.domain.services.rows import LONG_AGO, a_dataset
from tests.domain.services.working import begun, customers, left, trained, uploaded

PEOPLE = b"id,age,plan\n007,30,free\n008,,paid\n009,50,free\n010,41,paid\n011,35,free\n"


async def test_an_upload_is_a_table_with_its_report_and_leaves_nothing_else(alone: Runtime) -> None:
    dataset = await uploaded(alone, PEOPLE, name="  People ")
    assert (dataset.name, dataset.row_count, dataset.identifier) == ("People", 5, "id")
    assert (dataset.checksum, dataset.size_in_bytes) == (hashlib.sha256(PEOPLE).hexdigest(), len(PEOPLE))
    assert [(column.name, column.role) for column in dataset.columns] == [
        ("id", ColumnRole.IDENTIFIER),
        ("age", ColumnRole.NUMERIC),
        ("plan", ColumnRole.CATEGORICAL),
    ]
    assert dataset.import_report.rows_read == 5
    kept = await Dataset.get(id=dataset.id)
    assert (kept.columns, kept.import_report) == (dataset.columns, dataset.import_report)
    assert await left(alone) == (1, 0, [str(dataset.id)], [])
    assert alone.storage.children(dataset.folder) == ["customers.parquet", "keys.parquet"]
    assert dataset.index_key == f"{dataset.folder}/keys.parquet"


async def test_customers_are_read_a_page_at_a_time_as_they_were_uploaded(runtime: Runtime) -> None:
    dataset = await uploaded(runtime, PEOPLE)
    assert await rows.of_dataset(runtime, dataset, 1, 2) == [
        Customer("008", {"id": "008", "age": None, "plan": "paid"}),
        Customer("009", {"id": "009", "age": 50, "plan": "free"}),
    ]
    assert await rows.of_dataset(runtime, dataset, 4, 2) == [
        Customer("011", {"id": "011", "age": 35, "plan": "free"})
    ]
    assert await rows.of_dataset(runtime, dataset, 5, 2) == []


async def test_customers_without_an_identifier_are_known_by_their_row(runtime: Runtime) -> None:
    dataset = await uploaded(runtime, b"age,plan\n30,free\n41,paid\n30,paid\n")
    assert (dataset.identifier, dataset.index_key) == (None, None)
    assert [each.key for each in await rows.of_dataset(runtime, dataset, 0, 10)] == ["1", "2", "3"]


async def test_every_customer_is_assigned_once_and_the_segments_hold_all(runtime: Runtime) -> None:
    dataset = await uploaded(runtime)
    run = await trained(runtime, dataset)
    assigned = await rows.assigned(runtime, run, dataset, None, 0, 1_000)
    everybody = await rows.of_dataset(runtime, dataset, 0, 1_000)
    assert [each.customer for each in assigned] == everybody
    assert len(everybody) == 200
    for segment in await run.segments.all():  # type: ignore[attr-defined]  # the other side of a relation
        mine = [each for each in assigned if each.segment_index == segment.index]
        assert await rows.assigned(runtime, run, dataset, segment, 0, 1_000) == mine
        typical = await rows.of_segment(runtime, run, dataset, segment, 0, 1_000)
        assert sorted(each.key for each in typical) == sorted(each.customer.key for each in mine)
        assert len(typical) == segment.size
        assert await rows.of_segment(runtime, run, dataset, segment, 1, 2) == typical[1:3]
        # The surest come first.
        confidence = {each.customer.key: each.confidence for each in mine}
        assert confidence[typical[0].key] >= confidence[typical[-1].key]


@pytest.mark.parametrize(
    ("content", "error", "values"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", UnreadableFile, {}),
        (b" \n", UnreadableFile, {}),
        (b"age,plan\n", UnsuitableData, {}),
        (b"age,plan\n30,free\n", UnsuitableData, {}),
        (b"id\na1\na2\na3\n", UnsuitableData, {}),
        (PEOPLE, Refused, {"overrides": (RoleOverride("plan", ColumnRole.NUMERIC),)}),
        (PEOPLE, Refused, {"overrides": (RoleOverride("height", ColumnRole.NUMERIC),)}),
        (PEOPLE, Refused, {"options": TableOptions(delimiter="ab")}),
        (PEOPLE, Refused, {"options": TableOptions(identifier_column="nobody")}),
        (customers(101), TooLarge, {}),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else None,
)
async def test_what_is_refused_leaves_nothing(
    alone: Runtime, content: bytes, error: type[DomainError | Refused], values: dict[str, Any]
) -> None:
    small = replace(alone, settings=alone.settings.model_copy(update={"max_rows": 100}))
    with pytest.raises(error) as caught:
        await uploaded(small, content, **values)
    for mistake in mistakes(caught.value):
        assert mistake.path[:2] in {("input", "file"), ("input", "columns"), ("input", "options")}
    # A request's own folder is its own to clear away.
    assert (await left(alone))[:3] == (0, 0, [])


def mistakes(error: Exception) -> list[DomainError]:
    told = error.exceptions if isinstance(error, Refused) else [error]
    return [each for each in told if isinstance(each, DomainError)]


async def test_every_mistake_of_an_upload_is_told_at_once_and_nothing_is_begun(alone: Runtime) -> None:
    await a_dataset()
    full = replace(alone, settings=alone.settings.model_copy(update={"max_datasets": 1}))
    twice = (RoleOverride("age", ColumnRole.TEXT), RoleOverride("age", ColumnRole.NUMERIC))
    with pytest.raises(Refused) as caught:
        await uploaded(full, PEOPLE, name="x" * 10_000, overrides=twice)
    assert [(type(each), each.path) for each in caught.value.exceptions if isinstance(each, DomainError)] == [
        (Invalid, ("input", "name")),
        (Invalid, ("input", "columns", "1", "name")),
        (TooLarge, ("input",)),
    ]
    assert (await left(alone))[:3] == (1, 0, [])


async def test_records_make_the_dataset_that_the_same_rows_in_a_file_make(alone: Runtime) -> None:
    people = ({"id": "007", "age": 30}, {"id": "008", "age": None}, {"id": "009", "age": 50.5})
    from_records = await datasets.import_records(alone, RecordsRequest("People", people))
    from_file = await uploaded(alone, b"id,age\n007,30\n008,\n009,50.5\n")
    assert from_records.columns == from_file.columns
    assert await rows.of_dataset(alone, from_records, 0, 9) == await rows.of_dataset(alone, from_file, 0, 9)
    canonical = json.dumps(people, sort_keys=True, separators=(",", ":")).encode()
    assert from_records.checksum == hashlib.sha256(canonical).hexdigest()
    assert from_records.size_in_bytes == len(canonical)
    assert from_records.import_report.format is TableFormat.JSON
    assert (await left(alone))[3] == []


async def test_every_record_that_is_not_flat_is_told_with_its_path(alone: Runtime) -> None:
    records: tuple[Any, ...] = (
        {"age": 1, "tags": ["a"]},
        "Bob",
        {"age": 2},
        {"address": {"city": "X"}},
        {"age": float("inf")},
    )
    with pytest.raises(Refused) as caught:
        await datasets.import_records(alone, RecordsRequest("", records))
    assert [".".join(each.path) for each in caught.value.exceptions if isinstance(each, DomainError)] == [
        "input.name",
        "input.customers.0.tags",
        "input.customers.1",
        "input.customers.3.address",
        "input.customers.4.age",
    ]
    assert await left(alone) == (0, 0, [], [])


async def test_an_upload_whose_client_hangs_up_leaves_nothing(alone: Runtime) -> None:
    """At whatever moment: before the file is in its place, before the worker has it, and while it is read."""
    for moment in (None, "original", "order.json"):
        uploading = asyncio.create_task(uploaded(alone, customers(5_000)))
        job = await begun()
        while moment and moment not in alone.storage.children(f"incoming/{job.id}"):
            await Job.exists(id=job.id)
        uploading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await uploading
        assert (await left(alone))[:3] == (0, 0, []), moment


async def test_an_import_that_was_given_up_meanwhile_is_not_published(alone: Runtime) -> None:
    """As when this process slept for longer than the lease, and another one cleared away."""
    busy = asyncio.create_task(alone.engine.run(MODULE, "listens", lane=Lane.QUICK, ticket="busy"))
    uploading = asyncio.create_task(uploaded(alone, PEOPLE))
    job = await begun()
    await Job.filter(id=job.id).update(beat_at=job.created_at - LONG_AGO)
    await Supervisor(replace(alone))._take_over()
    await alone.engine.cancel("busy")
    with pytest.raises(Canceled):
        await busy
    with pytest.raises(Conflict, match="was silent for too long and was given up: send the request again"):
        await uploading
    assert (await left(alone))[:3] == (0, 0, [])


async def test_datasets_of_a_name_are_its_versions_the_newest_first(runtime: Runtime) -> None:
    first, other, second = [await a_dataset(name=name) for name in ("A", "B", "A")]
    assert [each.id for each in await datasets.newest_first()] == [second.id, other.id, first.id]
    assert [each.id for each in await datasets.newest_first("A")] == [second.id, first.id]
    for name in ("a", "", "x" * 10_000, "a\x00"):
        assert await datasets.newest_first(name) == []


async def test_deleting_a_dataset_removes_its_table_and_its_runs_and_nothing_else(alone: Runtime) -> None:
    doomed, kept = await uploaded(alone, PEOPLE), await uploaded(alone, PEOPLE)
    run = await trained(alone, doomed, count=2)
    assert await datasets.delete(alone, doomed.id) == doomed.id
    assert await left(alone) == (1, 0, [str(kept.id)], [])
    assert str(run.id) not in alone.storage.children("runs")
    assert len(await rows.of_dataset(alone, kept, 0, 10)) == 5
    with pytest.raises(NotFound, match="it may have been deleted already"):
        await datasets.delete(alone, doomed.id)


def test_what_the_settings_allow_is_what_an_import_is_held_to() -> None:
    assert ImportLimits(50_000_000, 1_000, 100_000, 0.1, 100, 4 * 1024**3) == limits(load())
    names = ("max_rows", "max_columns", "max_cell_length", "max_sheets", "max_decompressed_bytes")
    small = load(max_rejected_share=0, **{name: place for place, name in enumerate(names, 1)})
    assert limits(small) == ImportLimits(1, 2, 3, 0.0, 4, 5)
