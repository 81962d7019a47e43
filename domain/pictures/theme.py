"""The colours of a page: light or dark, and what stays visible on it."""

from dataclasses import dataclass

from domain.terms.pictures import PictureTheme

VISIBLE = 3.0
"""The contrast that WCAG 2.2 (1.4.11) asks of a shape."""


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one page. `below`, `average`, `above` are the ends and the middle of a heat map."""

    page: str
    ink: str
    muted: str
    grid: str
    outline: str
    below: str
    average: str
    above: str

    def edge(self, color: str) -> str:
        """Give the outline that keeps a colour visible on this page; itself when it needs none."""
        return color if contrast(color, self.page) >= VISIBLE else self.outline


# Blue against orange is told apart by every kind of colour vision.
THEMES: dict[PictureTheme, Theme] = {
    PictureTheme.LIGHT: Theme(
        page="#ffffff",
        ink="#1b2129",
        muted="#5a6470",
        grid="#e3e6ea",
        outline="#59616b",
        below="#2166ac",
        average="#f4f5f6",
        above="#b35806",
    ),
    PictureTheme.DARK: Theme(
        page="#0f1318",
        ink="#e8ebef",
        muted="#9aa5b1",
        grid="#262d36",
        outline="#9aa5b1",
        below="#5aa7ee",
        average="#20262e",
        above="#f0913a",
    ),
}


def contrast(first: str, second: str) -> float:
    """Compare two colours #rrggbb: 1 for equals, 21 for black and white (WCAG 2.2, contrast ratio)."""
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    """Measure how light a colour #rrggbb is, 0..1 (WCAG 2.2, relative luminance)."""
    red, green, blue = (_linear(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ink_on(color: str) -> str:
    """Choose black or white for letters on a colour, whichever is read better."""
    return max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, color))


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
