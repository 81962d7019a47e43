"""What it costs to judge a clustering: exactly at 50,000 rows, and at 1,000,000."""

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_samples

from domain.learning.algorithms.distinct import count_distinct
from domain.learning.judging.confidence import membership, predictability
from domain.learning.judging.dispersion import disperse
from domain.learning.judging.evaluation import evaluate
from domain.learning.judging.silhouette import EXACT_LIMIT, silhouettes
from domain.learning.kernels.silhouettes import warm_up
from domain.learning.progress import unwatched
from domain.learning.sampling import stratified_rows
from domain.terms.arrays import Labels, Matrix
from tests.benchmarks.measuring import Report, median_seconds, megabytes, seconds, timing

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROWS = 1_000_000
FEATURES = 8
CLUSTERS = 15
REPEATS = 3
SEED = 0


def groups(count: int) -> tuple[Matrix, Labels]:
    """Make groups that touch: (n_samples, 8), and the group of each."""
    random = np.random.default_rng(SEED)
    centers = random.normal(scale=3.0, size=(CLUSTERS, FEATURES))
    labels = random.integers(0, CLUSTERS, count)
    return centers[labels] + random.normal(size=(count, FEATURES)), labels


def peak(work: Callable[[], object]) -> int:
    """Do some work, and answer the most bytes that it held at a time."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_an_exact_silhouette_equals_scikit_learns(report: Report) -> None:
    matrix, labels = groups(EXACT_LIMIT)
    warm_up()
    beside = list[float]()
    with timing(beside):
        expected = silhouette_samples(matrix, labels)
    ours = median_seconds(lambda: silhouettes(matrix, [labels], SEED, unwatched), REPEATS)
    (found,) = silhouettes(matrix, [labels], SEED, unwatched)
    assert found.sample_size is None
    assert found.values == pytest.approx(expected, abs=1e-9)
    assert found.mean == pytest.approx(expected.mean(), abs=1e-9)

    what = f"exact silhouette, {EXACT_LIMIT:,} x {FEATURES}"
    report.compare(what, ours, "silhouette_samples", beside[0], seconds)
    report.compare(
        f"{what}, memory",
        peak(lambda: silhouettes(matrix, [labels], SEED, unwatched)),
        "the matrix",
        matrix.nbytes,
        megabytes,
    )


def test_the_judgement_of_a_million_rows_equals_scikit_learns(report: Report) -> None:
    matrix, labels = groups(ROWS)
    labelings = [labels % count for count in range(2, CLUSTERS + 1)]
    alike = np.ones((ROWS, FEATURES))
    warm_up()
    found = evaluate(matrix, labels, SEED, unwatched).metrics
    assert found.davies_bouldin == pytest.approx(davies_bouldin_score(matrix, labels), rel=1e-9)
    assert found.calinski_harabasz == pytest.approx(calinski_harabasz_score(matrix, labels), rel=1e-9)

    steps: dict[str, Callable[[], object]] = {
        "evaluate": lambda: evaluate(matrix, labels, SEED, unwatched),
        "disperse": lambda: disperse(matrix, labels),
        "membership": lambda: membership(matrix, labels),
        "predictability": lambda: predictability(matrix, labels, SEED, unwatched),
        "stratified_rows, 14 labelings": lambda: stratified_rows(labelings, 10_000, SEED),
        "count_distinct, all alike": lambda: count_distinct(alike, CLUSTERS),
        "silhouettes, 14 labelings": lambda: silhouettes(matrix, labelings, SEED, unwatched, limit=10_000),
    }
    durations = {name: median_seconds(step, REPEATS) for name, step in steps.items()}
    total = sum(durations.values())
    for name, duration in durations.items():
        report.compare(f"judging {ROWS:,} x {FEATURES}, {name}", duration, "all of it", total, seconds)
    memory = peak(lambda: evaluate(matrix, labels, SEED, unwatched))
    report.compare("evaluate, memory", memory, "the matrix", matrix.nbytes, megabytes)
