"""What a run says of categories that only an erased person had, said without them.

It goes by the column and the category that a term names, never by words in a text: a category
may be called "7", "and", or like a column, and is in every sentence then.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, count, pairwise
from typing import Any, TypeAlias

from domain.models import Recommendation, Segment
from domain.playbook.phrasing import evidence_sentence, quotable
from domain.terms.personal_data import ERASED
from domain.terms.segments import Characteristic, SegmentRule
from domain.terms.wording import shorten, tidy

UNSAID = "What this said is not told any more, because somebody was erased."
"""What an advice says instead where it quoted such a category."""

TOLD_IN_NAMES = 0.3
"""A generated name says no category that a smaller share of the segment has."""

Gone: TypeAlias = Mapping[str, str]
"""Names of columns, and of each the category that only the erased person had."""

_LONGEST_LEVEL = 100
"""So much of a category is told of a segment."""

_TOKEN = re.compile(r"""(?P<name>"(?:[^"]|"")*")|(?P<text>'(?:[^']|'')*')|[^"']+""")
_COMPARED = frozenset({"=", "<>"})


def forget_in_segment(segment: Segment, gone: Gone, taken: Iterable[str]) -> list[str]:
    """Have a segment say nothing of what is gone, and name the fields that changed.

    A name that people gave it stays; `taken` are those of all segments of the run.
    """
    before = segment.characteristics
    after = tuple(characteristic(one, gone) for one in before)
    changed = []
    if after != before:
        segment.characteristics = after
        changed.append("characteristics")
    if segment.rule is not None and rests_on(segment.rule, gone):
        segment.rule = None
        changed.append("rule")
    if any(may_be_in_name(one) for one in before if quotes(one, gone)):
        changed += _name_plainly(segment, taken)
    return changed


def forget_in_advice(advice: Recommendation, gone: Gone, of_segment: Sequence[Characteristic]) -> list[str]:
    """Have an advice say nothing of what is gone, and name the fields that changed.

    `of_segment` are the characteristics of its segment, as they were: an advice from before
    figures were noted may rest on any.
    """
    figures = of_segment if advice.figures is None else advice.figures
    resting = [one for one in figures if quotes(one, gone)]
    told: dict[str, Any] = {
        name: _unsaid(getattr(advice, name), resting) for name in ("title", "action", "channel", "measure")
    }
    told["rationale"] = _rationale(advice.rationale, resting, gone)
    if advice.figures is not None:
        told["figures"] = tuple(characteristic(one, gone) for one in advice.figures)
    changed = [name for name, value in told.items() if value != getattr(advice, name)]
    for name in changed:
        setattr(advice, name, told[name])
    return changed


def quotes(one: Characteristic, gone: Gone) -> bool:
    """Tell whether a characteristic is about a category that is gone."""
    return one.category is not None and gone.get(one.column) == one.category


def characteristic(one: Characteristic, gone: Gone) -> Characteristic:
    """Say a characteristic without its category, where that is gone."""
    if not quotes(one, gone):
        return one
    head = f"{tidy(one.column)} is "
    figures = one.text.removeprefix(f"{head}{shorten(tidy(one.category or ''), _LONGEST_LEVEL)} for ")
    # A text that began otherwise is no sentence of ours, and its figures can't be told from the rest.
    text = f"{head}{ERASED}" if figures == one.text else f"{head}{ERASED} for {figures}"
    return replace(one, category=ERASED, text=text)


def rests_on(rule: SegmentRule, gone: Gone) -> bool:
    """Tell whether a rule compares a column with a category that is gone.

    What such a rule would say without it is another rule, with figures that nobody knows.
    """
    return any(gone.get(column) == category for column, category in _comparisons(rule.sql))


def feature(title: str, gone: Gone) -> str:
    """Title a feature of a picture without its category, where that is gone."""
    told = {f"{column}: {category}": column for column, category in gone.items()}
    return f"{told[title]}: {ERASED}" if title in told else title


def may_be_in_name(one: Characteristic) -> bool:
    """Tell whether a generated name may say a characteristic of a category."""
    return one.effect > 0 and one.segment_value >= TOLD_IN_NAMES


def _name_plainly(segment: Segment, taken: Iterable[str]) -> list[str]:
    """Name a segment by its number; with a further one where another has that name."""
    was_generated = segment.name == segment.generated_name
    others = set(taken) - ({segment.name} if was_generated else set())
    plain = f"Segment {segment.index + 1}"
    numbered = (f"{plain} ({number})" for number in count(2))
    segment.generated_name = next(name for name in chain([plain], numbered) if name not in others)
    if not was_generated:
        return ["generated_name"]
    # Both: a name that differs from the generated one counts as given by a person.
    segment.name = segment.generated_name
    return ["name", "generated_name"]


def _comparisons(sql: str) -> Iterator[tuple[str, str]]:
    """List the columns of a condition that are compared with a text, and the text."""
    tokens = list(_TOKEN.finditer(sql))
    for (name, operator), (_, text) in pairwise(pairwise(tokens)):
        if name["name"] and operator[0].strip() in _COMPARED and text["text"]:
            yield name[0][1:-1].replace('""', '"'), text[0][1:-1].replace("''", "'")


def _rationale(text: str, resting: Sequence[Characteristic], gone: Gone) -> str:
    for one in resting:
        sentence = evidence_sentence(one, is_date=False)
        if sentence not in text:
            return _unsaid(text, [one]) or UNSAID
        text = text.replace(sentence, evidence_sentence(characteristic(one, gone), is_date=False))
    return text


def _unsaid(text: str | None, resting: Sequence[Characteristic]) -> str | None:
    """Put UNSAID in place of a text that has one of the categories, be it by chance.

    A playbook may put a category anywhere into its words, so nobody can tell.
    """
    return UNSAID if text and any(quotable(one.category or "") in text for one in resting) else text
