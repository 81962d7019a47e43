"""Every kind of picture."""

import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest

from domain.errors import NotFound
from domain.pictures.drawing import KINDS, draw
from domain.pictures.theme import THEMES
from domain.terms.pictures import (
    PictureFormat,
    PictureKind,
    PictureOrder,
    PictureTheme,
    RunFigures,
    SegmentLegend,
)

SVG = "{http://www.w3.org/2000/svg}"
TITLE = "Telco $5 & <x>.csv"

MakeRun = Callable[[int], tuple[tuple[SegmentLegend, ...], RunFigures]]

with_segments = [kind for kind in PictureKind if kind is not PictureKind.ELBOW]


def order(kind: PictureKind, segments: tuple[SegmentLegend, ...], **changes: Any) -> PictureOrder:
    plain = PictureOrder(kind, PictureFormat.SVG, PictureTheme.LIGHT, TITLE, segments, "figures", "picture")
    return replace(plain, **changes)


def parsed(svg: bytes) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314  # our own drawing


def texts(svg: bytes) -> list[str]:
    return [element.text or "" for element in parsed(svg).iter(f"{SVG}text")]


def test_every_kind_has_a_drawing() -> None:
    assert set(KINDS) == set(PictureKind)


@pytest.mark.parametrize("k", [2, 15])
@pytest.mark.parametrize("theme", PictureTheme)
@pytest.mark.parametrize("kind", PictureKind)
def test_a_picture_is_an_svg_with_its_texts_as_texts(
    made_up_run: MakeRun, kind: PictureKind, theme: PictureTheme, k: int
) -> None:
    segments, figures = made_up_run(k)
    drawn = draw(order(kind, segments, theme=theme), figures)
    root = parsed(drawn)
    assert root.tag == f"{SVG}svg"
    assert root.find(f"{SVG}title") is not None
    assert TITLE in texts(drawn)
    assert THEMES[theme].page in drawn.decode()


@pytest.mark.parametrize("kind", with_segments)
def test_a_picture_names_and_colors_every_segment(made_up_run: MakeRun, kind: PictureKind) -> None:
    segments, figures = made_up_run(15)
    drawn = draw(order(kind, segments), figures)
    shown = " ".join(texts(drawn))
    for segment in segments:
        assert segment.color in drawn.decode()
        assert str(segment.index) in texts(drawn)
        # A long name may be broken into lines or cut: its beginning is always there.
        assert segment.name[:20] in shown


@pytest.mark.parametrize("kind", with_segments)
def test_markup_in_a_name_stays_text(made_up_run: MakeRun, kind: PictureKind) -> None:
    segments, figures = made_up_run(2)
    hostile = replace(segments[0], name="</text><script>alert(1)</script> $\\frac{1}{2}$")
    root = parsed(draw(order(kind, (hostile, segments[1])), figures))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} & {
        "script",
        "tspan",
        "image",
        "foreignObject",
    } == set()
    assert any("<script>alert(1)</script>" in (element.text or "") for element in root.iter(f"{SVG}text"))


@pytest.mark.parametrize("picture_format", PictureFormat)
@pytest.mark.parametrize("kind", PictureKind)
def test_the_same_drawing_gives_the_same_bytes(
    made_up_run: MakeRun, kind: PictureKind, picture_format: PictureFormat
) -> None:
    segments, figures = made_up_run(2)
    ordered = order(kind, segments, format=picture_format)
    assert draw(ordered, figures) == draw(ordered, figures)


@pytest.mark.parametrize("kind", PictureKind)
def test_a_png_has_two_pixels_for_each_of_the_page(made_up_run: MakeRun, kind: PictureKind) -> None:
    segments, figures = made_up_run(2)
    svg = parsed(draw(order(kind, segments), figures))
    png = draw(order(kind, segments, format=PictureFormat.PNG), figures)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    # A point is 4/3 of a page's pixels.
    pixels = [2 * 4 / 3 * float(svg.attrib[side].removesuffix("pt")) for side in ("width", "height")]
    assert struct.unpack(">II", png[16:24]) == pytest.approx(pixels, abs=1)


@pytest.mark.parametrize("kind", [kind for kind in PictureKind if kind is not PictureKind.SIZES])
def test_a_picture_without_figures_is_not_found(made_up_run: MakeRun, kind: PictureKind) -> None:
    segments, _ = made_up_run(2)
    with pytest.raises(NotFound, match=f"no {kind} picture") as caught:
        draw(order(kind, segments), RunFigures(None, None, None, None, None))
    assert caught.value.path == ("kind",)


@pytest.mark.parametrize("kind", with_segments)
def test_without_segments_there_is_no_picture_of_them(made_up_run: MakeRun, kind: PictureKind) -> None:
    with pytest.raises(NotFound, match="no segments"):
        draw(order(kind, ()), made_up_run(2)[1])


def test_a_choice_among_nothing_is_no_elbow(made_up_run: MakeRun) -> None:
    segments, figures = made_up_run(2)
    assert figures.selection is not None
    nothing = replace(figures, selection=replace(figures.selection, candidates=()))
    with pytest.raises(NotFound, match="no ELBOW picture"):
        draw(order(PictureKind.ELBOW, segments), nothing)


def test_sizes_need_no_figures(made_up_run: MakeRun) -> None:
    segments, _ = made_up_run(2)
    shown = texts(draw(order(PictureKind.SIZES, segments), RunFigures(None, None, None, None, None)))
    assert "30 customers in 2 segments" in shown


@pytest.mark.parametrize("picture_format", PictureFormat)
def test_drawing_leaves_the_library_as_it_was(made_up_run: MakeRun, picture_format: PictureFormat) -> None:
    segments, figures = made_up_run(2)
    before = dict(mpl.rcParams)
    draw(order(PictureKind.SCATTER, segments, format=picture_format), figures)
    assert dict(mpl.rcParams) == before


def test_drawing_does_without_pyplot() -> None:
    script = "import sys, domain.pictures.drawing; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
