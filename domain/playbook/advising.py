"""What to do about each segment: the plays of a playbook that its characteristics call for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.playbook.naming import meaning_of, said, words
from domain.playbook.phrasing import column_name, evidence_sentence, level, quotable, size_sentence
from domain.playbook.playbook import Condition, Direction, Fallback, Ground, Move, Phrase, Play, Playbook
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.recommendations import SEGMENT_PLACE, Advice, Priority
from domain.terms.segments import Characteristic, SegmentFindings

MOST = 4

_ORDER = (Priority.HIGH, Priority.MEDIUM, Priority.LOW)
_YES = frozenset({("yes",), ("true",), ("y",), ("t",), ("1",)})
_NO = frozenset({("no",), ("false",), ("n",), ("f",), ("0",)})

_UNKNOWN = frozenset(
    words(text)
    for text in ("unknown", "missing", "not available", "n/a", "na", "nan", "null", "?", "unspecified")
)


def advise(
    playbook: Playbook, segments: Sequence[SegmentFindings], columns: Sequence[RoleOverride] = ()
) -> tuple[Advice, ...]:
    """Recommend one to four moves for each segment, best first; of each kind the best play only.

    `columns` tells which columns are dates. The name of the segment stands in the
    texts as SEGMENT_PLACE. A play is recommended only where characteristics meet
    all of its conditions. A fall-back goes by the strongest characteristic where no
    play does, or by the size of a segment that has none.
    """
    dates = frozenset(column.name for column in columns if column.role is ColumnRole.DATETIME)
    named = {one.column for segment in segments for one in segment.characteristics}
    about = {name: meaning_of(name, playbook.meanings, is_date=name in dates) for name in named}
    # Split once, for all the conditions that ask for it.
    values = {one.category for segment in segments for one in segment.characteristics}
    spelt = {value: said(value) for value in values if value is not None}
    return tuple(
        advice for segment in segments for advice in _Case(playbook, segment, dates, about, spelt).advice()
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A move that fits, the characteristics that call for it, and its priority for this segment."""

    move: Move
    evidence: tuple[Characteristic, ...]
    priority: Priority
    instead_of: tuple[str, ...] = ()

    @property
    def effect(self) -> float:
        """How far the weakest of the evidence lies from all customers."""
        return min((abs(one.effect) for one in self.evidence), default=0.0)

    @property
    def rank(self) -> tuple[int, int, float]:
        """Urgent first, then what more characteristics call for, then the stronger."""
        return _ORDER.index(self.priority), -len(self.evidence), -self.effect


