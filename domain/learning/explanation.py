"""What a cluster is, in words: centroid, characteristics, name and rule."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from domain.learning.characteristics import centroids, traits
from domain.learning.features import NumericColumn, SourceColumn
from domain.learning.naming import names
from domain.learning.progress import within
from domain.learning.rules import rules
from domain.terms.arrays import Labels
from domain.terms.segments import Characteristic, FeatureValue, SegmentRule
from domain.terms.training import Watch


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is said of one cluster; each part is defined in its own module."""

    name: str
    centroid: tuple[FeatureValue, ...]
    characteristics: tuple[Characteristic, ...]
    rule: SegmentRule | None


def explain(
    columns: Sequence[SourceColumn], labels: Labels, seed: int, watch: Watch
) -> tuple[Explanation, ...]:
    """Explain every cluster by the columns it was made from, one explanation a cluster.

    `labels` (n_samples,) numbered from 0 without a gap; -1 is noise, and left out of
    all figures.
    """
    columns, labels = _clustered(columns, labels)
    watch(0.0, "comparing the segments")
    found = traits(columns, labels)
    return tuple(
        Explanation(name, centroid, tuple(trait.characteristic for trait in cluster), rule)
        for name, centroid, cluster, rule in zip(
            names(found),
            centroids(columns, labels),
            found,
            rules(columns, labels, seed, within(watch, 0.3, 1.0)),
            strict=True,
        )
    )


def _clustered(columns: Sequence[SourceColumn], labels: Labels) -> tuple[Sequence[SourceColumn], Labels]:
    rows = np.flatnonzero(labels >= 0)
    if len(rows) == len(labels):
        return columns, labels
    kept = [
        replace(column, values=column.values[rows])
        if isinstance(column, NumericColumn)
        else replace(column, codes=column.codes[rows])
        for column in columns
    ]
    return kept, labels[rows]
