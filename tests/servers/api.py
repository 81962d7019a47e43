"""A real server, as a user starts it, and a client for it."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import websockets

START_SECONDS = 60
SUBPROTOCOL = websockets.Subprotocol("graphql-transport-ws")


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
        "SEGMENTGRAPH_DATA_DIR": str(data_dir),
        "SEGMENTGRAPH_DATABASE_URL": database_url,
        **{f"SEGMENTGRAPH_{name.upper()}": str(value) for name, value in settings.items()},
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


@dataclass
class Api:
    """A client of a server, as a front end is one."""

    url: str
    client: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=120))

    async def post(self, query: str, **variables: Any) -> dict[str, Any]:
        """Send an operation and answer the whole response."""
        response = await self.client.post(
            f"{self.url}/graphql", json={"query": query, "variables": variables}
        )
        answer: dict[str, Any] = response.json()
        return answer

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Send an operation that should succeed, and answer its data."""
        answer = await self.post(query, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def upload(
        self,
        content: bytes,
        *,
        selection: str = "id",
        filename: str = "customers.csv",
        **options: Any,
    ) -> dict[str, Any]:
        """Upload a file and answer uploadDataset's payload; `selection` is of the dataset."""
        query = f"""mutation($input: UploadDatasetInput!) {{
          uploadDataset(input: $input) {{
            dataset {{ {selection} }} userErrors {{ code message path }}
          }}
        }}"""
        operations = {"query": query, "variables": {"input": {"file": None, **options}}}
        response = await self.client.post(
            f"{self.url}/graphql",
            headers={"GraphQL-Preflight": "1"},
            data={"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.input.file"]})},
            files={"0": (filename, content, "text/csv")},
        )
        answer = response.json()
        assert "errors" not in answer, answer["errors"]
        payload: dict[str, Any] = answer["data"]["uploadDataset"]
        return payload

    async def dataset(self, content: bytes, **options: Any) -> str:
        """Upload a file that is fine, and answer the dataset's id."""
        payload = await self.upload(content, **options)
        assert payload["userErrors"] == []
        key: str = payload["dataset"]["id"]
        return key

    async def train(self, dataset: str, *, selection: str = "id", **options: Any) -> dict[str, Any]:
        """Ask for a training and answer trainClustering's payload; `selection` is of the run."""
        query = f"""mutation($input: TrainClusteringInput!) {{
          trainClustering(input: $input) {{
            run {{ {selection} }} reused userErrors {{ code message path }}
          }}
        }}"""
        options.setdefault("algorithm", {"kmeans": {"clusterCount": 3}})
        data = await self.ask(query, input={"datasetId": dataset, **options})
        payload: dict[str, Any] = data["trainClustering"]
        return payload

    async def run(self, dataset: str, *, selection: str = "id", **options: Any) -> dict[str, Any]:
        """Train, wait for the end, and answer the run that succeeded."""
        payload = await self.train(dataset, **options)
        assert payload["userErrors"] == []
        key = payload["run"]["id"]
        last = [state async for state in self.watch(key)][-1]
        assert last["status"] == "SUCCEEDED", last
        data = await self.ask(f"query($id: ID!) {{ clusteringRun(id: $id) {{ {selection} }} }}", id=key)
        found: dict[str, Any] = data["clusteringRun"]
        return found

    async def watch(
        self, key: str, selection: str = "status progress { stage fraction message } failure { code message }"
    ) -> AsyncIterator[Any]:
        """Subscribe to a run over a WebSocket, and yield each state until it completes."""
        query = f"subscription($id: ID!) {{ run(id: $id) {{ {selection} }} }}"
        async for data in subscribed(self.url, query, id=key):
            yield data["run"]


async def subscribed(url: str, query: str, **variables: Any) -> AsyncIterator[dict[str, Any]]:
    """Subscribe by graphql-transport-ws, and yield the data of each event until it completes."""
    address = url.replace("http", "ws", 1) + "/graphql"
    async with asyncio.timeout(120), websockets.connect(address, subprotocols=[SUBPROTOCOL]) as socket_:
        await socket_.send(json.dumps({"type": "connection_init"}))
        assert json.loads(await socket_.recv())["type"] == "connection_ack"
        payload = {"query": query, "variables": variables}
        await socket_.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        async for text in socket_:
            message = json.loads(text)
            if message["type"] == "complete":
                return
            if message["type"] == "ping":
                await socket_.send(json.dumps({"type": "pong"}))
                continue
            assert message["type"] == "next", message
            assert "errors" not in message["payload"], message
            yield message["payload"]["data"]
