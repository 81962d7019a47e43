"""K-means beside scikit-learn's ten starts, in seconds and in inertia."""

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np
import pytest
from sklearn.cluster import KMeans

from domain.learning.algorithms.contract import Effort, Partition
from domain.learning.algorithms.kmeans import STARTS, KMeansPartitioner
from domain.learning.judging.dispersion import inertia
from domain.learning.kernels.lloyd import warm_up
from domain.learning.progress import unwatched
from domain.terms.algorithms import MAX_CLUSTERS, MIN_CLUSTERS, KMeansSettings
from domain.terms.arrays import Matrix
from tests.benchmarks.measuring import Report, milliseconds, seconds

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

ROWS, FEATURES, GROUPS = 1_000_000, 8, 12
REFERENCE_COUNTS = (2, 8, 15)
"""The counts whose scikit-learn fits are timed: those in between are taken to lie on the lines between."""

Answer = TypeVar("Answer")


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    """Overlapping groups of unequal size and width, and a tenth of noise."""
    random = np.random.default_rng(0)
    centers = random.normal(size=(GROUPS, FEATURES)) * 2.5
    of = random.choice(GROUPS, ROWS, p=random.dirichlet(np.full(GROUPS, 3.0)))
    widths = random.uniform(0.5, 1.2, size=(GROUPS, 1))
    found = centers[of] + random.normal(size=(ROWS, FEATURES)) * widths[of]
    noise = random.random(ROWS) < 0.1
    found[noise] = random.normal(size=(int(noise.sum()), FEATURES)) * 3
    warm_up()
    return found


def timed(work: Callable[[], Answer]) -> tuple[float, Answer]:
    begun = time.perf_counter()
    answer = work()
    return time.perf_counter() - begun, answer


def fit(matrix: Matrix, count: int) -> Partition:
    made = KMeansPartitioner(matrix, KMeansSettings(), 0, Effort.FULL, unwatched)
    return made.partition(count, unwatched)


def fit_reference(matrix: Matrix, count: int) -> KMeans:
    return KMeans(count, n_init=STARTS, random_state=0).fit(matrix)


def test_a_million_rows_in_fifteen_clusters(matrix: Matrix, report: Report) -> None:
    ours, found = timed(lambda: fit(matrix, 15))
    theirs, reference = timed(lambda: fit_reference(matrix, 15))
    report.compare("k-means, 1,000,000 x 8, k=15", ours, "KMeans(n_init=10)", theirs, seconds)
    report.compare(
        "inertia of it", inertia(matrix, found.labels), "KMeans", reference.inertia_, "{:,.0f}".format
    )


def test_the_fits_of_every_count_at_a_million_rows(matrix: Matrix, report: Report) -> None:
    counts = range(MIN_CLUSTERS, MAX_CLUSTERS + 1)

    def every() -> dict[int, Partition]:
        made = KMeansPartitioner(matrix, KMeansSettings(), 0, Effort.FULL, unwatched)
        return {count: made.partition(count, unwatched) for count in counts}

    ours, found = timed(every)
    references = {count: timed(partial(fit_reference, matrix, count)) for count in REFERENCE_COUNTS}
    times = [references[count][0] for count in REFERENCE_COUNTS]
    theirs = float(np.interp(counts, REFERENCE_COUNTS, times).sum())
    beside = f"KMeans(n_init=10), from k={', '.join(map(str, REFERENCE_COUNTS))}"
    report.compare("k-means, 1,000,000 x 8, all of k=2..15", ours, beside, theirs, seconds)
    for count, (_, reference) in references.items():
        ours_at = inertia(matrix, found[count].labels)
        report.compare(f"inertia at k={count}", ours_at, "KMeans", reference.inertia_, "{:,.0f}".format)


def test_five_thousand_rows_in_four_clusters(matrix: Matrix, report: Report) -> None:
    few = np.ascontiguousarray(matrix[:5000])
    ours = min(timed(lambda: fit(few, 4))[0] for _ in range(7))
    theirs = min(timed(lambda: fit_reference(few, 4))[0] for _ in range(7))
    report.compare("k-means, 5,000 x 8, k=4", ours, "KMeans(n_init=10)", theirs, milliseconds)
