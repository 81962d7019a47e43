"""Several trainings of one dataset beside each other, and which of them is the best."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.terms.columns import RoleOverride
from domain.terms.preparation import USUAL_PREPARATION, PreparationSettings
from domain.terms.training import AlgorithmChoice, PcaSettings


class WinningCriterion(StrEnum):
    """What the winner of a comparison is the best at."""

    SILHOUETTE = "SILHOUETTE"
    STABILITY = "STABILITY"
    CALINSKI_HARABASZ = "CALINSKI_HARABASZ"
    DAVIES_BOULDIN = "DAVIES_BOULDIN"
    CONFIDENCE = "CONFIDENCE"


@dataclass(frozen=True, slots=True)
class CompetitionRequest:
    """A client's wish to train several algorithms on one dataset, prepared in the same way."""

    dataset_id: UUID | None
    algorithms: tuple[AlgorithmChoice, ...]
    criterion: WinningCriterion = WinningCriterion.SILHOUETTE
    columns: tuple[RoleOverride, ...] = ()
    pca: PcaSettings | None = None
    preparation: PreparationSettings = USUAL_PREPARATION
    seed: int = 0
    reuse: bool = True
    by: UUID | None = None
