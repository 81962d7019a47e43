"""Keeps a throw-away PostgreSQL cluster for as long as whoever started this program is there.

Run as `guardian.py BIN [USER]`: BIN holds initdb and postgres, USER runs them
(PostgreSQL refuses to be root). Prints the server's address, or `failed` and
why; ends the server and removes its folder when standard input closes. That
happens by itself when the tests end in any way, kill -9 included. Imports
nothing but the standard library, so that it starts at once.
"""

import contextlib
import ctypes
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

START_SECONDS = 60.0
STOP_SECONDS = 10.0
PR_SET_PDEATHSIG = 1  # prctl(2)

# For speed where nothing is to survive; UTC and C so that no machine sorts or dates otherwise.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "jit": "off",  # compiling a query takes longer than any that tests ask
    "max_wal_senders": "0",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class CannotStart(Exception):
    """PostgreSQL did not start; the message says why."""


class Cluster:
    """A cluster in a folder of its own, run by `user`, or by who runs this where that is None."""

    def __init__(self, binaries: Path, folder: Path, user: str | None) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "postgres.log"
        self._as_user: dict[str, Any] = {}
        if user:
            self._as_user = {"user": user, "group": _group(user), "extra_groups": []}
            shutil.chown(folder, user, _group(user))
        self.binaries = binaries if self._can_run(binaries) else _copied(binaries, folder)

    def initialize(self) -> None:
        """Make the cluster's files. Any local user may connect: nothing of worth is in it."""
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        made = self._run("initdb", *options, "--pgdata", str(self.data))
        if made.returncode:
            raise CannotStart(f"{self.binaries / 'initdb'}: {_complaint(made.stderr)}")

    def start(self) -> tuple[subprocess.Popen[bytes], int]:
        """Start the server on a free port, and wait until it answers."""
        for _ in range(5):  # another program may take the port between the look and the start
            port = _free_port()
            server = self._spawn(port)
            if self._is_ready(server):
                return server, port
        raise CannotStart(f"{self.binaries / 'postgres'}: {_complaint(self.log.read_text())}")

    def _can_run(self, binaries: Path) -> bool:
        try:
            command = [str(binaries / "initdb"), "--version"]
            return subprocess.run(command, **self._surroundings(), capture_output=True).returncode == 0
        except PermissionError:  # a checkout in root's home, say
            return False

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.binaries / program), *arguments]
        return subprocess.run(command, **self._surroundings(), capture_output=True, text=True)

    def _spawn(self, port: int) -> subprocess.Popen[bytes]:
        settings = [f"--{name}={value}" for name, value in {**SETTINGS, "port": str(port)}.items()]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [self.binaries / "postgres", "-D", self.data, *settings],
                **self._surroundings(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent(),
            )

    def _surroundings(self) -> dict[str, Any]:
        # The folder, since PostgreSQL's user may not enter the one that the tests run in.
        return {"cwd": self.folder, "env": {"LC_ALL": "C", "PATH": os.defpath}, **self._as_user}

    def _is_ready(self, server: subprocess.Popen[bytes]) -> bool:
        for _ in range(int(START_SECONDS / 0.02)):
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(0.02)
                return False
            # The eighth line is where pg_ctl reads it too.
            with contextlib.suppress(OSError, IndexError):
                if (self.data / "postmaster.pid").read_text().splitlines()[7].strip() == "ready":
                    return True
        stop(server)
        return False


@contextlib.contextmanager
def running(binaries: Path, user: str | None) -> Iterator[str]:
    """Run a cluster; the value is the address of its superuser's own database."""
    # /tmp where the system's user must get in: TMPDIR may be a private folder.
    where = "/tmp" if user and Path("/tmp").is_dir() else None  # noqa: S108  # mkdtemp makes a private one
    folder = Path(tempfile.mkdtemp(prefix="segmentgraph-postgres-", dir=where))
    try:
        cluster = Cluster(binaries, folder, user)
        cluster.initialize()
        server, port = cluster.start()
        try:
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"
        finally:
            stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def stop(server: subprocess.Popen[bytes]) -> None:
    """End the server and its sessions: politely, else at once."""
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        server.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(STOP_SECONDS)
            return


def wait_for_the_end(parent: int) -> None:
    """Return when standard input closes.

    Or when the parent is gone, though a child of its may still hold the pipe open.
    """
    while os.getppid() == parent:
        readable, _, _ = select.select([sys.stdin], [], [], 1.0)
        if readable and not os.read(sys.stdin.fileno(), 1024):
            return


def main(binaries: str, user: str | None = None) -> None:
    """Start, tell the address, stay, clean up."""
    parent = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests; they tell by closing the pipe
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with running(Path(binaries), user) as address:
            sys.stdout.write(f"{address}\n")
            sys.stdout.flush()
            wait_for_the_end(parent)
    except (CannotStart, OSError) as error:
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.write(f"failed {error}\n")
            sys.stdout.flush()


def _die_with_parent() -> Callable[[], object] | None:
    """Have the kernel end the server when the guardian itself is killed; only Linux can."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)  # before the fork: the child should do as little as can be
    return lambda: library.prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _group(user: str | None) -> int | None:
    if user is None:
        return None
    import pwd  # not on every platform

    return pwd.getpwnam(user).pw_gid


def _copied(binaries: Path, folder: Path) -> Path:
    """Copy an installation to where the server's user can read it, the libraries of its wheel beside it."""
    package = binaries.parent.parent
    target = folder / "programs" / package.name / binaries.parent.name
    shutil.copytree(binaries.parent, target, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "programs" / libraries.name, symlinks=True)
    for made in (folder / "programs", target.parent):
        made.chmod(0o755)
    return target / binaries.name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _complaint(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    complaints = [line for line in lines if "error" in line.lower() or "FATAL" in line]
    return (complaints or lines or ["ended without a word"])[0]


if __name__ == "__main__":
    main(*sys.argv[1:])
