"""One person is handed out as kept, and erased from every file and row; everybody else stays as they were."""

import asyncio
import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow.parquet as pq
import pytest
from tortoise import Tortoise

from domain.errors import Conflict, NotFound
from domain.models import ClusteringRun, Dataset, Job, Recommendation, RememberedPrediction, Segment
from domain.models.connection import Dialect, dialect_of
from domain.models.segments import NAME_LENGTH
from domain.services import (
    customers,
    datasets,
    personal_data,
    pictures,
    recommendations,
    runs,
    scorers,
    searching,
    trainings,
    updating,
)
from domain.services.comparisons import compare
from domain.services.forgetting import FORGOTTEN, compact
from domain.services.links import PictureAddress
from domain.services.personal_data import ERASING
from domain.services.remembering import key_hash
from domain.services.runtime import Runtime
from domain.services.supervision import supervised
from domain.services.sweeping import DRAFT_SECONDS
from domain.services.unsaying import UNSAID
from domain.storage import artifacts, indexes
from domain.storage.tables import open_current, open_table
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.customers import CustomerFilter
from domain.terms.imports import DatasetUpdate
from domain.terms.jobs import JobStatus
from domain.terms.pictures import PictureFormat, PictureKind, PictureTheme
from domain.terms.recommendations import ReviewStatus
from domain.terms.segments import Characteristic, SegmentRule, UnassignedReason
from tests.domain.services.rows import a_job, a_remembered_prediction, a_run, a_running_job
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
    for model in (Dataset, ClusteringRun, Segment, Recommendation, Job, RememberedPrediction):
        name = model._meta.db_table
        content = str([dict(row) for row in await client.execute_query_dict(f'SELECT * FROM "{name}"')])  # noqa: S608  # a name of ours
        found |= {(name, text) for text in texts if text in content}
    return found