@dataclass(frozen=True, slots=True)
class _Case:
    """One segment in the light of a playbook."""

    playbook: Playbook
    segment: SegmentFindings
    dates: frozenset[str]
    about: Mapping[str, str | None]
    spelt: Mapping[str, Phrase | None]

    def advice(self) -> Iterator[Advice]:
        for found in self._chosen():
            yield Advice(
                segment_index=self.segment.index,
                play=found.move.id,
                kind=found.move.kind,
                title=self._worded(found.move.title, found.evidence),
                action=self._worded(found.move.action, found.evidence),
                rationale=self._rationale(found.evidence),
                priority=found.priority,
                channel=self._worded(found.move.channel, found.evidence),
                measure=self._worded(found.move.measure, found.evidence),
                figures=found.evidence,
            )

    def _chosen(self) -> list[_Found]:
        chosen, fallback = _best(list(self._plays())), self._fallback()
        told = {one for found in chosen for one in found.evidence}
        # What sets the segment apart the most is spoken of, even when no play knows what it is.
        if not chosen or (len(chosen) < MOST and not told.issuperset(fallback.evidence)):
            chosen.append(fallback)
        return sorted(chosen, key=lambda found: found.rank)

    def _plays(self) -> Iterator[_Found]:
        for play in self.playbook.plays:
            evidence = self._evidence(play)
            if evidence and _within(play.move, self.segment.share):
                yield self._found(play.move, evidence, play.instead_of)

    def _evidence(self, play: Play) -> tuple[Characteristic, ...]:
        """Find the strongest characteristic for each condition; none at all where one is not met."""
        met = [[one for one in self.segment.characteristics if self._meets(one, part)] for part in play.when]
        if not all(met):
            return ()
        strongest = (max(candidates, key=lambda one: abs(one.effect)) for candidates in met)
        return tuple(dict.fromkeys(strongest))

    def _meets(self, one: Characteristic, condition: Condition) -> bool:
        if (
            self.about[one.column] != condition.meaning
            or abs(one.effect) < condition.effect
            or not one.effect
        ):
            return False
        return self._direction(one, condition) is condition.direction

    def _direction(self, one: Characteristic, condition: Condition) -> Direction | None:
        """Say on which side a characteristic lies, as the condition counts; None where it does not count."""
        more = one.effect > 0
        if one.category is None:
            # An early date is much time since.
            is_date = one.column in self.dates
            return None if condition.categories else _side(more is not is_date)
        if condition.categories:
            return _side(more) if self._says(one, condition.categories) else None
        if self._says(one, _YES):
            return _side(more)
        return _side(not more) if self._says(one, _NO) else None

    def _says(self, one: Characteristic, phrases: frozenset[Phrase]) -> bool:
        return one.category is not None and self.spelt[one.category] in phrases

    def _is_unknown(self, one: Characteristic) -> bool:
        return self._says(one, _UNKNOWN)

    def _fallback(self) -> _Found:
        known = [one for one in self.segment.characteristics if one.effect and not self._is_unknown(one)]
        gaps = [one for one in self.segment.characteristics if one.effect > 0 and self._is_unknown(one)]
        strongest = max(known or gaps, key=lambda one: abs(one.effect), default=None)
        if strongest is None:
            return self._first(Ground.NOTHING, ())
        return self._first(self._ground(strongest), (strongest,))

    def _ground(self, strongest: Characteristic) -> Ground:
        if self._is_unknown(strongest):
            return Ground.UNKNOWN
        if strongest.category is not None:
            return Ground.MORE_OF_A_CATEGORY if strongest.effect > 0 else Ground.LESS_OF_A_CATEGORY
        return Ground.DATE if strongest.column in self.dates else Ground.NUMBER

    def _first(self, ground: Ground, evidence: tuple[Characteristic, ...]) -> _Found:
        fitting: Iterator[Fallback] = (
            fallback
            for fallback in self.playbook.fallbacks
            if fallback.on is ground and _within(fallback.move, self.segment.share)
        )
        return self._found(next(fitting).move, evidence)

    def _found(
        self, move: Move, evidence: tuple[Characteristic, ...], instead_of: tuple[str, ...] = ()
    ) -> _Found:
        found = _Found(move, evidence, move.priority, instead_of)
        return _Found(move, evidence, _priority(move, self.segment.share, found.effect), instead_of)

    def _worded(self, template: str, evidence: tuple[Characteristic, ...]) -> str:
        if not evidence:
            return template.format(segment=SEGMENT_PLACE)
        first = evidence[0]
        return template.format(
            segment=SEGMENT_PLACE,
            column=column_name(first.column),
            level=level(first, is_date=first.column in self.dates),
            category=quotable(first.category or ""),
        )

    def _rationale(self, evidence: tuple[Characteristic, ...]) -> str:
        told = [evidence_sentence(one, is_date=one.column in self.dates) for one in evidence]
        nothing = "No column sets it apart from all customers by much."
        return " ".join([size_sentence(self.segment), *(told or [nothing])])


def _side(high: bool) -> Direction:
    return Direction.HIGH if high else Direction.LOW


def _best(found: list[_Found]) -> list[_Found]:
    superfluous = {other for one in found for other in one.instead_of}
    kept: list[_Found] = []
    for one in sorted(found, key=lambda one: (*one.rank, one.move.id)):
        if one.move.id not in superfluous and all(one.move.kind is not other.move.kind for other in kept):
            kept.append(one)
    return kept[:MOST]


def _within(move: Move, share: float) -> bool:
    return move.share.at_least <= share <= move.share.at_most


def _priority(move: Move, share: float, effect: float) -> Priority:
    raised, lowered = move.raise_from, move.lower_below
    step = _ORDER.index(move.priority)
    step -= _reached(share, raised.share) or _reached(effect, raised.effect)
    step += _missed(share, lowered.share) or _missed(effect, lowered.effect)
    return _ORDER[min(max(step, 0), len(_ORDER) - 1)]


def _reached(value: float, threshold: float | None) -> bool:
    return threshold is not None and value >= threshold


def _missed(value: float, threshold: float | None) -> bool:
    return threshold is not None and value < threshold
