"""How the inner loops are compiled: by numba, once for a machine."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def compiled(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Compile a loop over arrays when it is first called, and keep the result for other processes.

    It runs without Python's lock, so that threads compute side by side. What is
    compiled is kept beside the source or, where that can't be written, in the user's
    cache; where neither can, each process compiles for itself.
    """
    return _compile(function, fastmath=False)


def compiled_for_sums(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Compile as `compiled` does, and let sums be added in another order, many numbers at a time.

    The order is fixed when it is compiled: the same machine gives the same answer. Not
    for code that looks at NaN or infinity.
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
    return cast("Callable[Arguments, Result]", found)
