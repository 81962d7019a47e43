"""How sure it is who belongs where."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from domain.learning.judging.dispersion import cluster_means
from domain.learning.kernels.blocks import blocks, in_blocks
from domain.learning.sampling import stratified_rows
from domain.terms.arrays import Labels, Matrix, Vector
from domain.terms.training import Watch

FOLDS = 5
TREE_DEPTH = 5
TREE_SAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Membership:
    """How well each sample sits in its cluster, both (n_samples,).

    `confidence` 0..1; `distance` to the own centroid, Euclidean, which is least
    for the most typical members. Noise has confidence 0 at an infinite distance.
    """

    confidence: Vector
    distance: Vector


def membership(matrix: Matrix, labels: Labels) -> Membership:
    """Compare each sample's distance to its own centroid with that to the nearest other one.

    `labels` (n_samples,) numbered from 0 without a gap, -1 for noise. The confidence is
    1 - own / other: 1 on the centroid, 0 half-way between two, and 0 where another
    centroid is nearer, as some are in hierarchical clusters. It is the simplified
    silhouette of Hruschka, de Castro & Campello 2004, floored at 0, and needs no
    more than the centroids, whatever the algorithm. A single cluster is certain: 1.
    """
    count = int(labels.max(initial=-1)) + 1
    if not count:
        return Membership(np.zeros(len(labels)), np.full(len(labels), np.inf))
    means = cluster_means(matrix, labels, count)
    confidence, distance = np.empty(len(labels)), np.empty(len(labels))
    parts = in_blocks(lambda rows: _membership(matrix[rows], labels[rows], means), len(labels))
    for rows, part in zip(blocks(len(labels)), parts, strict=True):
        confidence[rows], distance[rows] = part
    return Membership(confidence, distance)


def _membership(matrix: Matrix, labels: Labels, means: Matrix) -> tuple[Vector, Vector]:
    distances = cdist(matrix, means)
    mine = np.arange(len(labels)), labels
    own = distances[mine]
    distances[mine] = np.inf
    other = distances.min(axis=1)
    certain = 1 - own / np.where(other > 0, other, 1.0)
    noise = labels < 0
    confidence = np.where(noise | (other == 0), 0.0, np.clip(certain, 0.0, 1.0))
    return confidence, np.where(noise, np.inf, own)


def predictability(matrix: Matrix, labels: Labels, seed: int, watch: Watch) -> float | None:
    """Measure the cross-validated accuracy of a surrogate of the clustering, 0..1.

    The surrogate is a decision tree of depth 5 that learns to tell the cluster from
    the features; a share of 0.9 means that it puts nine in ten samples it has not seen
    where the clustering did. It says how well a few simple rules can stand for the
    clusters, not how sure the clustering is of itself. Over stratified folds, five or
    as many as the smallest cluster has members, on at most 10,000 samples without the
    noise; None with a single cluster or where a cluster has only one member. Source:
    Craven & Shavlik 1996 for the surrogate, Kohavi 1995 for the cross-validation.
    """
    matrix, labels = _drawn(matrix, labels, seed)
    sizes = np.unique(labels, return_counts=True)[1]
    if len(sizes) < 2 or sizes.min() < 2:
        return None
    folds = min(FOLDS, int(sizes.min()))
    right = 0
    split = StratifiedKFold(folds, shuffle=True, random_state=seed % 2**32).split(matrix, labels)
    for fold, (known, unseen) in enumerate(split):
        watch(fold / folds, f"predicting the segments, fold {fold + 1} of {folds}")
        tree = DecisionTreeClassifier(max_depth=TREE_DEPTH, random_state=seed % 2**32)
        right += int((tree.fit(matrix[known], labels[known]).predict(matrix[unseen]) == labels[unseen]).sum())
    return right / len(labels)


def _drawn(matrix: Matrix, labels: Labels, seed: int) -> tuple[Matrix, Labels]:
    clustered = np.flatnonzero(labels >= 0)
    if not len(clustered):
        return matrix[clustered], labels[clustered]
    rows = clustered[stratified_rows([labels[clustered]], TREE_SAMPLES, seed)]
    return matrix[rows], labels[rows]
