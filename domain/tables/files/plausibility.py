"""How well the bytes of a text that is not UTF-8 fit an encoding, 0..1."""

import re
from collections.abc import Callable, Mapping

from domain.tables.files.alphabets import (
    ARABIC,
    CYRILLIC,
    GREEK,
    HEBREW,
    LANGUAGES,
    SIGNS,
    UNION,
    WITHIN_WORDS,
    Script,
)
from domain.tables.files.decoding import BAD, decoded

_MIXED_LANGUAGES = 0.9
"""Several languages in one file are not as likely as one."""

_RUNS = re.compile(r"[^\x00-\x7f]{4,}")


def fit_latin(codec: str) -> Callable[[bytes], float]:
    """Make the measure of a code page whose letters stand singly among those of ASCII."""

    def fit(text: bytes) -> float:
        written = decoded(text, codec, complete=True)
        foreign = [place for place, letter in enumerate(written) if letter > "\x7f"]
        runs = sum(len(run) for run in _RUNS.findall(written))
        signs = sum(_fits_as_sign(written, place) for place in foreign)
        letters = [written[place] for place in foreign if written[place] in UNION[codec]]
        # A letter is of the language that most of its kind are of.
        single = max(sum(letter in language for letter in letters) for language in LANGUAGES[codec])
        best = max(single, _MIXED_LANGUAGES * len(letters))
        return max(0.0, best + signs - runs) / max(1, len(foreign))

    return fit


def _fits_as_sign(written: str, place: int) -> bool:
    if written[place] not in SIGNS:
        return False
    between = written[max(0, place - 1) : place].isalpha() and written[place + 1 : place + 2].isalpha()
    return not between or written[place] in WITHIN_WORDS


def fit_script(codec: str, script: Script) -> Callable[[bytes], float]:
    """Make the measure of a code page whose words are of its own letters throughout."""
    odd_pairs = [f"[a-zA-Z][{script.letters}]", f"[{script.letters}][a-zA-Z]"]
    if script.small:
        odd_pairs.append(f"[{script.small}][{script.capital}]")
    odd = re.compile("|".join(odd_pairs))
    own = re.compile(f"[{script.letters}]")

    def fit(text: bytes) -> float:
        written = decoded(text, codec, complete=True)
        foreign = [letter for letter in written if letter > "\x7f"]
        letters = own.findall(written)
        if not letters:
            return 0.0
        signs = sum(letter in SIGNS or letter == "№" for letter in foreign)
        whole = len(letters) + signs - 2 * len(odd.findall(written))
        common = sum(letter.lower() in script.common for letter in letters) / len(letters)
        # Bytes that are of another script hit a common letter three times in ten.
        return max(0.0, whole / len(foreign)) * min(1.0, 0.3 + 1.2 * common)

    return fit


def _fit_pairs(codec: str, usual: re.Pattern[bytes]) -> Callable[[bytes], float]:
    """Make the measure of an encoding of two bytes a character: the share of its usual characters."""

    def fit(text: bytes) -> float:
        written = decoded(text, codec, complete=True)
        foreign = [letter for letter in written if letter > "\x7f"]
        if not foreign or written.count(BAD) > len(foreign) / 100:
            return 0.0
        found = sum(bool(usual.fullmatch(letter.encode(codec, "ignore"))) for letter in foreign)
        return found / len(foreign)

    return fit


_KANA = re.compile(rb"[\xa4\xa5][\xa1-\xfe]")


def _fit_euc_jp(text: bytes) -> float:
    share = _fit_pairs("euc_jp", re.compile(rb"[\xa1-\xa5\xb0-\xcf][\xa1-\xfe]"))(text)
    # Both this and Chinese use the same bytes; only Japanese is full of kana.
    return share if len(_KANA.findall(text)) * 2 > sum(byte > 127 for byte in text) / 5 else 0.0


def _fit_korean(text: bytes) -> float:
    share = _fit_pairs("cp949", re.compile(rb"[\xa1-\xa3\xb0-\xc8][\xa1-\xfe]"))(text)
    return share if share > 0.97 else 0.0


MEASURES: Mapping[str, Callable[[bytes], float]] = {
    "cp1252": fit_latin("cp1252"),
    "cp1250": fit_latin("cp1250"),
    "cp1251": fit_script("cp1251", CYRILLIC),
    "cp932": _fit_pairs("cp932", re.compile(rb"[\x81-\x83\x88-\x97][\x40-\xfc]")),
    "euc_jp": _fit_euc_jp,
    "cp949": _fit_korean,
    "gb18030": _fit_pairs("gb18030", re.compile(rb"[\xa1-\xa3\xb0-\xd7][\xa1-\xfe]")),
    "big5": _fit_pairs("big5", re.compile(rb"[\xa1-\xa3][\x40-\xfe]|[\xa4-\xc6][\x40-\x7e\xa1-\xfe]")),
    "koi8_r": fit_script("koi8_r", CYRILLIC),
    "cp866": fit_script("cp866", CYRILLIC),
    "cp1253": fit_script("cp1253", GREEK),
    "cp1255": fit_script("cp1255", HEBREW),
    "cp1256": fit_script("cp1256", ARABIC),
    "cp1254": fit_latin("cp1254"),
    "cp1257": fit_latin("cp1257"),
}
"""The encodings that are looked for, the likelier of two that fit alike first."""
