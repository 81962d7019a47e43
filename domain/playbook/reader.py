"""Reads a playbook from TOML and checks every rule of it."""

import string
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from domain.errors import Invalid
from domain.playbook.naming import words
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
    Playbook,
    Span,
    Threshold,
)
from domain.playbook.rule import Rule
from domain.terms.recommendations import Priority, RecommendationKind

_MOVE_KEYS = ("id", "kind", "title", "action", "priority", "share", "raise_from", "lower_below")

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


@cache
def shipped() -> Playbook:
    """Read the playbook that comes with the project."""
    folder = files("domain.playbook")
    texts = [folder.joinpath("meanings.toml").read_text("utf-8")]
    plays = sorted(folder.joinpath("plays").iterdir(), key=lambda entry: entry.name)
    return read([*texts, *(entry.read_text("utf-8") for entry in plays if entry.name.endswith(".toml"))])


def read(texts: Iterable[str]) -> Playbook:
    """Read a playbook from the texts of its TOML files.

    Raises Invalid with the rule and the key that are wrong, and what would be right.
    """
    meanings: dict[str, Meaning] = {}
    plays: list[Play] = []
    fallbacks: list[Fallback] = []
    for text in texts:
        document = Rule("the playbook", _parsed(text))
        document.only("meanings", "play", "fallback")
        for name, table in document.table("meanings").items():
            meanings[name] = _meaning(name, Rule(f"meaning {name!r}", table))
        plays += [_play(_named(rule)) for rule in document.rules("play")]
        fallbacks += [_fallback(_named(rule)) for rule in document.rules("fallback")]
    _check(meanings, plays, fallbacks)
    return Playbook(meanings, tuple(plays), tuple(fallbacks))


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"The playbook is not TOML: {error}.") from None


def _named(rule: Rule) -> Rule:
    return Rule(f"{rule.name} {rule.text('id')!r}", rule.table_of_keys)


def _meaning(name: str, rule: Rule) -> Meaning:
    rule.only("words", "dates", "except")
    excepted = frozenset(word for phrase in _phrases(rule, "except") for word in phrase)
    return Meaning(name, _phrases(rule, "words"), _phrases(rule, "dates"), excepted)


def _phrases(rule: Rule, key: str) -> tuple[Phrase, ...]:
    phrases = tuple(words(text) for text in rule.texts(key))
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
    return Play(_move(rule, None), conditions, tuple(rule.texts("instead_of")))


def _condition(rule: Rule) -> Condition:
    rule.only("meaning", "direction", "effect", "categories")
    return Condition(
        rule.text("meaning"),
        rule.choice("direction", Direction),
        rule.number("effect", DEFAULT_EFFECT, least=0.0, most=10.0),
        _phrases(rule, "categories"),
    )


def _fallback(rule: Rule) -> Fallback:
    rule.only(*_MOVE_KEYS, "on")
    ground = rule.choice("on", Ground)
    return Fallback(_move(rule, ground), ground)


def _move(rule: Rule, ground: Ground | None) -> Move:
    return Move(
        rule.text("id"),
        rule.choice("kind", RecommendationKind),
        _template(rule, "title", _PLACES[ground]),
        _template(rule, "action", _PLACES[ground], needed="segment"),
        rule.choice("priority", Priority),
        _span(rule.part("share")),
        _threshold(rule.part("raise_from")),
        _threshold(rule.part("lower_below")),
    )


def _template(rule: Rule, key: str, places: frozenset[str], needed: str | None = None) -> str:
    text = rule.text(key)
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


def _check(meanings: Mapping[str, Meaning], plays: Sequence[Play], fallbacks: Sequence[Fallback]) -> None:
    ids = [play.move.id for play in plays] + [fallback.move.id for fallback in fallbacks]
    for play in plays:
        rule = Rule(f"play {play.move.id!r}", {})
        if ids.count(play.move.id) > 1:
            raise rule.wrong("id", "is taken by another rule")
        for condition in play.when:
            if condition.meaning not in meanings:
                raise rule.wrong(
                    "meaning", f"is {condition.meaning!r}, which no [meanings.{condition.meaning}] explains"
                )
        for other in play.instead_of:
            if other not in ids or other == play.move.id:
                raise rule.wrong("instead_of", f"names {other!r}, which is not another rule")
    for ground in Ground:
        if not any(fallback.on is ground and fallback.move.share == Span() for fallback in fallbacks):
            raise Invalid(
                f"The playbook needs a fallback on = {ground.value!r} without a share: it must always fit."
            )
