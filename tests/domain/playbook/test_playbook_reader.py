"""Reading a playbook."""

import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from domain.errors import Invalid
from domain.playbook.playbook import Condition, Direction, Ground, Span, Threshold
from domain.playbook.reader import read, shipped
from domain.terms.recommendations import Priority, RecommendationKind

MEANINGS = '[meanings.spend]\nwords = ["spend", "monthly charges"]\n'
PLAY = """
[[play]]
id = "p"
kind = "UPSELL"
title = "A title"
action = "Offer “{segment}” more."
channel = "E-mail"
measure = "Orders within a month."
priority = "HIGH"
when = [{ meaning = "spend", direction = "high" }]
"""
FALLBACKS = "".join(
    f'[[fallback]]\nid = "f-{ground}"\non = "{ground}"\nkind = "RESEARCH"\ntitle = "T"\n'
    'action = "Ask “{segment}”."\nchannel = "Phone"\nmeasure = "Answers."\npriority = "LOW"\n'
    for ground in Ground
)


def test_a_playbook_is_read_as_it_stands() -> None:
    book = read([MEANINGS, PLAY + "share = { at_most = 0.1 }\nraise_from = { effect = 1.5 }\n", FALLBACKS])
    (play,) = book.plays
    assert book.meanings["spend"].words == (("spend",), ("monthly", "charge"))
    assert play.when == (Condition("spend", Direction.HIGH, 0.5),)
    assert (play.move.kind, play.move.priority) == (RecommendationKind.UPSELL, Priority.HIGH)
    assert play.move.share == Span(0.0, 0.1)
    assert play.move.raise_from == Threshold(None, 1.5)
    assert len(book.fallbacks) == len(Ground)


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ('id = "p"', "", ["play", "'id'"]),
        ('kind = "UPSELL"', 'kind = "SELL"', ["play 'p'", "'kind'", "UPSELL", "SELL"]),
        ('title = "A title"', 'title = ""', ["play 'p'", "'title'"]),
        ('title = "A title"', 'title = "{column}"', ["play 'p'", "'title'", "{column}"]),
        ('title = "A title"', 'title = "{segment!r}"', ["play 'p'", "'title'", "{segment}"]),
        ("“{segment}”", "them", ["play 'p'", "'action'", "{segment}"]),
        ("“{segment}”", "{segment", ["play 'p'", "'action'", "brace"]),
        ("“{segment}”", "“{segment}” {nobody}", ["play 'p'", "'action'", "{nobody}"]),
        ('channel = "E-mail"', "", ["play 'p'", "'channel'", "text"]),
        ('channel = "E-mail"', 'channel = "{column}"', ["play 'p'", "'channel'", "{column}"]),
        ('measure = "Orders within a month."', "measure = 3", ["play 'p'", "'measure'", "text", "3"]),
        ("Orders within a month.", "{category}", ["play 'p'", "'measure'", "{category}"]),
        ("Orders within a month.", "x" * 1_001, ["play 'p'", "'measure'", "1,001 characters: 1,000"]),
        ("Orders within a month.", "one\\ntwo", ["play 'p'", "'measure'", "one line"]),
        ('id = "p"', f'id = "{"p" * 101}"', ["play", "'id'", "101 characters: 100"]),
        ('id = "p"', 'id = "p\\u0000"', ["play", "'id'", "printed"]),
        ('priority = "HIGH"', "priority = 1", ["play 'p'", "'priority'", "HIGH, MEDIUM, LOW"]),
        ('priority = "HIGH"', 'priority = "HIGH"\ncolour = "red"', ["play 'p'", "'colour'", "not a key"]),
        (
            'priority = "HIGH"',
            'priority = "HIGH"\nshare = { at_most = 2 }',
            ["play 'p', share", "'at_most'", "0 to 1"],
        ),
        ('priority = "HIGH"', 'priority = "HIGH"\nshare = 0.2', ["play 'p'", "'share'", "table"]),
        (
            'priority = "HIGH"',
            'priority = "HIGH"\nshare = { at_least = 0.5, at_most = 0.2 }',
            ["play 'p', share", "'at_most'", "0.5 to 1"],
        ),
        (
            'priority = "HIGH"',
            'priority = "HIGH"\nraise_from = { size = 3 }',
            ["play 'p', raise_from", "'size'"],
        ),
        ('priority = "HIGH"', 'priority = "HIGH"\ninstead_of = ["q"]', ["play 'p'", "'instead_of'", "'q'"]),
        ('priority = "HIGH"', 'priority = "HIGH"\ninstead_of = "q"', ["play 'p'", "'instead_of'", "list"]),
        ('direction = "high"', 'direction = "up"', ["play 'p', when", "'direction'", "high, low"]),
        ('direction = "high"', 'direction = "high", effect = true', ["play 'p', when", "'effect'", "True"]),
        ('direction = "high"', 'direction = "high", categories = ["-"]', ["play 'p', when", "'categories'"]),
        ('meaning = "spend"', 'meaning = "spand"', ["play 'p'", "'meaning'", "spand"]),
        ('[{ meaning = "spend", direction = "high" }]', "[]", ["play 'p'", "'when'", "condition"]),
        ('[{ meaning = "spend", direction = "high" }]', '["spend"]', ["play 'p'", "'when'", "tables"]),
    ],
)
def test_a_mistake_is_told_with_rule_and_key(right: str, wrong: str, told: list[str]) -> None:
    assert right in PLAY
    with pytest.raises(Invalid) as caught:
        read([MEANINGS, PLAY.replace(right, wrong), FALLBACKS])
    for part in told:
        assert part in caught.value.message


