"""Truth values in words, in the languages that exports come in."""

from collections.abc import Mapping

_TRUE = frozenset(
    ("yes", "y", "true", "t", "on", "ja", "j", "wahr", "oui", "o", "vrai", "v", "sí", "si", "verdadero")
)
_FALSE = frozenset(("no", "n", "false", "f", "off", "nein", "falsch", "non", "faux", "falso"))


def truth(value: str) -> bool | None:
    """Tell which truth value a word means, in any case, None where it means none."""
    word = value.strip().casefold()
    return True if word in _TRUE else False if word in _FALSE else None


def spellings_of_truth(counts: Mapping[str, int]) -> dict[str, str]:
    """Map each value to the most frequent spelling of its truth value.

    Nothing is mapped unless all values are truth values in words. `counts` tells how often
    each occurs; of equally frequent ones the first in the order of code points is taken.
    """
    meanings = {value: truth(value) for value in counts}
    if None in meanings.values():
        return {}
    frequent = sorted(counts, key=lambda value: (-counts[value], value))
    first = {
        meaning: next(value for value in frequent if meanings[value] is meaning)
        for meaning in set(meanings.values())
    }
    return {value: first[meaning] for value, meaning in meanings.items()}


def several_spellings(counts: Mapping[str, int]) -> str | None:
    """Say how a column of truth values in words spells one in several ways; None where none does."""
    folded = spellings_of_truth(counts)
    groups = {
        first: sorted(v for v in folded if folded[v] == first and v != first)
        for first in set(folded.values())
    }
    told = [
        f'"{first}" is also written ' + ", ".join(f'"{other}"' for other in others)
        for first, others in sorted(groups.items())
        if others
    ]
    return "; ".join(told) or None
