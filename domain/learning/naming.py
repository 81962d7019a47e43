"""Short names for clusters, made of what sets each apart; no two alike."""

from collections import Counter
from collections.abc import Sequence

from domain.learning.characteristics import Trait, alike
from domain.learning.wording import capitalized, shorten

LONGEST = 60
USUAL_PARTS = 2
PLAIN = "Average customers"
"""The name of a cluster that nothing sets apart."""

RELATED = 0.6
"""From this correlation on, a second part adds little to a name."""


def names(clusters: Sequence[Sequence[Trait]]) -> tuple[str, ...]:
    """Name each cluster by its two strongest traits: "High income, low spending".

    Clusters whose names would be alike get a further part each, as far as they have
    one that fits in 60 characters, and at last a number.
    """
    spare = [_parts(traits) for traits in clusters]
    used = [[parts.pop(0) for _ in range(min(USUAL_PARTS, len(parts)))] for parts in spare]
    while True:
        made = [_joined(parts) for parts in used]
        often = Counter(name.casefold() for name in made)
        alike_ones = [index for index, name in enumerate(made) if often[name.casefold()] > 1]
        # All of them, each as far as it can: so none keeps a name that fits another.
        extended = [_extend(used[index], spare[index]) for index in alike_ones]
        if not any(extended):
            return _numbered(made)


def _extend(used: list[str], spare: list[str]) -> bool:
    """Move the strongest part that still fits from the spare ones to the used; say whether there was one."""
    for part in spare:
        if len(", ".join([*used, part])) <= LONGEST:
            spare.remove(part)
            used.append(part)
            return True
    return False


def _parts(traits: Sequence[Trait]) -> list[str]:
    """List what can be said, strongest first, what repeats something stronger last."""
    sayable = [trait for trait in traits if trait.phrase is not None]
    fresh: list[Trait] = []
    for trait in sayable:
        if not any(alike(trait.signal, other.signal, RELATED) for other in fresh):
            fresh.append(trait)
    rest = [trait for trait in sayable if not any(trait is other for other in fresh)]
    return [trait.phrase or "" for trait in fresh + rest]


def _joined(parts: Sequence[str]) -> str:
    text = ", ".join(parts)
    if len(text) > LONGEST:
        # Each part keeps its own beginning, rather than the first taking all.
        room = (LONGEST - 2 * (len(parts) - 1)) // len(parts)
        text = ", ".join(shorten(part, room) for part in parts)
    return capitalized(text) or PLAIN


def _numbered(made: Sequence[str]) -> tuple[str, ...]:
    given: list[str] = []
    taken: set[str] = set()
    for name in made:
        free, number = name, 2
        while free.casefold() in taken:
            ending = f" {number}"
            free, number = shorten(name, LONGEST - len(ending)) + ending, number + 1
        taken.add(free.casefold())
        given.append(free)
    return tuple(given)
