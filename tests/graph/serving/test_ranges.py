"""Which part of a file a Range header asks for. RFC 9110, section 14."""

import pytest

from graph.serving.ranges import Unsatisfiable, part_of


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-499", (0, 500)),
        ("bytes=500-999", (500, 1000)),
        ("bytes=9500-", (9500, 10_000)),
        ("bytes=-500", (9500, 10_000)),
        ("bytes=-20000", (0, 10_000)),
        ("bytes=0-0", (0, 1)),
        ("bytes=9000-99999", (9000, 10_000)),
        ("Bytes=1-2", (1, 3)),
    ],
)
def test_a_part_is_read(asked: str, part: tuple[int, int]) -> None:
    assert part_of(asked, 10_000) == part


@pytest.mark.parametrize(
    "asked",
    [None, "", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,5-6", "rows=0-1", "bytes=a-b", "bytes=٣-٤"],
)
def test_what_is_no_single_part_is_the_whole(asked: str | None) -> None:
    assert part_of(asked, 10_000) is None


@pytest.mark.parametrize(("asked", "size"), [("bytes=10000-", 10_000), ("bytes=-0", 10_000), ("bytes=0-", 0)])
def test_a_part_behind_the_end_can_not_be_had(asked: str, size: int) -> None:
    with pytest.raises(Unsatisfiable):
        part_of(asked, size)
