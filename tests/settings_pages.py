"""The settings as README.md and .env.example tell them, written from the code: `make docs`."""

from pathlib import Path

from pydantic.fields import FieldInfo

from domain.settings import PREFIX, Settings

CHECKOUT = Path(__file__).resolve().parent.parent
BEGIN = "<!-- settings: written by `make docs` -->\n"
END = "<!-- end of settings -->\n"

# What a default comes to differs from machine to machine, so it is told in words.
MACHINE_DEPENDENT = {"training_workers": "CPUs less one"}

ENV_HEADER = f"""\
# Every setting, with its default. Copy this file to .env and uncomment what you change;
# a variable of the environment wins over a line of .env. Written by `make docs`.
# All names begin with {PREFIX}.
"""


def env_example() -> str:
    """Write .env.example: each setting commented out, its meaning above it."""
    return "\n".join([ENV_HEADER, *(_env_entry(*field) for field in Settings.model_fields.items())])


def settings_table() -> str:
    """Write the README's table: name without the prefix, default, meaning."""
    rows = [_row(*field) for field in Settings.model_fields.items()]
    return "\n".join(["| Name | Default | Meaning |", "|---|---|---|", *rows]) + "\n"


def with_settings_table(readme: str) -> str:
    """Put the table between its two marks."""
    head, _, rest = readme.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{settings_table()}\n{END}{tail}"


def _env_entry(name: str, field: FieldInfo) -> str:
    value = "" if name in MACHINE_DEPENDENT else _default(field)
    return f"# {field.description}\n# {PREFIX}{name.upper()}={value}\n"


def _row(name: str, field: FieldInfo) -> str:
    default = MACHINE_DEPENDENT.get(name) or (f"`{value}`" if (value := _default(field)) else "")
    return f"| `{name.upper()}` | {default} | {field.description} |"


def _default(field: FieldInfo) -> str:
    """Write a default as the environment would hold it."""
    if isinstance(field.default, tuple):
        return ",".join(field.default)
    return f"{field.default:g}" if isinstance(field.default, float) else str(field.default)


def main() -> None:
    """Bring both files up to the code."""
    (CHECKOUT / ".env.example").write_text(env_example(), encoding="utf-8")
    readme = CHECKOUT / "README.md"
    readme.write_text(with_settings_table(readme.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
