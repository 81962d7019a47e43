"""Whether the colours of segments are told apart, by everybody and on every page."""

from itertools import combinations

import numpy as np
import pytest

from domain.pictures.theme import THEMES, contrast
from domain.terms.palette import SEGMENT_COLORS, UNASSIGNED_COLOR
from domain.terms.pictures import PictureTheme

Triple = tuple[float, float, float]

# Machado, Oliveira and Fernandes 2009, table 1, severity 1.0; on linear RGB.
VISIONS = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def lab(color: str, vision: str) -> Triple:
    """Turn #rrggbb, as this vision sees it, into CIE L*a*b* under D65."""
    channels = np.array([int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    seen = np.clip(VISIONS[vision] @ linear, 0, 1)
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    ratio = to_xyz @ seen / np.array([0.95047, 1.0, 1.08883])
    x, y, z = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return float(116 * y - 16), float(500 * (x - y)), float(200 * (y - z))


def ciede2000(one: Triple, other: Triple) -> float:
    """Measure the difference of two colours (Sharma, Wu and Dalal 2005, equations 2 to 22)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1 + 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25**7)))
    c1, c2 = np.hypot(stretch * a1, b1), np.hypot(stretch * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, stretch * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    grey = c1 * c2 == 0
    turn = 0.0 if grey else (h2 - h1 + 180) % 360 - 180
    hue = h1 + h2 if grey else (h1 + turn / 2) % 360
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    of_light = (l2 - l1) / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2))
    of_chroma = (c2 - c1) / (1 + 0.045 * chroma)
    of_hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * t)
    blue = 30 * np.exp(-(((hue - 275) / 25) ** 2))
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25**7)) * np.sin(np.radians(2 * blue))
    return float(np.sqrt(of_light**2 + of_chroma**2 + of_hue**2 + rotation * of_chroma * of_hue))


def least_difference(colors: tuple[str, ...], vision: str) -> float:
    seen = [lab(color, vision) for color in colors]
    return min(ciede2000(one, other) for one, other in combinations(seen, 2))


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1, 2), (50, 0, 0), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_measure_gives_the_published_differences(one: Triple, other: Triple, difference: float) -> None:
    # Sharma, Wu and Dalal 2005, table 1, pairs 1, 7, 9, 17, 25, 29 and 34.
    assert ciede2000(one, other) == pytest.approx(difference, abs=5e-5)


def test_there_are_as_many_colors_as_segments_and_no_two_are_the_same() -> None:
    assert len(SEGMENT_COLORS) == 15
    assert len({*SEGMENT_COLORS, UNASSIGNED_COLOR}) == 16


@pytest.mark.parametrize("vision", VISIONS)
def test_every_vision_tells_the_colors_apart(vision: str) -> None:
    assert least_difference(SEGMENT_COLORS[:8], vision) >= 13.65
    assert least_difference(SEGMENT_COLORS, vision) >= 12.35
    assert least_difference((*SEGMENT_COLORS, UNASSIGNED_COLOR), vision) >= 11.85


def test_the_figures_of_the_comment_are_those_of_the_worst_vision() -> None:
    assert min(least_difference(SEGMENT_COLORS[:8], vision) for vision in VISIONS) == pytest.approx(
        13.7, abs=0.05
    )
    assert min(least_difference(SEGMENT_COLORS, vision) for vision in VISIONS) == pytest.approx(
        12.4, abs=0.05
    )


@pytest.mark.parametrize("theme", PictureTheme)
def test_the_first_eight_colors_stand_out_from_both_pages(theme: PictureTheme) -> None:
    assert min(contrast(color, THEMES[theme].page) for color in SEGMENT_COLORS[:8]) >= 3


def test_the_other_colors_stand_out_from_one_page_and_show_on_both() -> None:
    pages = [THEMES[theme].page for theme in PictureTheme]
    for color in SEGMENT_COLORS[8:]:
        assert max(contrast(color, page) for page in pages) >= 3
        assert min(contrast(color, page) for page in pages) >= 1.5
