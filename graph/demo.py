"""The demonstration: what a client does, done to a running server by its public API."""

import asyncio
import hashlib
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import websockets
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from domain.errors import DomainError, Refused
from domain.services import operators
from domain.settings import PREFIX
from domain.tables import planted
from graph.serving.server import Serving
from graph.welcome import another_administrator

KEY_HEADER = "X-API-Key"
NAME = "Demo customers"
FILE = "demo-customers.csv"

_FIND = "query Find($name: String!) { datasets(first: 1, name: $name) { edges { node { id checksum } } } }"
_UPLOAD = """
mutation Upload($file: Upload!, $name: String!) {
  uploadDataset(input: { file: $file, name: $name }) { dataset { id } userErrors { message } }
}"""
_TRAIN = """
mutation Train($dataset: ID!) {
  trainClustering(input: { datasetId: $dataset, algorithm: { kmeans: {} } }) {
    run { id } userErrors { message }
  }
}"""
_WATCH = """
subscription Watch($id: ID!) {
  run(id: $id) { status progress { stage fraction message } failure { message } }
}"""
_REGISTER = """
mutation Register($run: ID!, $name: String!) {
  registerModel(input: { runId: $run, name: $name, promote: true }) {
    modelVersion { version } userErrors { message }
  }
}"""
_READ = """
query Read($id: ID!) {
  clusteringRun(id: $id) {
    modelVersions { version }
    selection { chosen verdict }
    metrics { silhouette }
    segments {
      name color size share
      characteristics { text }
      recommendations { title priority }
    }
  }
}"""


class DemoFailed(Exception):
    """The server did not do what the demonstration asked for."""


async def tell(console: Console, serving: Serving, rows: int, seed: int) -> None:
    """Show what a server does, and say where it is and how to sign in."""
    address = f"{serving.url}/graphql"
    try:
        key = await operators.lend_key(serving.runtime)
        await show(address, key, console, rows, seed)
    except Refused as refused:
        _tell_failure(console, "; ".join(map(str, refused.exceptions)))
    except (DemoFailed, DomainError, httpx.HTTPError, websockets.WebSocketException) as failure:
        _tell_failure(console, str(failure))
    console.print(f"\nExplorer and API: [bold]{address}[/]\n{_how_to_sign_in(serving)}\nCtrl-C ends it.")


def _tell_failure(console: Console, message: str) -> None:
    console.print(f"[red]The demonstration failed:[/] {escape(message)}")


def _how_to_sign_in(serving: Serving) -> str:
    if serving.first is None:
        return (
            "Sign in as before: the password was shown at the first start. If it is lost, this makes another "
            f"administrator: [bold]{escape(another_administrator())}[/]"
        )
    kept = "above" if serving.first.password else f"in {PREFIX}ADMIN_PASSWORD"
    return f"Sign in as [bold]{serving.first.username}[/] with the password {kept}."


async def show(url: str, key: str, console: Console, rows: int, seed: int) -> None:
    """Upload generated customers, train, watch, and print the segments; `url` is the GraphQL address.

    Raises DemoFailed with the server's own words.
    """
    csv = await asyncio.to_thread(_generated, rows, seed)
    async with httpx.AsyncClient(timeout=300, headers={KEY_HEADER: key}) as client:
        dataset = await _dataset(client, url, csv, console, rows)
        run = (await _mutate(client, url, "trainClustering", _TRAIN, dataset=dataset))["run"]["id"]
        await _watch(url, key, run, console)
        read = (await _ask(client, url, _READ, id=run))["clusteringRun"]
        # An earlier demonstration may have registered the same run.
        if not read["modelVersions"]:
            await _mutate(client, url, "registerModel", _REGISTER, run=run, name=NAME)
    _print_segments(console, read)
    console.print(f'The run is the champion of the model "{NAME}": ask predict where new customers belong.')


def _generated(rows: int, seed: int) -> bytes:
    file = io.BytesIO()
    planted.write_csv(planted.generate(rows, seed), file)
    return file.getvalue()


