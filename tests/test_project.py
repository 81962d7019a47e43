"""What holds for the repository as a whole."""

import ast
import os
import re
import stat
import subprocess
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).resolve().parent.parent

TOP_LEVEL = {
    ".gitattributes",
    *(".ci", "docs", "domain", "graph", "migrations", "tests"),
    *("Makefile", "pyproject.toml", "requirements.lock", "requirements-dev.lock", ".gitignore"),
    *("Dockerfile", ".dockerignore", "docker-compose.yml", ".env.example"),
    *("LICENSE", "README.md", "CHANGELOG.md", "schema.graphql"),
}
LOCKS = ("requirements.lock", "requirements-dev.lock", "graph/serving/explorer/node.lock")

# Written in parts: this file is searched for them as well.
HOSTS = (
    "pypi" + ".org",
    "python" + "hosted",
    "registry." + "npmjs",
    "registry." + "yarnpkg",
    "npm" + "mirror",
)
HOMES = re.compile(r"(?<![\w.~}$*-])/(?:root|work|home|Users|workspace)" + r"/\w")


def project() -> dict[str, Any]:
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text())


def ignored(path: Path) -> bool:
    """Tell whether .gitignore names it; read by hand, since the tests run without git too."""
    relative = path.relative_to(CHECKOUT)
    for line in (CHECKOUT / ".gitignore").read_text().split():
        pattern = line.rstrip("/")
        if pattern.startswith("/"):
            if relative.is_relative_to(pattern[1:]):
                return True
        elif any(fnmatch(part, pattern) for part in relative.parts):
            return True
    return False


def committed() -> Iterator[Path]:
    """Find the files that are committed, or would be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if (CHECKOUT / ".git").exists():
        listed = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
        if listed.returncode == 0:
            paths = (CHECKOUT / name for name in listed.stdout.split("\0") if name)
            yield from (path for path in paths if path.is_file())
            return
    yield from walked()


def walked() -> Iterator[Path]:
    for folder, names, files in os.walk(CHECKOUT):
        here = Path(folder)
        names[:] = [name for name in names if name != ".git" and not ignored(here / name)]
        yield from (here / name for name in files if not ignored(here / name) and name != ".git")


def texts() -> Iterator[tuple[str, str]]:
    for path in committed():
        try:
            yield str(path.relative_to(CHECKOUT)), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # a picture
            continue


def test_the_top_level_holds_what_it_should_and_nothing_else() -> None:
    assert {path.relative_to(CHECKOUT).parts[0] for path in committed()} - TOP_LEVEL == set()


def test_no_file_names_a_path_of_one_machine() -> None:
    found = {(name, match[0]) for name, text in texts() for match in HOMES.finditer(text)}
    assert found == set()


def test_no_file_names_the_host_of_a_registry() -> None:
    assert {(name, host) for name, text in texts() for host in HOSTS if host in text} == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    text = (CHECKOUT / lock).read_text()
    assert re.findall(r"^.*(?:://|--(?:extra-)?index-url|--find-links).*$", text, re.MULTILINE) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_of_a_lock_has_one_version_and_a_hash(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (CHECKOUT / lock).read_text().strip())
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+==\S+ ", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


def locked(lock: str) -> dict[str, set[str]]:
    versions: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9._-]+)==(\S+)", (CHECKOUT / lock).read_text(), re.MULTILINE):
        versions.setdefault(name, set()).add(version)
    return versions


def test_the_locks_hold_all_that_is_asked_for_in_fitting_versions() -> None:
    described = project()
    groups = described["dependency-groups"]
    wanted = {
        "requirements.lock": [*described["project"]["dependencies"], *groups["build"]],
        "requirements-dev.lock": [entry for entry in groups["dev"] if isinstance(entry, str)],
    }
    for lock, requirements in wanted.items():
        versions = locked(lock)
        for requirement in map(Requirement, requirements):
            held = versions.get(canonicalize_name(requirement.name), set())
            assert held, f"{lock} lacks {requirement.name}: run `make lock`"
            assert all(requirement.specifier.contains(version) for version in held), (
                f"run `make lock`: {requirement}"
            )


def test_what_is_tested_is_what_is_run() -> None:
    development = locked("requirements-dev.lock")
    assert {name: development.get(name) for name in locked("requirements.lock")} == locked(
        "requirements.lock"
    )


def test_the_licence_is_mit() -> None:
    text = (CHECKOUT / "LICENSE").read_text()
    assert text.startswith("MIT License\n")
    assert 'THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND' in text
    assert project()["project"]["license"] == "MIT"


def test_the_newest_entry_of_the_changelog_is_this_version() -> None:
    newest = re.search(r"^## (\S+)", (CHECKOUT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] == project()["project"]["version"]


def test_decisions_are_numbered_without_a_gap() -> None:
    names = sorted(path.name for path in (CHECKOUT / "docs" / "decisions").iterdir())
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_every_decision_tells_context_decision_consequences_and_alternatives() -> None:
    for path in (CHECKOUT / "docs" / "decisions").iterdir():
        headings = re.findall(r"^## (.+)", path.read_text(), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences", "Considered"], path.name


def test_links_between_files_lead_somewhere() -> None:
    for path in (path for path in committed() if path.suffix == ".md"):
        for link in re.findall(r"\]\((?!\w+:)([^)#]+)", path.read_text()):
            assert (path.parent / link).exists(), f"{path.name}: {link}"


def test_ci_runs_what_a_developer_runs() -> None:
    script = CHECKOUT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    assert script.read_text().splitlines()[-1] == "exec make check"


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def opened(path: Path) -> set[int]:
    """Find the lines that call open()."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return {call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "open"}


@pytest.mark.parametrize("room", ["tables", "learning", "playbook", "pictures"])
def test_a_room_that_only_computes_touches_no_files(room: str) -> None:
    forbidden = {"pyarrow.fs", "pyarrow.dataset", "pathlib", "shutil", "tempfile", "glob", "fsspec"}
    sources = list((CHECKOUT / "domain" / room).rglob("*.py"))
    assert sources
    for source in sources:
        assert imported(source) & forbidden == set(), source.name
        assert opened(source) == set(), source.name
