"""The key is made once, for its owner alone, and all processes have the same."""

import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from domain.errors import Unavailable
from domain.services.secrets import FILE_NAME, secret_key
from domain.settings import load

CHECKOUT = Path(__file__).resolve().parents[3]
PROGRAM = """
import sys
from pathlib import Path
from domain.services.secrets import secret_key
from domain.settings import load
settings = load(data_dir=Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
print(secret_key(settings))
"""

ROOM_FOR_HALF = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (32, 32))
"""


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path)
    key = secret_key(settings)
    assert len(key) == 64
    assert secret_key(settings) == key
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_two_servers_have_two_keys(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    assert secret_key(load(data_dir=tmp_path / "one")) != secret_key(load(data_dir=tmp_path / "other"))


def test_the_key_that_is_configured_is_used_and_none_is_kept(tmp_path: Path) -> None:
    assert secret_key(load(data_dir=tmp_path, secret_key="k" * 32)) == "k" * 32
    assert list(tmp_path.iterdir()) == []


def test_two_processes_that_start_together_read_the_same_key(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    racing = [
        subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in racing:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in racing:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate()[0].strip() for process in racing]
    assert told == [secret_key(load(data_dir=tmp_path))] * 2
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.skipif(sys.platform == "win32", reason="there, no process can be kept from writing")
def test_a_key_that_there_is_no_room_for_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ROOM_FOR_HALF + PROGRAM, str(tmp_path)]
    told = subprocess.run(command, cwd=CHECKOUT, input="go\n", capture_output=True, text=True)
    assert told.returncode != 0
    assert "File too large" in told.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o666])
def test_a_key_that_others_can_read_is_closed_to_them_and_said(tmp_path: Path, mode: int) -> None:
    key = secret_key(load(data_dir=tmp_path))
    (tmp_path / FILE_NAME).chmod(mode)

    with capture_logs() as first:
        assert secret_key(load(data_dir=tmp_path)) == key
    with capture_logs() as second:
        assert secret_key(load(data_dir=tmp_path)) == key

    assert [line["path"] for line in first] == [str(tmp_path / FILE_NAME)]
    assert first[0]["log_level"] == "warning"
    assert key not in str(first)
    assert second == []
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_a_key_that_can_be_read_by_its_owner_alone_may_be_write_protected(tmp_path: Path) -> None:
    key = secret_key(load(data_dir=tmp_path))
    (tmp_path / FILE_NAME).chmod(0o400)

    with capture_logs() as logs:
        assert secret_key(load(data_dir=tmp_path)) == key
    assert logs == []
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o400


@pytest.mark.skipif(sys.platform != "linux", reason="a file that not even root can change is Linux's /proc")
def test_a_key_that_cannot_be_closed_to_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).symlink_to("/proc/self/status")

    with pytest.raises(Unavailable, match=r"others .* can read the key in .*; give it mode 600, or set"):
        secret_key(load(data_dir=tmp_path))


@pytest.mark.parametrize("content", [b"", b"\n", b"short\n", b" " * 64, b"k" * 31, b"\xff" * 64])
def test_a_file_without_a_whole_key_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    (tmp_path / FILE_NAME).chmod(0o600)

    with pytest.raises(
        Unavailable, match="holds no key of 32 characters or more: delete the file"
    ) as refused:
        secret_key(load(data_dir=tmp_path))
    assert str(tmp_path / FILE_NAME) in str(refused.value)
    assert "short\n" not in str(refused.value)
    assert (tmp_path / FILE_NAME).read_bytes() == content


def test_a_key_of_ones_own_in_the_file_is_taken_without_its_line_break(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("k" * 32 + "\n")
    (tmp_path / FILE_NAME).chmod(0o600)

    assert secret_key(load(data_dir=tmp_path)) == "k" * 32
