"""A client of a real server."""

import asyncio
import inspect
import io
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import uuid4

import httpx
import websockets

from domain.tables import planted
from tests.servers.running import Server
from tests.servers.signing_in import Administrator, signed_in

WAIT_SECONDS = 60
SUBPROTOCOL = websockets.Subprotocol("graphql-transport-ws")
STATE = "status progress { stage fraction message } failure { code message }"
UPLOAD = """mutation($input: UploadDatasetInput!) {
  uploadDataset(input: $input) { dataset { %s } userErrors { code message path } }
}"""
PREVIEW = """mutation($input: PreviewTableInput!) {
  previewTable(input: $input) { preview { %s } userErrors { code message path } }
}"""

Mistakes: TypeAlias = list[tuple[str, list[str]]]
"""The code and the path of each user error."""


async def until(condition: Callable[[], Any], what: str, seconds: float = WAIT_SECONDS) -> Any:
    """Look until something is true, and answer it; fail when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if inspect.isawaitable(found):
            found = await found
        if found:
            return found
        assert time.monotonic() < deadline, f"did not come true within {seconds:g} s: {what}"
        await asyncio.sleep(0.02)


async def at_rest(server: Server) -> set[str]:
    """Name what is kept when nothing arrives any more: a request's own folder goes after its answer."""
    await until(lambda: not server.arriving(), "nothing is on its way", 30)
    return server.kept()


