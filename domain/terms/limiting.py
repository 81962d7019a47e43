"""How often something may be done."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Limit(StrEnum):
    """What is counted: operations, the values they ask for, uploads, and sign-ins that fail."""

    REQUESTS = "REQUESTS"
    COST = "COST"
    UPLOADS = "UPLOADS"
    SIGN_INS = "SIGN_INS"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a limit until `reset_at`, when all of it, `total`, is there again."""

    limit: Limit
    total: int
    remaining: int
    reset_at: datetime
