"""What explaining a million customers costs, beside reading their numbers once."""

import numpy as np
import pytest

from domain.learning.explaining.explanation import explain
from domain.learning.explaining.importance import by_cluster, importance
from domain.learning.preparing.columns import CategoricalColumn, NumericColumn, SourceColumn
from domain.learning.preparing.features import encode
from domain.learning.progress import unwatched
from domain.terms.arrays import Labels
from domain.terms.preparation import PreparationSettings
from tests.benchmarks.measuring import Report, median_seconds, seconds

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROWS = 1_000_000
CLUSTERS = 10
REPEATS = 3
WHAT = f"{ROWS:,} rows, 8 numbers and 3 categories, {CLUSTERS} clusters"


def planted(count: int) -> tuple[list[SourceColumn], Labels]:
    """Make customers in clusters: eight numbers about a centre each, three categories that mostly follow."""
    random = np.random.default_rng(0)
    labels = random.integers(0, CLUSTERS, count)
    centers = random.normal(size=(CLUSTERS, 8)) * 2
    columns: list[SourceColumn] = [
        NumericColumn(f"number_{place}", centers[labels, place] + random.normal(size=count))
        for place in range(8)
    ]
    for width in (4, 6, 8):
        codes = np.where(random.random(count) < 0.7, labels % width, random.integers(0, width, count))
        texts = tuple(f"level {code}" for code in range(width))
        columns.append(CategoricalColumn(f"category_{width}", codes, texts))
    return columns, labels


def test_a_million_customers_are_explained(report: Report) -> None:
    columns, labels = planted(ROWS)
    features = encode(columns, PreparationSettings(), 100)
    found = explain(columns, labels, 0, unwatched)
    assert len({each.name for each in found}) == CLUSTERS
    assert all(each.rule is not None for each in found)
    # What any answer takes: the mean and the deviation of every number, and the levels of every category.
    reading = median_seconds(lambda: read_once(columns), REPEATS)
    for name, work in {
        "explain": lambda: explain(columns, labels, 0, unwatched),
        "importance": lambda: importance(features, labels),
        "importance by cluster": lambda: by_cluster(features, labels),
    }.items():
        took = median_seconds(work, REPEATS)
        report.compare(f"{name}, {WHAT}", took, "mean, deviation and levels of each column", reading, seconds)


def read_once(columns: list[SourceColumn]) -> None:
    for column in columns:
        if isinstance(column, NumericColumn):
            column.values.mean()
            column.values.std()
        else:
            np.bincount(column.codes)
