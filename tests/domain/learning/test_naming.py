"""Names that a marketer would say aloud, no two alike."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.learning.characteristics import Trait
from domain.learning.naming import LONGEST, PLAIN, names
from domain.terms.segments import Characteristic

RANDOM = np.random.default_rng(0)


def trait(phrase: str | None, like: Trait | None = None) -> Trait:
    signal = RANDOM.normal(size=500) if like is None else like.signal + RANDOM.normal(size=500) * 0.5
    return Trait(Characteristic("", phrase or "", None, 0.0, 0.0, 1.0), phrase, signal)


def test_a_name_is_the_two_strongest_traits() -> None:
    assert names([[trait("high income"), trait("low spending"), trait("high age")]]) == (
        "High income, low spending",
    )


def test_traits_that_make_a_poor_name_are_passed_over() -> None:
    assert names([[trait(None), trait("plan: Pro")]]) == ("Plan: Pro",)
    assert names([[trait(None)], []]) == (PLAIN, f"{PLAIN} 2")


def test_a_second_part_says_something_else_than_the_first() -> None:
    income = trait("high income")
    assert names([[income, trait("high salary", like=income), trait("low age")]]) == ("High income, low age",)


def test_names_that_would_be_alike_are_both_extended() -> None:
    pair = [trait("high income"), trait("low age")]
    assert names([[*pair, trait("plan: Pro")], [*pair, trait("plan: Free")], [*pair]]) == (
        "High income, low age, plan: Pro",
        "High income, low age, plan: Free",
        "High income, low age",
    )


def test_what_cannot_be_told_apart_is_numbered() -> None:
    pair = [trait("high income"), trait("low age")]
    assert names([pair, pair, pair]) == (
        "High income, low age",
        "High income, low age 2",
        "High income, low age 3",
    )


@given(st.lists(st.lists(st.text(min_size=1, max_size=80), max_size=4), max_size=6))
def test_names_are_different_and_at_most_60_characters(phrases: list[list[str]]) -> None:
    made = names([[trait(phrase) for phrase in cluster] for cluster in phrases])
    assert len({name.casefold() for name in made}) == len(phrases)
    assert all(0 < len(name) <= LONGEST for name in made)
