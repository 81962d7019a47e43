"""A terminal of its own for a command, as somebody sits at one."""

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

import psutil

CTRL_C = b"\x03"
STYLING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


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

    def type(self, text: str) -> None:
        """Press these keys."""
        os.write(self.master, text.encode())


@contextmanager
def terminal(folder: Path, *arguments: str) -> Iterator[Terminal]:
    """Run a command as somebody at a terminal does."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 140, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "graph.cli", *arguments],
        env={**os.environ, "SEGMENTGRAPH_DATA_DIR": str(folder), "TERM": "xterm-256color"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(master)


def _take_terminal() -> None:
    # The keys of a terminal are for the session that it controls.
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
