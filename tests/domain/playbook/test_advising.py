"""What is recommended to whom."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.playbook.advising import MOST, advise
from domain.playbook.playbook import Condition, Direction, Ground, Move, Play, Playbook
from domain.playbook.reader import shipped
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.recommendations import SEGMENT_PLACE, Advice, Priority
from domain.terms.segments import Characteristic, SegmentFindings

BOOK = shipped()
MOVES = [play.move for play in BOOK.plays] + [fallback.move for fallback in BOOK.fallbacks]


def findings(*traits: Characteristic, share: float = 0.23, index: int = 0) -> SegmentFindings:
    return SegmentFindings(
        index, "Loyal", "#6883ff", None, max(1, round(5000 * share)), share, (), traits, None, None, None
    )


def trait(column: str, effect: float, category: str | None = None) -> Characteristic:
    here, there = (80.0, 50.0) if effect > 0 else (50.0, 80.0)
    if category is not None:
        here, there = here / 100, there / 100
    return Characteristic("", column, category, here, there, effect)


def column_of(meaning: str) -> str:
    """Make a column name of a meaning that no other meaning claims."""
    return " ".join(BOOK.meanings[meaning].words[0])


def meets(condition: Condition, sign: int = 1) -> Characteristic:
    """Make a characteristic that meets a condition by a hair, or with sign -1 its opposite."""
    side = 1 if condition.direction is Direction.HIGH else -1
    category = " ".join(min(condition.categories)) if condition.categories else None
    return trait(column_of(condition.meaning), sign * side * max(condition.effect, 0.01), category)


def ids(advice: tuple[Advice, ...]) -> list[str]:
    plays = {play.move.id for play in BOOK.plays}
    return [one.play for one in advice if one.play in plays]


def alone(play: Play) -> Playbook:
    """Give a playbook with this one play."""
    return replace(BOOK, plays=(replace(play, instead_of=()),))


@pytest.mark.parametrize("play", BOOK.plays, ids=lambda play: play.move.id)
def test_a_shipped_play_is_recommended_to_the_segment_it_is_for(play: Play) -> None:
    share = min(0.23, play.move.share.at_most)
    segment = findings(*(meets(condition) for condition in play.when), share=share)
    assert play.move.id in ids(advise(alone(play), [segment]))
    assert play.move.id in ids(advise(BOOK, [segment]))


@pytest.mark.parametrize("play", BOOK.plays, ids=lambda play: play.move.id)
def test_a_shipped_play_is_not_recommended_to_the_opposite(play: Play) -> None:
    opposite = findings(*(meets(condition, -1) for condition in play.when), share=0.05)
    assert play.move.id not in ids(advise(BOOK, [opposite]))


@pytest.mark.parametrize("play", BOOK.plays, ids=lambda play: play.move.id)
def test_a_shipped_play_needs_each_of_its_conditions(play: Play) -> None:
    for missing in range(len(play.when)):
        rest = [meets(condition) for number, condition in enumerate(play.when) if number != missing]
        assert play.move.id not in ids(advise(BOOK, [findings(*rest, share=0.05)]))


@pytest.mark.parametrize("play", BOOK.plays, ids=lambda play: play.move.id)
def test_a_shipped_play_leaves_weaker_effects_alone(play: Play) -> None:
    weak = [replace(one, effect=one.effect * 0.99) for one in map(meets, play.when)]
    assert play.move.id not in ids(advise(BOOK, [findings(*weak, share=0.05)]))


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.id)
def test_the_texts_of_a_shipped_rule_are_sentences(move: Move) -> None:
    assert re.fullmatch(r"[A-Z][^.!]*[^.\s]", move.title)
    assert re.fullmatch(r"[A-Z].*“\{segment\}”.*\.", move.action)
    assert re.fullmatch(r"[A-Z].*[^.\s]", move.channel)
    assert re.fullmatch(r"[A-Z].*\.", move.measure)
    assert not any("  " in text for text in (move.title, move.action, move.channel, move.measure))


def test_no_two_shipped_rules_have_one_title() -> None:
    titles = [move.title for move in MOVES]
    assert len(set(titles)) == len(titles)


def test_loyal_big_spenders_of_a_telephone_company_are_rewarded_and_renewed() -> None:
    segment = findings(
        Characteristic("", "MonthlyCharges", None, 89.94, 64.76, 0.8372),
        Characteristic("", "tenure", None, 57.1, 32.4, 1.0),
        Characteristic("", "Contract", "Two year", 0.68, 0.24, 0.91),
    )
    advice = advise(BOOK, [segment])
    assert [(one.kind, one.priority) for one in advice] == [
        ("REWARD", "HIGH"),
        ("RETAIN", "MEDIUM"),
        ("UPSELL", "MEDIUM"),
    ]
    assert advice[0] == Advice(
        segment_index=0,
        play="reward-loyal-spenders",
        kind=advice[0].kind,
        title="Thank the loyal big spenders",
        action="Thank “{segment}” with a benefit that grows with every year they stay, "
        "and announce it in a signed letter.",
        rationale="The segment has 1,150 customers, 23 % of all in a segment. "
        "Its average for monthly charges is 89.9, against 64.8 for all customers, "
        "0.837 standard deviations higher. "
        "Its average for tenure is 57.1, against 32.4 for all customers, 1 standard deviation higher.",
        priority=Priority.HIGH,
        channel="Signed letter",
        measure="Share of them still active after a year, and revenue per customer.",
        figures=segment.characteristics[:2],
    )


def test_a_better_play_makes_the_simpler_one_superfluous() -> None:
    lapsed = findings(trait("recency", 1.0), trait("total spend", 1.0))
    assert ids(advise(BOOK, [lapsed])) == ["win-back-lapsed-big-spenders"]
    assert ids(advise(BOOK, [findings(trait("recency", 1.0))])) == ["wake-the-quiet-ones"]


def test_of_each_kind_only_the_best_is_recommended() -> None:
    segment = findings(trait("churn risk", 0.6), trait("nps", -0.9), trait("support calls", 0.8))
    assert ids(advise(BOOK, [segment])) == ["win-back-their-goodwill"]


def test_an_early_date_counts_as_long_ago() -> None:
    dates = [RoleOverride("last_purchase_date", ColumnRole.DATETIME)]
    early, late = (findings(trait("last_purchase_date", effect)) for effect in (-1.0, 1.0))
    assert ids(advise(BOOK, [early], dates)) == ["wake-the-quiet-ones"]
    assert ids(advise(BOOK, [late], dates)) == []
    assert advise(BOOK, [late], dates)[0].title == "Find out what happened then: last purchase date"


def test_yes_and_no_count_as_high_and_low() -> None:
    assert ids(advise(BOOK, [findings(trait("Complain", 0.8, "Yes"))])) == ["solve-what-they-complain-about"]
    assert ids(advise(BOOK, [findings(trait("Complain", -0.8, "no"))])) == ["solve-what-they-complain-about"]
    assert ids(advise(BOOK, [findings(trait("Complain", 0.8, "No"))])) == []
    assert ids(advise(BOOK, [findings(trait("Complain", 0.8, "perhaps"))])) == []


def test_share_and_effect_move_the_priority() -> None:
    def priority(share: float, effect: float) -> Priority:
        (only,) = advise(BOOK, [findings(trait("returns", effect), share=share)])
        return only.priority

    assert (priority(0.2, 0.9), priority(0.2, 1.0)) == (Priority.MEDIUM, Priority.HIGH)
    quiet = [
        advise(BOOK, [findings(trait("recency", 0.9), share=share)])[0] for share in (0.01, 0.02, 0.29, 0.3)
    ]
    assert [one.priority for one in quiet] == ["LOW", "MEDIUM", "MEDIUM", "HIGH"]


def test_only_a_small_segment_is_treated_as_key_accounts() -> None:
    def advised(share: float) -> list[str]:
        return ids(advise(BOOK, [findings(trait("spend", 1.2), share=share)]))

    assert "treat-the-few-as-key-accounts" in advised(0.1)
    assert "treat-the-few-as-key-accounts" not in advised(0.11)


@pytest.mark.parametrize(
    ("strongest", "title", "named"),
    [
        (trait("FooBar", 0.7), "Build on what sets them apart: foo bar", "the high figures for foo bar"),
        (trait("FooBar", -0.7), "Build on what sets them apart: foo bar", "the low figures for foo bar"),
        (trait("Colour", 0.7, "Red"), "Speak to what they share: colour", "with “Red” under colour,"),
        (
            trait("Colour", -0.7, "Red"),
            "Find out what they choose instead: colour",
            "“Red” under colour is rare",
        ),
    ],
)
def test_a_segment_no_play_is_for_is_advised_by_its_strongest_characteristic(
    strongest: Characteristic, title: str, named: str
) -> None:
    (only,) = advise(BOOK, [findings(trait("other", 0.4), strongest, trait("third", -0.3))])
    assert only.title == title
    assert named in only.action


def test_the_strongest_characteristic_is_spoken_of_beside_the_plays() -> None:
    advice = advise(BOOK, [findings(trait("PhoneService", 2.5, "No"), trait("nps", -0.8))])
    assert [one.title for one in advice] == [
        "Win back their goodwill",
        "Speak to what they share: phone service",
    ]


def test_what_is_unknown_is_a_gap_and_no_characteristic() -> None:
    gap, other = trait("poutcome", 0.9, "Unknown"), trait("colour", 0.6, "Red")
    assert [one.title for one in advise(BOOK, [findings(gap, other)])] == ["Speak to what they share: colour"]
    assert [one.title for one in advise(BOOK, [findings(gap)])] == ["Fill the gap: poutcome"]
    rare = findings(trait("poutcome", -0.9, "(missing)"))
    assert [one.title for one in advise(BOOK, [rare])] == ["Keep them in the standard programme"]


def test_a_segment_that_nothing_sets_apart_is_advised_by_its_size() -> None:
    small, large, most = advise(BOOK, [findings(share=share) for share in (0.05, 0.3, 0.6)])
    assert (small.kind, small.priority) == ("RESEARCH", "LOW")
    assert (large.kind, large.priority) == ("NURTURE", "LOW")
    assert (most.kind, most.priority) == ("NURTURE", "MEDIUM")
    assert large.rationale == (
        "The segment has 1,500 customers, 30 % of all in a segment. "
        "No column sets it apart from all customers by much."
    )


def test_a_segment_that_is_everybody_is_told_that_nothing_divides_them_yet() -> None:
    (only,) = advise(BOOK, [findings(share=1.0)])
    assert (only.play, only.figures) == ("find-what-tells-them-apart", ())
    assert only.rationale.startswith("The segment has 5,000 customers, 100 % of all in a segment.")
    (nearly,) = advise(BOOK, [findings(share=0.99)])
    assert nearly.play == "keep-the-middle-in-the-programme"


def test_advice_brings_the_figures_that_it_rests_on_and_no_others() -> None:
    low, other = trait("nps", -0.8), trait("colour", 0.4, "Red")
    asked, spoken = advise(BOOK, [findings(low, trait("FooBar", 0.9), other)])
    assert (asked.play, asked.figures) == ("win-back-their-goodwill", (low,))
    assert (spoken.play, spoken.figures) == ("ask-about-a-number", (trait("FooBar", 0.9),))


def test_channel_and_measure_speak_of_the_strongest_characteristic_too() -> None:
    (only,) = advise(BOOK, [findings(trait("favourite_colour", 0.7, "Red"))])
    assert only.channel == "E-mail"
    assert only.measure == "Response rate of the variant for “Red”, against the usual campaign."


def test_keen_buyers_of_small_means_are_not_sold_dearer_goods() -> None:
    keen = findings(trait("annual income", -1.0), trait("spending score", 1.2))
    assert ids(advise(BOOK, [keen])) == ["keep-keen-buyers-within-their-means"]


def test_what_is_owed_is_no_balance_to_invest() -> None:
    assert ids(advise(BOOK, [findings(trait("credit card balance", 1.2))])) == []
    assert ids(advise(BOOK, [findings(trait("account balance", 1.2))])) == ["put-savings-to-work"]


def test_every_case_has_a_fall_back() -> None:
    assert {fallback.on for fallback in BOOK.fallbacks} == set(Ground)


def test_braces_in_the_data_stay_as_they_are() -> None:
    (only,) = advise(BOOK, [findings(trait("colour", 0.7, "{0} {nobody}"))])
    assert "“{0} {nobody}” under colour" in only.action


NAMES = st.one_of(
    st.sampled_from([column_of(name) for name in BOOK.meanings]),
    st.sampled_from([" ".join(phrase) for meaning in BOOK.meanings.values() for phrase in meaning.words]),
    st.text(max_size=30),
)
TRAITS = st.builds(
    Characteristic,
    st.just(""),
    NAMES,
    st.one_of(st.none(), st.sampled_from(["Yes", "No", "monthly", "web"]), st.text(max_size=30)),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(-6, 6),
)
SHARES = st.floats(1e-6, 1)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(SHARES, st.lists(TRAITS, max_size=8)), max_size=4), st.sets(NAMES, max_size=3))
def test_any_findings_give_every_segment_one_to_four_pieces_of_advice(
    segments: list[tuple[float, list[Characteristic]]], dates: set[str]
) -> None:
    found = [findings(*traits, share=share, index=index) for index, (share, traits) in enumerate(segments)]
    advice = advise(BOOK, found, [RoleOverride(name, ColumnRole.DATETIME) for name in dates])
    for segment in found:
        own = [one for one in advice if one.segment_index == segment.index]
        assert 1 <= len(own) <= MOST
        assert len({one.title for one in own}) == len(own)
        order = [list(Priority).index(one.priority) for one in own]
        assert order == sorted(order)
        assert all(SEGMENT_PLACE in one.action and one.rationale.endswith(".") for one in own)
        assert all(one.play and one.channel and one.measure.endswith(".") for one in own)
        assert all(figure in segment.characteristics for one in own for figure in one.figures)
    assert [one.segment_index for one in advice] == sorted(one.segment_index for one in advice)
