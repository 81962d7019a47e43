"""What the benchmarks share: their report, and servers of their own."""

from collections.abc import Iterator
from contextlib import ExitStack

import psutil
import pytest

from tests.benchmarks.measuring import Report
from tests.servers.databases import fresh_postgres
from tests.servers.running import Server, serving

REPORT = pytest.StashKey[Report]()


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Report:
    """What is told at the end."""
    return pytestconfig.stash.setdefault(REPORT, Report())


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that only one file's benchmarks use: on SQLite, unless `request.param` is "postgres"."""
    folder = tmp_path_factory.mktemp("server") / "data"
    with ExitStack() as stack:
        if getattr(request, "param", "sqlite") == "postgres":
            url = stack.enter_context(fresh_postgres(request.getfixturevalue("postgres_url")))
        else:
            url = f"sqlite://{folder / 'segmentgraph.sqlite3'}"
        yield stack.enter_context(serving(folder, url))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show all comparisons together, and how busy the machine was."""
    report = config.stash.get(REPORT, None)
    if report is None:
        return
    terminalreporter.section("measured")
    for line in report.table():
        terminalreporter.line(line)
    load = ", ".join(f"{each:.1f}" for each in psutil.getloadavg())
    terminalreporter.line(f"{psutil.cpu_count()} cores, load over 1, 5 and 15 minutes: {load}")
