"""What the benchmarks measure with: seconds, memory, and a table of ratios.

A figure means something beside its reference only: both are measured in the same run, on
the same machine, and what is told is how often the one holds the other.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from statistics import median
from typing import Any, TypeAlias

import psutil

SAMPLE_SECONDS = 0.002
"""How often memory is looked at."""

Unit: TypeAlias = Callable[[float], str]
"""Writes a figure with its unit."""


def milliseconds(seconds: float) -> str:
    """Write a duration in seconds as milliseconds."""
    return f"{1000 * seconds:,.1f} ms"


def seconds(duration: float) -> str:
    """Write a duration in seconds."""
    return f"{duration:,.2f} s"


def megabytes(size: float) -> str:
    """Write a size in bytes as megabytes."""
    return f"{size / 1e6:,.0f} MB"


def throughput(speed: float) -> str:
    """Write bytes per second as megabytes per second."""
    return f"{speed / 1e6:,.0f} MB/s"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure and its reference, as they are read; `ratio` is the former over the latter."""

    what: str
    measured: str
    beside: str
    reference: str
    ratio: float

    def line(self) -> str:
        """Tell it in one line."""
        return f"{self.what}: {self.measured}; {self.beside}: {self.reference}; ratio {self.ratio:.3g}"


@dataclass
class Report:
    """What was measured so far: each comparison is told when it is made, and all of them at the end."""

    comparisons: list[Comparison] = field(default_factory=list)

    def compare(self, what: str, measured: float, beside: str, reference: float, unit: Unit) -> None:
        """Tell a figure beside its reference, `beside` being what that is of."""
        assert reference > 0, f"{beside} measured nothing"
        made = Comparison(what, unit(measured), beside, unit(reference), measured / reference)
        self.comparisons.append(made)
        sys.stdout.write(f"\n{made.line()}")
        sys.stdout.flush()

    def table(self) -> Iterator[str]:
        """Give the lines of a table of everything."""
        rows = [("", "measured", "beside", "reference", "ratio")]
        rows += [
            (each.what, each.measured, each.beside, each.reference, f"{each.ratio:.3g}")
            for each in self.comparisons
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        for what, measured, beside, reference, ratio in rows:
            yield (
                f"{what:<{widths[0]}}  {measured:>{widths[1]}}   {beside:<{widths[2]}}"
                f"  {reference:>{widths[3]}}  {ratio:>{widths[4]}}"
            )


@contextmanager
def timing(times: list[float]) -> Iterator[None]:
    """Add how long a block takes, in seconds."""
    begun = time.perf_counter()
    yield
    times.append(time.perf_counter() - begun)


def median_seconds(work: Callable[[], object], repeats: int) -> float:
    """Do some work several times, and answer the median of its seconds."""
    times: list[float] = []
    for _ in range(repeats):
        with timing(times):
            work()
    return median(times)


def run_alone(module: str, *arguments: str) -> tuple[Any, int]:
    """Run a module in a process of its own; answer the JSON it prints, and the most bytes it held."""
    command = [sys.executable, "-m", module, *arguments]
    with psutil.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        most = 0
        while process.poll() is None:
            with suppress(psutil.Error):  # it may end between the two
                most = max(most, process.memory_info().rss)
            time.sleep(SAMPLE_SECONDS)
        told = process.stdout.read()
        assert process.returncode == 0, f"{module} failed"
    return json.loads(told), most
