"""A playbook: what columns are about, and what to do about a segment that stands out in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from domain.terms.recommendations import Priority, RecommendationKind

DEFAULT_EFFECT = 0.5
"""A medium effect, for differences of means and of shares alike (Cohen 1988)."""

Phrase: TypeAlias = tuple[str, ...]
"""Words that follow one another in a column's name, as `words` of naming.py splits it."""


class Direction(StrEnum):
    """On which side of all customers a segment lies."""

    HIGH = "high"
    LOW = "low"


class Ground(StrEnum):
    """What the strongest characteristic of a segment is, for want of a play that fits."""

    NUMBER = "number"
    DATE = "date"
    MORE_OF_A_CATEGORY = "more_of_a_category"
    LESS_OF_A_CATEGORY = "less_of_a_category"
    UNKNOWN = "unknown"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column can be about, and the phrases of column names that say so."""

    name: str
    words: tuple[Phrase, ...]
    dates: tuple[Phrase, ...] = ()
    excepted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Condition:
    """A segment must lie high or low in a column of this meaning, by `effect` standard deviations or more.

    With `categories`, one of these must be more (high) or less (low) common in it
    than among all, by as much of Cohen's h.
    """

    meaning: str
    direction: Direction
    effect: float = DEFAULT_EFFECT
    categories: frozenset[Phrase] = frozenset()


@dataclass(frozen=True, slots=True)
class Span:
    """Shares 0..1 of the customers, both ends included."""

    at_least: float = 0.0
    at_most: float = 1.0


@dataclass(frozen=True, slots=True)
class Threshold:
    """A share of the customers, an effect, or both; None is no threshold."""

    share: float | None = None
    effect: float | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """What is recommended. The texts hold "{segment}"; those of a fall-back {column}, {level}, {category}.

    `channel` says where to act, `measure` how success is told. Its priority is one
    higher from `raise_from` on (either threshold is enough), and one lower below
    `lower_below`.
    """

    id: str
    kind: RecommendationKind
    title: str
    action: str
    channel: str
    measure: str
    priority: Priority
    share: Span = Span()
    raise_from: Threshold = Threshold()
    lower_below: Threshold = Threshold()


@dataclass(frozen=True, slots=True)
class Play:
    """A move for segments that meet all conditions; it makes those listed in `instead_of` superfluous."""

    move: Move
    when: tuple[Condition, ...]
    instead_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fallback:
    """A move for a segment that no play is for."""

    move: Move
    on: Ground


@dataclass(frozen=True, slots=True)
class Playbook:
    """All plays, in no order; the fall-backs, first fit first; the meanings, first of equals first."""

    meanings: Mapping[str, Meaning]
    plays: tuple[Play, ...]
    fallbacks: tuple[Fallback, ...]
