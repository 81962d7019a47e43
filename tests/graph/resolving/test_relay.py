"""Ids, cursors and pages, held against Relay's own algorithm on a plain list."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.models import Dataset
from graph.resolving.relay import (
    NODES,
    Connection,
    Window,
    global_id,
    key_of,
    keyset_page,
    parse_id,
    row_page,
)
from tests.graph.resolving.conftest import make_dataset, opened

KEY = UUID("01a1f838-b662-76ed-b06c-002dd07e7011")
SIZES = st.one_of(st.none(), st.integers(0, 12))
PLACES = st.one_of(st.none(), st.integers(0, 9))


def expected(
    items: Sequence[int], first: int | None, after: int | None, last: int | None, before: int | None
) -> list[int]:
    """Apply "Pagination algorithm" of the Relay cursor connections specification; cursors are places."""
    high = len(items) if before is None else min(before, len(items))
    found = list(items[0 if after is None else after + 1 : high])
    if last is not None:
        return found[max(0, len(found) - last) :]
    return found[: 50 if first is None else first]


async def rows(
    total: int, first: int | None, after: str | None, last: int | None, before: str | None
) -> Connection[int]:
    async def read(offset: int, limit: int) -> list[int]:
        assert limit > 0, "nothing is read for an empty page"
        return list(range(total))[offset : offset + limit]

    return await row_page(total, Window.of(first, after, last, before, 60), read)


@given(st.sampled_from(sorted(NODES)), st.uuids())
def test_an_id_is_read_back_as_what_it_was_made_of(name: str, key: UUID) -> None:
    assert parse_id(global_id(name, key)) == (name, key)
    assert key_of(name, global_id(name, key)) == key
    assert key_of(f"{name}x", global_id(name, key)) is None


@given(st.text(max_size=20).filter(lambda name: name not in NODES), st.uuids())
def test_an_id_of_what_is_no_object_of_ours_names_nothing(name: str, key: UUID) -> None:
    assert parse_id(global_id(name, key)) is None


@given(st.text(max_size=60))
def test_no_text_is_an_id_but_those_given_out(text: str) -> None:
    parsed = parse_id(text)
    assert parsed is None or global_id(*parsed) == text


def test_an_id_is_opaque_and_the_same_for_ever() -> None:
    assert global_id("Dataset", KEY) == "RGF0YXNldDowMWExZjgzOGI2NjI3NmVkYjA2YzAwMmRkMDdlNzAxMQ"


@pytest.mark.parametrize("text", [None, "", "RGF0YXNldA", f"{global_id('Dataset', KEY)}=="])
def test_what_is_no_id_has_no_key(text: str | None) -> None:
    assert key_of("Dataset", text) is None


@given(total=st.integers(0, 9), first=SIZES, last=SIZES, after=PLACES, before=PLACES)
async def test_a_page_of_rows_is_what_relay_says(
    total: int, first: int | None, last: int | None, after: int | None, before: int | None
) -> None:
    if first is not None:
        last = None
    cursors = [edge.cursor for edge in (await rows(10, 10, None, None, None)).edges]

    page = await rows(
        total,
        first,
        None if after is None else cursors[after],
        last,
        None if before is None else cursors[before],
    )

    wanted = expected(range(total), first, after, last, before)
    assert [edge.node for edge in page.edges] == wanted
    assert [edge.cursor for edge in page.edges] == [cursors[place] for place in wanted]
    assert await page.total_count() == total
    ends = (page.page_info.start_cursor, page.page_info.end_cursor)
    assert ends == ((page.edges[0].cursor, page.edges[-1].cursor) if page.edges else (None, None))


@given(total=st.integers(0, 9), size=st.integers(1, 4))
async def test_following_the_cursors_meets_every_row_once_in_either_direction(total: int, size: int) -> None:
    forward: list[int] = []
    page = await rows(total, size, None, None, None)
    while True:
        forward += [edge.node for edge in page.edges]
        if not page.page_info.has_next_page:
            break
        page = await rows(total, size, page.page_info.end_cursor, None, None)
    backward: list[int] = []
    page = await rows(total, None, None, size, None)
    while True:
        backward = [edge.node for edge in page.edges] + backward
        if not page.page_info.has_previous_page:
            break
        page = await rows(total, None, None, size, page.page_info.start_cursor)

    assert forward == backward == list(range(total))


@pytest.mark.parametrize(
    ("first", "last", "argument"),
    [(-1, None, "first"), (13, None, "first"), (None, 13, "last"), (1, 1, "last")],
)
def test_a_size_that_cannot_be_is_refused_by_the_name_of_its_argument(
    first: int | None, last: int | None, argument: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        Window.of(first, None, last, None, 12)
    assert refusal.value.path == (argument,)


def test_a_page_has_fifty_items_unless_told_otherwise() -> None:
    assert Window.of(None, None, None, None, 100) == Window(50, backward=False, after=None, before=None)


@pytest.mark.parametrize(
    "cursor", ["", "x", "cm93Oi0x", "cm93Og", "a2V5OjE", "cm93OjEyMzQ1Njc4OTAxMjM0NTY3OA"]
)
async def test_a_cursor_of_something_else_is_refused_by_the_name_of_its_argument(cursor: str) -> None:
    with pytest.raises(Invalid) as after:
        await rows(5, None, cursor, None, None)
    with pytest.raises(Invalid) as before:
        await rows(5, None, None, None, cursor)
    assert (after.value.path, before.value.path) == (("after",), ("before",))


async def test_a_page_of_the_database_is_what_relay_says(database_url: str) -> None:
    async with opened(database_url):
        keys = [(await make_dataset()).id for _ in range(5)][::-1]
        everything = await keyset_page(Dataset.all(), Window.of(5, None, None, None, 5), lambda row: row.id)
        cursors = [edge.cursor for edge in everything.edges]
        assert [edge.node for edge in everything.edges] == keys
        for first, last in [(None, None), (0, None), (2, None), (5, None), (None, 0), (None, 2), (None, 5)]:
            for after in (None, 0, 2, 4):
                for before in (None, 0, 3, 4):
                    page = await keyset_page(
                        Dataset.all(),
                        Window.of(
                            first,
                            None if after is None else cursors[after],
                            last,
                            None if before is None else cursors[before],
                            50,
                        ),
                        lambda row: row.id,
                    )
                    wanted = expected(range(5), first, after, last, before)
                    assert [edge.node for edge in page.edges] == [keys[place] for place in wanted]
                    assert await page.total_count() == 5


async def test_the_end_of_a_list_is_told_also_where_the_last_page_is_full(database_url: str) -> None:
    async with opened(database_url):
        for _ in range(4):
            await make_dataset()
        first = await keyset_page(Dataset.all(), Window.of(2, None, None, None, 5), lambda row: row.id)
        second = await keyset_page(
            Dataset.all(), Window.of(2, first.page_info.end_cursor, None, None, 5), lambda row: row.id
        )
        last = await keyset_page(Dataset.all(), Window.of(None, None, 4, None, 5), lambda row: row.id)

    assert (first.page_info.has_previous_page, first.page_info.has_next_page) == (False, True)
    assert (second.page_info.has_previous_page, second.page_info.has_next_page) == (True, False)
    assert (last.page_info.has_previous_page, last.page_info.has_next_page) == (False, False)


async def test_a_place_in_the_database_stays_when_its_row_is_gone(database_url: str) -> None:
    async with opened(database_url):
        datasets = [await make_dataset() for _ in range(3)]
        first = await keyset_page(Dataset.all(), Window.of(2, None, None, None, 5), lambda row: row.id)
        await datasets[1].delete()
        second = await keyset_page(
            Dataset.all(), Window.of(2, first.page_info.end_cursor, None, None, 5), lambda row: row.id
        )

    assert [edge.node for edge in second.edges] == [datasets[0].id]


async def test_a_cursor_of_rows_is_none_of_the_database(database_url: str) -> None:
    async with opened(database_url):
        for cursor in ("cm93OjE", "a2V5OjE", uuid4().hex):
            with pytest.raises(Invalid) as refusal:
                await keyset_page(Dataset.all(), Window.of(2, None, None, cursor, 5), lambda row: row.id)
            assert refusal.value.path == ("before",)
