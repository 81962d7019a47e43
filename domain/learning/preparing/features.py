"""Columns of a table made into a matrix on one scale.

Numbers: a missing one becomes the median of the column, the logarithm is taken of clearly skewed
ones, then all are scaled. Categories: one feature a level, above 0 where the row has it and
0 where not; missing is a level of its own. With transform NONE and categories UNIT the
numbers are those of scikit-learn's SimpleImputer(strategy="median"), its scaler and OneHotEncoder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from domain.errors import UnsuitableData
from domain.learning.preparing.columns import CategoricalColumn, SourceColumn, take
from domain.learning.preparing.encoding import place
from domain.learning.preparing.fitting import Fit, fit
from domain.learning.preparing.missing import NO_ROWS, complete_rows
from domain.learning.preparing.outliers import NEIGHBOURS, Far, find_far
from domain.learning.progress import unwatched, within
from domain.terms.arrays import Matrix, Rows
from domain.terms.preparation import OutlierTreatment, Preparation, PreparationSettings, Scaling
from domain.terms.scoring import EncodedFeature, OutlierRule
from domain.terms.segments import ImputedColumn, UnassignedReason
from domain.terms.training import Watch

__all__ = ["EncodedFeature", "Features", "encode", "place"]


_NONE = Preparation((), 0, 0)


@dataclass(frozen=True, slots=True)
class Features:
    """The matrix (n_samples, n_features), what its columns stand for, and what was done on the way.

    `rows` are the rows of the table that the samples are, ascending, None for all of
    them; `unassigned` has the others, by why they were left out, `outliers` by what those far off were found.
    """

    matrix: Matrix
    names: tuple[EncodedFeature, ...]
    imputed: tuple[ImputedColumn, ...] = ()
    preparation: Preparation = _NONE
    rows: Rows | None = None
    outliers: OutlierRule | None = None
    unassigned: Mapping[UnassignedReason, Rows] = field(default_factory=dict)


def encode(
    columns: Sequence[SourceColumn],
    settings: PreparationSettings,
    max_features: int,
    watch: Watch = unwatched,
    blank: Rows = NO_ROWS,
) -> Features:
    """Turn columns of one length into a matrix, features in the order of the columns.

    A number column without any value is left out, and so are `blank` rows, whatever the
    settings. What is found of the columns is found of the rows that are kept. Raises
    UnsuitableData where there is nothing to cluster
    on: no column, no row, or no column with two different values, and where missing values are
    to be refused; TooLarge above `max_features` or LARGEST_MATRIX values, naming the widest column.
    """
    used = _with_values(columns)
    count = _count(used[0])
    complete = complete_rows(used, settings.missing, blank)
    unassigned: dict[UnassignedReason, Rows] = {}
    if complete is not None:
        unassigned[UnassignedReason.MISSING_VALUES] = np.setdiff1d(np.arange(count), complete)
        used = _with_values(take(used, complete))
    rows, outliers = complete, None
    if settings.outliers is OutlierTreatment.SEPARATE:
        found, outliers = _outliers(used, settings, max_features, within(watch, 0.0, 0.7))
        far = found.rows
        watch = within(watch, 0.7, 1.0)
        if len(far):
            near = np.setdiff1d(np.arange(_count(used[0])), far)
            unassigned[UnassignedReason.OUTLIER] = far if complete is None else complete[far]
            rows = near if complete is None else complete[near]
            used = _with_values(take(used, near))
    fits = fit(used, settings, max_features, within(watch, 0.0, 0.5))
    names = _names(fits)
    preparation = Preparation(
        tuple(found.prepared for found in fits),
        outlier_count=len(unassigned.get(UnassignedReason.OUTLIER, ())),
        left_out_count=len(unassigned.get(UnassignedReason.MISSING_VALUES, ())),
    )
    matrix = place(names, used, within(watch, 0.5, 1.0))
    return Features(matrix, names, _imputed(preparation), preparation, rows, outliers, unassigned)


def _with_values(columns: Sequence[SourceColumn]) -> tuple[SourceColumn, ...]:
    usable = tuple(column for column in columns if _has_values(column))
    if not usable:
        raise UnsuitableData(
            "There is no column to cluster on: give at least one the role NUMERIC, CATEGORICAL or DATETIME."
        )
    return usable


def _has_values(column: SourceColumn) -> bool:
    if isinstance(column, CategoricalColumn):
        return len(column.codes) > 0
    return bool(np.isfinite(column.values).any())


def _count(column: SourceColumn) -> int:
    return len(column.codes if isinstance(column, CategoricalColumn) else column.values)


def _outliers(
    columns: Sequence[SourceColumn], settings: PreparationSettings, max_features: int, watch: Watch
) -> tuple[Far, OutlierRule | None]:
    # Measured as if the far values were drawn in, and then they are not: so the
    # outliers can't stretch the scale that they are to be seen on.
    robust = replace(settings, scaling=Scaling.STANDARD, outliers=OutlierTreatment.CLIP)
    fits = fit(columns, robust, max_features, within(watch, 0.0, 0.2))
    unbounded = tuple(replace(name, low=-np.inf, high=np.inf) for name in _names(fits))
    matrix = place(unbounded, columns, within(watch, 0.2, 0.4))
    far = find_far(matrix, within(watch, 0.4, 1.0))
    if far.radius is None:
        return far, None
    return far, OutlierRule(unbounded, matrix[far.references], far.in_company, far.radius, NEIGHBOURS)


def _names(fits: Sequence[Fit]) -> tuple[EncodedFeature, ...]:
    return tuple(feature for found in fits for feature in found.features)


def _imputed(preparation: Preparation) -> tuple[ImputedColumn, ...]:
    return tuple(
        ImputedColumn(column.column, column.imputed_count, column.filled_with)
        for column in preparation.columns
        if column.filled_with is not None
    )
