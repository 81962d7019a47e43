"""Programs for workers to run: the folder that each is started with names what it does."""

import ctypes
import os
import signal
import time
from typing import NoReturn

from domain.errors import Invalid, NotFound, Refused, UnsuitableData
from domain.storage.files import Storage
from domain.terms.jobs import Bench

MODULE = "tests.domain.engine.programs"


def run(bench: Bench) -> None:
    PROGRAMS[bench.folder](bench)


def counts(bench: Bench) -> None:
    """Report each of four stages twice, at fractions that only grow."""
    for number, stage in enumerate(("LOADING", "CLUSTERING", "EXPLAINING", "SAVING")):
        watch = bench.watch(stage, number / 4, (number + 1) / 4)
        watch(0.0, f"beginning {stage.lower()}")
        watch(1.0, f"ending {stage.lower()}")


def writes(bench: Bench) -> None:
    """Leave a file that says which process did it."""
    Storage.open(bench.storage_url).write_bytes("pid", str(os.getpid()).encode())


def refuses(bench: Bench) -> NoReturn:
    raise UnsuitableData("no column is left to cluster by", ["input", "columns"])


def refuses_twice(bench: Bench) -> NoReturn:
    raise Refused("the request was refused", [Invalid("too many", ["a"]), NotFound("gone", ["b", "0"])])


def breaks(bench: Bench) -> NoReturn:
    raise KeyError("spending_score")


def dies(bench: Bench) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def listens(bench: Bench) -> NoReturn:
    """Report for ever, and so hear at once of being canceled."""
    watch = bench.watch("CLUSTERING", 0.0, 1.0)
    try:
        while True:
            watch(0.5, str(os.getpid()))
            time.sleep(0.01)
    finally:
        Storage.open(bench.storage_url).write_bytes("stopped", b"")


def spins(bench: Bench) -> NoReturn:
    """Say where it is, and then nothing any more."""
    bench.watch("CLUSTERING", 0.0, 1.0)(0.0, str(os.getpid()))
    while True:
        time.sleep(0.01)


def hogs(bench: Bench) -> None:
    """Compute in C without letting the worker's other threads run, as long merges of a tree do."""
    bench.watch("CLUSTERING", 0.0, 1.0)(0.0, str(os.getpid()))
    time.sleep(0.2)  # for the word to leave the process
    ctypes.PyDLL(None).sleep(60)


PROGRAMS = {
    program.__name__: program
    for program in (counts, writes, refuses, refuses_twice, breaks, dies, listens, spins, hogs)
}
