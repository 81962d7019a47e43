"""Where in an operation's variables the files of its request belong."""

from collections import deque
from dataclasses import dataclass
from typing import Any

from graph.resolving.errors import BadRequest
from graph.resolving.uploads import IncomingFile

MAX_FILES = 100


@dataclass(frozen=True, slots=True)
class Place:
    """A null in the variables that a file is to replace; `path` begins below the variables."""

    holder: dict[str, Any] | list[Any]
    key: Any
    path: tuple[str, ...]

    def put(self, file: IncomingFile) -> None:
        """Put the file there."""
        self.holder[self.key] = file


def places_of(operations: object, file_map: object) -> dict[str, list[Place]]:
    """The places of each file by the name of its form field, as the request's `map` tells.

    Raises BadRequest for a map of the wrong shape, and for paths that lead nowhere, to
    something that is not null, or to where another file belongs.
    """
    if not isinstance(file_map, dict):
        raise BadRequest(
            "map should be a JSON object: the name of each file's form field, and a list of paths."
        )
    if len(file_map) > MAX_FILES:
        raise BadRequest(f"map names {len(file_map)} files; a request may have {MAX_FILES}.")
    places = {name: _places(operations, name, paths) for name, paths in file_map.items()}
    taken = [place.path for each in places.values() for place in each]
    if len(taken) != len(set(taken)):
        raise BadRequest("map has two files for one place in the variables.")
    return places


def _places(operations: object, name: str, paths: object) -> list[Place]:
    if not isinstance(paths, list) or not paths or not all(isinstance(path, str) for path in paths):
        raise BadRequest(f'map.{name[:40]} should be a list of paths, such as ["variables.input.file"].')
    if len(paths) > MAX_FILES:
        raise BadRequest(f"map.{name[:40]} has {len(paths)} paths; a file may have {MAX_FILES}.")
    return [_place(operations, path) for path in paths]


def _place(operations: object, path: str) -> Place:
    steps = deque(path.split("."))
    if steps[0] != "variables" or len(steps) < 2:
        raise BadRequest(
            f"The path {path[:200]!r} in map should begin with variables and lead to a file in them."
        )
    holder: Any = operations
    while len(steps) > 1:
        holder = _inside(holder, steps.popleft(), path)
    if _inside(holder, steps[0], path) is not None:
        raise BadRequest(
            f"The path {path[:200]!r} in map should lead to a null in operations: the file goes there."
        )
    return Place(holder, _key(holder, steps[0]), tuple(path.split(".")[1:]))


def _inside(holder: Any, step: str, path: str) -> Any:
    try:
        return holder[_key(holder, step)]
    except (KeyError, IndexError, TypeError, ValueError):
        raise BadRequest(
            f"The path {path[:200]!r} in map leads nowhere: operations has no such variable."
        ) from None


def _key(holder: Any, step: str) -> int | str:
    if isinstance(holder, list):
        if not (step.isascii() and step.isdecimal()):
            raise ValueError(step)
        return int(step)
    if isinstance(holder, dict):
        return step
    raise TypeError(step)
