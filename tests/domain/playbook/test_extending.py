"""A playbook on top of the shipped one, and one that stands alone."""

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import Invalid, TooLarge
from domain.playbook.advising import advise
from domain.playbook.extending import MOST_PHRASES, MOST_RULES
from domain.playbook.naming import meaning_of
from domain.playbook.playbook import Ground, Playbook
from domain.playbook.reader import MOST_BYTES, extended, joined, shipped
from domain.terms.segments import Characteristic, SegmentFindings


def play(key: str = "own", meaning: str = "spend", *more: str) -> str:
    lines = [
        "[[play]]",
        f'id = "{key}"',
        'kind = "REWARD"',
        'title = "Our own title"',
        'action = "Do our own thing for “{segment}”."',
        'channel = "Post"',
        'measure = "Answers within a month."',
        'priority = "HIGH"',
        f'when = [{{ meaning = "{meaning}", direction = "high" }}]',
        *more,
    ]
    return "\n".join(lines) + "\n"


def fallback(ground: str, key: str = "own-fallback") -> str:
    text = play(key).replace("[[play]]", "[[fallback]]").replace("thing", "fall-back")
    return text[: text.index("when")] + f'on = "{ground}"\n'


def segment(*traits: tuple[str, float]) -> SegmentFindings:
    found = tuple(Characteristic("", column, None, 2.0, 1.0, effect) for column, effect in traits)
    return SegmentFindings(0, "S", "#000000", None, 10, 0.2, (), found, None, None, None)


def ids(book: Playbook) -> list[str]:
    return [one.move.id for one in book.plays]


def made(book: Playbook, *traits: tuple[str, float]) -> list[str]:
    return [one.play for one in advise(book, [segment(*traits)])]


def test_nothing_extends_nothing() -> None:
    assert extended(None) is shipped()


def test_a_new_play_is_added_to_the_shipped_ones() -> None:
    assert ids(extended(play())) == [*ids(shipped()), "own"]
    assert made(extended(play()), ("total spend", 0.8)) == ["own", "offer-the-next-tier"]


def test_a_play_of_a_shipped_id_replaces_it() -> None:
    book = extended(play("offer-the-next-tier"))
    assert sorted(ids(book)) == sorted(ids(shipped()))
    (only,) = advise(book, [segment(("total spend", 0.8))])
    assert (only.play, only.title) == ("offer-the-next-tier", "Our own title")


def test_a_disabled_play_is_not_made_and_may_still_be_named() -> None:
    """Shipped plays, and own ones, name it in instead_of."""
    book = extended(
        'disabled = ["offer-the-next-tier"]\n' + play("own", "age", 'instead_of = ["offer-the-next-tier"]')
    )
    assert "offer-the-next-tier" not in ids(book)
    assert made(book, ("total spend", 0.8)) == ["ask-about-a-number"]


def test_a_meaning_of_a_shipped_name_is_extended() -> None:
    book = extended('[meanings.spend]\nwords = ["umsatz"]\nexcept = ["plan"]\n')
    assert made(book, ("Umsatz 2024", 0.8)) == ["offer-the-next-tier"]
    assert made(book, ("total spend", 0.8)) == ["offer-the-next-tier"]
    assert made(book, ("spend plan", 0.8)) != ["offer-the-next-tier"]
    assert made(shipped(), ("Umsatz 2024", 0.8)) == ["ask-about-a-number"]


def test_a_phrase_belongs_to_the_meaning_that_it_was_put_under() -> None:
    book = extended('[meanings.engagement]\nwords = ["spending score"]\n')
    assert meaning_of("Spending Score", shipped().meanings, is_date=False) == "spend"
    assert meaning_of("Spending Score", book.meanings, is_date=False) == "engagement"
    assert meaning_of("spending", book.meanings, is_date=False) == "spend"


def test_a_new_meaning_wins_over_equally_long_phrases() -> None:
    book = extended('[meanings.club]\nwords = ["club"]\n' + play("own", "club"))
    assert meaning_of("club orders", shipped().meanings, is_date=False) == "frequency"
    assert meaning_of("club orders", book.meanings, is_date=False) == "club"


def test_a_fall_back_comes_before_the_shipped_ones() -> None:
    assert made(extended(fallback("number")), ("foo", 0.8)) == ["own-fallback"]
    assert made(extended(fallback("number")), ("total spend", -0.2)) == ["own-fallback"]


def test_alone_only_its_own_plays_are_made_with_the_shipped_meanings_and_fall_backs() -> None:
    book = extended(play(), alone=True)
    assert ids(book) == ["own"]
    assert made(book, ("total spend", 0.8)) == ["own"]
    assert made(book, ("churn risk", 0.8)) == ["ask-about-a-number"]
    assert made(book) == ["keep-the-middle-in-the-programme"]


def test_one_playbook_is_put_on_another_and_that_on_the_shipped_one() -> None:
    server = extended(play("servers"))
    book = extended('disabled = ["servers"]\n' + play("clients"), server)
    assert ids(book) == [*ids(shipped()), "clients"]


