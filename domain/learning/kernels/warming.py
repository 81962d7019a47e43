"""Compiles every loop before it is needed, so that nobody's first run waits for a compiler."""

from collections.abc import Callable

from domain.learning.kernels import (
    boxes,
    chains,
    duplicates,
    lloyd,
    loneliness,
    reachability,
    silhouettes,
    spanning,
    ward,
)

# What most runs need comes first.
WARM_UPS: tuple[Callable[[], object], ...] = (
    loneliness.warm_up,
    lloyd.warm_up,
    silhouettes.warm_up,
    duplicates.warm_up,
    ward.warm_up,
    chains.warm_up,
    spanning.warm_up,
    boxes.warm_up,
    reachability.warm_up,
)
"""Each calls a module's compiled loops once, with a few numbers of the types they will get."""


def compile_all() -> None:
    """Have all loops ready in this process."""
    for warm in WARM_UPS:
        warm()


if __name__ == "__main__":
    compile_all()
