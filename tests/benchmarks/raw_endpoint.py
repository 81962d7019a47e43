"""The least that an upload can be: the request's bytes as they come, written to the disk.

On uvicorn as the server runs it, with nothing else. `python -m tests.benchmarks.raw_endpoint
PORT FOLDER` serves `POST /` until it is told to stop.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.settings import load
from graph.cli import _loop_factory
from graph.serving.server import _config
from tests.servers.running import free_port


@contextmanager
def raw_endpoint(folder: Path) -> Iterator[str]:
    """Run it in a process of its own, and give its address; it writes into the folder."""
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.raw_endpoint", str(port), str(folder)]
    with psutil.Popen(command) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            # Tries to connect until it listens.
            with httpx.Client(transport=httpx.HTTPTransport(retries=10)) as client:
                assert client.get(url).status_code == 405
            yield url
        finally:
            process.terminate()


def application(folder: Path) -> Starlette:
    """Write what is posted into one file of the folder, and answer how much it was."""

    async def receive(request: Request) -> Response:
        size = 0
        with (folder / "received").open("wb") as file:
            async for chunk in request.stream():
                size += file.write(chunk)
        return JSONResponse({"size": size})

    return Starlette(routes=[Route("/", receive, methods=["POST"])])


def main(port: int, folder: Path) -> None:
    """Serve until told to stop."""
    config = _config(load(data_dir=folder))
    config.app = application(folder)
    config.port = port
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
