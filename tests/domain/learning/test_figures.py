"""What pictures are drawn from."""

import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from domain.learning.figures import MOST_POINTS, profile, run_figures, scatter, silhouette_figure
from domain.learning.judging.silhouette import silhouettes
from domain.learning.preparing.columns import CategoricalColumn, NumericColumn
from domain.learning.preparing.features import encode
from domain.learning.progress import unwatched
from domain.terms.arrays import Matrix
from domain.terms.preparation import USUAL_PREPARATION

WINE: Matrix = StandardScaler().fit_transform(load_wine().data)


def test_the_scatter_is_the_plane_of_two_principal_components() -> None:
    segments = load_wine().target.astype(np.int64)
    figure = scatter(WINE, segments, seed=0)
    model = PCA(2).fit(WINE)
    assert figure.explained == pytest.approx(tuple(model.explained_variance_ratio_))
    assert np.abs(figure.points) == pytest.approx(np.abs(model.transform(WINE)), abs=1e-9)
    assert figure.segments.tolist() == segments.tolist()
    assert figure.total == 178


def test_a_single_feature_lies_on_a_line() -> None:
    figure = scatter(np.array([[0.0], [3.0], [9.0]]), np.array([0, 0, 1]), seed=0)
    assert figure.explained == (1.0, 0.0)
    assert figure.points[:, 1].tolist() == [0, 0, 0]


def test_many_customers_are_sampled_with_every_segment_and_noise() -> None:
    random = np.random.default_rng(0)
    matrix = random.normal(size=(9000, 3))
    labels = np.repeat([0, 1], [3000, 6000])
    segments = np.where(labels == 0, 7, 2)
    segments[[5, 6]] = -1
    figure = scatter(matrix, segments, seed=0)
    assert MOST_POINTS <= len(figure.points) <= MOST_POINTS + 2
    assert np.unique(figure.segments).tolist() == [-1, 2, 7]
    assert figure.total == 9000
    (widths,) = silhouettes(matrix, [labels], 0, unwatched)
    shown = silhouette_figure(widths, segments, seed=0)
    assert len(shown.values) == len(shown.segments) <= MOST_POINTS + 2
    assert shown.mean == widths.mean


def test_the_profile_shows_deviations_of_the_telling_features_by_segment_index() -> None:
    segments = np.repeat([3, 1], 100)
    random = np.random.default_rng(0)
    spend = np.where(segments == 3, 10.0, 30.0) + np.tile([-1.0, 1.0], 100)
    features = encode(
        [
            NumericColumn("noise", random.normal(size=200)),
            NumericColumn("spend", spend),
            NumericColumn("spend again", spend * 2),
            CategoricalColumn("plan", (np.arange(200) < 120).astype(np.int64), ("free", "pro")),
            NumericColumn("constant", np.full(200, 1.5)),
        ],
        USUAL_PREPARATION,
        10,
    )
    figure = profile(features, segments)
    assert figure is not None
    # "spend again" is "spend", and "plan: pro" the other side of "plan: free".
    assert figure.features[:2] == ("spend", "plan: free")
    assert set(figure.features[2:]) <= {"noise"}
    assert figure.segments.tolist() == [1, 3]
    assert figure.deviations[:, 0].tolist() == pytest.approx([10 / 101**0.5, -10 / 101**0.5])
    # 80 of 100 have the free plan in segment 1, none in 3: 0.4 over all
    assert figure.deviations[:, 1].tolist() == pytest.approx([0.4 / 0.24**0.5, -0.4 / 0.24**0.5])


def test_a_run_without_a_tree_has_no_dendrogram() -> None:
    features = encode([NumericColumn("a", np.array([1.0, 2.0, 8.0, 9.0]))], USUAL_PREPARATION, 10)
    labels = np.array([0, 0, 1, 1])
    figures = run_figures(features, features.matrix, labels, None, None, None, seed=0)
    assert figures.dendrogram is None
    assert figures.silhouette is None
    assert figures.selection is None
    assert figures.scatter is not None
    assert figures.profile is not None


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [0, 0, -1, 0], [-1, -1, -1, -1]])
def test_less_than_two_segments_have_no_profile(labels: list[int]) -> None:
    features = encode([NumericColumn("a", np.array([1.0, 2.0, 8.0, 9.0]))], USUAL_PREPARATION, 10)
    figures = run_figures(features, features.matrix, np.array(labels), None, None, None, seed=0)
    assert figures.profile is None
    assert figures.scatter is not None
    assert figures.scatter.segments.tolist() == labels


def test_noise_counts_for_no_profile() -> None:
    values = np.array([1.0, 1.0, 3.0, 3.0, 1000.0])
    features = encode([NumericColumn("a", values)], USUAL_PREPARATION, 10)
    figure = profile(features, np.array([0, 0, 1, 1, -1]))
    assert figure is not None
    assert figure.deviations.ravel().tolist() == pytest.approx([-1, 1])
