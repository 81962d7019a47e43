"""The figures that the pictures of a run are drawn from."""

from dataclasses import replace

import numpy as np
from sklearn.decomposition import PCA

from domain.learning.algorithms.contract import Tree
from domain.learning.algorithms.dendrogram import dendrogram
from domain.learning.explaining.characteristics import alike
from domain.learning.explaining.importance import variances
from domain.learning.judging.dispersion import cluster_means
from domain.learning.judging.silhouette import Silhouettes
from domain.learning.preparing.features import Features
from domain.learning.preparing.reduction import solver
from domain.learning.sampling import spread_rows, stratified_rows
from domain.terms.arrays import Labels, Matrix
from domain.terms.pictures import ProfileFigure, RunFigures, ScatterFigure, SilhouetteFigure
from domain.terms.scoring import EncodedFeature
from domain.terms.segments import ClusterCountSelection

MOST_POINTS = 3_000
MOST_FEATURES = 12
SAME = 0.95
"""Features that correlate this much are one row of the profile: the stronger."""


def run_figures(
    features: Features,
    clustered: Matrix,
    segments: Labels,
    tree: Tree | None,
    silhouettes: Silhouettes | None,
    selection: ClusterCountSelection | None,
    seed: int,
) -> RunFigures:
    """Gather all figures of a run.

    `features` as encoded; `clustered` (n_samples, n_dimensions) the matrix that was
    clustered, after PCA where there was any; `segments` (n_samples,) the segment
    index of each sample, -1 for noise.
    """
    return RunFigures(
        scatter=scatter(clustered, segments, seed),
        dendrogram=dendrogram(tree, segments) if tree is not None else None,
        silhouette=silhouette_figure(silhouettes, segments, seed) if silhouettes is not None else None,
        profile=profile(features, segments),
        selection=selection,
    )


def scatter(matrix: Matrix, segments: Labels, seed: int) -> ScatterFigure:
    """Project the samples on their first two principal components; at most 3,000 points, stratified."""
    rows = stratified_rows([segments], MOST_POINTS, seed)
    # Of a single dimension the second axis is flat.
    matrix = matrix if matrix.shape[1] > 1 else np.pad(matrix, ((0, 0), (0, 1)))
    plane = PCA(2, svd_solver=solver(matrix)).fit(matrix)
    # Where rounding leaves no variance, no axis explains any.
    first, second = (float(share) for share in np.nan_to_num(plane.explained_variance_ratio_))
    return ScatterFigure(plane.transform(matrix[rows]), segments[rows], (first, second), len(matrix))


def silhouette_figure(silhouettes: Silhouettes, segments: Labels, seed: int) -> SilhouetteFigure:
    """Take at most 3,000 silhouettes, stratified; the mean is of all that were measured."""
    measured = segments[silhouettes.rows]
    rows = stratified_rows([measured], MOST_POINTS, seed)
    return SilhouetteFigure(silhouettes.values[rows], measured[rows], silhouettes.mean)


def profile(features: Features, segments: Labels) -> ProfileFigure | None:
    """Compare the segments with all clustered samples, in the at most 12 features that tell them apart best.

    These have the greatest share of their variance between the segments; one
    that goes with a better one (correlation 0.95) is left out. None where no
    feature tells any apart: a single segment is the average itself.
    """
    kept = np.flatnonzero(segments >= 0)
    if not len(kept):
        return None
    matrix = features.matrix if len(kept) == len(segments) else features.matrix[kept]
    indexes, labels = np.unique(segments[kept], return_inverse=True)
    between, total = variances(replace(features, matrix=matrix), labels)
    told = _most_telling(matrix, between / np.where(total > 0, total, 1.0))
    if not told:
        return None
    means = cluster_means(matrix[:, told], labels, len(indexes))
    deviations = (means - matrix[:, told].mean(axis=0)) / np.sqrt(total[told])
    return ProfileFigure(tuple(_titled(features.names[feature]) for feature in told), deviations, indexes)


def _most_telling(matrix: Matrix, shares: Matrix) -> list[int]:
    rows = spread_rows(len(matrix), 10_000)
    told: list[int] = []
    for feature in np.argsort(-shares, kind="stable").tolist():
        if len(told) == MOST_FEATURES or shares[feature] <= 0:
            break
        if not any(alike(matrix[rows, feature], matrix[rows, other], SAME) for other in told):
            told.append(feature)
    return told


def _titled(feature: EncodedFeature) -> str:
    return feature.column if feature.category is None else f"{feature.column}: {feature.category}"
