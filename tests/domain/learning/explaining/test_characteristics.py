"""What sets clusters apart, with the figures."""

from collections.abc import Sequence

import numpy as np
import pytest

from domain.learning.explaining.characteristics import MOST, Trait, centroids, traits
from domain.learning.preparing.columns import CategoricalColumn, NumericColumn
from domain.terms.segments import Characteristic, FeatureValue

LABELS = np.array([0, 0, 1, 1])


def said(found: Sequence[Trait]) -> str | None:
    return found[0].phrase.text if found[0].phrase else None


def test_a_number_is_told_by_means_and_standard_deviations() -> None:
    spend = NumericColumn("Spend", np.array([10.0, 20.0, 30.0, 40.0]))
    low, high = traits([spend], LABELS)
    deviation = 125**0.5
    told = low[0].characteristic
    assert told.effect == pytest.approx(-10 / deviation)
    assert told == Characteristic(
        "Spend is low: 15 on average, 25 over all", "Spend", None, 15.0, 25.0, told.effect
    )
    assert high[0].characteristic.text == "Spend is high: 35 on average, 25 over all"
    assert high[0].characteristic.effect == pytest.approx(10 / deviation)
    assert [said(low), said(high)] == ["low spend", "high spend"]


def test_a_category_is_told_by_shares_and_cohens_h() -> None:
    plan = CategoricalColumn("Plan", np.array([1, 1, 0, 1]), ("Free", "Pro"))
    first, second = traits([plan], LABELS)
    # φ = 2·asin√p, as Cohen (1988) tabulates it: φ(1) = 3.142, φ(.75) = 2.094, φ(.50) = 1.571, φ(.25) = 1.047
    told = first[0].characteristic
    assert told.effect == pytest.approx(3.142 - 2.094, abs=1e-3)
    assert told == Characteristic(
        "Plan is Pro for 100 %, 75 % over all (lift 1.3)", "Plan", "Pro", 1.0, 0.75, told.effect
    )
    assert second[0].characteristic.category == "Free"
    assert second[0].characteristic.effect == pytest.approx(1.571 - 1.047, abs=1e-3)
    # Half of the second have another one: Free is not all that can be said of them.
    assert [said(first), said(second)] == ["Pro plan", "often Free plan"]


def test_a_level_that_is_rarer_is_told_where_no_other_is_commoner_by_enough() -> None:
    codes = np.concatenate([np.arange(100) % 20 + 1, np.zeros(10, dtype=np.int64), np.arange(90) % 20 + 1])
    labels = np.repeat([0, 1], 100)
    city = CategoricalColumn("City", codes, tuple(f"c{number:02}" for number in range(21)))
    assert traits([city], labels)[0][0].characteristic.text == "City is c00 for 0 %, 5 % over all"
    assert traits([city], labels)[0][0].phrase is None


def test_a_level_that_is_a_long_text_is_told_by_its_beginning() -> None:
    letter = "x" * 100_000
    plan = CategoricalColumn("Plan", np.array([0, 0, 1, 1]), (letter, "Free"))
    told = traits([plan], LABELS)[0][0].characteristic
    assert told.text == f"Plan is {'x' * 99}… for 100 %, 50 % over all (lift 2)"
    assert told.category == letter


def test_missing_is_told_as_missing() -> None:
    plan = CategoricalColumn("Plan", np.array([-1, -1, 0, 0]), ("Free",))
    found = traits([plan], LABELS)[0]
    assert found[0].characteristic.text == "Plan is missing for 100 %, 50 % over all (lift 2)"
    assert said(found) == "no plan given"


