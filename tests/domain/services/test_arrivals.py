"""Files that are arriving."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from domain.services import arrivals
from domain.settings import Settings, load


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(data_dir=tmp_path)


def _left(settings: Settings, name: str, *, age: float = 0) -> Path:
    left = settings.data_dir / "uploads" / name
    left.mkdir(parents=True)
    (left / "0").write_bytes(b"1")
    os.utime(left, (time.time() - age,) * 2)
    return left


def _renamed(settings: Settings, process: int) -> Path:
    mine = arrivals.new_folder(settings)
    return mine.rename(mine.with_name(mine.name.replace(f"-{os.getpid()}-", f"-{process}-")))


def test_each_request_has_a_folder_that_only_this_user_can_read(settings: Settings) -> None:
    one, other = arrivals.new_folder(settings), arrivals.new_folder(settings)
    assert one != other
    assert one.stat().st_mode & 0o777 == 0o700


def test_what_a_dead_process_left_is_swept(settings: Settings) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = _renamed(settings, ended.pid)
    arrivals.sweep(settings)
    assert not left.exists()


def test_what_a_living_process_is_sent_stays(settings: Settings) -> None:
    theirs = _renamed(settings, os.getppid())
    arrivals.sweep(settings)
    assert theirs.exists()


def test_what_an_earlier_process_of_this_number_left_is_swept(settings: Settings) -> None:
    left = arrivals.new_folder(settings)
    arrivals.sweep(settings)
    assert not left.exists()


def test_what_another_machine_left_is_swept_after_a_day(settings: Settings) -> None:
    old = _left(settings, "elsewhere-1-abc", age=25 * 3600)
    new = _left(settings, "elsewhere-1-def", age=3600)
    arrivals.sweep(settings)
    assert (old.exists(), new.exists()) == (False, True)
