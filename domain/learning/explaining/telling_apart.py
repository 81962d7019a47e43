"""Names in the making, and how those that are alike are told apart."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise

from domain.learning.explaining.characteristics import Trait, alike
from domain.learning.explaining.phrasing import LADDER
from domain.learning.explaining.wording import capitalized
from domain.terms.wording import shorten

LONGEST = 60
MOST_PARTS = 3
PLAIN = "Average customers"
"""The name of a cluster that nothing sets apart."""

RELATED = 0.6
"""From this correlation on, a second part adds little to a name."""

LARGE = 0.8
"""What is weaker is only fairly high where others of the name are more: a large effect (Cohen 1988)."""

OFTEN = "often "
"""How a part begins that holds for fewer than most of the segment."""

APART = 1.0
"""From this distance on, in standard deviations, clusters are told apart by degrees of what they share."""


class Name:
    """A name in the making: the traits in it, as they are worded, and those that may still be."""

    def __init__(self, traits: Sequence[Trait]) -> None:
        self.spare = sorted((trait for trait in traits if trait.phrase), key=lambda trait: trait.rank)
        self.effects = {trait.claim: abs(trait.characteristic.effect) for trait in traits}
        self.parts: dict[Trait, str] = {}

    def add(self, trait: Trait) -> None:
        """Say a trait, which is no longer to spare."""
        self.spare = [other for other in self.spare if other is not trait]
        self.parts[trait] = _said(trait)

    def fresh(self) -> list[Trait]:
        """List the spare traits that say something else than the parts do."""
        return [
            trait
            for trait in self.spare
            if not any(alike(trait.signal, part.signal, RELATED) for part in self.parts)
        ]

    def fits(self, trait: Trait) -> bool:
        """Tell whether there is room for a trait."""
        return len(", ".join([*self.parts.values(), _said(trait)])) <= LONGEST

    def stems(self) -> str:
        """Give what all names have in common that differ by degrees only."""
        return "|".join(sorted(part.phrase.stem or part.phrase.text for part in self.parts if part.phrase))

    def text(self) -> str:
        """Say the parts in the order of their columns, those that only often hold at the end."""
        # Not by strength: names with the same columns read alike, and stay as they are where two
        # effects change places.
        told = [
            self.parts[trait]
            for trait in sorted(
                self.parts, key=lambda trait: (_said(trait).startswith(OFTEN), trait.position)
            )
        ]
        if len(", ".join(told)) > LONGEST:
            # Each part keeps its own beginning, rather than the first taking all.
            room = (LONGEST - 2 * (len(told) - 1)) // len(told)
            told = [shorten(part, room) for part in told]
        return capitalized(", ".join(told)) or PLAIN


def tell_apart(made: Sequence[Name]) -> None:
    """Word alike names by degrees, give them further parts, or say their figures, till none are alike.

    Some may still be: nothing else is known of them.
    """
    for tell_group_apart, key in _WAYS:
        for group in _groups(made, key):
            tell_group_apart(group)


def numbered(made: Sequence[str]) -> tuple[str, ...]:
    """Put a number behind each name that an earlier one has already, whatever its case."""
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


def _groups(made: Sequence[Name], key: Callable[[Name], str]) -> list[list[Name]]:
    """Group the names by a key, those groups in which some are alike."""
    groups: dict[str, list[Name]] = defaultdict(list)
    for name in made:
        groups[key(name)].append(name)
    return [
        group for group in groups.values() if len({name.text().casefold() for name in group}) < len(group)
    ]


def _by_further_parts(group: Sequence[Name]) -> None:
    """Give each a part that not all the others can say, as far as it has one."""
    added = []
    for name in group:
        others = [other for other in group if other is not name]
        own = [
            trait
            for trait in [*name.fresh(), *name.spare]
            if name.fits(trait) and not all(trait.claim in other.effects for other in others)
        ]
        if own and len(name.parts) < MOST_PARTS:
            added.append((name, own[0]))
    for name, part in added:
        name.add(part)


def _by_far_degrees(group: Sequence[Name]) -> None:
    _by_degrees(group, APART)


def _by_degrees(group: Sequence[Name], apart: float = 0.0) -> None:
    """Word the number in which they differ most by degrees: "high", "very high"."""
    column, gap = _most_different(group)
    if column is None or gap < apart or not 1 < len(group) <= len(LADDER):
        return
    ordered = sorted(group, key=lambda name: abs(_of(name, column).characteristic.effect))
    weakest = _of(ordered[0], column)
    lowest = weakest.phrase.usual if weakest.phrase else 0
    if len(group) > 2 and abs(weakest.characteristic.effect) < LARGE:
        lowest -= 1
    for degree, name in enumerate(ordered, min(lowest, len(LADDER) - len(group))):
        part = _of(name, column)
        if part.phrase:
            name.parts[part] = part.phrase.at(degree)


def _by_figures(group: Sequence[Name]) -> None:
    """Say the figure of the number in which they differ most: "income about 30,000"."""
    column, _ = _most_different(group)
    if column is not None:
        for name in group:
            trait = _of(name, column)
            if trait.phrase and trait.phrase.figure:
                name.parts[trait] = trait.phrase.figure


def _most_different(group: Sequence[Name]) -> tuple[str | None, float]:
    """Find the number in all these names whose nearest two values lie farthest apart, and how far.

    The distance is in standard deviations.
    """
    shared = set.intersection(
        *(
            {part.characteristic.column for part in name.parts if part.phrase and part.phrase.ladder}
            for name in group
        )
    )
    best, widest = None, 0.0
    for part in group[0].parts:
        column = part.characteristic.column
        if column in shared:
            effects = sorted(_of(name, column).characteristic.effect for name in group)
            gap = min(after - before for before, after in pairwise(effects))
            if gap > widest:
                best, widest = column, gap
    return best, widest


def _of(name: Name, column: str) -> Trait:
    return next(part for part in name.parts if part.characteristic.column == column)


def _said(trait: Trait) -> str:
    return trait.phrase.text if trait.phrase else ""


_WAYS: tuple[tuple[Callable[[Sequence[Name]], None], Callable[[Name], str]], ...] = (
    (_by_far_degrees, Name.stems),
    (_by_further_parts, Name.text),
    (_by_degrees, Name.stems),
    (_by_figures, Name.text),
)
"""How alike names are told apart, in this order, and what makes names alike for it."""
