"""Short names for clusters, made of what sets each apart; no two alike."""

from collections.abc import Sequence

from domain.learning.explaining.characteristics import Trait
from domain.learning.explaining.telling_apart import Name, numbered, tell_apart

ALL = "All customers"
"""The name of the only cluster."""

MAIN = "Main group"
"""The name of the only cluster, where some customers are in none."""

WORTH_SAYING = 0.5
"""What is weaker is no second part, unless it tells apart clusters of one name: a medium effect (Cohen)."""

COMMON = 0.75
"""How much of its strength a part loses that all other clusters could say too."""

COMMONPLACE = 0.75
"""What this share of all customers has is no second part, unless it tells apart clusters of the same name."""

RIVALLED = 0.5
"""How much of its strength a second part loses that a cluster of the same first part could say too."""


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
    made = [Name(traits) for traits in clusters]
    for pick in (_first, _second):
        # All pick before any adds, so that none is favoured.
        for name, part in [(name, pick(name, made)) for name in made]:
            if part is not None:
                name.add(part)
    tell_apart(made)
    return numbered([name.text() for name in made])


def _first(name: Name, made: Sequence[Name]) -> Trait | None:
    return max(name.spare, key=lambda trait: _strength(trait, name, made), default=None)


def _second(name: Name, made: Sequence[Name]) -> Trait | None:
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


def _strength(trait: Trait, name: Name, made: Sequence[Name]) -> float:
    """Weigh a part: what most others could say too tells little."""
    return -trait.rank[0] * (1 - COMMON * sum(_echoes(trait, name, made)) / (len(made) - 1))


def _echoes(trait: Trait, name: Name, among: Sequence[Name]) -> list[float]:
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