def test_texts_that_are_joined_are_read_one_by_one() -> None:
    book = extended(joined([play("one"), 'disabled = ["add-a-second-product"]', play("two")]))
    assert ids(book)[-2:] == ["one", "two"]
    assert "add-a-second-product" not in ids(book)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "The playbook is empty"),
        ("# only a remark", "The playbook is empty"),
        ('disabled = ["no-such-play"]', "In the playbook, 'disabled' names 'no-such-play'"),
        ('disabled = "all"', "In the playbook, 'disabled' must be a list of texts, not 'all'"),
        ("extends = true", "In the playbook, 'extends' is not a key"),
        (play() + play(), "In play 'own', 'id' is taken by another rule"),
        (play("fill-the-gap"), "In play 'fill-the-gap', 'id' is taken by another rule"),
        (fallback("number", "add-a-second-product"), "In fallback 'add-a-second-product', 'id' is taken"),
        (play("own", "spand"), "In play 'own', 'meaning' is 'spand'"),
        (
            play("own", "age", 'instead_of = ["no-such-play"]'),
            "In play 'own', 'instead_of' names 'no-such-play'",
        ),
        (
            play("own", "age", 'instead_of = ["ask-about-a-date"]'),
            "In play 'own', 'instead_of' names 'ask-about-a-date', which is not another play",
        ),
        (
            play("one", "age", 'instead_of = ["two"]') + play("two", "age", 'instead_of = ["one"]'),
            "In play 'one', 'instead_of' names 'two', which is there instead of this one in turn",
        ),
        (
            # The shipped "win-a-larger-share-of-wallet" is there instead of "show-the-upper-range".
            play("show-the-upper-range", "age", 'instead_of = ["own"]')
            + play("own", "age", 'instead_of = ["win-a-larger-share-of-wallet"]'),
            "instead of this one in turn: neither would be recommended",
        ),
        (
            play().replace('"high"', f'"high", categories = ["{"x" * 201}"]'),
            "In play 'own', when, 'categories' has a text of more than 200 characters",
        ),
        (
            'disabled = ["ask-about-a-date"]',
            "The playbook needs a fallback on = 'date' without a share: it must always fit",
        ),
        (
            play().replace("when = [", "when = [" + '{ meaning = "age", direction = "low" }, ' * 10),
            "'when' has 11",
        ),
        (
            "\n".join(play(f"own-{number}") for number in range(MOST_RULES + 1)),
            "has 201 plays and fallbacks: 200",
        ),
        (
            f"[meanings.x]\nwords = {['a'] * (MOST_PHRASES + 1)}",
            "has 2,001 words, dates and categories: 2,000",
        ),
        ("a = " + "[" * 100_000, "The playbook is nested too deeply"),
        ("a = " + "9" * 5_000, "has a number with thousands of digits"),
        ("a" + ".a" * 60_000 + " = 1", "The playbook has more than 100 dots in line 1"),
        ("a = nan\n" + play(), "In the playbook, 'a' is not a key"),
        (
            play("own", "spend", "share = { at_least = nan }"),
            "'at_least' must be a number from 0 to 1, not nan",
        ),
    ],
)
def test_a_mistake_in_an_extension_is_told(text: str, told: str) -> None:
    with pytest.raises(Invalid) as caught:
        extended(text)
    assert told in caught.value.message
    assert len(caught.value.message) < 500


def test_a_text_that_is_too_large_is_refused() -> None:
    with pytest.raises(TooLarge, match="262,145 bytes: 262,144 at most"):
        extended("#" * (MOST_BYTES + 1))


def test_a_long_wrong_value_is_told_by_its_beginning() -> None:
    with pytest.raises(Invalid) as caught:
        extended(play().replace('"HIGH"', '"' + "x" * 100_000 + '"'))
    assert "'priority' must be one of HIGH, MEDIUM, LOW, not 'xxx" in caught.value.message
    assert len(caught.value.message) < 300


def test_the_example_in_the_documentation_is_a_playbook() -> None:
    documented = (Path(__file__).parents[3] / "docs" / "playbook.md").read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", documented, re.DOTALL)
    book = extended(example)
    assert made(book, ("Dog count", 0.9), ("tenure", -0.6)) == ["food-for-new-dogs"]
    counts = f"{len(shipped().plays)} plays and {len(shipped().fallbacks)} fall-backs"
    assert counts in documented


@pytest.mark.parametrize("ground", list(Ground))
def test_no_case_can_be_left_without_a_fall_back(ground: Ground) -> None:
    always = [one.move.id for one in shipped().fallbacks if one.on is ground]
    with pytest.raises(Invalid, match=f"needs a fallback on = '{ground}' without a share"):
        extended(f"disabled = {always}")
    assert extended(f"disabled = {always}\n{fallback(ground)}").fallbacks[0].on is ground


def test_the_largest_playbook_is_held_against_many_segments_within_seconds() -> None:
    phrases = [f"word{number} of{number}" for number in range(MOST_PHRASES - 10)]
    text = f"[meanings.many]\nwords = {phrases}\n" + "\n".join(
        play(f"own-{number}", "many") for number in range(MOST_RULES)
    )
    columns = [(f"column {number} word{number} of{number}", 1.0) for number in range(100)]
    start = time.process_time()
    book = extended(text)
    assert len(advise(book, [segment(*columns)] * 10)) >= 10
    assert time.process_time() - start < 10


def test_many_conditions_on_long_categories_are_held_against_many_segments_at_once() -> None:
    """A category may have a hundred thousand characters, and is not split for each condition anew."""
    condition = '{ meaning = "spend", direction = "high", categories = ["a b"] }'
    text = "\n".join(
        play(f"own-{number}").split("when")[0] + f"when = [{', '.join([condition] * 10)}]"
        for number in range(MOST_RULES)
    )
    book = extended(text)
    long = [f"{number} " + "aB1 " * 25_000 for number in range(8)]
    traits = tuple(Characteristic("", f"spend {number}", long[number], 0.9, 0.1, 1.8) for number in range(8))
    start = time.process_time()
    found = advise(book, [replace(segment(), characteristics=traits)] * 15)
    assert {one.play for one in found} == {"speak-to-a-common-category"}
    assert max(len(one.rationale) for one in found) < 400
    assert time.process_time() - start < 5
