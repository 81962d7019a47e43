"""The colours of a page."""

import pytest

from domain.pictures.theme import THEMES, Theme, contrast, ink_on, luminance
from domain.terms.palette import SEGMENT_COLORS
from domain.terms.pictures import PictureTheme


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1
    # Red alone: (0.2126 + 0.05) / 0.05.
    assert contrast("#ff0000", "#000000") == pytest.approx(5.252)
    assert luminance("#00ff00") == pytest.approx(0.7152)


@pytest.mark.parametrize("theme", THEMES.values())
def test_text_is_read_on_its_page(theme: Theme) -> None:
    assert contrast(theme.ink, theme.page) >= 7
    assert contrast(theme.muted, theme.page) >= 4.5


@pytest.mark.parametrize("theme", THEMES.values())
@pytest.mark.parametrize("color", SEGMENT_COLORS)
def test_a_color_or_its_outline_is_seen_on_every_page(theme: Theme, color: str) -> None:
    assert contrast(theme.edge(color), theme.page) >= 3


def test_yellow_gets_an_outline_on_white_and_none_on_dark() -> None:
    yellow = "#e3d700"
    assert THEMES[PictureTheme.LIGHT].edge(yellow) == THEMES[PictureTheme.LIGHT].outline
    assert THEMES[PictureTheme.DARK].edge(yellow) == yellow


@pytest.mark.parametrize("color", SEGMENT_COLORS)
def test_numbers_are_read_on_every_segment_color(color: str) -> None:
    assert contrast(ink_on(color), color) >= 4.5
