"""How the inner loops are compiled: by numba, once for a machine.

Some of the loops are longer than a function should be: what they know is in local variables, which
stay in the processor's registers, and a part of its own would be handed a dozen of them.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

LOOPS: list[Any] = []
"""All that are compiled when they are first called."""


def compiled(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Compile a loop over arrays when it is first called, and keep the result for other processes.

    It runs without Python's lock, so that threads compute side by side. What is
    compiled is kept beside the source or, where that can't be written, in the user's
    cache; where neither can, each process compiles for itself. numba compiles anew when
    the loop's own file changes, and sees no other: a loop calls none of another file, and
    after a change here what was compiled has to be deleted, as `make` does.
    """
    return _compile(function, fastmath=False)


def compiled_for_sums(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Compile as `compiled` does, and let sums be added in another order, many numbers at a time.

    The order is fixed when it is compiled: the same machine gives the same answer.
    Infinity and NaN keep their meaning.
    """
    # "nnan" and "ninf" stay out: distances to what is far away may overflow.
    return _compile(function, fastmath={"reassoc", "contract", "nsz", "arcp"})


def _compile(function: Callable[Arguments, Result], fastmath: Any) -> Callable[Arguments, Result]:
    options: dict[str, Any] = {"nogil": True, "fastmath": fastmath, "error_model": "numpy"}
    try:
        found = numba.njit(cache=True, **options)(function)
    except RuntimeError:
        # No folder can be written.
        found = numba.njit(**options)(function)
    LOOPS.append(found)
    return cast("Callable[Arguments, Result]", found)
