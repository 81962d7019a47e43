"""A real server, as a user starts it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from domain.settings import PREFIX

START_SECONDS = 60

ADMIN_PASSWORD = "quiet harbour 4 lanterns"  # noqa: S105  # of servers that tests start
"""What the first administrator, `admin`, of every server signs in with."""

DEFAULTS: Mapping[str, object] = {
    "admin_password": ADMIN_PASSWORD,
    # One training at a time, on any machine: the next one waits in the queue.
    "training_workers": 1,
    # Tests ask in a minute what a person does in a month: those that are about limits set their own.
    "rate_limit": "100000/minute",
    "cost_limit": "1000000000/minute",
    "upload_limit": "100000/minute",
    "max_concurrent_runs": 1_000,
    "max_concurrent_uploads": 100,
    "access_token_expire_minutes": 600,
}
"""How servers are started, unless a test says otherwise."""


@dataclass
class Server:
    """A running `segmentgraph serve`."""

    process: "subprocess.Popen[bytes]"
    url: str
    data_dir: Path
    environment: Mapping[str, str]
    log: Path

    @property
    def graphql(self) -> str:
        """The address of the API."""
        return f"{self.url}/graphql"

    def kill(self) -> None:
        """End the server as a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End the server as an operator does."""
        self.process.terminate()
        self.process.wait(timeout=30)

    def tree(self) -> list[psutil.Process]:
        """Its process and all that it started."""
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]

    def arriving(self) -> bool:
        """Tell whether there is anything of uploads and imports that are under way."""
        return any(path.startswith(("uploads/", "storage/incoming/")) for path in self.kept())

    def kept(self) -> set[str]:
        """Name all that it keeps for its users, and all that arrives: files, and folders by id."""
        roots = {self.data_dir / "storage" / room for room in ("datasets", "incoming", "runs")}
        found = [*(self.data_dir / "storage").rglob("*"), *(self.data_dir / "uploads").rglob("*")]
        return {str(path.relative_to(self.data_dir)) for path in found if path not in roots}


@contextmanager
def serving(data_dir: Path, database_url: str, **settings: object) -> Iterator[Server]:
    """Start a server on a free port, wait until it is ready, and end it."""
    server = start(data_dir, database_url, **settings)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


def start(data_dir: Path, database_url: str, **settings: object) -> Server:
    """Start a server on a free port and wait until it is ready."""
    port = free_port()
    environment = {
        **os.environ,
        f"{PREFIX}DATA_DIR": str(data_dir),
        f"{PREFIX}DATABASE_URL": database_url,
        **{f"{PREFIX}{name.upper()}": str(value) for name, value in {**DEFAULTS, **settings}.items()},
    }
    data_dir.mkdir(parents=True, exist_ok=True)
    log = data_dir.with_name(f"{data_dir.name}-{port}.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "graph.cli", "serve", "--port", str(port)],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = Server(process, f"http://127.0.0.1:{port}", data_dir, environment, log)
    _wait_until_ready(server)
    return server


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise RuntimeError(f"the server ended: {server.log.read_text()[-2000:]}")
        try:
            if httpx.get(f"{server.url}/health/ready", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    server.kill()
    raise RuntimeError(f"the server was not ready in time: {server.log.read_text()[-2000:]}")


def survivors(processes: Iterable[psutil.Process], seconds: float = 20) -> list[psutil.Process]:
    """Give processes time to end, and name those that did not; zombies did: nobody collects orphans."""
    deadline = time.monotonic() + seconds
    left = list(processes)
    while left and time.monotonic() < deadline:
        _, left = psutil.wait_procs(left, timeout=0.1)
        left = [process for process in left if not _is_zombie(process)]
    return left


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
