"""Names that a marketer would say aloud, no two alike."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.learning.explaining.characteristics import Trait, traits
from domain.learning.explaining.naming import ALL, names
from domain.learning.explaining.phrasing import Phrase, number_phrase
from domain.learning.explaining.telling_apart import LONGEST, PLAIN
from domain.learning.preparing.columns import NumericColumn
from domain.terms.arrays import Rows
from domain.terms.segments import Characteristic

RANDOM = np.random.default_rng(0)


def trait(said: str | None, effect: float = 1.0, like: Trait | None = None, column: int = 0) -> Trait:
    """Make a trait that is said so; of a number, and said by degrees, if it begins with high or low."""
    signal = RANDOM.normal(size=500) if like is None else like.signal + RANDOM.normal(size=500) * 0.5
    phrase = Phrase(said) if said is not None else None
    if said and said.startswith(("high ", "low ")):
        high, name = said.startswith("high "), said.split(" ", 1)[1]
        phrase, effect = number_phrase(name, high, 50 * effect), effect if high else -effect
    name = (said or "").split(" ")[-1]
    category = said if phrase is not None and not phrase.ladder else None
    return Trait(Characteristic("", name, category, 0.0, 0.0, effect), phrase, signal, column)


def test_the_name_is_the_two_strongest_traits_in_the_order_of_the_columns() -> None:
    strong = [
        trait("low spending", 1.5, column=2),
        trait("high income", 1.2, column=1),
        trait("high age", 0.9),
    ]
    assert names([strong, []])[0] == "High income, low spending"


def test_what_is_weak_is_no_second_part() -> None:
    assert names([[trait("high income"), trait("low spending", 0.3)], []])[0] == "High income"


def test_traits_that_make_a_poor_name_are_passed_over() -> None:
    assert names([[trait(None), trait("Pro plan")], []]) == ("Pro plan", PLAIN)
    assert names([[trait(None)], []]) == (PLAIN, f"{PLAIN} 2")


def test_a_second_part_says_something_else_than_the_first() -> None:
    income = trait("high income", 1.4)
    named = names([[income, trait("high salary", 1.3, like=income), trait("low spend", column=1)], []])
    assert named[0] == "High income, low spend"


def test_what_two_neighbours_share_gives_way_to_what_sets_them_apart() -> None:
    def cluster(plan: str) -> list[Trait]:
        return [
            trait("low income", 1.2, column=0),
            trait("high tenure", 1.0, column=1),
            trait(plan, 0.8, column=2),
        ]

    assert names([cluster("Pro plan"), cluster("Free plan"), [trait("high spend", 2)], []])[:2] == (
        "Low income, Pro plan",
        "Low income, Free plan",
    )


def test_clusters_with_the_same_traits_are_told_apart_by_degree() -> None:
    spend = [trait("high spend", effect) for effect in (0.6, 3.5, 1.9)]
    assert names([[each] for each in spend]) == ("Fairly high spend", "Very high spend", "High spend")
    assert names([[spend[0]], [spend[2]], []]) == ("High spend", "Very high spend", PLAIN)


def test_one_column_is_enough_for_many_names() -> None:
    labels = np.repeat(np.arange(6), 50)
    age = NumericColumn("age", (20 + 10 * labels).astype(np.float64))
    assert names(traits([age], labels)) == (
        "Much younger",
        "Younger",
        "Somewhat younger",
        "Somewhat older",
        "Older",
        "Much older",
    )
    labels = np.repeat(np.arange(11), 50)
    spend = NumericColumn("spend", (10 * labels).astype(np.float64))
    named = names(traits([spend], labels))
    assert named[0] == "Spend about 0"
    assert len(set(named)) == 11
    assert not any(name.endswith(" 2") for name in named)


def test_what_cannot_be_told_apart_is_numbered() -> None:
    pair = [trait("Pro plan"), trait("France", column=1)]
    assert names([pair, pair, pair]) == ("Pro plan, France", "Pro plan, France 2", "Pro plan, France 3")


def test_a_single_cluster_has_a_plain_name() -> None:
    assert names([[]]) == (ALL,)
    assert names([]) == ()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.text(min_size=1, max_size=80), max_size=4), max_size=6))
def test_names_are_different_and_at_most_60_characters(phrases: list[list[str]]) -> None:
    made = names([[trait(phrase) for phrase in cluster] for cluster in phrases])
    assert len({name.casefold() for name in made}) == len(phrases)
    assert all(0 < len(name) <= LONGEST for name in made)


def test_names_stay_over_resamples_of_the_same_clusters() -> None:
    random = np.random.default_rng(3)
    labels = np.repeat(np.arange(5), 600)
    centers = random.normal(size=(5, 6)) * 1.5
    values = centers[labels] + random.normal(size=(3000, 6))
    columns = ("income", "spending", "visits", "basket", "discount", "returns")

    def named(rows: Rows) -> tuple[str, ...]:
        found = [NumericColumn(name, values[rows, place]) for place, name in enumerate(columns)]
        return names(traits(found, labels[rows]))

    first = named(np.arange(3000))
    again = [named(random.integers(0, 3000, 3000)) for _ in range(10)]
    equal = [one == other for each in again for one, other in zip(first, each, strict=True)]
    assert np.mean(equal) >= 0.9
