"""What one TOML text of a playbook says: its rules, each checked by itself."""

import string
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.errors import Invalid
from domain.playbook.naming import LONGEST_PHRASE, words
from domain.playbook.playbook import (
    DEFAULT_EFFECT,
    Condition,
    Direction,
    Fallback,
    Ground,
    Meaning,
    Move,
    Phrase,
    Play,
    Span,
    Threshold,
)
from domain.playbook.rule import Rule
from domain.terms.recommendations import Priority, RecommendationKind

MOST_CONDITIONS = 10
LONGEST_ID = 100
LONGEST_TEXT = 1_000
MOST_DOTS = 100
"""In a line. The time of tomllib grows with the square of a key's parts: a minute for some ten thousand."""

_MOVE_KEYS = (
    "id",
    "kind",
    "title",
    "action",
    "channel",
    "measure",
    "priority",
    "share",
    "raise_from",
    "lower_below",
)

# What the strongest characteristic has to offer to the texts of a fall-back.
_PLACES: Mapping[Ground | None, frozenset[str]] = {
    None: frozenset({"segment"}),
    Ground.NUMBER: frozenset({"segment", "column", "level"}),
    Ground.DATE: frozenset({"segment", "column", "level"}),
    Ground.MORE_OF_A_CATEGORY: frozenset({"segment", "column", "category"}),
    Ground.LESS_OF_A_CATEGORY: frozenset({"segment", "column", "category"}),
    Ground.UNKNOWN: frozenset({"segment", "column", "category"}),
    Ground.NOTHING: frozenset({"segment"}),
}


@dataclass(frozen=True, slots=True)
class Document:
    """The rules of one text; `disabled` are ids of rules that it switches off elsewhere."""

    meanings: tuple[Meaning, ...]
    plays: tuple[Play, ...]
    fallbacks: tuple[Fallback, ...]
    disabled: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing at all."""
        return not (self.meanings or self.plays or self.fallbacks or self.disabled)


def read(text: str) -> Document:
    """Read one TOML text.

    Raises Invalid with the line where it is not TOML, with the rule and the key where a
    rule is wrong, and what would be right.
    """
    top = Rule("the playbook", _parsed(text))
    top.only("meanings", "play", "fallback", "disabled")
    meanings = top.table("meanings").items()
    return Document(
        tuple(_meaning(name, Rule(f"meaning {name!r}", table)) for name, table in meanings),
        tuple(_play(_named(rule)) for rule in top.rules("play")),
        tuple(_fallback(_named(rule)) for rule in top.rules("fallback")),
        tuple(top.texts("disabled")),
    )


def _parsed(text: str) -> dict[str, Any]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > MOST_DOTS:
            raise Invalid(f"The playbook has more than {MOST_DOTS} dots in line {number}: shorten it.")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"The playbook is not TOML: {error}.") from None
    except ValueError:
        raise Invalid("The playbook has a number with thousands of digits: write a shorter one.") from None
    except RecursionError:
        raise Invalid("The playbook is nested too deeply: its rules need lists of tables, no more.") from None


def _named(rule: Rule) -> Rule:
    told = rule.text("id", LONGEST_ID)
    if not told.isprintable():
        raise rule.wrong("id", f"has something that cannot be printed: {told!r}")
    return Rule(f"{rule.name} {told!r}", rule.table_of_keys)


def _meaning(name: str, rule: Rule) -> Meaning:
    rule.only("words", "dates", "except")
    excepted = frozenset(word for phrase in _phrases(rule, "except") for word in phrase)
    return Meaning(name, _phrases(rule, "words"), _phrases(rule, "dates"), excepted)


def _phrases(rule: Rule, key: str) -> tuple[Phrase, ...]:
    texts = rule.texts(key)
    if any(len(text) > LONGEST_PHRASE for text in texts):
        raise rule.wrong(key, f"has a text of more than {LONGEST_PHRASE} characters")
    phrases = tuple(words(text) for text in texts)
    if not all(phrases):
        raise rule.wrong(key, "has a text without a word in it")
    return phrases


def _play(rule: Rule) -> Play:
    rule.only(*_MOVE_KEYS, "when", "instead_of")
    conditions = tuple(_condition(part) for part in rule.rules("when"))
    if not conditions:
        raise rule.wrong(
            "when", "needs one condition or more, such as { meaning = 'spend', direction = 'high' }"
        )
    if len(conditions) > MOST_CONDITIONS:
        raise rule.wrong("when", f"has {len(conditions)} conditions: {MOST_CONDITIONS} at most")
    return Play(_move(rule, None), conditions, tuple(rule.texts("instead_of")))


def _condition(rule: Rule) -> Condition:
    rule.only("meaning", "direction", "effect", "categories")
    return Condition(
        rule.text("meaning", LONGEST_ID),
        rule.choice("direction", Direction),
        rule.number("effect", DEFAULT_EFFECT, least=0.0, most=10.0),
        frozenset(_phrases(rule, "categories")),
    )


def _fallback(rule: Rule) -> Fallback:
    rule.only(*_MOVE_KEYS, "on")
    ground = rule.choice("on", Ground)
    return Fallback(_move(rule, ground), ground)


def _move(rule: Rule, ground: Ground | None) -> Move:
    places = _PLACES[ground]
    return Move(
        id=rule.text("id", LONGEST_ID),
        kind=rule.choice("kind", RecommendationKind),
        title=_template(rule, "title", places),
        action=_template(rule, "action", places, needed="segment"),
        channel=_template(rule, "channel", places),
        measure=_template(rule, "measure", places),
        priority=rule.choice("priority", Priority),
        share=_span(rule.part("share")),
        raise_from=_threshold(rule.part("raise_from")),
        lower_below=_threshold(rule.part("lower_below")),
    )


def _template(rule: Rule, key: str, places: frozenset[str], needed: str | None = None) -> str:
    text = rule.text(key, LONGEST_TEXT)
    if not text.isprintable():
        raise rule.wrong(key, "must be on one line, of what can be printed")
    try:
        found = [
            (name, spec, how) for _, name, spec, how in string.Formatter().parse(text) if name is not None
        ]
    except ValueError as error:
        raise rule.wrong(key, f"has a brace too many or too few ({error})") from None
    for name, spec, how in found:
        if name not in places or spec or how:
            raise rule.wrong(key, f"has {{{name}}}; it may have {_listed(places)}")
    if needed is not None and needed not in {name for name, _, _ in found}:
        raise rule.wrong(key, f"must have {{{needed}}}")
    return text


def _listed(places: Iterable[str]) -> str:
    return ", ".join(f"{{{place}}}" for place in sorted(places))


def _span(rule: Rule) -> Span:
    rule.only("at_least", "at_most")
    least = rule.number("at_least", 0.0, least=0.0, most=1.0)
    return Span(least, rule.number("at_most", 1.0, least=least, most=1.0))


def _threshold(rule: Rule) -> Threshold:
    rule.only("share", "effect")
    return Threshold(
        rule.number("share", None, least=0.0, most=1.0), rule.number("effect", None, least=0.0, most=10.0)
    )
