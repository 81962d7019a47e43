"""What Ward's tree costs beside scikit-learn's, in seconds and memory, and what approximating it loses."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from domain.learning.judging.dispersion import disperse
from domain.terms.arrays import Labels
from tests.benchmarks.measuring import Report, megabytes, run_alone, seconds
from tests.benchmarks.merging import FEATURES, GROUPS, planted

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

ROWS = 20_000
MORE_ROWS = 100_000
MANY_ROWS = 1_000_000
REPEATS = 3
HUNDRED_MEGABYTES = 1e8


def divided(kind: str, rows: int, folder: Path) -> tuple[float, float, Labels]:
    """Divide as many samples as there are groups; the seconds, the bytes held, and the labels."""
    target = folder / f"{kind} {rows}.npy"
    (took, held), _ = run_alone("tests.benchmarks.merging", kind, str(rows), str(GROUPS), str(target))
    return took, held, np.load(target)


def test_an_exact_tree_divides_as_scikit_learns_in_less_time_and_memory(
    report: Report, tmp_path: Path
) -> None:
    ours = [divided("ours", ROWS, tmp_path) for _ in range(REPEATS)]
    took, held, expected = divided("scikit-learn", ROWS, tmp_path)
    assert adjusted_rand_score(expected, ours[0][2]) == 1.0
    what = f"Ward, exact, {ROWS:,} x {FEATURES}"
    report.compare(what, min(each[0] for each in ours), "scikit-learn", took, seconds)
    report.compare(f"{what}, memory", max(each[1] for each in ours), "scikit-learn", held, megabytes)


def test_an_exact_tree_of_many_takes_less_than_a_hundred_megabytes(report: Report, tmp_path: Path) -> None:
    took, held, labels = divided("ours", MORE_ROWS, tmp_path)
    matrix, groups = planted(MORE_ROWS)
    what = f"Ward, exact, {MORE_ROWS:,} x {FEATURES}"
    report.compare(f"{what}, memory above the data", held, "the goal", HUNDRED_MEGABYTES, megabytes)
    report.compare(what, took, f"{ROWS:,} rows", divided("ours", ROWS, tmp_path)[0], seconds)
    assert held < HUNDRED_MEGABYTES
    assert disperse(matrix, labels).inertia < 1.05 * disperse(matrix, groups).inertia


def test_micro_clusters_divide_a_million_as_planted(report: Report, tmp_path: Path) -> None:
    took, held, labels = divided("ours", MANY_ROWS, tmp_path)
    matrix, groups = planted(MANY_ROWS)
    what = f"Ward, micro-clusters, {MANY_ROWS:,} x {FEATURES}"
    report.compare(what, took, "the goal", 10.0, seconds)
    report.compare(f"{what}, memory above the data", held, "the data", matrix.nbytes, megabytes)
    report.compare(
        f"{what}, adjusted Rand index with the truth",
        adjusted_rand_score(groups, labels),
        "the truth",
        1.0,
        "{:.4f}".format,
    )
    report.compare(
        f"{what}, inertia",
        disperse(matrix, labels).inertia,
        "the truth",
        disperse(matrix, groups).inertia,
        "{:,.0f}".format,
    )
