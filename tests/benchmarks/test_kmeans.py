"""K-means beside scikit-learn's ten starts, in seconds and in inertia."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from domain.learning.algorithms.contract import Effort, Partition
from domain.learning.algorithms.kmeans import STARTS, KMeansPartitioner
from domain.learning.judging.dispersion import inertia
from domain.learning.judging.silhouette import Silhouettes, silhouettes
from domain.learning.kernels.warming import compile_all
from domain.learning.progress import unwatched
from domain.terms.algorithms import MAX_CLUSTERS, MIN_CLUSTERS, KMeansSettings
from domain.terms.arrays import Matrix
from tests.benchmarks.measuring import Report, milliseconds, seconds

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

ROWS, FEATURES, GROUPS = 1_000_000, 8, 12
SILHOUETTE_ROWS = 10_000
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
    compile_all()
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


@dataclass(frozen=True, slots=True)
class Reference:
    """What scikit-learn found with ten starts, a silhouette of 10,000 rows, and the seconds of both."""

    model: KMeans
    width: float
    fitting: float
    judging: float


@pytest.fixture(scope="module")
def references(matrix: Matrix) -> dict[int, Reference]:
    """The references of some counts."""

    def judged(count: int) -> Reference:
        fitting, model = timed(lambda: fit_reference(matrix, count))
        judging, width = timed(
            lambda: silhouette_score(matrix, model.labels_, sample_size=SILHOUETTE_ROWS, random_state=0)
        )
        return Reference(model, float(width), fitting, judging)

    return {count: judged(count) for count in REFERENCE_COUNTS}


def test_a_million_rows_in_fifteen_clusters(
    matrix: Matrix, references: dict[int, Reference], report: Report
) -> None:
    ours, _ = timed(lambda: fit(matrix, 15))
    report.compare("k-means, 1,000,000 x 8, k=15", ours, "KMeans(n_init=10)", references[15].fitting, seconds)


def test_every_count_is_fitted_and_judged_at_a_million_rows(
    matrix: Matrix, references: dict[int, Reference], report: Report
) -> None:
    """All counts with scikit-learn would take minutes: a few are timed, the rest interpolated."""
    counts = range(MIN_CLUSTERS, MAX_CLUSTERS + 1)

    def every() -> tuple[list[Partition], tuple[Silhouettes, ...]]:
        made = KMeansPartitioner(matrix, KMeansSettings(), 0, Effort.FULL, unwatched)
        found = [made.partition(count, unwatched) for count in counts]
        labelings = [partition.labels for partition in found]
        return found, tuple(silhouettes(matrix, labelings, 0, unwatched, limit=SILHOUETTE_ROWS))

    ours, (found, widths) = timed(every)
    times = [each.fitting + each.judging for each in references.values()]
    theirs = float(np.interp(counts, REFERENCE_COUNTS, times).sum())
    beside = f"scikit-learn, interpolated from k={', '.join(map(str, REFERENCE_COUNTS))}"
    report.compare("k-means and silhouettes, 1,000,000 x 8, k=2..15", ours, beside, theirs, seconds)
    for count, reference in references.items():
        at = counts.index(count)
        ours_at = inertia(matrix, found[at].labels)
        report.compare(f"inertia at k={count}", ours_at, "KMeans", reference.model.inertia_, "{:,.0f}".format)
        report.compare(
            f"silhouette at k={count}", widths[at].mean, "KMeans", reference.width, "{:.3f}".format
        )
        assert ours_at <= 1.005 * reference.model.inertia_
    # Of the counts that scikit-learn fitted, both choose the same.
    best = max(REFERENCE_COUNTS, key=lambda count: widths[counts.index(count)].mean)
    assert best == max(references, key=lambda count: references[count].width)


def test_five_thousand_rows_in_four_clusters(matrix: Matrix, report: Report) -> None:
    few = np.ascontiguousarray(matrix[:5000])
    ours = min(timed(lambda: fit(few, 4))[0] for _ in range(7))
    theirs = min(timed(lambda: fit_reference(few, 4))[0] for _ in range(7))
    report.compare("k-means, 5,000 x 8, k=4", ours, "KMeans(n_init=10)", theirs, milliseconds)
