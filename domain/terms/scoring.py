"""What is needed to place anybody in a run's segments: plain values and arrays, nothing that runs.

A scorer is written when a run has been trained, and read by whoever places new customers: a
worker, or the server itself, which has neither scikit-learn nor numba.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

import numpy as np

from domain.terms.arrays import AnyArray, Labels, Mask, Matrix, Vector
from domain.terms.columns import ColumnRole
from domain.terms.preparation import MissingTreatment, Transform
from domain.terms.readings import Reading
from domain.terms.segments import UnassignedReason

SCORER_FORMAT = 1
"""The format that scorers are written in. Those of all earlier ones are read for ever."""


@dataclass(frozen=True, slots=True)
class EncodedFeature:
    """A feature of the matrix.

    Of a number: (transformed value, drawn in to `low`..`high`, less `center`) / `scale` times
    `factor`; a missing value is `fill` before all of that. Of a `category`: `factor` for
    who has it and 0 for who has not; `of_missing` is that of the missing ones.
    """

    column: str
    category: str | None = None
    center: float = 0.0
    scale: float = 1.0
    factor: float = 1.0
    transform: Transform = Transform.NONE
    fill: float = 0.0
    low: float = -np.inf
    high: float = np.inf
    of_missing: bool = False


@dataclass(frozen=True, slots=True)
class ScoredColumn:
    """A column that customers are placed by: NUMERIC, CATEGORICAL or DATETIME.

    `reading` tells how its cells are written in the dataset. `categories` are those that occurred
    in training, sorted; `low` and `high` the smallest and largest number, in the column's unit (of
    dates days since 1970-01-01), both None of categories. `whole` tells that all its numbers were whole.
    """

    name: str
    role: ColumnRole
    reading: Reading
    categories: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Projection:
    """Principal components: (sample - `center`) · `components`ᵀ, rounded to so many `decimals`.

    `center` is (n_features,), `components` (n_components, n_features) with orthonormal rows.
    """

    center: Vector
    components: Matrix
    decimals: int


@dataclass(frozen=True, slots=True)
class CentroidRule:
    """Whoever is nearest to a centroid, by Euclidean distance, of equals the first; (n_clusters, n_dims)."""

    kind: ClassVar[str] = "centroids"
    centroids: Matrix


@dataclass(frozen=True, slots=True)
class MixtureRule:
    """The component that a sample most likely comes from, as `learning.algorithms.assigning.Posterior`.

    `weights` (n_clusters,), `means` (n_clusters, n_numbers), `whiteners` (n_clusters, n_numbers,
    n_numbers); `numbers` (n_numbers,) the features that have a Gaussian, None for all;
    `slopes` (n_clusters, n_dims) and `offsets` (n_clusters,) of the others, with the bounds
    `low` and `high` (n_dims,) that they are drawn in to; None where there are none.
    """

    kind: ClassVar[str] = "mixture"
    weights: Vector
    means: Matrix
    whiteners: AnyArray
    numbers: AnyArray | None = None
    slopes: Matrix | None = None
    offsets: Vector | None = None
    low: Vector | None = None
    high: Vector | None = None


@dataclass(frozen=True, slots=True)
class SampleRule:
    """Whoever the nearest known sample is, by Euclidean distance, of equals the first.

    `samples` (n_known, n_dims), `labels` (n_known,), -1 for noise. With `reach` (n_known,) a
    sample farther off than the nearest one's reach is noise; `strength` (n_known,) 0..1 is
    the confidence of whoever goes by that sample, where the algorithm has one of its own.
    """

    kind: ClassVar[str] = "samples"
    samples: Matrix
    labels: Labels
    reach: Vector | None = None
    strength: Vector | None = None


Rule: TypeAlias = CentroidRule | MixtureRule | SampleRule


@dataclass(frozen=True, slots=True)
class OutlierRule:
    """Who is far from everybody, on a robust scale of the same columns; of OutlierTreatment.SEPARATE.

    `features` make that scale. A sample is far unless `least` of the `references` (n_references,
    n_robust_features), one it coincides with not counted, or one of those `in_company`
    (n_references,) lie within `radius`.
    """

    features: tuple[EncodedFeature, ...]
    references: Matrix
    in_company: Mask
    radius: float
    least: int


@dataclass(frozen=True, slots=True)
class Scorer:
    """All that places a customer in a segment of a run.

    `columns` are what a customer is known by, `features` what they become, `projection` and
    `rule` what happens to these. `segments` (n_clusters,) has the segment index of each
    cluster, `means` (n_clusters, n_dims) the mean of its training samples, in the space of the rule.
    `identifier` is the dataset's column that names a customer, if it has one.
    """

    columns: tuple[ScoredColumn, ...]
    features: tuple[EncodedFeature, ...]
    segments: Labels
    means: Matrix
    rule: Rule
    missing: MissingTreatment
    projection: Projection | None = None
    outliers: OutlierRule | None = None
    identifier: str | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """The values of customers, column by column, as a scorer takes them.

    `numbers` (n_rows,) of NUMERIC and DATETIME columns by name, NaN where missing; `codes`
    (n_rows,) of CATEGORICAL ones, as places in the scored column's `categories`, -1 where missing.
    """

    count: int
    numbers: Mapping[str, Vector] = field(default_factory=dict)
    codes: Mapping[str, Labels] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scores:
    """Where customers belong, all (n_rows,).

    `segments` by index, -1 for none: then `unassigned` has the place of the reason in
    UnassignedReason, and -1 for all others. `confidence` is 0..1, `distances` the Euclidean
    distance to the own segment's mean, NaN for who is in none. `runners_up` is the index of
    the segment that is next best, -1 where there is only one.
    """

    segments: Labels
    unassigned: Labels
    confidence: Vector
    distances: Vector
    runners_up: Labels


REASONS = tuple(UnassignedReason)
"""The reasons, in the order that `Scores.unassigned` numbers them."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """How much one column spoke for the segment, against the runner-up.

    `share` is -1..1, positive where it speaks for the segment; the magnitudes of all columns
    sum to 1. `value` is the customer's, as text, None where missing; `segment_value` and
    `runner_up_value` what is typical there: of numbers the mean on the scale that is clustered, in the
    column's unit, of categories the most frequent one where that can be told.
    """

    column: str
    value: str | None
    share: float
    segment_value: str | None
    runner_up_value: str | None


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """One column's part of a change: from the customer's value to another, as JSON values."""

    column: str
    before: float | str | None
    after: float | str | None


@dataclass(frozen=True, slots=True)
class SmallestChange:
    """The smallest change of a customer's values that moves it to a segment, by index.

    Of as few columns as can be, and of those the least on the common scale: `distance` is how far that
    moves the customer there. With these values, and all others as they are, the scorer gives that segment.
    """

    segment: int
    changes: tuple[ColumnChange, ...]
    distance: float


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a customer is in its segment, the columns that decided first, and what would change it.

    `change` is None where no change within what the training saw leads there.
    """

    contributions: tuple[Contribution, ...]
    change: SmallestChange | None
