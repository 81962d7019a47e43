"""One playbook on top of another: what is added, replaced, and switched off."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from typing import TypeVar

from domain.errors import Invalid
from domain.playbook.documents import Document
from domain.playbook.playbook import Fallback, Ground, Meaning, Phrase, Play, Playbook, Span
from domain.playbook.rule import Rule

T = TypeVar("T")

MOST_RULES = 200
MOST_PHRASES = 2_000

EMPTY = Playbook({}, (), ())
"""What a playbook that extends nothing extends."""


def extended(base: Playbook, documents: Sequence[Document], *, alone: bool = False) -> Playbook:
    """Put the rules of some documents on top of a playbook.

    A play or fall-back replaces the one that has its id, fall-backs come before those
    of the base, a meaning of the same name is extended. `alone`: without the plays of
    the base, but with its meanings and fall-backs. Raises Invalid with the rule and the key.
    """
    plays, fallbacks = _all(one.plays for one in documents), _all(one.fallbacks for one in documents)
    disabled = _all(one.disabled for one in documents)
    own = _ids(plays, fallbacks)
    _check_ids(base, plays, fallbacks)
    _check_disabled(base, disabled)
    gone = {*own, *disabled}
    made = Playbook(
        _meanings(base.meanings, _all(one.meanings for one in documents)),
        (*(() if alone else (play for play in base.plays if play.move.id not in gone)), *plays),
        (*fallbacks, *(fallback for fallback in base.fallbacks if fallback.move.id not in gone)),
    )
    _check_names(made.meanings, plays, {*_ids(plays, ()), *_ids(base.plays, ())})
    _check_circles(made.plays, plays)
    _check_fallbacks(made.fallbacks)
    return made


def check_amount(documents: Sequence[Document]) -> None:
    """Raise Invalid for more rules or phrases than segments can be held against in a moment, or none."""
    if all(document.is_empty for document in documents):
        raise Invalid(
            "The playbook is empty: give it a [[play]], a [[fallback]], a [meanings.NAME], or disabled."
        )
    rules = sum(len(document.plays) + len(document.fallbacks) for document in documents)
    if rules > MOST_RULES:
        raise Invalid(f"The playbook has {rules:,} plays and fallbacks: {MOST_RULES:,} at most.")
    phrases = sum(_phrase_count(document) for document in documents)
    if phrases > MOST_PHRASES:
        raise Invalid(f"The playbook has {phrases:,} words, dates and categories: {MOST_PHRASES:,} at most.")


def _phrase_count(document: Document) -> int:
    listed = sum(len(one.words) + len(one.dates) for one in document.meanings)
    return listed + sum(len(part.categories) for play in document.plays for part in play.when)


def _all(parts: Iterable[Sequence[T]]) -> tuple[T, ...]:
    return tuple(chain.from_iterable(parts))


def _ids(plays: Iterable[Play], fallbacks: Iterable[Fallback]) -> list[str]:
    return [*(play.move.id for play in plays), *(fallback.move.id for fallback in fallbacks)]


def _meanings(base: Mapping[str, Meaning], own: Sequence[Meaning]) -> dict[str, Meaning]:
    """Extend meanings of the same name; new ones come first, so that they win over equally long phrases.

    A phrase that is put under one meaning is taken away from the others.
    """
    added: dict[str, Meaning] = {}
    for one in own:
        added[one.name] = _joined(added[one.name], one) if one.name in added else one
    spoken = {phrase for one in own for phrase in one.words}
    dated = {phrase for one in own for phrase in one.dates}
    made = {name: one for name, one in added.items() if name not in base}
    for name, one in base.items():
        rest = replace(one, words=_without(one.words, spoken), dates=_without(one.dates, dated))
        made[name] = _joined(added[name], rest) if name in added else rest
    return made


def _joined(one: Meaning, other: Meaning) -> Meaning:
    return Meaning(
        one.name,
        tuple(dict.fromkeys((*one.words, *other.words))),
        tuple(dict.fromkeys((*one.dates, *other.dates))),
        one.excepted | other.excepted,
    )


def _without(phrases: tuple[Phrase, ...], taken: set[Phrase]) -> tuple[Phrase, ...]:
    return tuple(phrase for phrase in phrases if phrase not in taken)


def _check_ids(base: Playbook, plays: Sequence[Play], fallbacks: Sequence[Fallback]) -> None:
    count = Counter(_ids(plays, fallbacks))
    # A play may stand in for a play, and a fall-back for a fall-back, not one for the other.
    not_of_play, not_of_fallback = set(_ids((), base.fallbacks)), set(_ids(base.plays, ()))
    for play in plays:
        if count[play.move.id] > 1 or play.move.id in not_of_play:
            raise _of("play", play).wrong("id", "is taken by another rule")
    for fallback in fallbacks:
        if count[fallback.move.id] > 1 or fallback.move.id in not_of_fallback:
            raise _of("fallback", fallback).wrong("id", "is taken by another rule")


def _check_disabled(base: Playbook, disabled: Iterable[str]) -> None:
    known = set(_ids(base.plays, base.fallbacks))
    for told in disabled:
        if told not in known:
            raise Rule("the playbook", {}).wrong(
                "disabled", f"names {told[:100]!r}, which is no rule of the playbook that this one extends"
            )


def _check_names(meanings: Mapping[str, Meaning], plays: Iterable[Play], ids: set[str]) -> None:
    for play in plays:
        rule = _of("play", play)
        for condition in play.when:
            if condition.meaning not in meanings:
                raise rule.wrong(
                    "meaning", f"is {condition.meaning!r}, which no table [meanings.NAME] explains"
                )
        for other in play.instead_of:
            if other not in ids or other == play.move.id:
                raise rule.wrong("instead_of", f"names {other[:100]!r}, which is not another play")


def _check_circles(every: Sequence[Play], plays: Iterable[Play]) -> None:
    """Refuse plays that stand in for one another: where all of them fit, all would vanish."""
    try:
        TopologicalSorter({play.move.id: play.instead_of for play in every}).prepare()
    except CycleError as circle:
        # The base has none of itself: one of these plays is in it.
        around = circle.args[1]
        play = next(play for play in plays if play.move.id in around)
        raise _of("play", play).wrong("instead_of", _circle(play, around)) from None


def _circle(play: Play, around: Sequence[str]) -> str:
    other = next(one for one in play.instead_of if one in around)
    return f"names {other!r}, which is there instead of this one in turn: neither would be recommended"


def _check_fallbacks(fallbacks: Sequence[Fallback]) -> None:
    for ground in Ground:
        if not any(fallback.on is ground and fallback.move.share == Span() for fallback in fallbacks):
            raise Invalid(
                f"The playbook needs a fallback on = {ground.value!r} without a share: it must always fit."
            )


def _of(kind: str, rule: Play | Fallback) -> Rule:
    return Rule(f"{kind} {rule.move.id!r}", {})
