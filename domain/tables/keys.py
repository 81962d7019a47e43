"""Recognises keys, the names and numbers by which systems tell things apart, by their name and shape."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.terms.arrays import Vector

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|#|[^\W\d_]+")

# Words that make a name a key's wherever they stand, ...
_KEY_WORDS = frozenset({"id", "uuid", "guid"})
# ... at the end ("Offer #" is a key, "# of visits" counts), ...
_CODE_ENDINGS = frozenset(
    {"#", "code", "iban", "ssn", "ean", "sku", "zip", "zipcode", "postcode", "plz", "pk"}
)
# ... or at the end of the name of a column whose values all differ, ...
_UNIQUE_ENDINGS = frozenset(
    {
        "key",
        "no",
        "nr",
        "num",
        "number",
        "nummer",
        "email",
        "mail",
        "phone",
        "telephone",
        "mobile",
        "username",
    }
)
# ... or as the whole of it.
_UNIQUE_NAMES = frozenset({"index", "idx", "row", "rownum", "login"})
# What a key is the key of; "customerid" and "account number" are named after these.
_THINGS = (
    "customer|client|user|member|account|order|invoice|person|contact|household|subscriber|company|card|"
    "loyalty|session|device|transaction|product|item|store|shop|branch|policy|contract|ticket|employee|"
    "patient|record|row|kunden|kunde|crm"
)
_THING = re.compile(_THINGS)
_KEY_OF_A_THING = re.compile(rf"(?:{_THINGS})(?:id|no|nr|num|number|nummer|key|code|uuid)")

_LONGEST_KEY = 64
_LONG_NUMBER = 9
_SAMPLE = 10_000
_SHORTEST_SEQUENCE = 10


def words(name: str) -> list[str]:
    """Split a column's name into lower-case words: "customerID No." gives customer, id and no."""
    return [word.lower() for word in _WORD.findall(name)]


def is_named_as_key(name: str) -> bool:
    """Tell whether a column whose values all differ is, by its name, a key."""
    parts = words(name)
    if not parts:
        return False
    whole = "".join(parts)
    is_key = whole in _UNIQUE_NAMES or parts[-1] in _UNIQUE_ENDINGS or _THING.fullmatch(whole) is not None
    return is_key or is_named_as_code(name)


def is_named_as_code(name: str) -> bool:
    """Tell whether a column is, by its name, a key or a code even where values repeat.

    Such numbers name something: a mean of store ids or postcodes means nothing. A
    "number" alone may count something, and is not enough.
    """
    parts = words(name)
    if not parts:
        return False
    endings = ("".join(parts[start:]) for start in range(len(parts)))
    return (
        not _KEY_WORDS.isdisjoint(parts)
        or parts[-1] in _CODE_ENDINGS
        or any(_KEY_OF_A_THING.fullmatch(ending) for ending in endings)
    )


def numbers_look_like_key(ordered: Vector) -> str | None:
    """Say why sorted whole numbers that all differ look like a key; None where they do not."""
    count, low, high = len(ordered), float(ordered[0]), float(ordered[-1])
    if count >= _SHORTEST_SEQUENCE and high - low == count - 1:
        return f"they count from {low:.0f} to {high:.0f} without a gap"
    if low >= 10 ** (_LONG_NUMBER - 1) and len(f"{low:.0f}") == len(f"{high:.0f}"):
        return f"they all have {len(f'{low:.0f}')} digits"
    return None


def text_looks_like_key(text: pa.ChunkedArray) -> str | None:
    """Say why texts that all differ look like a key; None where they do not.

    A key is short, has no white space in it, and mostly has a digit or an @ in it; the
    first ten thousand values stand for all.
    """
    text = text[:_SAMPLE]
    if pc.max(pc.utf8_length(text)).as_py() > _LONGEST_KEY:
        return None
    if pc.any(pc.match_substring_regex(text, r"\S\s+\S")).as_py():
        return None
    marked = np.asarray(pc.match_substring_regex(text, r"[0-9@]")).mean()
    return "they are short codes without blanks" if marked >= 0.9 else None
