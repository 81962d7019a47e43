"""Texts that fit."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.pictures.lettering import ELLIPSIS, fit, plain, width, wrap

TEXTS = st.text(max_size=80)


def test_what_fits_is_not_touched() -> None:
    assert fit("Loyal", 1.0, 9) == "Loyal"
    assert wrap("Loyal", 1.0, 9, lines=2) == ["Loyal"]


def test_what_does_not_fit_ends_in_an_ellipsis() -> None:
    assert fit("W" * 60, 1.0, 9) == "W" * 7 + ELLIPSIS


def test_a_line_is_broken_at_a_blank() -> None:
    assert wrap("High annual income, low spending", 1.4, 9, lines=2) == [
        "High annual income,",
        "low spending",
    ]


def test_a_word_that_is_too_long_is_broken_within() -> None:
    first, second = wrap("W" * 12, 1.0, 9, lines=2)
    assert first + second == "W" * 12


def test_an_accent_and_an_emoji_stay_in_one_piece() -> None:
    family = "👩‍👩‍👧"
    for room in (0.3, 0.4, 0.5, 0.6, 0.7):
        left = fit(family * 3, room, 9).removesuffix(ELLIPSIS)
        assert left == family * (len(left) // len(family))
    assert fit("e\u0301" * 40, 1.0, 9).removesuffix(ELLIPSIS).endswith("e\u0301")


def test_a_size_is_in_points_and_a_width_in_inches() -> None:
    # In DejaVu Sans a zero is 1303 of 2048 units wide: at 72 points, 0.636 inches.
    assert width("0", 72) == pytest.approx(1303 / 2048, abs=0.05)
    assert width("00", 72) - width("0", 72) == pytest.approx(1303 / 2048, abs=0.01)


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.floats(0.5, 3.0), st.integers(1, 3))
def test_no_line_is_wider_than_its_room(text: str, room: float, lines: int) -> None:
    shown = wrap(plain(text), room, 9, lines)
    assert len(shown) <= lines
    assert all(width(line, 9) <= room + 1e-9 for line in shown)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_what_has_room_is_shown_whole(text: str) -> None:
    assert wrap(plain(text), 100.0, 9, lines=2) == [plain(text)]


@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_becomes_one_that_xml_holds(text: str) -> None:
    element = ET.Element("text")
    element.text = plain(text)
    written = ET.tostring(element, encoding="utf-8")
    read = ET.fromstring(written)  # noqa: S314  # our own text
    assert (read.text or "") == plain(text)


def test_what_no_picture_can_show_is_dropped() -> None:
    assert plain("a\x00b\ud800c\uffffd\u202ee") == "abcde"
    assert plain(" two \n lines\t") == "two lines"
    assert plain("$x^2$ <b>&") == "$x^2$ <b>&"
