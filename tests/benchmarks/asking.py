"""Asks a server one small query on schedule, and tells how long each answer took.

A process of its own with nothing else in it: what it measures is the server, not its own
load. It ends after a number of answers, or when its standard input closes, and then prints
one JSON object.
"""

import http.client
import json
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

INTERVAL_SECONDS = 0.02
QUERY = "{ datasets(first: 10) { edges { node { name rowCount } } } }"


@dataclass
class Asked:
    """The seconds that each answer took, and the different answers that came."""

    seconds: list[float] = field(default_factory=list)
    answers: set[str] = field(default_factory=set)


def asked(url: str, count: int, authorization: str) -> Asked:
    """Ask a number of times, and wait for that."""
    found = Asked()
    with _process(url, count, authorization) as process:
        _read(process, found)
    return found


@contextmanager
def asking(url: str, authorization: str) -> Iterator[Asked]:
    """Ask as long as the block takes; what was measured is there at its end."""
    found = Asked()
    with _process(url, sys.maxsize, authorization) as process:
        yield found
        assert process.stdin is not None
        process.stdin.close()
        _read(process, found)


def _process(url: str, count: int, authorization: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, __file__, url, str(count), authorization],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _read(process: "subprocess.Popen[str]", found: Asked) -> None:
    assert process.stdout is not None
    told = json.loads(process.stdout.read())
    found.seconds += told["seconds"]
    found.answers.update(told["answers"])


def main(url: str, count: int, authorization: str) -> None:
    """Ask, and print what came of it."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    body = json.dumps({"query": QUERY})
    headers = {"Content-Type": "application/json", "Authorization": authorization}
    seconds: list[float] = []
    answers: set[str] = set()
    due = time.perf_counter()
    while len(seconds) < count:
        early = due - time.perf_counter()
        if select.select([sys.stdin], [], [], max(0.0, early))[0]:
            break
        # An answer that keeps the next question waiting costs that one's time too:
        # a client with a schedule would have asked by then.
        begun = time.perf_counter() if early > 0 else due
        connection.request("POST", "/graphql", body, headers)
        answers.add(connection.getresponse().read().decode())
        seconds.append(time.perf_counter() - begun)
        due += INTERVAL_SECONDS
    connection.close()
    sys.stdout.write(json.dumps({"seconds": seconds, "answers": sorted(answers)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
