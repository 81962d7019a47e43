"""Exports are written once, by a worker, and go after a while."""

import asyncio
import csv
import hashlib
import io
import json
import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest

from domain.errors import Conflict, DomainError, Invalid, NotFound, Refused
from domain.models import ClusteringRun, Segment
from domain.services import audiences, exports, links, prediction_exports
from domain.services.exports import Export
from domain.services.identities import now
from domain.services.runtime import Runtime
from domain.storage import artifacts
from domain.storage.tables import BLANK_ROWS
from domain.storage.writing import table_writer
from domain.terms.access import Role, Viewer
from domain.terms.exports import (
    AudienceRequest,
    ExportFormat,
    ExportKind,
    ExportRequest,
    ExportUse,
    Holdout,
)
from domain.terms.holding_out import group_of
from tests.domain.services.rows import (
    a_job,
    a_model_version,
    a_remembered_prediction,
    a_run,
    an_account,
    viewer_of,
)
from tests.domain.services.segmented import AGES_OF, KEYS, a_placed_dataset, a_segmented_run

FOUND = "exports/abandoned/found.json"


@pytest.fixture
async def viewer(runtime: Runtime) -> Viewer:
    return viewer_of(await an_account())


def of_run(viewer: Viewer, run: ClusteringRun, **values: Any) -> ExportRequest:
    return ExportRequest(ExportKind.RUN, run.id, viewer, **values)


def rows(runtime: Runtime, export: Export) -> list[dict[str, str]]:
    content = runtime.storage.read_bytes(export.address.export_key)
    assert hashlib.sha256(content).hexdigest() == export.outcome.checksum
    assert len(content) == export.outcome.size_in_bytes
    found = list(csv.DictReader(io.StringIO(content.decode())))
    assert len(found) == export.outcome.row_count
    return found


async def refused(
    runtime: Runtime, request: ExportRequest
) -> list[tuple[type[DomainError], tuple[str, ...]]]:
    """Tell what is wrong with a request, and where; nothing is written for it."""
    before = runtime.storage.children("exports")
    with pytest.raises((Refused, DomainError)) as caught:
        await exports.create(runtime, request)
    assert runtime.storage.children("exports") == before
    error = caught.value
    mistakes = error.exceptions if isinstance(error, Refused) else [error]
    return [(type(each), each.path) for each in mistakes if isinstance(each, DomainError)]


async def test_a_run_is_exported_with_all_customers(runtime: Runtime, viewer: Viewer) -> None:
    run = await a_segmented_run(runtime)
    export = await exports.create(runtime, of_run(viewer, run))
    found = rows(runtime, export)
    assert [row["key"] for row in found] == [row["id"] for row in found] == KEYS
    assert [float(row["age"]) for row in found] == AGES_OF
    assert [row["segment"] for row in found] == ["Young", "Young", "Old", "Old", "Young", ""]
    assert [row["unassigned"] for row in found] == [""] * 5 + ["NOISE"]
    assert export.address.file_name == "Customers.csv"
    link = links.verify_export(runtime, export.token)
    assert link is not None
    assert (link.address, link.account_id) == (export.address, viewer.account_id)
    assert link.expires_at == export.expires_at


async def test_a_segment_is_exported_under_its_name(runtime: Runtime, viewer: Viewer) -> None:
    segment = await Segment.get(run_id=(await a_segmented_run(runtime)).id, index=1)
    segment.name = "Öld / wise?"
    await segment.save()
    export = await exports.create(runtime, ExportRequest(ExportKind.SEGMENT, segment.id, viewer, columns=()))
    assert [row["key"] for row in rows(runtime, export)] == ["C-2", "C-3"]
    assert export.address.file_name == "Öld - wise.csv"


