"""How columns are prepared for clustering: every choice that is made on the way to a matrix."""

from dataclasses import dataclass
from enum import StrEnum


class Scaling(StrEnum):
    """How numeric columns come on one scale."""

    STANDARD = "STANDARD"
    ROBUST = "ROBUST"
    MIN_MAX = "MIN_MAX"
    NONE = "NONE"


class Transform(StrEnum):
    """What is done about skewed numeric columns, before scaling."""

    NONE = "NONE"
    LOG = "LOG"
    AUTO = "AUTO"


class OutlierTreatment(StrEnum):
    """What is done about customers far from all others."""

    KEEP = "KEEP"
    CLIP = "CLIP"
    SEPARATE = "SEPARATE"


class MissingTreatment(StrEnum):
    """What is done about missing values."""

    IMPUTE = "IMPUTE"
    LEAVE_OUT = "LEAVE_OUT"
    REFUSE = "REFUSE"


class CategoryBalance(StrEnum):
    """How much a categorical column counts beside a numeric one."""

    BALANCED = "BALANCED"
    UNIT = "UNIT"


@dataclass(frozen=True, slots=True)
class ColumnWeight:
    """How much a column counts: squared distances in it are multiplied by `weight`, above 0."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class PreparationSettings:
    """How columns are prepared; columns without a weight have 1."""

    scaling: Scaling = Scaling.STANDARD
    transform: Transform = Transform.AUTO
    outliers: OutlierTreatment = OutlierTreatment.KEEP
    missing: MissingTreatment = MissingTreatment.IMPUTE
    categories: CategoryBalance = CategoryBalance.BALANCED
    weights: tuple[ColumnWeight, ...] = ()


USUAL_PREPARATION = PreparationSettings()
"""How columns are prepared where nobody says otherwise."""

PLAIN_PREPARATION = PreparationSettings(transform=Transform.NONE, categories=CategoryBalance.UNIT)
"""How columns were prepared before there was a choice."""


@dataclass(frozen=True, slots=True)
class PreparedColumn:
    """What was done to one column.

    `transform` is NONE or LOG. A number became (transformed value - `center`) /
    `scale`, times the root of `weight`; both are None of a categorical column, which
    made `feature_count` features. `clipped_count` values were drawn in, and
    `imputed_count` were missing and got `filled_with`, which is None where none was.
    """

    column: str
    transform: Transform
    center: float | None
    scale: float | None
    weight: float
    feature_count: int
    clipped_count: int
    imputed_count: int
    filled_with: str | None


@dataclass(frozen=True, slots=True)
class Preparation:
    """What was done to every column, and how many customers were kept out of the clustering for what."""

    columns: tuple[PreparedColumn, ...]
    outlier_count: int
    left_out_count: int
