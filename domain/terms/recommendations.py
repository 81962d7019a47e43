"""What to do about a segment."""

from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class Advice:
    """A recommendation for one segment of a run; `rationale` gives the figures that say so."""

    segment_index: int
    kind: RecommendationKind
    title: str
    action: str
    rationale: str
    priority: Priority
