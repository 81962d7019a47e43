"""Which letters the languages of a code page are written with, besides those of ASCII."""

from collections.abc import Mapping
from dataclasses import dataclass


def _both_cases(letters: str) -> frozenset[str]:
    return frozenset(letters + letters.upper())


LANGUAGES: Mapping[str, tuple[frozenset[str], ...]] = {
    "cp1252": tuple(
        map(
            _both_cases,
            (
                "äöüß",  # German
                "àâæçéèêëîïôœùûüÿ",  # French
                "áéíñóúü",  # Spanish
                "ãáàâçéêíõóôúü",  # Portuguese
                "àèéìíîòóùú",  # Italian
                "åäöé",  # Swedish, Finnish
                "åæøéüö",  # Danish, Norwegian
                "áðéíóúýþæö",  # Icelandic
                "éëïöüèáó",  # Dutch
                "àçéèíïóòúü",  # Catalan
            ),
        )
    ),
    "cp1250": tuple(
        map(
            _both_cases,
            (
                "ąćęłńóśźż",  # Polish
                "áčďéěíňóřšťúůýž",  # Czech
                "áäčďéíĺľňóôŕšťúýž",  # Slovak
                "áéíóöőúüű",  # Hungarian
                "čćđšž",  # Croatian, Slovene, Bosnian
                "ăâîşţ",  # Romanian
            ),
        )
    ),
    "cp1254": (_both_cases("çğışöüâ") | {"İ"},),  # Turkish
    "cp1257": tuple(
        map(_both_cases, ("ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž"))  # Lithuanian, Latvian, Estonian
    ),
}

UNION: Mapping[str, frozenset[str]] = {codec: frozenset().union(*sets) for codec, sets in LANGUAGES.items()}

SIGNS = frozenset("€£¥§°²³µ«»„“”‚‘’‹›–—…•·×±½¼¾®©™¿¡ºª†‰¢¦¬¯´¨¸\u00a0\u00ad")  # noqa: RUF001  # they are meant
"""Signs that stand in texts of these languages, though hardly between two letters."""

WITHIN_WORDS = frozenset("’·\u00ad´")  # noqa: RUF001  # they are meant
"""Signs that may stand between two letters, as an apostrophe does."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script of its own: its letters, and those that make up six in ten of a text.

    `small` and `capital` are the ranges that show a capital letter behind a small one,
    which no word has.
    """

    letters: str
    common: frozenset[str]
    small: str = ""
    capital: str = ""


CYRILLIC = Script("\u0400-\u045f", frozenset("оеаинтсрвл"), "\u0430-\u045f", "\u0400-\u042f")  # meant
GREEK = Script("\u0384-\u03ce", frozenset("αάιίεέοότσνρηή"), "\u03ac-\u03ce", "\u0386-\u03a9")  # meant
HEBREW = Script("\u05d0-\u05ea", frozenset("יוהלאתמרבש"))
ARABIC = Script("\u0621-\u06d2", frozenset("اليمونرتبه"))  # meant
