"""The words of a column's name, and what they say the column is about."""

import re
from collections.abc import Iterable, Mapping

from domain.playbook.playbook import Meaning, Phrase

LONGEST_PHRASE = 200
"""In characters. A category may have a hundred thousand, which take a while to split."""

# Between a small and a capital letter, before the last of several capitals, between letters and digits.
_SEAMS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")


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


def said(text: str) -> Phrase | None:
    """Split a text that may be a phrase into its words; None for one that is longer than any phrase."""
    return words(text) if len(text) <= LONGEST_PHRASE else None


def _longest(phrases: Iterable[Phrase], split: Phrase) -> int:
    return max((len(phrase) for phrase in phrases if _contains(split, phrase)), default=0)


def _contains(split: Phrase, phrase: Phrase) -> bool:
    # No word has a blank in it, and a search in a text is quicker than one in a tuple.
    return f" {' '.join(phrase)} " in f" {' '.join(split)} "


def _parts(text: str) -> list[str]:
    return _SEAMS.sub(" ", re.sub(r"[\W_]+", " ", text)).split()


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
