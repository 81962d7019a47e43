"""Recognises keys, the names and numbers by which systems tell things apart, by their name and shape."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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

# Words that make a name a category's: small whole numbers under it are codes, not amounts.
_CATEGORY_WORDS = frozenset(
    {
        "type",
        "class",
        "category",
        "kind",
        "group",
        "region",
        "segment",
        "cluster",
        "status",
        "gender",
        "sex",
        "plan",
        "tier",
        "channel",
        "education",
        "marital",
        "occupation",
        "profession",
        "industry",
        "zone",
        "department",
        "branch",
        "brand",
        "language",
        "country",
        "state",
        "province",
        "district",
        "weekday",
        "flag",
        "race",
        "ethnicity",
        "religion",
        "typ",
        "klasse",
        "kategorie",
        "gruppe",
        "geschlecht",
    }
)

_LONGEST_KEY = 64
_LONG_NUMBER = 9
_SHORTEST_SEQUENCE = 10
_MOSTLY = 0.9
_HALF = 0.5

# An amount, be it with a currency or a percent sign, a date or a time of day: text only for the
# sake of a few other cells of its column. Leading zeros and very long numbers are codes.
_MEASURE = (
    r"^\W{0,3}([A-Z]{3})?(0|[1-9]\d{0,14})([.,']\d+)*\W{0,2}([A-Z]{3})?$"
    r"|^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}$|^\d{1,2}:\d{2}(:\d{2})?$"
)
_WORDS_OF_PROSE = 4


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


def is_named_as_category(name: str) -> bool:
    """Tell whether a column is, by its name, a category, of which whole numbers are codes."""
    return not _CATEGORY_WORDS.isdisjoint(words(name))


def numbers_look_like_key(low: float, high: float, count: int) -> str | None:
    """Say why `count` whole numbers that all differ look like a key; None where they do not."""
    if count >= _SHORTEST_SEQUENCE and high - low == count - 1:
        return f"they count from {low:.0f} to {high:.0f} without a gap"
    if low >= 10 ** (_LONG_NUMBER - 1) and len(f"{low:.0f}") == len(f"{high:.0f}"):
        return f"they all have {len(f'{low:.0f}')} digits"
    return None


def text_looks_like_key(sample: pa.StringArray) -> str | None:
    """Say why texts that all differ look like a key; None where they do not.

    A key is short, has no white space in it, and mostly has a digit or an @ in it.
    """
    return "they are short codes without blanks" if _code_share(sample) >= _MOSTLY else None


def text_looks_like_code(sample: pa.StringArray) -> bool:
    """Tell whether texts that repeat are codes all the same, such as 00012 or C-4711."""
    if _code_share(sample) < _MOSTLY:
        return False
    digits = np.asarray(pc.match_substring_regex(sample, r"^[A-Za-z]{0,5}[-_./]?\d+([-_./]?[A-Za-z0-9]+)*$"))
    return bool(digits.mean() >= _MOSTLY)


def text_looks_like_prose(sample: pa.StringArray) -> bool:
    """Tell whether texts are of four words or more, on average."""
    return bool(pc.mean(pc.count_substring_regex(sample, r"\S+")).as_py() >= _WORDS_OF_PROSE)


def _code_share(sample: pa.StringArray) -> float:
    """Give the share of texts with a digit or an @; 0 for long texts, several words, and measures."""
    if pc.max(pc.utf8_length(sample)).as_py() > _LONGEST_KEY:
        return 0.0
    if pc.any(pc.match_substring_regex(sample, r"\S\s+\S")).as_py():
        return 0.0
    if np.asarray(pc.match_substring_regex(sample, _MEASURE)).mean() >= _HALF:
        return 0.0
    return float(np.asarray(pc.match_substring_regex(sample, r"[0-9@]")).mean())
