"""The metrics of a clustering."""

import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_samples
from sklearn.preprocessing import StandardScaler

from domain.learning.clustering import cluster
from domain.learning.evaluation import evaluate
from domain.learning.progress import unwatched
from domain.terms.algorithms import KMeansSettings

WINE = StandardScaler().fit_transform(load_wine().data)
LABELS = load_wine().target.astype(np.int64)


def test_the_metrics_equal_scikit_learns() -> None:
    found = evaluate(WINE, LABELS, 0, unwatched)
    widths = silhouette_samples(WINE, LABELS)
    assert found.metrics.silhouette == pytest.approx(widths.mean(), abs=1e-9)
    assert found.metrics.silhouette_sample_size is None
    assert found.metrics.davies_bouldin == pytest.approx(davies_bouldin_score(WINE, LABELS))
    assert found.metrics.calinski_harabasz == pytest.approx(calinski_harabasz_score(WINE, LABELS))
    assert found.by_cluster == pytest.approx([widths[label == LABELS].mean() for label in range(3)])
    assert (found.metrics.sample_count, found.metrics.encoded_feature_count) == (178, 13)
    assert found.metrics.noise_count == 0


def test_silhouettes_from_the_selection_are_used_as_they_are() -> None:
    found = cluster(WINE, KMeansSettings(), 0, unwatched)
    known = evaluate(WINE, found.labels, 0, unwatched, found.silhouettes)
    assert known.silhouettes is found.silhouettes
    measured = evaluate(WINE, found.labels, 0, unwatched)
    assert known.metrics.silhouette == pytest.approx(measured.metrics.silhouette, abs=1e-12)


def test_noise_is_left_out_and_counted() -> None:
    labels = LABELS.copy()
    labels[[0, 100]] = -1
    kept = labels >= 0
    found = evaluate(WINE, labels, 0, unwatched)
    assert found.metrics.noise_count == 2
    assert found.metrics.sample_count == 178
    assert found.metrics.silhouette == pytest.approx(
        silhouette_samples(WINE[kept], labels[kept]).mean(), abs=1e-9
    )
    assert found.silhouettes is not None
    assert found.silhouettes.rows.tolist() == np.flatnonzero(kept).tolist()


@pytest.mark.parametrize(
    ("labels", "inertia", "by_cluster"),
    [([0, 0, 0], 14.0, (None,)), ([0, 1, 2], 0.0, (None, None, None)), ([-1, -1, -1], None, ())],
    ids=["one cluster", "as many clusters as samples", "all noise"],
)
def test_where_nothing_can_be_compared_only_the_inertia_applies(
    labels: list[int], inertia: float | None, by_cluster: tuple[None, ...]
) -> None:
    found = evaluate(np.array([[0.0], [1.0], [5.0]]), np.array(labels), 0, unwatched)
    assert found.metrics.inertia == inertia
    assert found.metrics.silhouette is found.metrics.davies_bouldin is found.metrics.calinski_harabasz is None
    assert found.by_cluster == by_cluster
    assert found.silhouettes is None
