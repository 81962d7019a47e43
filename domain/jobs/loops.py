"""The compiled loops of learning, kept on the disk from one process to the next."""

from pathlib import Path
from typing import Any

from domain.learning.kernels.compiling import LOOPS
from domain.learning.kernels.warming import compile_all


def warm_up() -> None:
    """Compile all loops, unless they are kept from before: loading one takes no time that is worth saving."""
    if not all(map(is_kept, LOOPS)):
        compile_all()


def is_kept(loop: Any) -> bool:
    """Tell whether a loop is compiled already, from its source as it is."""
    folder, source = loop.stats.cache_path, Path(loop.py_func.__code__.co_filename)
    indexes = Path(folder).glob(f"{source.stem}.{loop.py_func.__name__}-*.nbi") if folder else ()
    return any(index.stat().st_mtime >= source.stat().st_mtime for index in indexes)
