"""A category that is gone is said nowhere, and nothing else is said otherwise, whatever it is called."""

from dataclasses import replace

import numpy as np
import pytest

from domain.learning.explaining import characteristics as explaining
from domain.learning.explaining.naming import names
from domain.learning.explaining.rules import rules
from domain.learning.preparing.columns import CategoricalColumn, NumericColumn, SourceColumn
from domain.learning.progress import unwatched
from domain.services.unsaying import (
    TOLD_IN_NAMES,
    characteristic,
    feature,
    may_be_in_name,
    quotes,
    rests_on,
)
from domain.terms.personal_data import ERASED
from domain.terms.segments import Characteristic, SegmentRule

LABELS = np.array([0] * 10 + [1] * 10 + [2])

CATEGORIES = (
    "7",
    "2",
    "1",
    "100",
    "age",
    "Age",
    "plan",
    "and",
    "AND",
    "is not",
    "for 100 %",
    "O'Neill",
    'the "best"',
    "' OR '1'='1",
    '"age" > 40 AND "plan" = ',
    "a",
    "%",
    "(erased",
    "two\nlines",
    "word " * 38,
    "ü" * 500,
)


def columns(category: str) -> tuple[SourceColumn, ...]:
    """Two groups, and one person between them with a plan of its own."""
    levels = ("0 basic", category, "zz top")
    return (
        NumericColumn("age", np.concatenate([np.full(10, 20.0), np.full(10, 60.0), [40.7]])),
        NumericColumn("7", np.concatenate([np.full(10, 1.7), np.full(10, 7.25), [7.0]])),
        CategoricalColumn("plan", np.array([0] * 10 + [2] * 10 + [1]), levels),
        CategoricalColumn("other", np.array([0, 1] * 10 + [2]), levels),
    )


def told(category: str) -> list[Characteristic]:
    found = explaining.traits(columns(category), LABELS)
    return [trait.characteristic for traits in found for trait in traits]


@pytest.mark.parametrize("category", CATEGORIES)
def test_what_is_said_without_a_category_is_what_one_called_so_would_have_had_said(category: str) -> None:
    before, called_erased = told(category), told(ERASED)
    assert any(one.category == category for one in before)
    after = [characteristic(one, {"plan": category, "other": category}) for one in before]
    assert after == called_erased


@pytest.mark.parametrize("category", CATEGORIES)
def test_another_column_with_the_same_category_is_left_alone(category: str) -> None:
    before = told(category)
    after = [characteristic(one, {"other": category}) for one in before]
    assert [one for one in after if one.column != "other"] == [one for one in before if one.column != "other"]


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_rule_rests_on_what_it_compares_and_on_nothing_else(category: str) -> None:
    found = [rule for rule in rules(columns(category), LABELS, 0, unwatched) if rule]
    quoting = [rule for rule in found if rests_on(rule, {"plan": category})]
    assert len(quoting) == 1
    assert not any(rests_on(rule, {column: category}) for column in ("age", "7") for rule in found)


@pytest.mark.parametrize(
    ("sql", "rests"),
    [
        ("\"town\" = 'Bonn'", True),
        ("\"town\" <> 'Bonn'", True),
        ('("town" <> \'Bonn\' OR "town" IS NULL) AND "age" > 40', True),
        ('"age" <= 7 AND "town" = \'Bonn\' AND "age" > 1', True),
        ("\"town\" = 'bonn'", False),
        ("\"town\" = 'Bonn '", False),
        ("\"home town\" = 'Bonn'", False),
        ("\"plan\" = '\"town\" = ''Bonn'''", False),
        ('"a ""town"" = \'Bonn\'" = \'x\'', False),
        ('"town" IS NOT NULL', False),
        ("\"town\" > 'Bonn'", False),
        ('"age" > 1.7 AND "income" <= 7', False),
        ("", False),
    ],
)
def test_a_condition_is_read_as_sql_and_not_as_words(sql: str, rests: bool) -> None:
    assert rests_on(SegmentRule("", sql, 1.0, 1.0), {"town": "Bonn"}) is rests


def test_a_column_is_read_as_it_is_called() -> None:
    rule = SegmentRule("", '"my ""town""" = \'St. John\'\'s\'', 1.0, 1.0)
    assert rests_on(rule, {'my "town"': "St. John's"})
    assert not rests_on(rule, {"my town": "St. John's"})


def test_a_text_that_is_no_sentence_of_ours_is_said_anew() -> None:
    odd = Characteristic("many from Bonn", "town", "Bonn", 0.9, 0.1, 1.2)
    assert characteristic(odd, {"town": "Bonn"}) == replace(odd, text="town is (erased)", category=ERASED)


def test_a_number_is_no_category() -> None:
    mean = Characteristic("town is high: 7 on average, 3 over all", "town", None, 7.0, 3.0, 1.0)
    assert characteristic(mean, {"town": "7"}) is mean


def test_only_the_feature_of_the_category_is_titled_otherwise() -> None:
    gone = {"plan": "7", "age": "and"}
    titles = ["plan: 7", "plan: 77", "Plan: 7", "plan", "7", "plan: 7: 7", "age", "age: and", "pay: 7"]
    after = [feature(title, gone) for title in titles]
    assert after == ["plan: (erased)", *titles[1:7], "age: (erased)", "pay: 7"]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 10])
def test_a_name_that_says_a_category_is_known_by_its_characteristic(size: int) -> None:
    labels = np.array([0] * 60 + [1] * size)
    codes = np.array([0] * 60 + [1] + [0] * (size - 1))
    found = explaining.traits([CategoricalColumn("plan", codes, ("basic", "Vqz"))], labels)
    said = "vqz" in " ".join(names(found)).casefold()
    known = any(
        quotes(one.characteristic, {"plan": "Vqz"}) and may_be_in_name(one.characteristic)
        for traits in found
        for one in traits
    )
    assert said is known
    assert said is (size <= 3)


def test_what_may_be_in_a_name_is_what_a_name_says() -> None:
    assert TOLD_IN_NAMES == explaining.OFTEN
