"""One person is handed out as kept, and erased from every file and row; everybody else stays as they were."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from tortoise import Tortoise

from domain.errors import Conflict, NotFound
from domain.models import ClusteringRun, Dataset, Job, Recommendation, Segment
from domain.models.connection import Dialect, dialect_of
from domain.services import customers, datasets, personal_data, pictures, searching, updating
from domain.services.comparisons import compare
from domain.services.forgetting import FORGOTTEN
from domain.services.links import PictureAddress
from domain.services.personal_data import ERASING
from domain.services.runtime import Runtime
from domain.services.supervision import supervised
from domain.storage import indexes
from domain.storage.tables import open_current, open_table
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.customers import CustomerFilter
from domain.terms.imports import DatasetUpdate
from domain.terms.jobs import JobStatus
from domain.terms.pictures import PictureFormat, PictureKind, PictureTheme
from domain.terms.segments import Characteristic, SegmentRule, UnassignedReason
from tests.domain.services.rows import a_running_job
from tests.domain.services.working import asked, begun, ended, held_up, left, trained, uploaded

KEY, MAIL, TOWN, SCORE = "AAA-Vqz7731", "aaa.vqz@quorbleton.example", "Quorbleton", "4.3456789"
PERSON = f"{KEY},{MAIL},58,51000,{TOWN},{SCORE}\n"
"""The first in every order, so that it is quoted wherever anybody is."""

ROLES = {"id": "IDENTIFIER", "mail": "TEXT", "age": "NUMERIC", "income": "NUMERIC", "town": "CATEGORICAL"}
ROW = 7


def table(person: str = PERSON, rows: int = 60) -> bytes:
    """Customers in two towns and two groups, one of whom lives alone in a third, in row 7."""
    lines = [
        f"C{place:03},c{place}@example.com,{25 + 30 * (place % 2) + place % 4},"
        f"{30_000 + 40_000 * (place % 2)},{('Bonn', 'Kiel')[place % 2]},{place % 9}.5\n"
        for place in range(rows)
    ]
    lines[ROW] = person
    # What does not read as a number is quoted in the import's report.
    lines[9] = lines[9].replace("C009", "C009 ")
    return "".join(["id,mail,age,income,town,score\n", *lines]).encode()


def given(**roles: str) -> tuple[RoleOverride, ...]:
    return tuple(RoleOverride(name, ColumnRole(role)) for name, role in roles.items())


async def people(runtime: Runtime, person: str = PERSON, **values: Any) -> Dataset:
    dataset = await uploaded(runtime, table(person), overrides=given(**ROLES), **values)
    assert dataset.identifier == "id"
    return dataset


async def rows_of(runtime: Runtime, dataset: Dataset) -> list[tuple[str, dict[str, Any]]]:
    return [(each.key, each.attributes) for each in await customers.of_dataset(runtime, dataset, 0, 100)]


async def places_of(runtime: Runtime, run: ClusteringRun, dataset: Dataset) -> list[Any]:
    found = await customers.assigned(runtime, run, dataset, None, 0, 100)
    return [(each.segment_index, each.unassigned, each.confidence) for each in found]


def holding(runtime: Runtime, *texts: str) -> set[tuple[str, str]]:
    """Name each file of the server that has one of the texts, as bytes or in what the bytes unpack to."""
    storage = Path(runtime.storage.url)
    files = {path for folder in (runtime.settings.data_dir, storage) for path in folder.rglob("*")}
    if dialect_of(runtime.settings.database) is Dialect.SQLITE:
        database = Path(runtime.settings.database.removeprefix("sqlite://"))
        files |= set(database.parent.glob(f"{database.name}*"))
        assert database in files
    found = set()
    for file in (path for path in files if path.is_file()):
        content = file.read_bytes()
        if file.suffix == ".parquet":
            content += str(pq.read_table(file).to_pydict()).encode()
        if file.suffix == ".npz":
            with np.load(file) as arrays:
                content += b"".join(arrays[name].tobytes() for name in arrays)
        found |= {(file.name, text) for text in texts if text.encode() in content}
    return found


async def in_the_database(runtime: Runtime, *texts: str) -> set[tuple[str, str]]:
    """Name each table in which a row has one of the texts."""
    client, found = Tortoise.get_connection("default"), set()
    for model in (Dataset, ClusteringRun, Segment, Recommendation, Job):
        name = model._meta.db_table
        content = str([dict(row) for row in await client.execute_query_dict(f'SELECT * FROM "{name}"')])  # noqa: S608  # a name of ours
        found |= {(name, text) for text in texts if text in content}
    return found


async def test_an_export_has_the_row_and_its_place_in_every_finished_run(runtime: Runtime) -> None:
    older, newer = await people(runtime), await people(runtime, PERSON.replace("51000", "52000"))
    await uploaded(runtime, table(PERSON.replace(KEY, "C007")), overrides=given(**ROLES))
    run = await trained(runtime, older)
    await asked(runtime, older, 2)  # nobody trains it: it has no assignments

    found = await personal_data.export(runtime, KEY)

    assert [record.dataset_id for record in found.records] == [newer.id, older.id]
    assert found.records[1].attributes == {
        "id": KEY,
        "mail": MAIL,
        "age": 58,
        "income": 51000,
        "town": TOWN,
        "score": 4.3456789,
    }
    assert found.records[0].attributes["income"] == 52000
    assert found.records[0].assignments == ()
    (place,) = found.records[1].assignments
    index, unassigned, confidence = (await places_of(runtime, run, older))[ROW]
    segment = await Segment.get(run_id=run.id, index=index)
    assert (place.run_id, place.segment_id) == (run.id, segment.id)
    assert (place.unassigned, place.confidence) == (unassigned, confidence)


@pytest.mark.parametrize(
    "key", ["nobody", "", "7", "c000", MAIL, "erased-8", "'; DROP TABLE dataset; --", "\x00"]
)
async def test_who_is_in_no_dataset_is_not_found_and_nothing_changes(runtime: Runtime, key: str) -> None:
    dataset = await people(runtime)
    before = await left(runtime), await rows_of(runtime, dataset)
    for ask in (personal_data.export, personal_data.erase):
        with pytest.raises(NotFound) as refused:
            await ask(runtime, key)
        assert refused.value.path == ("input", "key")
    assert (await left(runtime), await rows_of(runtime, dataset)) == before


async def test_an_erased_row_is_blank_and_everybody_else_stays_as_they_were(runtime: Runtime) -> None:
    dataset = await people(runtime)
    run = await trained(runtime, dataset)
    before, places = await rows_of(runtime, dataset), await places_of(runtime, run, dataset)
    layout = open_current(runtime.storage, dataset.table_key)

    erasure = await personal_data.erase(runtime, KEY)

    assert [(each.dataset_id, each.rows) for each in erasure.datasets] == [(dataset.id, 1)]
    after = await rows_of(runtime, dataset)
    assert after[ROW] == ("erased-8", dict.fromkeys(before[ROW][1]))
    assert [row for row in after if row[0] != "erased-8"] == [row for row in before if row[0] != KEY]
    assert await places_of(runtime, run, dataset) == places
    table = open_current(runtime.storage, dataset.table_key)
    assert table.blank_rows.tolist() == [ROW]
    assert (table.schema, table.readings, table.group_count) == (
        layout.schema,
        layout.readings,
        layout.group_count,
    )
    assert await customers.find(runtime, dataset, KEY) is None
    found = await customers.find(runtime, dataset, "C008")
    assert found is not None
    assert found.attributes["mail"] == "c8@example.com"
    for ask in (personal_data.erase, personal_data.export):
        with pytest.raises(NotFound):
            await ask(runtime, KEY)
    assert await Job.filter(kind="IMPORT").count() == 0


async def test_an_erased_person_is_in_no_file_and_in_no_row(runtime: Runtime) -> None:
    texts = (KEY, MAIL, TOWN, SCORE)
    for room in ("datasets", "incoming", "runs"):
        # What other tests left in the storage of all tests.
        runtime.storage.delete(room)
    assert holding(runtime, *texts) == set()
    if dialect_of(runtime.settings.database) is Dialect.SQLITE:
        # Some builds overwrite what is deleted by themselves, others do not.
        await Tortoise.get_connection("default").execute_query("PRAGMA secure_delete = OFF")
    dataset = await people(runtime)
    first = await trained(runtime, dataset)
    second = await trained(runtime, dataset, 2)
    await compare(runtime, first.id, second.id)
    for run in (first, second):
        for kind in (PictureKind.PROFILE, PictureKind.SCATTER, PictureKind.SIZES):
            for form in PictureFormat:
                address = PictureAddress(run.id, kind, form, PictureTheme.LIGHT)
                assert await pictures.fetch(runtime, address) is not None
    await _quote(first)
    assert {name for name, _ in holding(runtime, *texts)} >= {"customers.parquet"}
    assert {name for name, _ in await in_the_database(runtime, *texts)} >= {
        "dataset",
        "segment",
        "recommendation",
    }

    await personal_data.erase(runtime, KEY)

    assert holding(runtime, *texts) == set()
    assert await in_the_database(runtime, *texts) == set()
    assert await pictures.fetch(runtime, address) is not None


async def _quote(run: ClusteringRun) -> None:
    """Have a run say everything of the town that it can say."""
    told = Characteristic(f"many of {TOWN}", "town", TOWN, 0.9, 0.1, 1.2)
    rule = SegmentRule(f"town is {TOWN}", f"\"town\" = '{TOWN}'", 1.0, 1.0)
    for segment in await Segment.filter(run_id=run.id):
        segment.name = segment.generated_name = f"{TOWN} people {segment.index}"
        segment.characteristics, segment.rule = (told,), rule
        await segment.save()
        await Recommendation.filter(segment_id=segment.id).update(
            rationale=f"They live in {TOWN}.", figures=(told,)
        )


async def test_names_that_become_the_same_are_told_apart(runtime: Runtime) -> None:
    dataset = await people(runtime)
    run = await trained(runtime, dataset, 2)
    one, other = await Segment.filter(run_id=run.id).order_by("index")
    for segment, name in ((one, TOWN), (other, TOWN.upper())):
        segment.name = segment.generated_name = name
        await segment.save()
    await personal_data.erase(runtime, KEY)
    names = [segment.name for segment in await Segment.filter(run_id=run.id).order_by("index")]
    assert names == ["(erased)", "(erased) (2)"]


async def test_what_others_have_too_is_still_told(runtime: Runtime) -> None:
    dataset = await people(runtime)
    before = {column.name: column for column in dataset.columns}
    await personal_data.erase(runtime, KEY)
    after = {column.name: column for column in (await Dataset.get(id=dataset.id)).columns}
    assert [each.value for each in before["town"].top_values] == ["Bonn", "Kiel", TOWN]
    assert after["town"].top_values == before["town"].top_values[:2]
    assert KEY not in [each.value for each in after["id"].top_values]
    assert len(after["id"].top_values) == len(before["id"].top_values) - 1
    assert after["age"] == before["age"]


async def test_a_report_quotes_no_cell_any_more_that_is_in_no_table_either(runtime: Runtime) -> None:
    odd = "half-Vqz"
    dataset = await people(runtime, PERSON.replace(SCORE, odd))
    warnings = dataset.import_report.warnings
    assert any(odd in warning.message for warning in warnings)
    assert KEY in (await rows_of(runtime, dataset))[ROW][0]
    await personal_data.erase(runtime, KEY)
    after = (await Dataset.get(id=dataset.id)).import_report
    assert [(each.code, each.column, each.row, each.count) for each in after.warnings] == [
        (each.code, each.column, each.row, each.count) for each in warnings
    ]
    assert f'column "score": {FORGOTTEN}' in [warning.message for warning in after.warnings]
    assert await in_the_database(runtime, odd, KEY) == set()


async def test_a_search_that_was_kept_finds_an_erased_person_no_more(runtime: Runtime) -> None:
    dataset = await people(runtime)
    wanted = (CustomerFilter("town", among=(TOWN,)),)
    stale = open_table(runtime.storage, dataset.table_key)
    assert (await searching.search(runtime, dataset, wanted, None)).tolist() == [ROW]
    await personal_data.erase(runtime, KEY)
    assert (await searching.search(runtime, dataset, wanted, None)).tolist() == []
    # One that was opened before reads what is there now.
    assert stale.slice(ROW, 1).to_pylist() == [dict.fromkeys(stale.column_names)]


async def test_a_training_leaves_the_erased_out_and_continues_the_segments(runtime: Runtime) -> None:
    dataset = await people(runtime)
    first = await trained(runtime, dataset, 2)
    await personal_data.erase(runtime, KEY)
    second = await trained(runtime, dataset, 2, reuse=False, match_to=first.id, match_to_given=True)
    places = await places_of(runtime, second, dataset)
    assert places[ROW] == (None, UnassignedReason.MISSING_VALUES, 0.0)
    assert [reason for _, reason, _ in places].count(None) == 59
    before = [index for index, *_ in await places_of(runtime, first, dataset)]
    assert [each[0] for row, each in enumerate(places) if row != ROW] == [
        each for row, each in enumerate(before) if row != ROW
    ]


async def test_the_erased_of_two_datasets_are_not_the_same_customer(runtime: Runtime) -> None:
    one, other = await people(runtime), await people(runtime)
    first, second = await trained(runtime, one), await trained(runtime, other)
    before = await compare(runtime, first.id, second.id)
    erasure = await personal_data.erase(runtime, KEY)
    assert [each.dataset_id for each in erasure.datasets] == [other.id, one.id]
    # The comparison is kept; one the other way round is counted anew.
    again = await compare(runtime, second.id, first.id)
    assert before is not None
    assert again is not None
    assert (before.common_count, again.common_count) == (60, 59)


async def test_numbers_that_identify_customers_are_erased_too(runtime: Runtime) -> None:
    content = b"number,age\n" + b"".join(b"%d,%d\n" % (9_000 + row, 20 + row % 5) for row in range(30))
    dataset = await uploaded(runtime, content, overrides=given(number="IDENTIFIER", age="NUMERIC"))
    assert dataset.identifier == "number"
    erasure = await personal_data.erase(runtime, "9004")
    assert [each.dataset_id for each in erasure.datasets] == [dataset.id]
    keys = [key for key, _ in await rows_of(runtime, dataset)]
    assert keys[3:6] == ["9003", "erased-5", "9005"]
    for key in ("9003", "9005"):
        assert await customers.find(runtime, dataset, key) is not None
    await personal_data.erase(runtime, "9020")
    assert open_current(runtime.storage, dataset.table_key).blank_rows.tolist() == [4, 20]


async def test_a_dataset_that_names_nobody_is_left_as_it_is(runtime: Runtime) -> None:
    named = await people(runtime)
    unnamed = await people(runtime)
    unnamed = await updating.update(runtime, DatasetUpdate(unnamed.id, None, given(id="TEXT")))
    assert unnamed.identifier is None
    before = await rows_of(runtime, unnamed)
    erasure = await personal_data.erase(runtime, KEY)
    assert [each.dataset_id for each in erasure.datasets] == [named.id]
    assert await rows_of(runtime, unnamed) == before


async def test_another_column_can_identify_the_customers_that_are_left(runtime: Runtime) -> None:
    dataset = await people(runtime)
    await personal_data.erase(runtime, KEY)
    updated = await updating.update(
        runtime, DatasetUpdate(dataset.id, None, given(id="TEXT", mail="IDENTIFIER"))
    )
    assert updated.identifier == "mail"
    assert (await rows_of(runtime, updated))[ROW][0] == "erased-8"
    found = await customers.find(runtime, updated, "c8@example.com")
    assert found is not None
    assert found.attributes["id"] == "C008"
    assert await customers.find(runtime, updated, MAIL) is None


async def test_an_erasure_that_broke_off_before_the_index_is_finished_by_the_next(runtime: Runtime) -> None:
    dataset = await people(runtime)
    assert dataset.index_key is not None
    index = runtime.storage.read_bytes(dataset.index_key)
    await personal_data.erase(runtime, KEY)
    runtime.storage.write_bytes(dataset.index_key, index)

    erasure = await personal_data.erase(runtime, KEY)

    assert [each.dataset_id for each in erasure.datasets] == [dataset.id]
    assert indexes.find(runtime.storage, dataset.index_key, KEY) == []
    assert indexes.find(runtime.storage, dataset.index_key, "C008") == [8]
    with pytest.raises(NotFound):
        await personal_data.erase(runtime, KEY)


async def test_one_erasure_waits_for_no_other_and_says_so(runtime: Runtime) -> None:
    dataset = await people(runtime)
    before = await rows_of(runtime, dataset)
    other = await a_running_job(stage=ERASING)
    with pytest.raises(Conflict, match="somebody else is being erased"):
        await personal_data.erase(runtime, KEY)
    assert await rows_of(runtime, dataset) == before
    await other.delete()
    await personal_data.erase(runtime, KEY)


async def test_an_erasure_goes_on_when_its_client_hangs_up(runtime: Runtime) -> None:
    dataset = await people(runtime)
    async with held_up(runtime):
        erasing = asyncio.create_task(personal_data.erase(runtime, KEY))
        job = await begun()
        erasing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await erasing
    async with asyncio.timeout(60):
        while await Job.exists(id=job.id):
            assert await Dataset.exists(id=dataset.id)
    assert (await rows_of(runtime, dataset))[ROW][0] == "erased-8"


async def test_a_training_under_way_ends_well(runtime: Runtime) -> None:
    dataset = await people(runtime)
    async with supervised(runtime):
        run = await asked(runtime, dataset)
        erasing = asyncio.create_task(personal_data.erase(runtime, KEY))
        last = await ended(runtime, run)
        await erasing
    assert last.job.status is JobStatus.SUCCEEDED, last.job.failure_message
    assert len(await places_of(runtime, last, dataset)) == 60


async def test_a_dataset_that_is_deleted_meanwhile_leaves_nothing_behind(runtime: Runtime) -> None:
    dataset = await people(runtime)
    async with held_up(runtime):
        erasing = asyncio.create_task(personal_data.erase(runtime, KEY))
        job = await begun()
        while not runtime.storage.exists(f"incoming/{job.id}/order.json"):
            assert await Job.exists(id=job.id)
        await datasets.delete(runtime, dataset.id)
    assert (await erasing).datasets == ()
    assert str(dataset.id) not in runtime.storage.children("datasets")


async def test_no_log_has_the_key(runtime: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    await people(runtime)
    await personal_data.export(runtime, KEY)
    await personal_data.erase(runtime, KEY)
    told = capsys.readouterr()
    assert "somebody was erased" in told.out + told.err
    assert not any(text in told.out + told.err for text in (KEY, MAIL, TOWN))
