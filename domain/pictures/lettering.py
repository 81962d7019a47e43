"""The letters of a picture: which fonts, how wide a text is, and how it is made to fit."""

import unicodedata
from functools import lru_cache

from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.textpath import TextToPath

# What matplotlib ships comes first, so that pictures look alike on every machine; then
# what the machine has for the scripts that are missing there; at last the font that
# draws a box for every character there is, so that none is without a glyph.
_SCRIPTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Noto Emoji",
)
_INSTALLED = frozenset(fontManager.get_font_names())
FAMILY = ["DejaVu Sans", *(name for name in _SCRIPTS if name in _INSTALLED), "Last Resort High-Efficiency"]

# Headings and numbers are ours, and ours alone are bold: the font of boxes is not.
BOLD_FAMILY = ["DejaVu Sans", "sans-serif"]

# For the browser that shows an SVG without having the first: fonts of nearly its widths.
WEB_FONTS = ["Verdana", "Bitstream Vera Sans", "Geneva", "Noto Sans", "Helvetica", "Arial", "DejaVu Sans"]

ELLIPSIS = "…"
MINUS = "\N{MINUS SIGN}"
_LONGEST = 300
_RULER = TextToPath()


def plain(text: str, longest: int = _LONGEST) -> str:
    """Take out of a text what no picture can show, or no XML may hold; at most `longest` letters are kept.

    Control characters, lone surrogates and noncharacters are dropped; so are the
    overrides of direction, which would turn around the text that follows.
    Blanks of all kinds become one space.
    """
    shown = "".join(" " if letter.isspace() else letter for letter in text[: 4 * longest])
    return " ".join("".join(letter for letter in shown if _visible(letter)).split())[:longest]


def _visible(letter: str) -> bool:
    if unicodedata.category(letter) in {"Cc", "Cs"} or ord(letter) & 0xFFFE == 0xFFFE:
        return False
    return unicodedata.bidirectional(letter) not in {
        "LRE",
        "RLE",
        "LRO",
        "RLO",
        "PDF",
        "LRI",
        "RLI",
        "FSI",
        "PDI",
    }


def signed(number: str) -> str:
    """Give a formatted number the minus sign of print, as wide as its plus."""
    return number.replace("-", MINUS)


@lru_cache(maxsize=4096)
def width(text: str, size: float) -> float:
    """Measure a line in inches; `size` is in points."""
    font = FontProperties(family=FAMILY, size=size)
    return float(_RULER.get_text_width_height_descent(text, font, ismath=False)[0]) / 72


def fit(text: str, room: float, size: float) -> str:
    """Shorten a line to `room` inches, with an ellipsis where something is left out."""
    if width(text, size) <= room:
        return text
    kept = _longest_start(text, room - width(ELLIPSIS, size), size)
    return _whole(text, kept).rstrip() + ELLIPSIS


def wrap(text: str, room: float, size: float, lines: int) -> list[str]:
    """Break a text into at most so many lines of `room` inches, the last one shortened to fit."""
    wrapped: list[str] = []
    rest = text
    while rest and len(wrapped) < lines - 1 and width(rest, size) > room:
        end = _break(rest, _longest_start(rest, room, size))
        wrapped.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*wrapped, fit(rest, room, size)] if rest or not wrapped else wrapped


def _longest_start(text: str, room: float, size: float) -> int:
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if width(text[:middle], size) <= room:
            fits = middle
        else:
            too_long = middle
    return fits


def _break(text: str, longest: int) -> int:
    # At a blank where there is one in the second half of the line; in the middle of a
    # word otherwise: Chinese has none, and a long word is better cut than lost.
    blank = text.rfind(" ", 0, longest + 1)
    return blank if blank > longest // 2 else max(1, len(_whole(text, longest)))


def _whole(text: str, end: int) -> str:
    # An accent stays with its letter, and an emoji in one piece.
    while 0 < end < len(text) and (_joins(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return text[:end]


def _joins(letter: str) -> bool:
    return unicodedata.category(letter).startswith("M") or letter == "\u200d" or "🏻" <= letter <= "🏿"
