"""What a run costs, beside the bare clustering in it, and where its time goes."""

from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

from domain.jobs import source_columns
from domain.learning.algorithms.table import prepare
from domain.learning.choosing.reference import null_model
from domain.learning.choosing.stability import stabilities
from domain.learning.choosing.structure import refer
from domain.learning.clustering import cluster
from domain.learning.explaining.explanation import explain
from domain.learning.explaining.importance import by_cluster, importance
from domain.learning.figures import run_figures
from domain.learning.judging.confidence import membership, predictability
from domain.learning.judging.evaluation import evaluate
from domain.learning.preparing.columns import SourceColumn
from domain.learning.preparing.features import encode
from domain.learning.preparing.reduction import Reduction
from domain.learning.progress import unwatched
from domain.storage.files import Storage
from domain.storage.tables import open_table
from domain.storage.writing import write_table
from domain.terms.algorithms import KMeansSettings
from domain.terms.arrays import Labels, Matrix
from domain.terms.columns import RoleOverride
from domain.terms.preparation import USUAL_PREPARATION
from tests.benchmarks.customers import customers
from tests.benchmarks.measuring import Report, median_seconds, milliseconds, seconds, timing
from tests.domain.tables.imported import import_csv
from tests.servers.api import Api
from tests.servers.running import Server

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

TARGET = "customers.parquet"
ROWS = 5_000
COUNT = 4
REPEATS = 5
SEED = 0
MAX_FEATURES = 2_000
WHAT = f"k-means, {ROWS:,} rows, k = {COUNT}"
SELECTION = "metrics { silhouette inertia } segments { size }"


async def test_a_run_finds_what_the_bare_clustering_finds(
    api: Api, server: Server, report: Report, tmp_path: Path
) -> None:
    arrivals, runs = list[float](), list[float]()
    for _ in range(2):
        with timing(arrivals):
            dataset = await api.dataset(customers(ROWS), name="Customers")
    found = []
    for _ in range(1 + REPEATS):
        with timing(runs):
            key = await api.begin(dataset, algorithm={"kmeans": {"clusterCount": COUNT}}, reuse=False)
            last = await api.end_of(key)
        assert last["status"] == "SUCCEEDED"
        found.append(await api.node("ClusteringRun", key, SELECTION))
    first, *warm = runs

    matrix = encode(columns(tmp_path), USUAL_PREPARATION, MAX_FEATURES).matrix
    bare = [bare_run(matrix) for _ in range(REPEATS)]
    _, labels, inertia, silhouette = bare[0]
    for run in found:
        assert run["metrics"]["inertia"] == pytest.approx(inertia, rel=1e-9)
        assert run["metrics"]["silhouette"] == pytest.approx(silhouette, abs=1e-6)
        assert [each["size"] for each in run["segments"]] == sorted(
            np.bincount(labels).tolist(), reverse=True
        )

    report.compare("first upload of a fresh server", arrivals[0], "second", arrivals[1], seconds)
    report.compare(f"first run of a fresh server, {WHAT}", first, "later ones", median(warm), seconds)
    report.compare(
        f"a run, asked for until it succeeded, {WHAT}",
        median(warm),
        "bare KMeans(n_init=10) and silhouette_score",
        median(took for took, *_ in bare),
        seconds,
    )


def test_the_steps_of_learning_find_what_the_bare_clustering_finds(report: Report, tmp_path: Path) -> None:
    source = columns(tmp_path)
    settings = KMeansSettings(COUNT)
    features = encode(source, USUAL_PREPARATION, MAX_FEATURES)
    matrix = features.matrix
    clustering = cluster(matrix, settings, SEED, None, unwatched)
    labels = clustering.partition.labels
    evaluation = evaluate(matrix, labels, SEED, unwatched)
    draw = null_model(features, Reduction(matrix, None))

    def divide() -> object:
        return prepare(matrix, settings, SEED, unwatched).partition(COUNT, unwatched)

    steps: dict[str, Callable[[], object]] = {
        "encode": lambda: encode(source, USUAL_PREPARATION, MAX_FEATURES),
        "divide": divide,
        "null model": lambda: null_model(features, Reduction(matrix, None)),
        "structure": lambda: refer(draw, len(matrix), COUNT, settings, SEED, unwatched),
        "stability": lambda: stabilities(matrix, [labels], settings, SEED, unwatched),
        "evaluate": lambda: evaluate(matrix, labels, SEED, unwatched),
        "predictability": lambda: predictability(matrix, labels, SEED, unwatched),
        "membership": lambda: membership(matrix, labels),
        "explain": lambda: explain(source, labels, SEED, unwatched),
        "importance": lambda: (importance(features, labels), by_cluster(features, labels)),
        "figures": lambda: run_figures(features, matrix, labels, None, evaluation.silhouettes, None, SEED),
    }
    with threadpool_limits(1):  # as in a worker
        durations = {name: median_seconds(step, REPEATS) for name, step in steps.items()}

    bare = [bare_run(matrix) for _ in range(REPEATS)]
    _, expected, inertia, silhouette = bare[0]
    assert np.array_equal(labels, expected)
    assert evaluation.metrics.inertia == pytest.approx(inertia, rel=1e-9)
    assert evaluation.metrics.silhouette == pytest.approx(silhouette, abs=1e-6)

    total = sum(durations.values())
    for name, duration in durations.items():
        report.compare(f"learning, {name}, {WHAT}", duration, "all its steps", total, milliseconds)
    report.compare(
        f"learning, {WHAT}",
        total,
        "bare KMeans(n_init=10) and silhouette_score",
        median(took for took, *_ in bare),
        milliseconds,
    )


def columns(folder: Path) -> tuple[SourceColumn, ...]:
    """Import the customers and read them back, as a training reads them."""
    imported = import_csv(customers(ROWS))
    storage = Storage.open(str(folder))
    write_table(storage, TARGET, imported.stored)
    roles = [RoleOverride(column.name, column.role) for column in imported.outcome.columns]
    return source_columns.read(open_table(storage, TARGET), roles)


def bare_run(matrix: Matrix) -> tuple[float, Labels, float, float]:
    """Cluster and measure by scikit-learn alone; answer the seconds, labels, inertia and silhouette."""
    took = list[float]()
    with timing(took):
        model = KMeans(COUNT, n_init=10, random_state=SEED).fit(matrix)
        silhouette = silhouette_score(matrix, model.labels_)
    return took[0], model.labels_.astype(np.int64), float(model.inertia_), float(silhouette)
