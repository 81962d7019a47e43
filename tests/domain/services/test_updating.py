"""A dataset's name and roles change whole or not at all, and its identifier always has its index."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from domain.errors import DomainError, Invalid, NotFound, Refused, UnsuitableData
from domain.models import Dataset, Job
from domain.services import customers as rows
from domain.services import datasets, runs, traces, updating
from domain.services.remembering import key_hash
from domain.services.runtime import Runtime
from domain.services.supervision import Supervisor
from domain.storage import artifacts
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.customers import IndexOrder
from domain.terms.imports import DatasetUpdate
from domain.terms.jobs import JobKind
from tests.domain.services.rows import a_dataset, a_job, a_model_version, a_profile, a_run, a_running_job
from tests.domain.services.working import asked, begun, held_up, uploaded

PEOPLE = b"id,code,age,plan\n" + b"".join(
    b"%03d,K%d,%d,%s\n" % (place, place, 20 + place % 5, (b"free", b"paid")[place % 2]) for place in range(20)
)

# What others leave in the storage of all tests is not counted here.
pytestmark = pytest.mark.usefixtures("alone")
ROLES = {"id": "IDENTIFIER", "code": "TEXT", "age": "NUMERIC", "plan": "CATEGORICAL"}


def given(**roles: str) -> tuple[RoleOverride, ...]:
    return tuple(RoleOverride(name, ColumnRole(role)) for name, role in roles.items())


async def people(runtime: Runtime) -> Dataset:
    """Twenty customers with two columns that could tell them apart, of which `id` does."""
    dataset = await uploaded(runtime, PEOPLE, overrides=given(**ROLES))
    assert (roles(dataset), dataset.identifier) == (ROLES, "id")
    return dataset


async def updated(runtime: Runtime, dataset: Dataset, **values: str) -> Dataset:
    name = values.pop("name", None)
    return await updating.update(runtime, DatasetUpdate(dataset.id, name, given(**values)))


def roles(dataset: Dataset) -> dict[str, str]:
    return {column.name: str(column.role) for column in dataset.columns}


def reasons(dataset: Dataset) -> dict[str, str]:
    return {column.name: column.role_reason for column in dataset.columns}


async def first_key(runtime: Runtime, dataset: Dataset) -> str:
    return (await rows.of_dataset(runtime, dataset, 0, 1))[0].key


async def consistent(runtime: Runtime, dataset: Dataset) -> Dataset:
    """Read the dataset again, and hold it against its files: a table, the index in use, and no other."""
    kept = await Dataset.get(id=dataset.id)
    files = {f"{kept.folder}/{name}" for name in runtime.storage.children(kept.folder)}
    assert files == {kept.table_key} | ({kept.index_key} if kept.index_key else set())
    assert await Job.filter(kind=JobKind.IMPORT).count() == 0
    assert runtime.storage.children("incoming") == []
    return kept


def state(dataset: Dataset) -> dict[str, Any]:
    """Name all that its row holds."""
    return {name: getattr(dataset, name) for name in Dataset._meta.db_fields}


async def test_who_has_a_profile_is_found_by_the_identifier_that_a_dataset_has_now(runtime: Runtime) -> None:
    dataset = await people(runtime)
    version = await a_model_version(await a_run(await a_job(status="SUCCEEDED"), dataset))
    before: dict[str, Any] = {"scored_version_id": version.id, "key_hash": key_hash("001")}
    profile = await a_profile(attributes={"id": "001", "code": "K1"}, **before)
    other = await a_profile(attributes={"code": "K2"}, key_hash=key_hash("C-2"))
    assert not await traces.any_of_key("K1")

    await updated(runtime, dataset, id="TEXT", code="IDENTIFIER")

    assert [each.id for each in (await traces.of_key("K1")).profiles] == [profile.id]
    assert not await traces.any_of_key("001")
    assert [each.id for each in (await traces.of_key("C-2")).profiles] == [other.id]


async def test_a_dataset_is_renamed_and_nothing_else_changes(runtime: Runtime) -> None:
    dataset = await a_dataset(name="Before")
    after = await updated(runtime, dataset, name="  After ")
    assert after.name == "After"
    kept = await Dataset.get(id=dataset.id)
    assert {**state(kept), "name": ""} == {**state(dataset), "name": ""}


async def test_an_update_of_nothing_changes_nothing(runtime: Runtime) -> None:
    dataset = await a_dataset()
    assert state(await updated(runtime, dataset)) == state(dataset)
    assert state(await updated(runtime, dataset, age="NUMERIC")) == state(dataset)
    assert state(await Dataset.get(id=dataset.id)) == state(dataset)


async def test_a_role_tells_that_it_was_given_and_what_it_was_before(runtime: Runtime) -> None:
    dataset = await a_dataset()
    once = await updated(runtime, dataset, age="CATEGORICAL")
    assert reasons(once) == {"age": "given later; before, it was NUMERIC: numbers", "note": "long texts"}
    again = await updated(runtime, dataset, age="NUMERIC", note="IGNORED")
    assert roles(again) == {"age": "NUMERIC", "note": "IGNORED"}
    assert reasons(again) == {
        "age": "given later; before, it was CATEGORICAL: given too",
        "note": "given later; before, it was TEXT: long texts",
    }
    kept = await Dataset.get(id=dataset.id)
    assert kept.columns == again.columns
    assert [column.numeric for column in kept.columns] == [column.numeric for column in dataset.columns]


async def test_every_mistake_of_an_update_is_told_at_once_and_nothing_changes(runtime: Runtime) -> None:
    dataset = await a_dataset()
    wish = (*given(age="IGNORED", note="NUMERIC", height="TEXT"), RoleOverride("age", ColumnRole.DATETIME))
    with pytest.raises(Refused) as caught:
        await updating.update(runtime, DatasetUpdate(dataset.id, "\n", wish))
    told = [(type(each), each.path) for each in caught.value.exceptions if isinstance(each, DomainError)]
    assert told == [
        (Invalid, ("input", "columns", "3", "name")),
        (Invalid, ("input", "name")),
        (Invalid, ("input", "columns", "2", "name")),
        (Invalid, ("input", "columns", "1", "role")),
        (Invalid, ("input", "columns", "3", "role")),
    ]
    assert state(await Dataset.get(id=dataset.id)) == state(dataset)


async def test_something_has_to_be_left_to_cluster_by(runtime: Runtime) -> None:
    dataset = await a_dataset()
    with pytest.raises(Refused) as caught:
        await updated(runtime, dataset, name="After", age="IGNORED")
    (mistake,) = caught.value.exceptions
    assert isinstance(mistake, UnsuitableData)
    assert mistake.path == ("input", "columns")
    assert state(await Dataset.get(id=dataset.id)) == state(dataset)


async def test_a_dataset_that_is_not_there_is_told_with_the_other_mistakes(runtime: Runtime) -> None:
    for key in (uuid4(), None):
        with pytest.raises(Refused) as caught:
            await updating.update(runtime, DatasetUpdate(key, ""))
        assert [type(each) for each in caught.value.exceptions] == [NotFound, Invalid]


async def test_customers_are_known_by_the_column_that_becomes_the_identifier(runtime: Runtime) -> None:
    dataset = await people(runtime)
    assert await first_key(runtime, await consistent(runtime, dataset)) == "000"

    after = await updated(runtime, dataset, id="TEXT", code="IDENTIFIER")
    assert (after.identifier, await first_key(runtime, after)) == ("code", "K0")
    assert (await consistent(runtime, dataset)).identifier == "code"

    back = await updated(runtime, dataset, id="IDENTIFIER", code="TEXT")
    assert (back.identifier, await first_key(runtime, back)) == ("id", "000")
    await consistent(runtime, dataset)

    without = await updated(runtime, dataset, id="TEXT")
    assert (without.identifier, await first_key(runtime, without)) == (None, "1")
    assert (await consistent(runtime, dataset)).index_key is None


async def test_of_several_identifiers_the_first_that_is_unique_gives_the_key(runtime: Runtime) -> None:
    dataset = await people(runtime)
    assert (await updated(runtime, dataset, code="IDENTIFIER")).identifier == "id"
    assert (await updated(runtime, dataset, id="TEXT", plan="IDENTIFIER")).identifier == "code"
    assert (await updated(runtime, dataset, code="TEXT")).identifier is None
    assert roles(await consistent(runtime, dataset)) == {**ROLES, "id": "TEXT", "plan": "IDENTIFIER"}


async def test_whether_a_column_that_was_only_sampled_is_unique_is_looked_up_in_the_table(
    runtime: Runtime,
) -> None:
    dataset = await people(runtime)
    sampled = tuple(replace(column, approximate=True, distinct_count=20) for column in dataset.columns)
    await Dataset.filter(id=dataset.id).update(columns=sampled)
    assert (await updated(runtime, dataset, id="TEXT", plan="IDENTIFIER")).identifier is None
    await consistent(runtime, dataset)
    assert (await updated(runtime, dataset, code="IDENTIFIER")).identifier == "code"
    await consistent(runtime, dataset)


async def test_a_run_that_is_queued_keeps_the_roles_that_it_was_asked_with(runtime: Runtime) -> None:
    dataset = await a_dataset()
    run = await asked(runtime, dataset)
    await updated(runtime, dataset, age="CATEGORICAL")
    kept = await runs.find(run.id)
    assert kept is not None
    assert kept.parameters.columns == run.parameters.columns
    fresh = await asked(runtime, dataset)
    assert {each.name: str(each.role) for each in fresh.parameters.columns}["age"] == "CATEGORICAL"


async def test_a_training_that_is_queued_does_not_undo_a_new_name(runtime: Runtime) -> None:
    dataset = await a_dataset(name="Before")
    await asyncio.gather(asked(runtime, dataset), updated(runtime, dataset, name="After"))
    assert (await Dataset.get(id=dataset.id)).name == "After"


async def test_an_update_whose_client_hangs_up_changes_nothing_and_leaves_nothing(runtime: Runtime) -> None:
    dataset = await people(runtime)
    async with held_up(runtime):
        pending = asyncio.create_task(updated(runtime, dataset, id="TEXT", code="IDENTIFIER"))
        await begun()
        pending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pending
    assert state(await consistent(runtime, dataset)) == state(dataset)


async def test_an_update_that_is_overtaken_by_another_keeps_both(runtime: Runtime) -> None:
    dataset = await people(runtime)
    async with held_up(runtime):
        slow = asyncio.create_task(updated(runtime, dataset, id="TEXT", code="IDENTIFIER"))
        await begun()
        await updated(runtime, dataset, age="CATEGORICAL", name="Other")
    await slow
    kept = await consistent(runtime, dataset)
    assert roles(kept) == {"id": "TEXT", "code": "IDENTIFIER", "age": "CATEGORICAL", "plan": "CATEGORICAL"}
    assert (kept.name, kept.identifier, await first_key(runtime, kept)) == ("Other", "code", "K0")


async def test_an_update_of_a_dataset_that_is_deleted_meanwhile_leaves_no_file(runtime: Runtime) -> None:
    dataset = await people(runtime)
    async with held_up(runtime):
        slow = asyncio.create_task(updated(runtime, dataset, id="TEXT", code="IDENTIFIER"))
        await begun()
        await datasets.delete(runtime, dataset.id)
    with pytest.raises(NotFound, match="the dataset has just been deleted"):
        await slow
    assert str(dataset.id) not in runtime.storage.children("datasets")
    assert await Job.all().count() == 0


async def test_of_many_updates_at_once_each_is_made_whole(runtime: Runtime) -> None:
    dataset = await people(runtime)
    there, back = {"id": "TEXT", "code": "IDENTIFIER"}, {"id": "IDENTIFIER", "code": "TEXT"}
    # Often enough that one clears an index away while the worker still looks at it.
    wishes = [there, back, there, back, there, back, {"age": "CATEGORICAL"}]
    await asyncio.gather(*(updated(runtime, dataset, **wish) for wish in wishes))
    kept = await consistent(runtime, dataset)
    assert roles(kept) in [{**ROLES, **each, "age": "CATEGORICAL"} for each in (there, back)]
    assert kept.identifier == ("id" if kept.columns[0].role is ColumnRole.IDENTIFIER else "code")
    assert await first_key(runtime, kept) == ("000" if kept.identifier == "id" else "K0")


async def test_an_index_that_was_cleared_away_meanwhile_is_not_relied_upon(runtime: Runtime) -> None:
    dataset = await people(runtime)
    wish = DatasetUpdate(dataset.id, columns=given(id="TEXT", code="IDENTIFIER"))
    columns = updating._with_roles(dataset.columns, wish.columns)
    assert await updating._write(runtime, dataset, wish, columns, "code") is None
    assert state(await consistent(runtime, dataset)) == state(dataset)


async def test_what_a_crash_left_of_an_index_goes_with_the_next_update(runtime: Runtime) -> None:
    dataset = await people(runtime)
    runtime.storage.write_bytes(dataset.index_key_of("code"), b"half an index")
    await updated(runtime, dataset, plan="IDENTIFIER")
    assert (await consistent(runtime, dataset)).identifier == "id"


async def test_what_a_process_left_that_died_at_an_update_is_cleared_away(runtime: Runtime) -> None:
    """At whatever moment: its record, its order and the index that it made outlive it."""
    dataset = await people(runtime)
    stale = dataset.index_key_of("code")
    job = await a_running_job(kind=JobKind.IMPORT)
    order = IndexOrder(dataset.table_key, stale, "code")
    artifacts.dump(runtime.storage, f"incoming/{job.id}/order.json", order)
    runtime.storage.write_bytes(stale, b"an index that no row names")
    await Supervisor(runtime)._take_over()
    assert state(await consistent(runtime, dataset)) == state(dataset)


async def test_what_a_process_left_of_a_deleted_dataset_is_cleared_away(runtime: Runtime) -> None:
    gone = await people(runtime)
    job = await a_running_job(kind=JobKind.IMPORT)
    order = IndexOrder(gone.table_key, gone.index_key_of("code"), "code")
    artifacts.dump(runtime.storage, f"incoming/{job.id}/order.json", order)
    await datasets.delete(runtime, gone.id)
    runtime.storage.write_bytes(order.index_key, b"an index of nothing")
    await Supervisor(runtime)._take_over()
    assert str(gone.id) not in runtime.storage.children("datasets")
    assert await Job.all().count() == 0
