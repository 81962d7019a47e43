"""Figures of a made-up run: blobs, clustered by Ward's linkage."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.datasets import make_blobs
from sklearn.metrics import silhouette_samples

from domain.terms.algorithms import ClusterCountCriterion, StructureVerdict
from domain.terms.palette import SEGMENT_COLORS
from domain.terms.pictures import (
    DendrogramFigure,
    ProfileFigure,
    RunFigures,
    ScatterFigure,
    SegmentLegend,
    SilhouetteFigure,
)
from domain.terms.segments import ClusterCountCandidate, ClusterCountSelection

LEAVES = 30
FEATURES = 6

NAMES = (
    "High annual income, low spending score",
    "Frequent buyers with high monthly charges and long tenure ab",
    'Price $10 & <b>bold</b> "quoted" $x^2$',
    "عملاء مخلصون ذوو إنفاق مرتفع",
    "高收入低消费的年轻客户群体",
    "🎉 Party people 👩‍👩‍👧",
    "W" * 60,
    *(f"Segment {letter}" for letter in "HIJKLMNO"),
)

Run = tuple[tuple[SegmentLegend, ...], RunFigures]


@cache
def _run(k: int) -> Run:
    # Thirty customers, a leaf each: the whole tree, so that SciPy's own can be compared.
    samples, _ = make_blobs(n_samples=LEAVES, n_features=FEATURES, centers=k, random_state=k)
    samples = (samples - samples.mean(axis=0)) / samples.std(axis=0)
    merges = linkage(samples, "ward")
    labels = fcluster(merges, k, "maxclust").astype(np.int64) - 1
    sizes = np.bincount(labels, minlength=k)
    segments = tuple(
        SegmentLegend(
            index, NAMES[index], SEGMENT_COLORS[index], int(sizes[index]), float(sizes[index] / LEAVES)
        )
        for index in range(k)
    )
    silhouettes = silhouette_samples(samples, labels)
    candidates = tuple(
        ClusterCountCandidate(count, 5e4 / count, 0.5 - 0.02 * abs(count - k), 1.0, 2.0, 0.1)
        for count in range(2, 16)
    )
    return segments, RunFigures(
        scatter=ScatterFigure(samples[:, :2], labels, (0.444, 0.25), LEAVES),
        dendrogram=DendrogramFigure(
            merges, np.ones(LEAVES, np.int64), labels, float(merges[-k, 2] + merges[1 - k, 2]) / 2
        ),
        silhouette=SilhouetteFigure(silhouettes, labels, float(silhouettes.mean())),
        profile=ProfileFigure(
            tuple(f"column {number}" for number in range(FEATURES)),
            np.array([samples[labels == index].mean(axis=0) for index in range(k)]),
            np.arange(k),
        ),
        selection=ClusterCountSelection(
            k, ClusterCountCriterion.SILHOUETTE, StructureVerdict.STRONG, "it is clear", 5, candidates
        ),
    )


@pytest.fixture(scope="session")
def made_up_run() -> Callable[[int], Run]:
    return _run
