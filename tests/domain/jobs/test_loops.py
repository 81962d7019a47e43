"""Loops that are compiled already are not compiled again."""

import os
from importlib import import_module
from pathlib import Path

import pytest

from domain.jobs.loops import is_kept, warm_up
from domain.learning.kernels.compiling import LOOPS


def test_after_a_warm_up_every_loop_is_kept() -> None:
    warm_up()
    assert LOOPS
    assert all(map(is_kept, LOOPS))


def test_a_loop_whose_source_is_newer_than_what_is_kept_is_compiled_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = tmp_path / "doubling.py"
    source.write_text(
        "from domain.learning.kernels.compiling import compiled\n\n\n"
        "@compiled\ndef double(value):\n    return 2 * value\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    double = import_module("doubling").double
    LOOPS.remove(double)
    assert not is_kept(double)
    assert double(4) == 8
    assert is_kept(double)
    os.utime(source, (2e9, 2e9))
    assert not is_kept(double)
