"""The audit says what was done, by whom and from where, and nothing changes it any more."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.models import AuditEvent
from domain.services import auditing
from domain.services.identities import new_id, now
from domain.terms.access import Caller, Role, Viewer, ViewerKind
from domain.terms.administration import AuditFilter
from domain.terms.auditing import AuditEntry, AuditOutcome, Subject

CHECKOUT = Path(__file__).resolve().parents[3]
ANNA = Viewer(uuid4(), "Anna", Role.ADMIN, ViewerKind.API_KEY, key_id=uuid4())

WRITING = {
    "bulk_update",
    "delete",
    "execute_query",
    "execute_script",
    "get_or_create",
    "in_bulk",
    "raw",
    "save",
    "update",
    "update_from_dict",
    "update_or_create",
}
"""What Tortoise changes or deletes rows by, or may."""

on_both_databases = pytest.mark.usefixtures("runtime")


def entry(action: str = "deleteDataset", **values: Any) -> AuditEntry:
    caller = values.pop("caller", Caller(ANNA, None, "192.0.2.1", "request-1"))
    return AuditEntry(**{"action": action, "outcome": AuditOutcome.SUCCEEDED, "caller": caller, **values})


@on_both_databases
async def test_an_event_says_who_did_what_to_what_from_where_and_when() -> None:
    subject = Subject("Dataset", uuid4())
    before = now()
    made = await auditing.record(entry(outcome=AuditOutcome.REFUSED, subject=subject, code="CONFLICT"))
    kept = await AuditEvent.get(id=made.id)
    assert before <= kept.at <= now()
    assert (kept.action, kept.outcome, kept.code) == ("deleteDataset", AuditOutcome.REFUSED, "CONFLICT")
    assert (kept.subject_kind, kept.subject_id) == ("Dataset", subject.id)
    assert (kept.actor_id, kept.actor_name) == (ANNA.account_id, "Anna")
    assert (kept.actor_kind, kept.key_id) == (ViewerKind.API_KEY, ANNA.key_id)
    assert (kept.address, kept.request_id) == ("192.0.2.1", "request-1")


@on_both_databases
async def test_somebody_who_is_signed_out_is_nobody_and_an_actor_stands_in() -> None:
    nobody = await auditing.record(entry(caller=Caller(address="192.0.2.1")))
    assert (nobody.actor_id, nobody.actor_name, nobody.actor_kind, nobody.key_id) == (None,) * 4
    assert (nobody.subject_kind, nobody.subject_id, nobody.code) == (None,) * 3
    signing_in = await auditing.record(entry("signIn", caller=Caller(), actor=ANNA))
    assert (signing_in.actor_id, signing_in.actor_name) == (ANNA.account_id, "Anna")


@on_both_databases
async def test_the_audit_goes_by_user_names_and_tells_what_a_program_is_called_besides() -> None:
    person = Viewer(uuid4(), "bob", Role.USER, ViewerKind.USER, name="root")
    made = await auditing.record(entry(caller=Caller(person)))
    assert (await AuditEvent.get(id=made.id)).actor_name == "bob"
    program = Viewer(uuid4(), "service:0123abcd", Role.USER, ViewerKind.API_KEY, name="root")
    made = await auditing.record(entry(caller=Caller(program)))
    assert (await AuditEvent.get(id=made.id)).actor_name == "service:0123abcd (root)"


@on_both_databases
async def test_long_values_are_cut_and_never_refused() -> None:
    viewer = Viewer(uuid4(), "n" * 201, Role.USER, ViewerKind.USER)
    caller = Caller(viewer, None, "a" * 65, "r" * 100_000)
    made = await auditing.record(
        entry("x" * 65, caller=caller, code="c" * 65, subject=Subject("k" * 65, uuid4()))
    )
    kept = await AuditEvent.get(id=made.id)
    cut = {"action": "x", "code": "c", "subject_kind": "k", "address": "a", "request_id": "r"}
    assert {name: getattr(kept, name) for name in cut} == {
        name: letter * 63 + "…" for name, letter in cut.items()
    }
    assert kept.actor_name == "n" * 199 + "…"
    fits = await auditing.record(entry("x" * 64))
    assert (await AuditEvent.get(id=fits.id)).action == "x" * 64


@on_both_databases
async def test_what_can_not_be_printed_is_left_out_and_forges_no_line() -> None:
    for odd in ("a\nb", "a\0b", "a\r\n\tb", "a\u2028b", "a\ud800b", "a\u202eb"):
        viewer = Viewer(uuid4(), odd, Role.USER, ViewerKind.USER)
        made = await auditing.record(entry(caller=Caller(viewer, None, odd, odd)))
        kept = await AuditEvent.get(id=made.id)
        assert [kept.actor_name, kept.address, kept.request_id] == ["a b"] * 3


async def found(**wanted: Any) -> list[UUID]:
    return [event.id for event in await auditing.newest_first(AuditFilter(**wanted))]


@on_both_databases
async def test_events_come_newest_first_and_those_alone_that_every_filter_fits() -> None:
    ben = Viewer(uuid4(), "Ben", Role.USER, ViewerKind.USER)
    dataset, run = Subject("Dataset", uuid4()), Subject("ClusteringRun", uuid4())
    denied = AuditOutcome.DENIED
    first = await auditing.record(entry(subject=dataset))
    second = await auditing.record(entry("trainClustering", subject=run, outcome=denied))
    third = await auditing.record(entry(caller=Caller(ben, None, "2001:db8::1"), subject=dataset))
    assert [event.id for event in await auditing.newest_first()] == [third.id, second.id, first.id]
    assert await found() == [third.id, second.id, first.id]
    assert await found(actor_id=ANNA.account_id) == [second.id, first.id]
    assert await found(key_id=ANNA.key_id) == [second.id, first.id]
    assert await found(action="trainClustering") == [second.id]
    assert await found(outcome=denied) == [second.id]
    assert await found(subject_id=dataset.id) == [third.id, first.id]
    assert await found(address="2001:db8::1") == [third.id]
    assert await found(subject_id=dataset.id, actor_id=ben.account_id) == [third.id]
    assert await found(action="trainClustering", actor_id=ben.account_id) == []
    assert await found(actor_id=uuid4()) == []


@on_both_databases
async def test_a_period_has_its_beginning_and_not_its_end_in_whatever_zone_it_is_told() -> None:
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    ids = []
    for seconds in (-1, 0, 1):
        at = moment + timedelta(seconds=seconds)
        made = UUID(int=int(at.timestamp() * 1_000) << 80 | (new_id().int & ((1 << 80) - 1)))
        await AuditEvent.create(
            id=made, at=at, action="signIn", outcome=AuditOutcome.SUCCEEDED, address="", request_id=""
        )
        ids.append(made)
    for same in (moment, moment.astimezone(timezone(timedelta(hours=-9))), moment.replace(tzinfo=None)):
        assert await found(since=same) == [ids[2], ids[1]]
        assert await found(until=same) == [ids[0]]
        assert await found(since=same, until=same + timedelta(seconds=1)) == [ids[1]]
    assert await found(since=moment + timedelta(microseconds=1)) == [ids[2]]
    assert await found(since=moment, until=moment) == []


@on_both_databases
async def test_a_period_may_reach_to_the_ends_of_the_calendar() -> None:
    made = await auditing.record(entry())
    west, east = timezone(timedelta(hours=-23)), timezone(timedelta(hours=23))
    first, last = datetime.min.replace(tzinfo=east), datetime.max.replace(tzinfo=west)
    assert await found(since=first, until=last) == [made.id]
    assert await found(since=last) == []
    assert await found(until=first) == []


@on_both_databases
async def test_a_filter_that_no_event_fits_finds_nothing_whatever_it_says() -> None:
    await auditing.record(entry("signIn"))
    for odd in ("' OR '1'='1", "%", "_", "sign\0In", "\ud800", "x" * 100_000, ""):
        assert await found(action=odd) == []
        assert await found(address=odd) == []


@on_both_databases
async def test_an_event_refers_to_nothing_that_could_take_it_along() -> None:
    related = AuditEvent._meta.fk_fields | AuditEvent._meta.backward_fk_fields | AuditEvent._meta.m2m_fields
    assert related == set()


def ways_to_change(source: str) -> Iterator[str]:
    """Find what could change or delete an event, in a module that knows them or how to find them."""
    tree = ast.parse(source)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names |= {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    for text in texts:
        # As SQL would name it; the model names its table, and that is all it is.
        if isinstance(text, str) and "audit_event" in text and text != "audit_event":
            yield text
    reads = "newest_first" in names and "auditing" in names
    if "AuditEvent" in names or "AuditEvent" in texts or reads:
        yield from sorted(names & WRITING)
        # A name that is made up at run time could be any of them.
        yield from sorted(names & {"setattr", "getattr"} & names_called_with_text(tree))


def names_called_with_text(tree: ast.AST) -> set[str]:
    return {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and any(isinstance(each, ast.Constant) and each.value in WRITING for each in node.args)
    }


@pytest.mark.parametrize(
    "source",
    [
        "from domain.models import AuditEvent\nasync def go(): await AuditEvent.filter(id=1).delete()",
        "from domain import models\nasync def go(): await models.AuditEvent.all().update(code=None)",
        "from domain.models import AuditEvent as E\nasync def go():\n    x = E.all()\n    await x.delete()",
        "async def go():\n    event = await auditing.newest_first().first()\n    await event.save()",
        "async def go(): await db.execute('DELETE FROM audit_event')",
        "model = MODELS['AuditEvent']\nasync def go(): await getattr(model.all(), 'delete')()",
    ],
)
def test_a_way_to_change_the_audit_would_be_found(source: str) -> None:
    assert list(ways_to_change(source)) != []


def test_no_code_changes_or_deletes_events_of_the_audit() -> None:
    modules = [path for room in ("domain", "graph") for path in sorted((CHECKOUT / room).rglob("*.py"))]
    sources = {str(path.relative_to(CHECKOUT)): path.read_text() for path in modules}
    # Whoever reaches an event names one of these.
    knowing = {
        path: text for path, text in sources.items() if re.search("AuditEvent|audit_event|auditing", text)
    }
    assert "domain/services/auditing.py" in knowing
    ways = {path: list(ways_to_change(text)) for path, text in knowing.items()}
    assert {path: found for path, found in ways.items() if found} == {}
