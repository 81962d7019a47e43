"""The key is made once, for its owner alone, and all processes have the same."""

import subprocess
import sys
from pathlib import Path

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
