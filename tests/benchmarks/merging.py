"""One hierarchical clustering of planted groups, in a process of its own.

`python -m tests.benchmarks.merging {ours,scikit-learn} ROWS COUNT LABELS` saves the labels, and
prints how many seconds it took and how many bytes it held above what was there before.
"""

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
from sklearn.cluster import AgglomerativeClustering
from sklearn.datasets import make_blobs

from domain.learning.algorithms.contract import Effort
from domain.learning.algorithms.hierarchical import HierarchicalPartitioner
from domain.learning.progress import unwatched
from domain.terms.algorithms import HierarchicalSettings
from domain.terms.arrays import Labels, Matrix
from tests.benchmarks.measuring import SAMPLE_SECONDS

FEATURES = 8
GROUPS = 6
WARM_ROWS = 300


def planted(rows: int) -> tuple[Matrix, Labels]:
    """Give the samples that every such process divides, and the groups they come from."""
    matrix, groups = make_blobs(rows, FEATURES, centers=GROUPS, cluster_std=2.0, random_state=0)
    return matrix, groups.astype(np.int64)


def divide(kind: str, matrix: Matrix, count: int) -> Labels:
    """Divide the samples by Ward's linkage."""
    if kind == "ours":
        partitioner = HierarchicalPartitioner(matrix, HierarchicalSettings(), 0, Effort.FULL, unwatched)
        return partitioner.partition(count, unwatched).labels
    labels: Labels = AgglomerativeClustering(count, linkage="ward").fit_predict(matrix)
    return labels


@contextmanager
def sampled_memory() -> Iterator[list[int]]:
    """Look at the memory of this process until the block ends: both computations let other threads run."""
    process, ended = psutil.Process(), threading.Event()
    held = [process.memory_info().rss]

    def look() -> None:
        while not ended.wait(SAMPLE_SECONDS):
            held.append(process.memory_info().rss)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield held
    finally:
        held.append(process.memory_info().rss)
        ended.set()
        looking.join()


def main(kind: str, rows: int, count: int, target: Path) -> None:
    """Divide them, and print the seconds and the bytes."""
    matrix, _ = planted(rows)
    divide(kind, matrix[:WARM_ROWS], count)
    with sampled_memory() as held:
        begun = time.perf_counter()
        labels = divide(kind, matrix, count)
        took = time.perf_counter() - begun
    np.save(target, labels)
    sys.stdout.write(json.dumps([took, max(held) - held[0]]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
