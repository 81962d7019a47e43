"""The words of a column's name, and what they say the column is about."""

import re
from collections.abc import Iterable, Mapping

from domain.playbook.playbook import Meaning, Phrase

# Between a small and a capital letter, before the last of several capitals, between letters and digits.
_SEAMS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")

_UNIT = re.compile(r"[(\[]([^()\[\]]+)[)\]]\s*$")


def spoken(name: str) -> str:
    """Write a column's name as words: "MonthlyCharges" and "monthly_charges" are "monthly charges".

    Words in capitals such as CLV stay so, a unit in brackets at the end too; a name
    without letters or digits stays as it is.
    """
    unit = _UNIT.search(name)
    head = name[: unit.start()] if unit else name
    spaced = " ".join(part if _is_acronym(part) else part.lower() for part in _parts(head))
    return f"{spaced} ({unit[1]})" if spaced and unit else spaced or name


def words(text: str) -> Phrase:
    """Split a text into its words, without case and without the endings of plurals."""
    return tuple(_singular(part.casefold()) for part in _parts(text))


def meaning_of(column: str, meanings: Mapping[str, Meaning], *, is_date: bool) -> str | None:
    """Name what a column is about: the meaning with the longest phrase in its name; None without any."""
    split = words(column)
    best, length = None, 0
    for meaning in meanings.values():
        if meaning.excepted.isdisjoint(split):
            found = _longest(meaning.dates if is_date else meaning.words, split)
            if found > length:
                best, length = meaning.name, found
    return best


def says(text: str, phrases: Iterable[Phrase]) -> bool:
    """Tell whether a text consists of one of these phrases."""
    return words(text) in set(phrases)


def _longest(phrases: Iterable[Phrase], split: Phrase) -> int:
    return max((len(phrase) for phrase in phrases if _contains(split, phrase)), default=0)


def _contains(split: Phrase, phrase: Phrase) -> bool:
    # No word has a blank in it, and a search in a text is quicker than one in a tuple.
    return f" {' '.join(phrase)} " in f" {' '.join(split)} "


def _is_acronym(part: str) -> bool:
    # A longer one is of a name that is all in capitals.
    return 1 < len(part) <= 4 and part.isupper()


def _parts(text: str) -> list[str]:
    return _SEAMS.sub(" ", re.sub(r"[\W_]+", " ", text)).split()


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
