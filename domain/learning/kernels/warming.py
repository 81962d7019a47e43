"""Compiles every loop before it is needed, so that nobody's first run waits for a compiler."""

from collections.abc import Callable

from domain.learning.kernels import (
    chains,
    density,
    duplicates,
    lloyd,
    preparing,
    reachability,
    silhouettes,
    spanning,
    ward,
)

# What most runs need comes first.
WARM_UPS: tuple[Callable[[], object], ...] = (
    preparing.warm_up,
    lloyd.warm_up,
    silhouettes.warm_up,
    duplicates.warm_up,
    ward.warm_up,
    chains.warm_up,
    spanning.warm_up,
    density.warm_up,
    reachability.warm_up,
)
"""Each calls a module's compiled loops once, with a few numbers of the types they will get."""


def warm_up() -> None:
    """Compile all loops, or load what was compiled before."""
    for warm in WARM_UPS:
        warm()


if __name__ == "__main__":
    warm_up()
