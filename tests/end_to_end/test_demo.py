"""`segmentgraph demo`, in a terminal."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from tests.servers.running import survivors

ROWS = 4_000
CTRL_C = b"\x03"
STYLING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
LINK = re.compile(r"http://127\.0\.0\.1:\d+/graphql")


@dataclass
class Terminal:
    """A program that runs in a terminal of its own, and what it has shown so far."""

    process: "subprocess.Popen[bytes]"
    master: int
    shown: str = field(default="")

    def read_until(self, pattern: str, seconds: float = 90) -> None:
        """Read on until the screen shows something."""
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.shown):
            assert time.monotonic() < deadline, f"{pattern!r} was not shown: {self.shown[-3000:]}"
            if select.select([self.master], [], [], 0.2)[0]:
                self.shown += STYLING.sub("", os.read(self.master, 65_536).decode(errors="replace"))

    def press_ctrl_c(self) -> None:
        """Have the terminal interrupt whatever runs in it, as a key press does."""
        os.write(self.master, CTRL_C)

    def end(self, seconds: float = 20) -> int:
        """Read to the end, and answer the exit code."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it goes on: {self.shown[-3000:]}"
            self._read_rest()
        self._read_rest()
        return self.process.returncode

    def _read_rest(self) -> None:
        while select.select([self.master], [], [], 0.1)[0]:
            try:
                self.shown += STYLING.sub("", os.read(self.master, 65_536).decode(errors="replace"))
            except OSError:  # Linux's word for a terminal that nobody writes to any more
                return

    def processes(self) -> list[psutil.Process]:
        """Name the program and all that it started."""
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]


@contextmanager
def demo(folder: Path, *arguments: str) -> Iterator[Terminal]:
    """Run the demonstration as somebody at a terminal does."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 140, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "graph.cli", "demo", "--rows", str(ROWS), *arguments],
        env={**os.environ, "SEGMENTGRAPH_DATA_DIR": str(folder), "TERM": "xterm-256color"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    os.close(slave)
    terminal = Terminal(process, master)
    try:
        yield terminal
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(master)


def _take_terminal() -> None:
    # The keys of a terminal are for the session that it controls.
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_the_demonstration_can_be_interrupted_and_goes_on_where_it_was(tmp_path: Path) -> None:
    with demo(tmp_path) as first:
        first.read_until(r"Training.*[1-9]\d?%")
        processes = first.processes()
        assert len(processes) > 2, "there are workers"
        first.press_ctrl_c()
        code = first.end()
        assert survivors(processes) == []
        assert code in {130, -2}
        assert "Traceback" not in first.shown
        assert "Uploaded 4,000 generated customers." in first.shown

    with demo(tmp_path) as second:
        second.read_until(r"Ctrl-C ends it")
        told = second.shown
        assert "The 4,000 demo customers are there already." in told
        assert "Uploaded" not in told
        assert "segments, structure" in told
        assert re.search(r"Segment\s+Customers\s+What sets it apart\s+What to do", told)
        shares = [int(share) for share in re.findall(r"[\d,]+ \((\d+)%\)", told)]
        assert len(shares) == 5
        assert 98 <= sum(shares) <= 102
        link = LINK.search(told)
        assert link
        assert (
            httpx.get(link[0], headers={"Accept": "text/html"})
            .headers["content-type"]
            .startswith("text/html")
        )
        found = httpx.post(
            link[0],
            json={
                "query": """{
                  datasets { edges { node { name rowCount } } }
                  clusteringRuns { edges { node { status } } }
                }"""
            },
        ).json()["data"]
        assert found == {
            "datasets": {"edges": [{"node": {"name": "Demo customers", "rowCount": ROWS}}]},
            "clusteringRuns": {"edges": [{"node": {"status": "SUCCEEDED"}}]},
        }
        processes = second.processes()
        second.press_ctrl_c()
        code = second.end()
        assert survivors(processes) == []
        assert code in {130, -2}
        assert "Traceback" not in second.shown