async def test_a_placed_dataset_is_exported_with_its_scores(runtime: Runtime, viewer: Viewer) -> None:
    run = await a_segmented_run(runtime)
    placed = await a_placed_dataset(runtime, run)
    young = await Segment.get(run_id=run.id, index=0)
    request = ExportRequest(ExportKind.DATASET_PREDICTION, placed.id, viewer)
    all_of_it = rows(runtime, await exports.create(runtime, request))
    assert [row["segment_index"] for row in all_of_it] == ["1", "1", "0", "0", "1", ""]
    assert {row["distance"] for row in all_of_it} == {"0.5"}
    assert all_of_it[0]["runner_up"] == "Young"
    request = ExportRequest(
        ExportKind.DATASET_PREDICTION, placed.id, viewer, segment_id=young.id, segment_given=True
    )
    assert [row["key"] for row in rows(runtime, await exports.create(runtime, request))] == ["C-2", "C-3"]


async def test_an_audience_is_exported_with_its_own_holdout(runtime: Runtime, viewer: Viewer) -> None:
    segment = await Segment.get(run_id=(await a_segmented_run(runtime)).id, index=0)
    audience = await audiences.create(AudienceRequest("Spring", segment.id, holdout_share=0.5))
    request = ExportRequest(ExportKind.AUDIENCE, audience.id, viewer)
    found = rows(runtime, await exports.create(runtime, request))
    holdout = Holdout(0.5, audience.salt)
    assert [row["key"] for row in found] == ["C-0", "C-1", "C-4"]
    assert [row["group"] for row in found] == [group_of(row["key"], holdout) for row in found]
    request = ExportRequest(ExportKind.AUDIENCE, audience.id, viewer, holdout_share=0.1)
    assert await refused(runtime, request) == [(Invalid, ("input", "holdoutShare"))]


async def test_the_salt_of_a_run_is_its_id_unless_another_is_given(runtime: Runtime, viewer: Viewer) -> None:
    run = await a_segmented_run(runtime)
    for salt in (None, "summer"):
        request = of_run(viewer, run, holdout_share=0.5, holdout_salt=salt)
        found = rows(runtime, await exports.create(runtime, request))
        holdout = Holdout(0.5, salt or str(run.id))
        assert [row["group"] for row in found] == [group_of(key, holdout) for key in KEYS]


async def test_equal_exports_are_written_once(runtime: Runtime, viewer: Viewer) -> None:
    run = await a_segmented_run(runtime)
    first, *others = await asyncio.gather(*(exports.create(runtime, of_run(viewer, run)) for _ in range(4)))
    written = runtime.storage.version(first.address.export_key)
    again = await exports.create(runtime, of_run(viewer_of(await an_account()), run))
    assert {each.address for each in others} == {first.address} == {again.address}
    assert runtime.storage.version(first.address.export_key) == written
    other = await exports.create(runtime, of_run(viewer, run, format=ExportFormat.PARQUET))
    assert other.address.export_key != first.address.export_key


async def test_a_renamed_segment_and_an_erased_customer_make_another_export(
    runtime: Runtime, viewer: Viewer
) -> None:
    run = await a_segmented_run(runtime)
    first = await exports.create(runtime, of_run(viewer, run))
    await Segment.filter(run_id=run.id, index=0).update(name="Fresh")
    renamed = await exports.create(runtime, of_run(viewer, run))
    await run.fetch_related("dataset")
    table = pa.table({"id": [None, *KEYS[1:]], "age": [None, *AGES_OF[1:]]})
    with table_writer(runtime.storage, run.dataset.table_key, table.schema) as writer:
        writer.write(table)
        writer.note(BLANK_ROWS, b"[0]")
    erased = await exports.create(runtime, of_run(viewer, run))
    assert len({each.address.export_key for each in (first, renamed, erased)}) == 3
    assert rows(runtime, renamed)[0]["segment"] == "Fresh"
    assert [row["key"] for row in rows(runtime, erased)] == KEYS[1:]


async def test_what_is_gone_from_the_storage_is_written_again(runtime: Runtime, viewer: Viewer) -> None:
    run = await a_segmented_run(runtime)
    first = await exports.create(runtime, of_run(viewer, run))
    runtime.storage.delete("exports")
    assert await exports.outcome_of(runtime, first.address) is None
    again = await exports.create(runtime, of_run(viewer, run))
    assert again.outcome == first.outcome
    assert await exports.outcome_of(runtime, first.address) == first.outcome


