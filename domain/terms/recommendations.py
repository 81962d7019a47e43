"""What to do about a segment."""

from dataclasses import dataclass
from enum import StrEnum

from domain.terms.segments import Characteristic

SEGMENT_PLACE = "{segment}"
"""Stands in a recommendation's texts for the segment's name, which people may change."""


class RecommendationKind(StrEnum):
    """The marketing move that is recommended."""

    RETAIN = "RETAIN"
    WIN_BACK = "WIN_BACK"
    UPSELL = "UPSELL"
    CROSS_SELL = "CROSS_SELL"
    NURTURE = "NURTURE"
    REACTIVATE = "REACTIVATE"
    REWARD = "REWARD"
    ONBOARD = "ONBOARD"
    RESEARCH = "RESEARCH"


class Priority(StrEnum):
    """How soon a recommendation should be acted on."""

    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class ReviewStatus(StrEnum):
    """What people made of a recommendation."""

    ACCEPTED = "ACCEPTED"
    DISMISSED = "DISMISSED"


@dataclass(frozen=True, slots=True)
class Advice:
    """A recommendation for one segment of a run; `rationale` says in words which figures say so.

    `play` is the id of the play in its playbook, `channel` where to act, `measure` how
    success is told, `figures` the characteristics of the segment that it rests on.
    """

    segment_index: int
    play: str
    kind: RecommendationKind
    title: str
    action: str
    rationale: str
    priority: Priority
    channel: str
    measure: str
    figures: tuple[Characteristic, ...]
