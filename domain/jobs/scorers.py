"""What a training leaves behind to place new customers by."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from domain.learning.algorithms.assigning import NearestCentroid, NearestSample, Posterior
from domain.learning.algorithms.contract import Assigner
from domain.learning.judging.dispersion import cluster_means
from domain.learning.kernels.blocks import in_blocks
from domain.learning.preparing.columns import CategoricalColumn, SourceColumn
from domain.learning.preparing.features import Features
from domain.learning.preparing.reduction import Reduction
from domain.scoring.rules import Centroids, Samples
from domain.terms.arrays import Labels, Matrix, Rows, Vector
from domain.terms.columns import ColumnRole
from domain.terms.preparation import PreparationSettings
from domain.terms.readings import Kind, Reading, StoredColumn
from domain.terms.scoring import (
    CentroidRule,
    EncodedFeature,
    MixtureRule,
    Projection,
    Rule,
    SampleRule,
    ScoredColumn,
    Scorer,
)

_AS_IT_STANDS = Reading(Kind.TEXT)


def rule_of(assigner: Assigner) -> Rule:
    """Write down how an algorithm places samples."""
    if isinstance(assigner, NearestCentroid):
        return CentroidRule(assigner.centroids)
    if isinstance(assigner, NearestSample):
        return SampleRule(assigner.samples, assigner.labels, assigner.reach, assigner.strength)
    if isinstance(assigner, Posterior):
        return MixtureRule(
            assigner.weights,
            assigner.means,
            assigner.whiteners,
            assigner.numbers,
            assigner.slopes,
            assigner.offsets,
            _bounds(assigner.low),
            _bounds(assigner.high),
        )
    raise TypeError(f"nobody knows how {type(assigner).__name__} is written down")


def settled(matrix: Matrix, labels: Labels, assigner: Assigner) -> Labels:
    """Give the labels (n_samples,) that the rule gives: of exact ties it may see another first.

    The compiled loop adds in another order. Where a cluster would lose all its
    samples, the labels stay as they are.
    """
    if not isinstance(assigner, NearestCentroid):
        return labels
    ready = Centroids(CentroidRule(assigner.centroids))
    parts = list(in_blocks(lambda rows: ready.place(matrix[rows]).labels, len(matrix)))
    ruled = np.concatenate(parts)
    return ruled if len(np.unique(ruled)) == int(labels.max()) + 1 else labels


def scorer_of(
    columns: Sequence[SourceColumn],
    readings: Mapping[str, StoredColumn],
    settings: PreparationSettings,
    features: Features,
    reduction: Reduction,
    labels: Labels,
    assigner: Assigner,
    segments: Labels,
    identifier: str | None,
) -> Scorer:
    """Put together what places a customer as this training did.

    `columns` and `labels` (n_samples,) are of the rows that took part; `segments`
    (n_clusters,) is the segment index of each cluster.
    """
    by_name = {column.name: column for column in columns}
    # Those who were set apart have been measured too, with columns and categories that may be theirs alone.
    every = (*features.names, *(features.outliers.features if features.outliers else ()))
    names = dict.fromkeys(feature.column for feature in every)
    return Scorer(
        columns=tuple(_scored(by_name[name], readings.get(name), every) for name in names),
        features=features.names,
        segments=segments,
        means=cluster_means(reduction.matrix, labels, len(segments)),
        rule=rule_of(assigner),
        missing=settings.missing,
        projection=_projection(reduction),
        outliers=features.outliers,
        identifier=identifier,
    )


class Quickly(Samples):
    """A rule's own fast twin, compiled: for whole datasets. The answers are the same."""

    def find(self, samples: Matrix) -> Rows:
        """Give the known sample that each sample goes by, -1 where none reaches it."""
        return self._assigner.find(samples)

    @cached_property
    def _assigner(self) -> NearestSample:
        return NearestSample(self.rule.samples, self.rule.labels, self.rule.reach)


def quick(rule: Rule) -> Quickly | None:
    """Give the fast twin of a rule; None where the rule itself is fast."""
    return Quickly(rule) if isinstance(rule, SampleRule) else None


def _scored(
    column: SourceColumn, stored: StoredColumn | None, features: Sequence[EncodedFeature]
) -> ScoredColumn:
    reading = stored.reading if stored else _AS_IT_STANDS
    if isinstance(column, CategoricalColumn):
        known = {
            feature.category
            for feature in features
            if feature.column == column.name and feature.category is not None and not feature.of_missing
        }
        return ScoredColumn(column.name, ColumnRole.CATEGORICAL, reading, tuple(sorted(known)))
    values = column.values[np.isfinite(column.values)]
    if not len(values):
        # Only those who were set apart have a value: what was filled in for all others is all there is.
        values = np.array([feature.fill for feature in features if feature.column == column.name][:1])
    role = ColumnRole.DATETIME if column.dates else ColumnRole.NUMERIC
    whole = bool((values == np.floor(values)).all())
    return ScoredColumn(column.name, role, reading, (), float(values.min()), float(values.max()), whole=whole)


def _projection(reduction: Reduction) -> Projection | None:
    if reduction.center is None or reduction.components is None:
        return None
    return Projection(reduction.center, reduction.components, reduction.decimals)


def _bounds(values: Vector | float) -> Vector | None:
    return values if isinstance(values, np.ndarray) else None
