"""README.md and .env.example tell the settings as the code has them."""

import subprocess
import sys
from pathlib import Path

from domain.settings import PREFIX, Settings
from tests.settings_pages import MACHINE_DEPENDENT, env_example, settings_table, with_settings_table

CHECKOUT = Path(__file__).resolve().parent.parent
REFRESH = "the code's settings and their pages differ: run `make docs`"


def test_env_example_lists_the_settings_as_they_are() -> None:
    assert (CHECKOUT / ".env.example").read_text(encoding="utf-8") == env_example(), REFRESH


def test_the_readme_lists_the_settings_as_they_are() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    assert settings_table() in readme, REFRESH
    assert with_settings_table(readme) == readme, REFRESH


def test_env_example_uncommented_changes_nothing(tmp_path: Path) -> None:
    written = tmp_path / "env"
    uncommented = env_example().replace(f"# {PREFIX}", PREFIX)
    kept = [line for line in uncommented.splitlines() if "=" in line and not line.startswith("#")]
    written.write_text("\n".join(line for line in kept if _setting(line) not in MACHINE_DEPENDENT))
    assert len(kept) == len(Settings.model_fields)
    assert Settings(_env_file=written) == Settings(_env_file=None)


def _setting(line: str) -> str:
    return line.partition("=")[0].removeprefix(PREFIX).lower()


def test_the_pages_of_the_settings_are_the_same_on_every_machine() -> None:
    elsewhere = (
        "import os; os.cpu_count = lambda: 77\n"
        "from tests.settings_pages import env_example, settings_table\n"
        "print(env_example() + settings_table(), end='')"
    )
    told = subprocess.run(
        [sys.executable, "-c", elsewhere], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert told.stdout == env_example() + settings_table()
