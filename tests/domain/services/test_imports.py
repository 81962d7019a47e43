"""The process that answers clients computes nothing, and starts without what it would compute with."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.domain.services.working import customers
from tests.servers.api import Api
from tests.servers.running import Server

CHECKOUT = Path(__file__).resolve().parents[3]
COMPUTING = {"sklearn", "scipy", "numba", "matplotlib"}
LATE = {"pandas", "dask", "distributed"}

START = """
import sys
from domain.settings import load
from graph.serving.app import create_app
create_app(load())
"""


def imported(program: str) -> set[str]:
    """Name the packages that a program has imported at its end."""
    told = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys; print(*sys.modules)"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in told.stdout.splitlines()[-1].split()}


def test_a_server_starts_without_what_only_its_workers_need() -> None:
    found = imported(START)
    assert {"graph", "domain", "strawberry"} <= found
    assert found & (COMPUTING | LATE) == set()


# Which database it has makes no difference to this.
@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
async def test_a_server_that_imported_trained_and_drew_has_loaded_nothing_to_compute_with(
    server: Server, api: Api
) -> None:
    """Told by the files that its process has mapped: each of these packages has libraries of its own."""
    dataset = await api.dataset(customers())
    run = await api.run(
        dataset, selection="segments { name customers { totalCount } } picture(kind: SCATTER) { url }"
    )
    assert (await api.client.get(run["picture"]["url"])).status_code == 200

    mapped = psutil.Process(server.process.pid).memory_maps()
    packages = {part for each in mapped for part in Path(each.path).parts}
    assert "pyarrow" in packages
    assert packages & COMPUTING == set()