async def test_every_mistake_is_told_at_once(runtime: Runtime, viewer: Viewer) -> None:
    run = await a_segmented_run(runtime)
    request = of_run(
        viewer, run, columns=("age", "nonsense", "age"), holdout_share=0.7, holdout_salt="x" * 201
    )
    assert await refused(runtime, request) == [
        (Invalid, ("input", "holdoutShare")),
        (Invalid, ("input", "holdoutSalt")),
        (Invalid, ("input", "columns")),
        (Invalid, ("input", "columns")),
    ]


async def test_what_is_not_there_can_not_be_exported(runtime: Runtime, viewer: Viewer) -> None:
    for kind in set(ExportKind) - {ExportKind.PREDICTIONS}:
        request = ExportRequest(kind, None, viewer)
        assert await refused(runtime, request) == [(NotFound, ("input", "of", kind.value))]


async def test_a_run_that_has_not_succeeded_has_nothing_to_export(runtime: Runtime, viewer: Viewer) -> None:
    run = await a_run(await a_job())
    assert await refused(runtime, of_run(viewer, run)) == [(Conflict, ("input", "of", "runId"))]


async def test_only_placed_datasets_have_segments_picked_out(runtime: Runtime, viewer: Viewer) -> None:
    run = await a_segmented_run(runtime)
    segment = await Segment.get(run_id=run.id, index=0)
    request = of_run(viewer, run, segment_id=segment.id, segment_given=True)
    assert await refused(runtime, request) == [(Invalid, ("input", "segmentId"))]


async def test_remembered_predictions_are_exported_to_who_may_see_them(runtime: Runtime) -> None:
    run = await a_segmented_run(runtime)
    version = await a_model_version(run)
    young, old = await Segment.filter(run_id=run.id).order_by("index")
    user, analyst = viewer_of(await an_account()), viewer_of(await an_account(role=Role.ANALYST))
    await a_remembered_prediction(
        run, predicted_by=user.account_id, customer_key="A", segment_id=young.id, runner_up_id=old.id
    )
    await a_remembered_prediction(
        run, model_version_id=version.id, attributes={"age": 1, "city": "=x"}, unassigned="NOISE"
    )

    async def told(viewer: Viewer, **values: Any) -> list[dict[str, str]]:
        request = ExportRequest(
            **{
                "kind": ExportKind.PREDICTIONS,
                "source_id": None,
                "by": viewer,
                "source_given": False,
                **values,
            }
        )
        return rows(runtime, await exports.create(runtime, request))

    (mine,) = await told(user)
    assert {name: mine[name] for name in ("key", "age", "segment", "segment_index", "runner_up")} == {
        "key": "A",
        "age": "40",
        "segment": "Young",
        "segment_index": "0",
        "runner_up": "Old",
    }
    assert mine["predicted_at"] > "2020"
    newest, oldest = await told(analyst)
    assert (newest["city"], newest["unassigned"], oldest["city"]) == ("'=x", "NOISE", "")
    assert len(await told(analyst, source_id=version.id, source_given=True)) == 1
    assert len(await told(analyst, run_id=run.id, run_given=True)) == 2
    assert await told(user, source_id=version.id, source_given=True) == []


