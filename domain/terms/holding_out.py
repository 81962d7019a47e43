"""Who is left alone by a campaign, so that what it brings can be measured."""

from hashlib import sha256

from domain.terms.exports import Holdout

LARGEST_SHARE = 0.5
"""The largest share of customers that is held out."""

HOLDOUT, TARGET = "holdout", "target"


def is_held_out(key: str, holdout: Holdout) -> bool:
    """Tell whether a customer is held out, by its key alone: see `Holdout`."""
    digest = sha256(f"{holdout.salt}:{key}".encode()).digest()
    # Both sides by 2^64, which costs the share no digit; Python compares whole numbers exactly.
    return int.from_bytes(digest[:8], "big") < holdout.share * 2**64


def group_of(key: str, holdout: Holdout) -> str:
    """Name the group that a customer is in."""
    return HOLDOUT if is_held_out(key, holdout) else TARGET
