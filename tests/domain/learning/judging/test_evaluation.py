"""The metrics of a clustering."""

import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_samples
from sklearn.preprocessing import StandardScaler

from domain.learning.judging.evaluation import evaluate
from domain.learning.judging.silhouette import silhouettes
from domain.learning.progress import unwatched

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


def test_silhouettes_that_are_known_are_used_as_they_are() -> None:
    (exact,) = silhouettes(WINE, [LABELS], 0, unwatched)
    known = evaluate(WINE, LABELS, 0, unwatched, exact)
    assert known.silhouettes is exact
    measured = evaluate(WINE, LABELS, 0, unwatched)
    assert known.metrics.silhouette == pytest.approx(measured.metrics.silhouette, abs=1e-12)


def test_silhouettes_of_fewer_samples_than_could_be_are_measured_again() -> None:
    (sampled,) = silhouettes(WINE, [LABELS], 0, unwatched, limit=100)
    found = evaluate(WINE, LABELS, 0, unwatched, sampled)
    assert sampled.sample_size == 100
    assert found.metrics.silhouette_sample_size is found.metrics.silhouette_standard_error is None
    assert found.metrics.silhouette == pytest.approx(silhouette_samples(WINE, LABELS).mean(), abs=1e-9)


def test_of_very_many_samples_the_silhouette_is_told_with_its_error() -> None:
    random = np.random.default_rng(0)
    labels = np.arange(60_000) % 2
    matrix = labels[:, None] * 3 + random.normal(size=(60_000, 1))
    found = evaluate(matrix, labels, 0, unwatched)
    assert found.metrics.silhouette_sample_size == 20_000
    assert found.metrics.silhouette_standard_error is not None
    assert 0.0005 < found.metrics.silhouette_standard_error < 0.005
    again = evaluate(matrix, labels, 0, unwatched, found.silhouettes)
    assert again == found


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