async def test_predictions_are_gathered_page_by_page_in_threads_for_one_export_after_the_other(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await a_segmented_run(runtime)
    keys = ["A", "B", "C", "D", "E"]
    for key in keys:
        await a_remembered_prediction(run, customer_key=key)
    written: list[tuple[object, int]] = []
    write = prediction_exports._write

    def spied(output: Any, page: list[Any], segments: Any) -> None:
        assert threading.current_thread() is not threading.main_thread()
        written.append((output, len(page)))
        write(output, page, segments)

    monkeypatch.setattr(prediction_exports, "_PAGE", 2)
    monkeypatch.setattr(prediction_exports, "_write", spied)
    viewer = viewer_of(await an_account(role=Role.ANALYST))
    request = ExportRequest(ExportKind.PREDICTIONS, None, viewer, source_given=False)
    files = [f"exports/gathered-{uuid4()}.jsonl" for _ in range(2)]
    await asyncio.gather(*(prediction_exports.gather(runtime, request, file) for file in files))

    assert [count for _, count in written] == [2, 2, 1] * 2
    assert [written[0][0]] * 3 + [written[3][0]] * 3 == [output for output, _ in written]
    for file in files:
        lines = runtime.storage.read_bytes(file).splitlines()
        assert [json.loads(line)["key"] for line in lines] == keys[::-1]


async def test_of_no_version_and_no_run_there_are_no_predictions(runtime: Runtime, viewer: Viewer) -> None:
    request = ExportRequest(ExportKind.PREDICTIONS, None, viewer)
    path = ("input", "of", "predictions")
    assert await refused(runtime, request) == [(NotFound, (*path, "modelVersionId"))]
    request = ExportRequest(ExportKind.PREDICTIONS, None, viewer, source_given=False, run_given=True)
    assert await refused(runtime, request) == [(NotFound, (*path, "runId"))]
    request = ExportRequest(ExportKind.PREDICTIONS, None, viewer, source_given=False, columns=("age",))
    assert await refused(runtime, request) == [(Invalid, ("input", "columns"))]


async def test_exports_go_when_their_addresses_have_expired(runtime: Runtime, viewer: Viewer) -> None:
    runtime.storage.delete("exports")
    run = await a_segmented_run(runtime)
    old, new = [
        await exports.create(runtime, of_run(viewer, run, format=format))
        for format in (ExportFormat.CSV, ExportFormat.ARROW)
    ]
    long_ago = now() - timedelta(seconds=2 * runtime.settings.signed_url_seconds + 3_700)
    folder = old.address.export_key.rpartition("/")[0]
    artifacts.dump(runtime.storage, f"{folder}/use.json", ExportUse(long_ago.timestamp()))
    assert await exports.clear_old(runtime) == 1
    assert await exports.outcome_of(runtime, old.address) is None
    assert await exports.outcome_of(runtime, new.address) == new.outcome


async def test_an_export_that_is_asked_for_again_stays(runtime: Runtime, viewer: Viewer) -> None:
    run = await a_segmented_run(runtime)
    export = await exports.create(runtime, of_run(viewer, run))
    folder = export.address.export_key.rpartition("/")[0]
    artifacts.dump(runtime.storage, f"{folder}/use.json", ExportUse(0.0))
    await exports.create(runtime, of_run(viewer, run))
    await exports.clear_old(runtime)
    assert await exports.outcome_of(runtime, export.address) == export.outcome


async def test_a_folder_that_does_not_say_yet_when_it_was_used_stays_until_the_next_clearing(
    runtime: Runtime,
) -> None:
    runtime.storage.delete("exports")
    with runtime.storage.open_output("exports/begun/use.json") as output:
        assert await exports.clear_old(runtime) == 0
        output.write(b'{"at": %d}' % now().timestamp())
    runtime.storage.write_bytes("exports/abandoned/records.jsonl", b"")
    for age in (0, 1_700):
        assert await exports.clear_old(runtime) == 0
        found = ExportUse(artifacts.load(runtime.storage, FOUND, ExportUse).at - age)
        artifacts.dump(runtime.storage, FOUND, found)
    artifacts.dump(runtime.storage, FOUND, ExportUse(found.at - 200))
    assert await exports.clear_old(runtime) == 1
    assert runtime.storage.children("exports") == ["begun"]


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Customers", "Customers"),
        ("../../etc/passwd", "etc-passwd"),
        ('a"b\r\nc', "a-b-c"),
        ("...", "customers"),
        ("x" * 200, "x" * 80),
        ("Straße 1", "Straße 1"),
    ],
)
def test_a_file_has_a_name_that_every_system_takes(name: str, stem: str) -> None:
    assert exports.file_stem(name) == stem