def test_a_mistake_in_a_meaning_is_told() -> None:
    with pytest.raises(Invalid, match=r"In meaning 'spend', 'words' must be a list of texts, not 'spend'\."):
        read(['[meanings.spend]\nwords = "spend"\n', PLAY, FALLBACKS])


def test_two_plays_of_one_id_are_refused() -> None:
    with pytest.raises(Invalid, match=r"In play 'p', 'id' is taken by another rule\."):
        read([MEANINGS, PLAY, PLAY, FALLBACKS])


def test_what_is_not_toml_is_refused_with_the_place() -> None:
    with pytest.raises(Invalid, match=r"The playbook is not TOML: .*at line 2, column 6"):
        read(["[[play]]\nid = ?"])


def test_a_fall_back_may_only_speak_of_what_it_has() -> None:
    wrong = FALLBACKS.replace(
        'on = "nothing"\nkind = "RESEARCH"\ntitle = "T"',
        'on = "nothing"\nkind = "RESEARCH"\ntitle = "{column}"',
    )
    with pytest.raises(
        Invalid, match=r"In fallback 'f-nothing', 'title' has \{column\}; it may have \{segment\}\."
    ):
        read([MEANINGS, PLAY, wrong])


@pytest.mark.parametrize("ground", list(Ground))
def test_a_playbook_without_a_fall_back_for_every_case_is_refused(ground: Ground) -> None:
    lacking = FALLBACKS.replace(f'id = "f-{ground}"', f'id = "f-{ground}"\nshare = {{ at_most = 0.5 }}')
    with pytest.raises(Invalid, match=f"fallback on = '{ground}' without a share"):
        read([MEANINGS, PLAY, lacking])


def test_the_shipped_playbook_has_a_play_of_every_kind() -> None:
    book = shipped()
    assert len(book.plays) == 49
    assert {play.move.kind for play in book.plays} == set(RecommendationKind)


def test_the_shipped_rules_are_in_the_wheel(tmp_path: Path) -> None:
    checkout = Path(__file__).parents[3]
    (wheel,) = WheelBuilder(str(checkout)).build(directory=str(tmp_path), versions=["standard"])
    names = zipfile.ZipFile(wheel).namelist()
    for file in (checkout / "domain" / "playbook").rglob("*.toml"):
        assert file.relative_to(checkout).as_posix() in names
