"""Short names for clusters, made of what sets each apart; no two alike."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise

from domain.learning.explaining.characteristics import Trait, alike
from domain.learning.explaining.phrasing import LADDER
from domain.learning.explaining.wording import capitalized, shorten

LONGEST = 60
MOST_PARTS = 3
PLAIN = "Average customers"
"""The name of a cluster that nothing sets apart."""

ALL = "All customers"
"""The name of the only cluster."""

MAIN = "Main group"
"""The name of the only cluster, where some customers are in none."""

RELATED = 0.6
"""From this correlation on, a second part adds little to a name."""

WORTH_SAYING = 0.5
"""What is weaker is no second part, unless it tells apart clusters of one name: a medium effect (Cohen)."""

LARGE = 0.8
"""What is weaker is only fairly high where others of the name are more: a large effect (Cohen 1988)."""

COMMON = 0.75
"""How much of its strength a part loses that all other clusters could say too."""

COMMONPLACE = 0.75
"""What this share of all customers has is no second part, unless it tells apart clusters of the same name."""

RIVALLED = 0.5
"""How much of its strength a second part loses that a cluster of the same first part could say too."""

OFTEN = "often "
"""How a part begins that holds for fewer than most of the segment."""

APART = 1.0
"""From this distance on, in standard deviations, clusters are told apart by degrees of what they share."""


class _Name:
    """A name in the making: the traits in it, as they are worded, and those that may still be."""

    def __init__(self, traits: Sequence[Trait]) -> None:
        self.spare = sorted((trait for trait in traits if trait.phrase), key=lambda trait: trait.rank)
        self.effects = {trait.claim: abs(trait.characteristic.effect) for trait in traits}
        self.parts: dict[Trait, str] = {}

    def add(self, trait: Trait) -> None:
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
        return len(", ".join([*self.parts.values(), _said(trait)])) <= LONGEST

    def stems(self) -> str:
        """Give what all names have in common that differ by degrees only."""
        return "|".join(sorted(part.phrase.stem or part.phrase.text for part in self.parts if part.phrase))

    def text(self) -> str:
        # In the order of the columns: names with the same columns read alike, and stay as they are
        # where two effects change places.
        # What is only often so comes after what is.
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


def names(clusters: Sequence[Sequence[Trait]], everybody: bool = True) -> tuple[str, ...]:
    """Name each cluster by what sets it apart most: "High income, low spending".

    The second part is one that clusters with the same first part can't say, if there
    is one. Clusters whose names would still be alike are told apart by the degree of
    a number ("very high"), else by a further part that fits in 60 characters, else by
    the figure of a number, and at last by a number of their own. `everybody` tells
    whether all customers are in one of them.
    """
    if len(clusters) == 1:
        return (ALL if everybody else MAIN,)
    made = [_Name(traits) for traits in clusters]
    for pick in (_first, _second):
        # All pick before any adds, so that none is favoured.
        for name, part in [(name, pick(name, made)) for name in made]:
            if part is not None:
                name.add(part)
    for tell_apart, key in _WAYS:
        for group in _groups(made, key):
            tell_apart(group)
    return _numbered([name.text() for name in made])


def _first(name: _Name, made: Sequence[_Name]) -> Trait | None:
    return max(name.spare, key=lambda trait: _strength(trait, name, made), default=None)


def _second(name: _Name, made: Sequence[_Name]) -> Trait | None:
    rivals = [other for other in made if set(other.parts.values()) & set(name.parts.values())]
    worth_it = [
        trait
        for trait in name.fresh()
        if abs(trait.characteristic.effect) >= WORTH_SAYING
        and not _is_commonplace(trait)
        and name.fits(trait)
    ]
    return max(
        worth_it,
        key=lambda trait: (
            _strength(trait, name, made) * (1 - RIVALLED * max(_echoes(trait, name, rivals), default=0.0))
        ),
        default=None,
    )


def _strength(trait: Trait, name: _Name, made: Sequence[_Name]) -> float:
    """Weigh a part: what most others could say too tells little."""
    return -trait.rank[0] * (1 - COMMON * sum(_echoes(trait, name, made)) / (len(made) - 1))


def _echoes(trait: Trait, name: _Name, among: Sequence[_Name]) -> list[float]:
    """Tell how well each of the others could say the same, 0..1: as true of it as of this one, 1.

    By how much rather than whether, so that nothing turns on a weak effect that the
    next training may find weaker.
    """
    own = abs(trait.characteristic.effect)
    return [min(1.0, other.effects.get(trait.claim, 0.0) / own) for other in among if other is not name]


def _is_commonplace(trait: Trait) -> bool:
    told = trait.characteristic
    if trait.phrase is None or trait.phrase.figure:
        return False
    # "No partner" is told by the share of those who have one.
    whole = told.population_value if told.effect > 0 else 1 - told.population_value
    return whole >= COMMONPLACE


def _groups(made: Sequence[_Name], key: Callable[[_Name], str]) -> list[list[_Name]]:
    """Group the names by a key, those groups in which some are alike."""
    groups: dict[str, list[_Name]] = defaultdict(list)
    for name in made:
        groups[key(name)].append(name)
    return [
        group for group in groups.values() if len({name.text().casefold() for name in group}) < len(group)
    ]


def _by_further_parts(group: Sequence[_Name]) -> None:
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


def _by_far_degrees(group: Sequence[_Name]) -> None:
    _by_degrees(group, APART)


def _by_degrees(group: Sequence[_Name], apart: float = 0.0) -> None:
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


def _by_figures(group: Sequence[_Name]) -> None:
    """Say the figure of the number in which they differ most: "income about 30,000"."""
    column, _ = _most_different(group)
    if column is not None:
        for name in group:
            trait = _of(name, column)
            if trait.phrase and trait.phrase.figure:
                name.parts[trait] = trait.phrase.figure


def _most_different(group: Sequence[_Name]) -> tuple[str | None, float]:
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


def _of(name: _Name, column: str) -> Trait:
    return next(part for part in name.parts if part.characteristic.column == column)


def _said(trait: Trait) -> str:
    return trait.phrase.text if trait.phrase else ""


_WAYS: tuple[tuple[Callable[[Sequence[_Name]], None], Callable[[_Name], str]], ...] = (
    (_by_far_degrees, _Name.stems),
    (_by_further_parts, _Name.text),
    (_by_degrees, _Name.stems),
    (_by_figures, _Name.text),
)
"""How alike names are told apart, in this order, and what makes names alike for it."""


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