async def _dataset(client: httpx.AsyncClient, url: str, csv: bytes, console: Console, rows: int) -> str:
    """Upload the customers, unless they were uploaded by an earlier demonstration."""
    newest = (await _ask(client, url, _FIND, name=NAME))["datasets"]["edges"]
    if newest and newest[0]["node"]["checksum"] == hashlib.sha256(csv).hexdigest():
        console.print(f"The {rows:,} demo customers are there already.")
        return str(newest[0]["node"]["id"])
    with console.status(f"Uploading {rows:,} generated customers …"):
        operations = {"query": _UPLOAD, "variables": {"file": None, "name": NAME}}
        response = await client.post(
            url,
            headers={"GraphQL-Preflight": "1"},
            data={"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.file"]})},
            files={"0": (FILE, csv, "text/csv")},
        )
    dataset = _payload(_checked(response), "uploadDataset")["dataset"]["id"]
    console.print(f"Uploaded {rows:,} generated customers.")
    return str(dataset)


async def _ask(client: httpx.AsyncClient, url: str, query: str, **variables: str) -> dict[str, Any]:
    return _checked(await client.post(url, json={"query": query, "variables": variables}))


async def _mutate(
    client: httpx.AsyncClient, url: str, field: str, query: str, **variables: str
) -> dict[str, Any]:
    return _payload(await _ask(client, url, query, **variables), field)


def _checked(response: httpx.Response) -> dict[str, Any]:
    answer = response.json()
    if errors := answer.get("errors"):
        raise DemoFailed(errors[0]["message"])
    data: dict[str, Any] = answer["data"]
    return data


def _payload(data: dict[str, Any], field: str) -> dict[str, Any]:
    payload: dict[str, Any] = data[field]
    if payload["userErrors"]:
        raise DemoFailed(payload["userErrors"][0]["message"])
    return payload


async def _watch(url: str, key: str, run: str, console: Console) -> None:
    """Draw what the subscription tells as a bar that moves."""
    columns = (TextColumn("Training"), BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        bar = progress.add_task("waiting", total=1.0)
        async for state in _states(url, key, run):
            told = state["progress"]
            progress.update(bar, completed=told["fraction"], description=told["message"])
            if state["failure"]:
                raise DemoFailed(state["failure"]["message"])
    if state["status"] != "SUCCEEDED":
        raise DemoFailed(f"the run was {state['status'].lower()}")


async def _states(url: str, key: str, run: str) -> AsyncIterator[dict[str, Any]]:
    """Subscribe to a run by graphql-transport-ws."""
    address = url.replace("http", "ws", 1)
    async with websockets.connect(
        address, subprotocols=[websockets.Subprotocol("graphql-transport-ws")]
    ) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {KEY_HEADER: key}}))
        payload = {"query": _WATCH, "variables": {"id": run}}
        async for text in socket:
            message = json.loads(text)
            if message["type"] == "connection_ack":
                await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            elif message["type"] == "next":
                yield message["payload"]["data"]["run"]
            elif message["type"] == "error":
                raise DemoFailed(message["payload"][0]["message"])
            elif message["type"] == "complete":
                return


def _print_segments(console: Console, run: dict[str, Any]) -> None:
    table = Table(title=_title(run), title_justify="left", box=SIMPLE_HEAD, expand=True)
    table.add_column("Segment", overflow="fold", ratio=3)
    table.add_column("Customers", justify="right", no_wrap=True)
    table.add_column("What sets it apart", overflow="fold", ratio=4)
    table.add_column("What to do", overflow="fold", ratio=3)
    for segment in run["segments"]:
        table.add_row(
            f"[{segment['color']}]●[/] {escape(segment['name'])}",
            f"{segment['size']:,} ({segment['share']:.0%})",
            escape("\n".join(trait["text"] for trait in segment["characteristics"][:1])),
            escape("\n".join(advice["title"] for advice in segment["recommendations"][:1])),
        )
    console.print(table)


def _title(run: dict[str, Any]) -> str:
    selection, metrics = run["selection"], run["metrics"]
    return (
        f"{selection['chosen']} segments, structure {selection['verdict'].lower()}, "
        f"silhouette {metrics['silhouette']:.2f}"
    )