@dataclass
class Api:
    """A client of a server, as a front end is one.

    It is signed in as the administrator, unless it is given a key or an access token, or is to
    be signed out.
    """

    url: str
    key: str | None = field(default=None, kw_only=True, repr=False)
    token: str | None = field(default=None, kw_only=True, repr=False)
    signed_out: bool = field(default=False, kw_only=True)
    client: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        shown = self._shown()
        auth = Administrator(self.url) if shown is None else None
        self.client = httpx.AsyncClient(timeout=120, headers=shown, auth=auth)

    def _shown(self) -> dict[str, str] | None:
        """What it shows of itself; None for the administrator, who signs in when it is first needed."""
        if self.key is not None:
            return {"X-API-Key": self.key}
        if self.token is not None:
            return {"Authorization": f"Bearer {self.token}"}
        return {} if self.signed_out else None

    async def as_role(self, role: str) -> "Api":
        """Make a client that has this role, by a key that acts as the account of this one."""
        payload = await self.mutate("createApiKey", "token", name=f"as {role}", role=role)
        assert payload["userErrors"] == []
        return Api(self.url, key=payload["token"])

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

    async def errors(self, query: str, **variables: Any) -> list[dict[str, Any]]:
        """Send an operation that should not succeed, and answer its errors."""
        answer = await self.post(query, **variables)
        errors: list[dict[str, Any]] = answer["errors"]
        return errors

    async def node(self, kind: str, key: str, selection: str = "id") -> Any:
        """Read an object by its id; None where it is not there, or of another type."""
        query = f"query($id: ID!) {{ node(id: $id) {{ ... on {kind} {{ {selection} }} }} }}"
        return (await self.ask(query, id=key))["node"] or None

    async def mutate(self, mutation: str, selection: str = "", /, **fields: Any) -> dict[str, Any]:
        """Send a mutation and answer its payload; `selection` is of that, `fields` are of the input."""
        query = f"""mutation($input: {mutation[0].upper()}{mutation[1:]}Input!) {{
          {mutation}(input: $input) {{ {selection} userErrors {{ code message path }} }}
        }}"""
        payload: dict[str, Any] = (await self.ask(query, input=fields))[mutation]
        return payload

    async def upload(
        self,
        content: bytes,
        *,
        selection: str = "id",
        filename: str = "customers.csv",
        **options: Any,
    ) -> dict[str, Any]:
        """Upload a file and answer uploadDataset's payload; `selection` is of the dataset."""
        answer = (await self.send_file(content, selection=selection, filename=filename, **options)).json()
        assert "errors" not in answer, answer["errors"]
        payload: dict[str, Any] = answer["data"]["uploadDataset"]
        return payload

    async def send_file(
        self, content: bytes, *, selection: str = "id", filename: str = "customers.csv", **options: Any
    ) -> httpx.Response:
        """Upload a file and answer the response as it is."""
        return await self._send(UPLOAD % selection, content, filename, options)

    async def preview(
        self, content: bytes, *, selection: str = "rows", filename: str = "customers.csv", **options: Any
    ) -> dict[str, Any]:
        """Have a file looked at and answer previewTable's payload; `selection` is of the preview."""
        answer = (await self._send(PREVIEW % selection, content, filename, options)).json()
        assert "errors" not in answer, answer["errors"]
        payload: dict[str, Any] = answer["data"]["previewTable"]
        return payload

    async def _send(
        self, query: str, content: bytes, filename: str, options: dict[str, Any]
    ) -> httpx.Response:
        operations = {"query": query, "variables": {"input": {"file": None, **options}}}
        return await self.client.post(
            f"{self.url}/graphql",
            headers={"GraphQL-Preflight": "1"},
            data={"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.input.file"]})},
            files={"0": (filename, content, "text/csv")},
        )

    async def dataset(self, content: bytes, **options: Any) -> str:
        """Upload a file that is fine, under a name of its own or the one given; answer the dataset's id."""
        options.setdefault("name", f"customers {uuid4().hex}")
        payload = await self.upload(content, **options)
        assert payload["userErrors"] == []
        key: str = payload["dataset"]["id"]
        return key

    async def train(self, dataset: str, *, selection: str = "id", **options: Any) -> dict[str, Any]:
        """Ask for a training and answer trainClustering's payload; `selection` is of the run."""
        options.setdefault("algorithm", {"kmeans": {"clusterCount": 3}})
        return await self.mutate(
            "trainClustering", f"run {{ {selection} }} reused", datasetId=dataset, **options
        )

    async def begin(self, dataset: str, **options: Any) -> str:
        """Queue a training that is fine, and answer the run's id."""
        payload = await self.train(dataset, **options)
        assert payload["userErrors"] == []
        key: str = payload["run"]["id"]
        return key

    async def run(self, dataset: str, *, selection: str = "id", **options: Any) -> dict[str, Any]:
        """Train, wait for the end, and answer the run that succeeded."""
        key = await self.begin(dataset, **options)
        last = await self.end_of(key)
        assert last["status"] == "SUCCEEDED", last
        found: dict[str, Any] = await self.node("ClusteringRun", key, selection)
        return found

    async def watch(self, key: str, selection: str = STATE) -> AsyncGenerator[Any, None]:
        """Subscribe to a run over a WebSocket, and yield each state until it completes."""
        query = f"subscription($id: ID!) {{ run(id: $id) {{ {selection} }} }}"
        async for data in self.subscribed(query, id=key):
            yield data["run"]

    async def subscribed(self, query: str, **variables: Any) -> AsyncGenerator[dict[str, Any], None]:
        """Subscribe over a WebSocket, and yield the data of each event until it completes."""
        async with connected(self.url, self._shown()) as socket_:
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
        raise AssertionError("the connection was closed before the subscription was complete")

    async def end_of(self, key: str) -> Any:
        """Watch a run, and answer the last of its states."""
        return [state async for state in self.watch(key)][-1]

    async def streamed(self, query: str, **variables: Any) -> AsyncGenerator[Any, None]:
        """Run an operation over server-sent events, and yield the data of each event until it completes."""
        headers = {"Accept": "text/event-stream, application/json"}
        body = {"query": query, "variables": variables}
        async with self.client.stream("POST", f"{self.url}/graphql", json=body, headers=headers) as response:
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            event = ""
            async for line in response.aiter_lines():
                if line.startswith("event:"):
                    event = line.removeprefix("event:").strip()
                if event == "complete":
                    return
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))["data"]
        raise AssertionError("the stream broke off before it was complete")

    async def is_under_way(self, key: str, fraction: float = 0.0) -> bool:
        """Tell whether a run is running, and has got so far."""
        found = await self.node("ClusteringRun", key, "status progress { fraction }")
        return bool(found["status"] == "RUNNING" and found["progress"]["fraction"] >= fraction)

    async def counts(self) -> tuple[int, int]:
        """Count the datasets and the runs."""
        data = await self.ask("{ datasets(first: 0) { totalCount } clusteringRuns(first: 0) { totalCount } }")
        return data["datasets"]["totalCount"], data["clusteringRuns"]["totalCount"]


@asynccontextmanager
async def connected(
    url: str, shown: Mapping[str, str] | None = None
) -> AsyncIterator[websockets.ClientConnection]:
    """Open a WebSocket and have it acknowledged: as the administrator, or as whoever shows this."""
    address = url.replace("http", "ws", 1) + "/graphql"
    payload = await asyncio.to_thread(signed_in, url) if shown is None else shown
    async with asyncio.timeout(120), websockets.connect(address, subprotocols=[SUBPROTOCOL]) as socket_:
        await socket_.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert json.loads(await socket_.recv())["type"] == "connection_ack"
        yield socket_


def generated(rows: int) -> bytes:
    """Make up customers, as `segmentgraph generate` does."""
    file = io.BytesIO()
    planted.write_csv(planted.generate(rows, 0), file)
    return file.getvalue()


def mistakes(payload: Mapping[str, Any]) -> Mistakes:
    """List the code and the path of each user error of a payload."""
    return [(error["code"], error["path"]) for error in payload["userErrors"]]
