"""What is compiled, and when."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, get_args

import numpy as np
import pytest

from domain.learning import kernels
from domain.learning.algorithms.contract import Effort
from domain.learning.algorithms.table import prepare
from domain.learning.kernels import warming
from domain.learning.progress import unwatched
from domain.terms.algorithms import AlgorithmSettings, HierarchicalSettings, Linkage, is_counted

MODULES = [import_module(f"{kernels.__name__}.{found.name}") for found in iter_modules(kernels.__path__)]
KINDS: tuple[Callable[[], AlgorithmSettings], ...] = get_args(get_args(AlgorithmSettings)[0])
EVERY: list[AlgorithmSettings] = [
    *(HierarchicalSettings(linkage=linkage) for linkage in Linkage),
    *(kind() for kind in KINDS if kind is not HierarchicalSettings),
]


def loops(module: ModuleType) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in vars(module).items() if hasattr(value, "py_func"))


def versions() -> dict[str, int]:
    return {
        f"{module.__name__}.{name}": len(loop.signatures)
        for module in MODULES
        for name, loop in loops(module)
    }


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_a_loop_calls_none_of_another_file_since_numba_sees_changes_in_its_own_only(
    module: ModuleType,
) -> None:
    assert [name for name, loop in loops(module) if loop.__module__ != module.__name__] == []


@pytest.mark.parametrize("settings", EVERY, ids=lambda each: getattr(each, "linkage", each.algorithm).value)
@pytest.mark.parametrize("effort", Effort)
def test_after_the_warm_up_no_run_waits_for_the_compiler(settings: AlgorithmSettings, effort: Effort) -> None:
    warming.compile_all()
    before = versions()
    random = np.random.default_rng(0)
    matrix = np.vstack([random.normal(size=(120, 3)), random.normal(size=(120, 3)) + 20.0])
    # A flag beside the numbers, and rows that are equal.
    matrix = np.column_stack([matrix, np.arange(240) % 2.0])
    matrix = np.vstack([matrix, matrix[:20]])
    prepared = prepare(matrix, settings, 0, unwatched, effort)
    prepared.partition(2 if is_counted(settings) else None, unwatched).assigner.assign(matrix[::-1])
    assert versions() == before