async def test_an_export_has_the_row_and_its_place_in_every_finished_run(runtime: Runtime) -> None:
    older, newer = await people(runtime), await people(runtime, PERSON.replace("51000", "52000"))
    await uploaded(runtime, table(PERSON.replace(KEY, "C007")), overrides=given(**ROLES))
    run = await trained(runtime, older)
    await asked(runtime, older, 2)  # nobody trains it: it has no assignments

    found, besides = await personal_data.export(runtime, KEY)

    assert not besides
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
    said = {"customer_key": KEY, "key_hash": key_hash(KEY), "attributes": {"town": TOWN}}
    await a_remembered_prediction(first, **said)
    # As a request does when it has its answer.
    shutil.rmtree(runtime.settings.data_dir / "uploads")
    assert {name for name, _ in holding(runtime, *texts)} >= {"customers.parquet"}
    assert {name for name, _ in await in_the_database(runtime, *texts)} >= {
        "dataset",
        "segment",
        "recommendation",
        "remembered_prediction",
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


async def test_generated_names_that_quote_are_made_plain_and_given_ones_stay(runtime: Runtime) -> None:
    dataset = await people(runtime)
    run = await trained(runtime, dataset, 4)
    await _quote(run)
    _, second, third, fourth = await Segment.filter(run_id=run.id).order_by("index")
    # Given by people: one that quotes, as long as can be, and the one that another would have had.
    longest = f"{TOWN} and a, b, c ".ljust(NAME_LENGTH, "x")
    for segment, name in ((second, longest), (third, "Segment 1")):
        segment.name = name
        await segment.save()
    told = Characteristic(f"town is {TOWN} for 2 %, 1 % over all", "town", TOWN, 0.02, 0.01, 0.3)
    fourth.name = fourth.generated_name = "High income"
    fourth.characteristics = (told,)
    await fourth.save()
    await personal_data.erase(runtime, KEY)
    after = await Segment.filter(run_id=run.id).order_by("index")
    assert [(segment.name, segment.generated_name) for segment in after] == [
        ("Segment 1 (2)", "Segment 1 (2)"),
        (longest, "Segment 2"),
        ("Segment 1", "Segment 3"),
        ("High income", "High income"),
    ]
    assert [segment.characteristics[0].text for segment in after] == [
        *["town is (erased)"] * 3,
        "town is (erased) for 2 %, 1 % over all",
    ]


async def everything(runtime: Runtime, run: ClusteringRun) -> tuple[Any, ...]:
    """Read all that a run says: its rows as they are in the database, its figures, and its scorer."""
    client = Tortoise.get_connection("default")
    said = [
        sorted(
            str({**row, "scorer_checksum": None})
            for row in await client.execute_query_dict(f'SELECT * FROM "{name}"')  # noqa: S608  # a name of ours
        )
        for name in ("clustering_run", "segment", "recommendation")
    ]
    # An erasure may have given the run another scorer.
    run = await ClusteringRun.get(id=run.id)
    keys = (trainings.figures_key(run), trainings.present_scorer_key(runtime.storage, run))
    return *said, *(runtime.storage.read_bytes(key) for key in keys)


def plans(person: str, plan: str, others: tuple[str, str]) -> bytes:
    """Customers of two plans and two groups, one of whom alone has a third plan."""
    lines = [
        f"C{place:03},{25 + 30 * (place % 2) + place % 4}.7,{7.25 + place % 2},{others[place % 2]}\n"
        for place in range(60)
    ]
    lines[ROW] = f"{person},58.7,8.25,{plan}\n"
    return "".join(["id,age,7,plan\n", *lines]).encode()


PLAN_ROLES = given(id="IDENTIFIER", age="NUMERIC", plan="CATEGORICAL", **{"7": "NUMERIC"})


@pytest.mark.parametrize("plan", ["7", "and", "age"])
async def test_what_does_not_rest_on_the_category_stays_to_the_letter(runtime: Runtime, plan: str) -> None:
    dataset = await uploaded(runtime, plans(KEY, plan, ("1", "3")), overrides=PLAN_ROLES)
    run = await trained(runtime, dataset, 2)
    segments = await Segment.filter(run_id=run.id)
    assert not any(one.category == plan for segment in segments for one in segment.characteristics)
    assert any(one.category in {"1", "3"} for segment in segments for one in segment.characteristics)
    *before, _, _ = await everything(runtime, run)
    titles = titles_of(runtime, run)
    assert f"plan: {plan}" in titles
    await personal_data.erase(runtime, KEY)
    *after, _, _ = await everything(runtime, run)
    assert after == before
    found = await runs.find(run.id)
    assert found is not None
    scorer = await scorers.of_run(runtime, found)
    assert [column.categories for column in scorer.columns if column.categories] == [
        tuple("(erased)" if each == plan else each for each in sorted(("1", "3", plan)))
    ]
    assert titles_of(runtime, run) == [
        "plan: (erased)" if title == f"plan: {plan}" else title for title in titles
    ]


def titles_of(runtime: Runtime, run: ClusteringRun) -> list[str]:
    """Read the titles of the features in the run's profile."""
    profile = artifacts.load_figures(runtime.storage, f"{run.folder}/figures.npz").profile
    assert profile is not None
    return list(profile.features)


async def test_a_run_of_only_numbers_does_not_change_by_a_single_character(runtime: Runtime) -> None:
    dataset = await uploaded(runtime, plans(KEY, "7", ("1", "3")), overrides=PLAN_ROLES)
    run = await trained(runtime, dataset, 2, columns=given(plan="NUMERIC"))
    before = await everything(runtime, run)
    await personal_data.erase(runtime, KEY)
    assert await everything(runtime, run) == before


async def test_advice_about_a_category_that_is_gone_quotes_it_no_more(runtime: Runtime) -> None:
    dataset = await people(runtime)
    run = await trained(runtime, dataset, 2)
    one, other = await Segment.filter(run_id=run.id).order_by("index")
    gone = Characteristic(f"town is {TOWN} for 90 %, 10 % over all", "town", TOWN, 0.9, 0.1, 1.8)
    kept = Characteristic("town is Bonn for 90 %, 10 % over all", "town", "Bonn", 0.9, 0.1, 1.8)
    for segment, told in ((one, gone), (other, kept)):
        segment.characteristics, segment.rule = (told,), None
        await segment.save()
    await recommendations.generate(runtime, run.id)
    before = {row.segment_id: row for row in await Recommendation.all()}
    (of_other,) = await Recommendation.filter(segment_id=other.id).values()
    await Recommendation.filter(segment_id=one.id).update(
        review_status=ReviewStatus.ACCEPTED, review_note=f"as {TOWN} wishes"
    )
    await personal_data.erase(runtime, KEY)
    after = {row.segment_id: row for row in await Recommendation.all()}
    assert await Recommendation.filter(segment_id=other.id).values() == [of_other]
    advice = after[one.id]
    assert (advice.title, advice.action) == ("Speak to what they share: town", UNSAID)
    assert (advice.channel, advice.measure) == ("E-mail", UNSAID)
    assert advice.rationale != before[one.id].rationale
    assert advice.rationale == before[one.id].rationale.replace(TOWN, "(erased)")
    assert "(erased)" in advice.rationale
    (figure,) = advice.figures or ()
    assert (figure.category, figure.text) == ("(erased)", "town is (erased) for 90 %, 10 % over all")
    # What people typed stays.
    assert (advice.review_status, advice.review_note) == (ReviewStatus.ACCEPTED, f"as {TOWN} wishes")


async def test_advice_from_before_figures_were_noted_is_known_by_its_segment(runtime: Runtime) -> None:
    dataset = await people(runtime)
    run = await trained(runtime, dataset, 2)
    await _quote(run)
    await Recommendation.all().update(figures=None, title=f"See {TOWN}", action="Write to {segment}")
    await personal_data.erase(runtime, KEY)
    advice = await Recommendation.all()
    assert {(row.title, row.action, row.rationale) for row in advice} == {
        (UNSAID, "Write to {segment}", UNSAID)
    }


async def test_files_of_runs_that_came_to_nothing_go(runtime: Runtime) -> None:
    dataset = await people(runtime)
    ended = [
        await a_run(await a_job(status=status), dataset) for status in (JobStatus.FAILED, JobStatus.CANCELED)
    ]
    waiting = await a_run(await a_job(), dataset)
    for run in (*ended, waiting):
        runtime.storage.write_bytes(f"{run.folder}/outcome.json", TOWN.encode())
    await personal_data.erase(runtime, KEY)
    assert [runtime.storage.children(run.folder) for run in ended] == [[], []]
    assert runtime.storage.children(waiting.folder) == ["outcome.json"]


async def test_what_killed_workers_had_begun_goes_with_the_person(runtime: Runtime) -> None:
    dataset = await people(runtime)
    run = await trained(runtime, dataset)
    folder = Path(runtime.storage.url, dataset.folder)
    run_folder = Path(runtime.storage.url, run.folder)
    drafts = [
        begun_of(folder / "customers.parquet"),
        begun_of(run_folder / "figures.npz"),
        begun_of(run_folder / "outcome.json"),
        begun_of(folder / "keys-3.parquet", DRAFT_SECONDS + 60),
        begun_of(folder / "keys.parquet", DRAFT_SECONDS + 60),
    ]
    # It may be that somebody makes an index just now: it has no cells.
    index = begun_of(folder / "keys-2.parquet")
    await personal_data.erase(runtime, KEY)
    assert [draft.exists() for draft in drafts] == [False] * len(drafts)
    assert index.exists()
    assert (await rows_of(runtime, dataset))[ROW][0] == "erased-8"


def begun_of(file: Path, age: float = 0) -> Path:
    """Leave what a worker leaves that is killed while it writes a file."""
    draft = file.with_name(f".tmp-{uuid4().hex}-{file.name}")
    draft.write_bytes(KEY.encode())
    written_at = time.time() - age
    os.utime(draft, (written_at, written_at))
    return draft


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


async def test_who_hangs_up_waits_for_the_end_of_an_erasure(runtime: Runtime) -> None:
    dataset = await people(runtime)
    heard = []

    async def ask() -> None:
        heard.append(await personal_data.erase(runtime, KEY))
        await asyncio.sleep(0)
        raise AssertionError("not reached: it was canceled")

    async with held_up(runtime):
        asking = asyncio.create_task(ask())
        await begun()
        asking.cancel()
        await asyncio.wait([asking], timeout=0.01)
        assert not asking.done()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert [[each.dataset_id for each in erasure.datasets] for erasure in heard] == [[dataset.id]]
    assert (await rows_of(runtime, dataset))[ROW][0] == "erased-8"
    assert await Job.all().count() == 0


async def test_a_server_that_stops_finishes_an_erasure(runtime: Runtime) -> None:
    dataset = await people(runtime)
    async with held_up(runtime):
        erasing = asyncio.create_task(personal_data.erase(runtime, KEY))
        await begun()
        erasing.cancel()
        closing = asyncio.create_task(runtime.finishing.close(60))
        await asyncio.wait([closing], timeout=0.01)
        assert not closing.done()
    await closing
    assert erasing.cancelled()
    assert (await rows_of(runtime, dataset))[ROW][0] == "erased-8"


async def test_where_others_write_all_the_time_it_is_to_be_sent_again(runtime: Runtime) -> None:
    if dialect_of(runtime.settings.database) is not Dialect.SQLITE:
        await compact(runtime)
        return
    await Tortoise.get_connection("default").execute_script("PRAGMA busy_timeout = 0")
    path = runtime.settings.database.removeprefix("sqlite://")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Conflict, match="send the request again"):
            await compact(runtime)
    await compact(runtime)


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
