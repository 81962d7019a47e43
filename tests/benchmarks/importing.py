"""From a CSV file to a Parquet file with nothing in between, in a process of its own.

`python -m tests.benchmarks.importing SOURCE TARGET` prints how many seconds that took.
"""

import json
import sys
import time
from pathlib import Path

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq


def main(source: Path, target: Path) -> None:
    """Read it and write it, and print the seconds."""
    begun = time.perf_counter()
    pq.write_table(pa_csv.read_csv(source), target)
    sys.stdout.write(json.dumps(time.perf_counter() - begun))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
