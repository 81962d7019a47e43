"""How sure it is who belongs where."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from domain.learning.dispersion import cluster_means
from domain.learning.sampling import stratified_rows
from domain.terms.arrays import Labels, Matrix, Vector
from domain.terms.training import Watch

FOLDS = 5
TREE_DEPTH = 5
TREE_SAMPLES = 10_000
BLOCK_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Membership:
    """How well each sample sits in its cluster, both (n_samples,).

    `confidence` 0..1; `distance` to the own centroid, Euclidean, which is least
    for the most typical members.
    """

    confidence: Vector
    distance: Vector


def membership(matrix: Matrix, labels: Labels) -> Membership:
    """Compare each sample's distance to its own centroid with that to the nearest other one.

    `labels` (n_samples,) numbered from 0 without a gap. The confidence is
    1 - own / other: 1 on the centroid, 0 half-way between two, and 0 where another
    centroid is nearer, as some are in hierarchical clusters. It is the simplified
    silhouette of Hruschka, de Castro & Campello 2004, floored at 0, and needs no
    more than the centroids, whatever the algorithm. A single cluster is certain: 1.
    """
    count = int(labels.max()) + 1
    means = cluster_means(matrix, labels, count)
    own, other = np.empty(len(labels)), np.full(len(labels), np.inf)
    for start in range(0, len(labels), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        distances = cdist(matrix[block], means)
        mine = np.arange(len(distances)), labels[block]
        own[block] = distances[mine]
        distances[mine] = np.inf
        other[block] = distances.min(axis=1)
    certain = 1 - own / np.where(other > 0, other, 1.0)
    return Membership(np.where(other > 0, np.clip(certain, 0.0, 1.0), 0.0), own)


def predictability(matrix: Matrix, labels: Labels, seed: int, watch: Watch) -> float | None:
    """Say how often a shallow decision tree predicts the cluster from the features, 0..1.

    The accuracy over stratified folds, five or as many as the smallest cluster has
    members, of a tree of depth 5, on at most 10,000 samples; None with a single
    cluster or where a cluster has only one member. Source: Kohavi 1995 for the
    stratified cross-validation.
    """
    rows = stratified_rows([labels], TREE_SAMPLES, seed)
    matrix, labels = matrix[rows], labels[rows]
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
