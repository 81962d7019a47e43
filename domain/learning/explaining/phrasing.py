"""What a column says of a segment, in the few words that a name has room for."""

import re
from dataclasses import dataclass

from domain.learning.explaining.wording import number
from domain.terms.wording import spoken, tidy

LADDER = ("fairly", "", "very", "extremely")
COMPARED = ("somewhat", "", "much", "very much")
PLAIN_DEGREE = 1

_YES = frozenset({"yes", "y", "true", "t", "1", "on"})
_NO = frozenset({"no", "n", "false", "f", "0", "off"})
_VAGUE = frozenset({"unknown", "other", "others"})
_ABSENT = frozenset({"missing", "n/a", "na", "null", "not available", "not given", "not specified"})
_UNITS = re.compile(
    r"(?: (?:k|thousands?|millions?|eur|euros?|usd|gbp|chf|dollars?|cents?|kg|g|cm|mm|km|m|l|pct|percent"
    r"|days?|months?|years?|hours?|minutes?|secs?|seconds?))+$",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"[(\[][^)\]]*[)\]]")
_COUNTED = re.compile(r"^(?:number of|num|nb|nr|no of|n|count of|total number of) (?=\w)|(?<=\w) counts?$")
_ELAPSED = re.compile(r"^(?:days?|weeks?|months?|years?|hours?|time) since ")
_DATED = re.compile(r"^(?:date|day|time) (?:of )?|(?: (?:date|day|time|timestamp|at|on|since))+$")
_ASSERTED = re.compile(r"^(?:is|has|had|was|does|have|are) (?=\w)")
_IDENTIFIES = frozenset({"id", "ids", "uuid", "guid", "key", "index", "zip", "zipcode", "postcode", "postal"})
_PER = re.compile(r" per (?:day|week|month|quarter|year|hour|visit|order|session|customer|person)$")
_PREFERRED = re.compile(r"^(?:preferred|favou?rite|preference(?: of| for)?) (?=\w)")
_LENGTHS = frozenset({"tenure", "duration", "length"})
_SIZES = {"length": ("long", "short"), "duration": ("long", "short"), "width": ("wide", "narrow")}
_CALENDAR = frozenset({"day", "weekday", "week", "month", "quarter", "hour"})
_SINGULAR = frozenset({"sales", "access", "business", "status", "progress", "loss", "gross", "stress"})
_NO_DAYS = 10.0
"""Up to here on average a recency may be a score, of which more is better, and not a number of days."""
_PEOPLE = frozenset(
    {"citizen", "customer", "client", "member", "subscriber", "owner", "user", "buyer", "student", "parent",
     "senior", "employee", "visitor", "donor", "homeowner"}
)  # fmt: skip
_SELF_EVIDENT = frozenset(
    {"gender", "sex", "marital", "status", "job", "occupation", "profession", "method", "country", "city",
     "region", "state", "month", "weekday", "season", "name", "type", "category", "segment", "group", "kind"}
)  # fmt: skip
"""What a level of these is of goes without saying: Female, Retired, Bonn."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of a name. One of a number can be said by degrees and by its figure too.

    `usual` is the degree that `text` has. `stem` is put behind the words of `ladder`.
    """

    text: str
    stem: str = ""
    ladder: tuple[str, ...] = ()
    usual: int = PLAIN_DEGREE
    figure: str = ""

    def at(self, degree: int) -> str:
        """Say it by a degree 0..3: "fairly high income", "high income", "very …", "extremely …"."""
        return f"{self.ladder[degree]} {self.stem}".strip()


