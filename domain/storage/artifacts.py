"""What jobs are told and what they found, as files: orders and outcomes as JSON, figures as .npz.

Nothing is ever pickled: reading an artifact runs no code. Every function blocks.
"""

import io
import json
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
from pydantic import TypeAdapter

from domain.storage.files import Storage
from domain.terms.arrays import AnyArray
from domain.terms.pictures import DendrogramFigure, ProfileFigure, RunFigures, ScatterFigure, SilhouetteFigure
from domain.terms.segments import ClusterCountSelection

Artifact = TypeVar("Artifact")

_FIGURES: dict[str, type[Any]] = {
    "scatter": ScatterFigure,
    "dendrogram": DendrogramFigure,
    "silhouette": SilhouetteFigure,
    "profile": ProfileFigure,
}
_SELECTION: TypeAdapter[ClusterCountSelection | None] = TypeAdapter(ClusterCountSelection | None)
_REST = "rest"
"""The entry of an .npz that holds, as JSON, what is no array."""


def dump(storage: Storage, key: str, value: object) -> None:
    """Write a frozen dataclass, or what is made of them, as JSON.

    Raises ValueError where JSON would not give the same value back: a NaN, or a union
    whose members look alike.
    """
    adapter: TypeAdapter[object] = TypeAdapter(type(value))
    content = adapter.dump_json(value)
    if adapter.validate_json(content) != value:
        raise ValueError(f"a {type(value).__name__} does not survive being written as JSON")
    storage.write_bytes(key, content)


def load(storage: Storage, key: str, kind: type[Artifact]) -> Artifact:
    """Read what `dump` wrote; raises FileNotFoundError, and ValueError where it is of another kind."""
    return TypeAdapter(kind).validate_json(storage.read_bytes(key))


def dump_figures(storage: Storage, key: str, figures: RunFigures) -> None:
    """Write the figures of a run as one compressed .npz."""
    arrays: dict[str, AnyArray] = {}
    rest: dict[str, object] = {"selection": _SELECTION.dump_python(figures.selection, mode="json")}
    for name in _FIGURES:
        figure = getattr(figures, name)
        rest[name] = None if figure is None else _split(figure, name, arrays)
    arrays[_REST] = np.frombuffer(json.dumps(rest).encode(), np.uint8)
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays)
    storage.write_bytes(key, content.getvalue())


def _split(figure: object, name: str, arrays: dict[str, AnyArray]) -> dict[str, object]:
    """Put a figure's arrays among the arrays, and give the rest back."""
    plain: dict[str, object] = {}
    for field in fields(figure):  # type: ignore[arg-type]  # every figure is a dataclass
        value = getattr(figure, field.name)
        if isinstance(value, np.ndarray):
            arrays[f"{name}.{field.name}"] = value
        else:
            plain[field.name] = value
    return plain


def load_figures(storage: Storage, key: str) -> RunFigures:
    """Read what `dump_figures` wrote; raises FileNotFoundError."""
    with np.load(io.BytesIO(storage.read_bytes(key)), allow_pickle=False) as arrays:
        rest = json.loads(arrays[_REST].tobytes())
        figures = {name: _joined(kind, name, rest[name], arrays) for name, kind in _FIGURES.items()}
    return RunFigures(**figures, selection=_SELECTION.validate_python(rest["selection"], strict=False))


def load_dendrogram(storage: Storage, key: str) -> DendrogramFigure | None:
    """Read one figure of those that `dump_figures` wrote, and unpack no other; raises FileNotFoundError."""
    with np.load(io.BytesIO(storage.read_bytes(key)), allow_pickle=False) as arrays:
        plain = json.loads(arrays[_REST].tobytes())["dendrogram"]
        figure: DendrogramFigure | None = _joined(DendrogramFigure, "dendrogram", plain, arrays)
    return figure


def _joined(kind: type[Any], name: str, plain: dict[str, object] | None, arrays: Any) -> Any:
    """Make a figure of its arrays and the rest; JSON's lists were tuples."""
    if plain is None:
        return None
    values = {field: tuple(value) if isinstance(value, list) else value for field, value in plain.items()}
    stored = {entry.partition(".")[2]: arrays[entry] for entry in arrays if entry.startswith(f"{name}.")}
    return kind(**values, **stored)
