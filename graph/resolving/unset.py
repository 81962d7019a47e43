"""Inputs that are left out."""

from typing import Any

import strawberry


def given(value: Any) -> Any:
    """Read an optional input: null means left out, as leaving it out does."""
    return None if value is strawberry.UNSET else value