def number_phrase(
    name: str, high: bool, mean: float, strong: bool = False, overall: float = 0.0
) -> Phrase | None:
    """Say that a number is high or low: "high income", "few orders", "younger"; None of an identifier.

    `mean` is the segment's, `overall` that of all customers.
    """
    subject = _without_unit(name)
    words = subject.split()
    if not words or _IDENTIFIES & {words[-1].lower(), words[0].lower()} or name.rstrip().endswith("#"):
        return None
    ladder, figure = LADDER, f"{subject} about {number(mean, 2)}"
    if subject == "age":
        stem, ladder = "older" if high else "younger", COMPARED
    elif subject == "recency" and overall > _NO_DAYS:
        # "High recency" would be heard as recent.
        stem = "long inactive" if high else "recently active"
    elif _ELAPSED.match(spoken(name)):
        event = _ELAPSED.sub("", spoken(name))
        stem = f"long since {event}" if high else f"recent {event.removeprefix('last ')}"
    elif (rated := _PER.sub("", subject)) != subject and _is_plural(rated):
        stem = f"{'many' if high else 'few'} {subject}"
    elif (counted := _COUNTED.sub("", subject)) != subject or name.lstrip().startswith("#"):
        stem = f"{'many' if high else 'few'} {_plural(counted)}"
    elif words[-1] in _SIZES and len(words) > 1:
        stem = f"{_SIZES[words[-1]][not high]} {_plural(' '.join(words[:-1]))}"
    elif subject in _CALENDAR:
        stem = f"{'late' if high else 'early'} {subject}"
    elif words[-1] in _LENGTHS:
        stem = f"{'long' if high else 'short'} {subject}"
    else:
        stem = f"{'high' if high else 'low'} {subject}"
    return _by_degrees(stem, ladder, strong, figure)


def date_phrase(name: str, late: bool, when: str, strong: bool = False) -> Phrase:
    """Say that a date is late or early: "recent signup", "signed up early"."""
    subject = _DATED.sub("", spoken(name)) or spoken(name)
    if subject.startswith("last ") and not late:
        return _by_degrees(f"long since {subject}", LADDER, strong, f"{subject} about {when}")
    if subject.split()[0].endswith("ed"):
        said = f"{subject} {'recently' if late else 'early'}"
        return Phrase(said, figure=f"{subject} about {when}")
    return _by_degrees(
        f"{'recent' if late else 'early'} {subject.removeprefix('last ')}",
        LADDER,
        strong,
        f"{subject} about {when}",
    )


def flag_phrase(name: str, holds: bool) -> str:
    """Say what a yes or no says: "paperless billing", "no partner", "senior citizens"."""
    subject = _ASSERTED.sub("", _without_unit(name))
    words = subject.split()
    if words[-1].lower() in _PEOPLE:
        subject = _plural(subject)
    return subject if holds else f"no {subject}"


def level_phrase(name: str, level: str) -> str:
    """Say a category: "two year contract", "female", "no internet service", "unknown outcome"."""
    said = _sentence(tidy(level))
    if not said:
        return f"{spoken(name)} empty"
    if said.casefold().strip("()") in _ABSENT:
        return f"no {_without_unit(name)} given"
    if said.casefold() in _YES | _NO:
        return flag_phrase(name, said.casefold() in _YES)
    subject = _without_unit(name)
    words, last = said.casefold().split(), subject.split()[-1].casefold()
    if said.casefold() == "none":
        return f"no {subject}"
    if said.casefold().strip("()") in _VAGUE:
        return f"{said.casefold().strip('()')} {subject}"
    if _PREFERRED.match(subject):
        return f"prefers {said}"
    if words[0] in {"no", "not", "without"} or last in words or subject.casefold() in said.casefold():
        return said
    if len(said) < 3 or not any(letter.isalpha() for letter in said):
        # "Plan B", "size 3": a letter or a number says nothing alone.
        return f"{subject} {said}"
    return said if last in _SELF_EVIDENT else f"{said} {subject}"


def _by_degrees(stem: str, ladder: tuple[str, ...], strong: bool, figure: str) -> Phrase:
    usual = PLAIN_DEGREE + strong
    return Phrase(f"{ladder[usual]} {stem}".strip(), stem, ladder, usual, figure)


def _plural(words: str) -> str:
    return words if words.endswith("s") else f"{words}s"


def _is_plural(words: str) -> bool:
    last = words.rsplit(" ", 1)[-1]
    return last.endswith("s") and not last.endswith("ss") and last not in _SINGULAR


def _without_unit(name: str) -> str:
    """Speak a column's name without its unit: "annual_income_eur" and "Income (EUR)"."""
    bare = spoken(_BRACKETED.sub(" ", name))
    if not any(letter.isalnum() for letter in bare):
        return spoken(name)
    return bare if _PER.search(bare) else _UNITS.sub("", bare) or bare


def _sentence(level: str) -> str:
    """Begin a phrase such as "Two year" in lower case, and leave names such as "New York" as they are."""
    first, *others = level.split(" ")
    if (
        (others or "-" in first)
        and first[1:].islower()
        and all(word[:1].islower() or word[:1] == "(" for word in others)
    ):
        return level[:1].lower() + level[1:]
    return level