def test_a_flag_is_told_by_its_share_and_a_date_by_days() -> None:
    flag = NumericColumn("is_senior", np.array([1.0, 1.0, 0.0, 1.0]))
    since = NumericColumn("signed_up", np.array([19783.0, 19783.0, 19000.0, 19000.0]), dates=True)
    texts = [trait.characteristic.text for trait in traits([flag], LABELS)[0]]
    assert texts == ["is_senior is 1 for 100 %, 75 % over all (lift 1.3)"]
    assert said(traits([flag], LABELS)[0]) == "seniors"
    recent, early = traits([since], LABELS)
    assert recent[0].characteristic.text == "signed_up is late: 2024-03-01 on average, 2023-02-03 over all"
    assert [said(recent), said(early)] == ["signed up recently", "signed up early"]


def test_what_says_the_same_and_what_is_weak_is_left_out() -> None:
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], 500)
    spend = random.normal(size=1000) + labels * 2
    columns = [
        NumericColumn("spend_cents", spend * 100),
        NumericColumn("spend", spend + random.normal(size=1000) * 0.01),
        NumericColumn("noise", random.normal(size=1000)),
        NumericColumn("constant", np.full(1000, 0.1)),
        NumericColumn("empty", np.full(1000, np.nan)),
    ]
    assert [len(cluster) for cluster in traits(columns, labels)] == [1, 1]


def test_at_most_eight_are_told_strongest_first() -> None:
    random = np.random.default_rng(1)
    labels = np.repeat([0, 1], 200)
    columns = [
        NumericColumn(f"c{shift}", random.normal(size=400) + labels * shift / 5) for shift in range(3, 18)
    ]
    for cluster in traits(columns, labels):
        effects = [abs(trait.characteristic.effect) for trait in cluster]
        assert len(effects) == MOST
        assert effects == sorted(effects, reverse=True)


def test_dates_have_no_place_in_a_centroid() -> None:
    signed_up = NumericColumn("signed_up", np.array([19000.0, 19001.0, 19002.0, 19003.0]), dates=True)
    assert centroids([signed_up], LABELS) == ((), ())


def test_centroids_are_the_means_of_the_present_values() -> None:
    spend = NumericColumn("spend", np.array([10.0, np.nan, 1e15, 1e15 + 4]))
    age = NumericColumn("age", np.array([np.nan, np.nan, 30.0, 31.0]))
    plan = CategoricalColumn("plan", np.array([0, 0, 0, 0]), ("x",))
    assert centroids([spend, age, plan], LABELS) == (
        (FeatureValue("spend", 10.0),),
        (FeatureValue("spend", 1e15 + 2), FeatureValue("age", 30.5)),
    )


def test_two_standard_deviations_are_very_much_and_a_share_of_a_third_is_often() -> None:
    labels = np.repeat([0, 1], [90, 10])
    spend = NumericColumn("spend", labels * 100.0)
    assert [said(found) for found in traits([spend], labels)] == ["low spend", "very high spend"]
    plan = CategoricalColumn("plan", np.repeat([0, 1, 2], [90, 6, 4]), ("Free", "Pro", "Max"))
    assert [said(found) for found in traits([plan], labels)] == ["Free plan", "Pro plan"]
    plan = CategoricalColumn("plan", np.repeat([0, 1, 0], [90, 5, 5]), ("Free", "Pro"))
    assert said(traits([plan], labels)[1]) == "often Pro plan"


def test_a_flag_that_too_many_have_is_not_denied() -> None:
    labels = np.repeat([0, 1], 100)
    flag = NumericColumn("has_partner", np.r_[np.arange(100) < 45, np.arange(100) < 90].astype(float))
    few, many = traits([flag], labels)
    assert (few[0].phrase, said(many)) == (None, "partner")
    assert few[0].characteristic.text == "has_partner is 1 for 45 %, 68 % over all (lift 0.67)"


def test_a_single_cluster_has_no_traits() -> None:
    spend = NumericColumn("spend", np.array([1.0, 2.0]))
    assert traits(
        [spend, CategoricalColumn("plan", np.array([0, 1]), ("a", "b"))], np.zeros(2, np.int64)
    ) == ((),)
