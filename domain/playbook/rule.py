"""One rule of a playbook as TOML has it, and the checks that name rule and key when they fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar, overload

from domain.errors import Invalid

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Rule:
    """A table of TOML with the name by which a mistake in it is told. Every method raises Invalid."""

    name: str
    table_of_keys: Mapping[str, Any]

    def wrong(self, key: str, what: str) -> Invalid:
        """Make the error that names this rule and a key of it."""
        return Invalid(f"In {self.name[:200]}, {key[:100]!r} {what}.")

    def only(self, *keys: str) -> None:
        """Refuse keys that nobody reads: most are misspelt."""
        for key in self.table_of_keys:
            if key not in keys:
                raise self.wrong(key, f"is not a key of this rule; there are {', '.join(keys)}")

    def text(self, key: str, longest: int) -> str:
        """Read a text that must be there, of at most so many characters."""
        value = self.table_of_keys.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, f"must be a text that is not empty, not {_shown(value)}")
        if len(value) > longest:
            raise self.wrong(key, f"has {len(value):,} characters: {longest:,} at most")
        return value

    def texts(self, key: str) -> list[str]:
        """Read a list of texts; none where the key is left out."""
        value = self.table_of_keys.get(key, [])
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise self.wrong(key, f"must be a list of texts, not {_shown(value)}")
        return value

    def choice(self, key: str, choices: type[Choice]) -> Choice:
        """Read one of the values of an enum."""
        value = self.table_of_keys.get(key)
        try:
            return choices(str(value))
        except ValueError:
            raise self.wrong(key, f"must be one of {', '.join(choices)}, not {_shown(value)}") from None

    @overload
    def number(self, key: str, default: float, *, least: float, most: float) -> float: ...
    @overload
    def number(self, key: str, default: None, *, least: float, most: float) -> float | None: ...
    def number(self, key: str, default: float | None, *, least: float, most: float) -> float | None:
        """Read a number between `least` and `most`, both included."""
        value = self.table_of_keys.get(key, default)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise self.wrong(key, f"must be a number from {least:g} to {most:g}, not {_shown(value)}")
        return float(value)

    def table(self, key: str) -> dict[str, dict[str, Any]]:
        """Read a table of tables; an empty one where the key is left out."""
        value = self.table_of_keys.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(part, dict) for part in value.values()):
            raise self.wrong(key, "must be a table of tables")
        return value

    def part(self, key: str) -> "Rule":
        """Read a table inside this one; an empty one where the key is left out."""
        value = self.table_of_keys.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, f"must be a table, not {_shown(value)}")
        return Rule(f"{self.name}, {key}", value)

    def rules(self, key: str) -> list["Rule"]:
        """Read a list of tables; none where the key is left out."""
        value = self.table_of_keys.get(key, [])
        if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
            raise self.wrong(key, "must be a list of tables")
        # The document's own rules go by their kind, as their ids are yet to be read.
        name = key if self.name == "the playbook" else f"{self.name}, {key}"
        return [Rule(name, part) for part in value]


def _shown(value: Any) -> str:
    told = repr(value)
    return told if len(told) <= 100 else f"{told[:99]}…"
