"""What a cluster is, in words: centroid, characteristics, name and rule."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.learning.explaining.characteristics import centroids, traits
from domain.learning.explaining.naming import names
from domain.learning.explaining.rules import rules
from domain.learning.preparing.columns import SourceColumn, take
from domain.learning.progress import within
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
    rows = np.flatnonzero(labels >= 0)
    if not len(rows):
        return ()
    everybody = len(rows) == len(labels)
    if not everybody:
        columns, labels = take(columns, rows), labels[rows]
    watch(0.0, "comparing the segments")
    found = traits(columns, labels, within(watch, 0.0, 0.3))
    return tuple(
        Explanation(name, centroid, tuple(trait.characteristic for trait in cluster), rule)
        for name, centroid, cluster, rule in zip(
            names(found, everybody),
            centroids(columns, labels),
            found,
            rules(columns, labels, seed, within(watch, 0.3, 1.0)),
            strict=True,
        )
    )
