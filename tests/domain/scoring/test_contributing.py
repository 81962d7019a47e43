"""What columns contribute adds up to what decided between two segments."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from domain.scoring.contributing import contributions, evidence
from domain.scoring.question import unrounded
from domain.scoring.rules import Mixture
from domain.scoring.scoring import ReadyScorer
from domain.scoring.values import row_of
from domain.terms.algorithms import GaussianMixtureSettings
from domain.terms.arrays import Vector
from domain.terms.preparation import Transform
from domain.terms.scoring import CentroidRule, Contribution, EncodedFeature, MixtureRule, SampleRule, Scorer
from tests.domain.scoring.made import (
    HEIGHT,
    RULES,
    RuleName,
    category,
    dates,
    drawn,
    number,
    one,
    scorer_of,
)
from tests.domain.scoring.trained import Table, trained

X, Y = number("x"), number("y")


def squares(scorer: Scorer, sample: Vector, cluster: int) -> float:
    """How far a sample is from what it is judged by in a cluster, squared."""
    rule, place = scorer.rule, unrounded(scorer, sample)
    assert not isinstance(rule, MixtureRule)
    points = rule.centroids[[cluster]] if isinstance(rule, CentroidRule) else rule.samples
    if isinstance(rule, SampleRule):
        points = points[rule.labels == cluster]
    return float(np.square(points - place).sum(axis=1).min())


def scales(rule: MixtureRule) -> Vector:
    """What the logarithms of the densities have whoever the customer is."""
    heights: Vector = np.log(np.diagonal(rule.whiteners, axis1=1, axis2=2)).sum(axis=1) + np.log(rule.weights)
    return heights


def test_contributions_of_two_centroids_are_those_computed_by_hand() -> None:
    centroids = np.array([[0.0, 0.0], [4.0, 1.0]])
    scorer = scorer_of([X, Y], CentroidRule(centroids), centroids)
    found = contributions(scorer, np.array([1.0, 2.0]), np.array([1.0, 2.0]), 0, 1)
    # x: (1-4)² - 1² = 8; y: (2-1)² - 2² = -3.
    assert found == (Contribution("x", "1", 8 / 11, "0", "4"), Contribution("y", "2", -3 / 11, "0", "1"))


def test_a_column_that_says_nothing_comes_last_with_a_share_of_zero() -> None:
    centroids = np.array([[0.0, 3.0], [4.0, 3.0]])
    scorer = scorer_of([Y, X], CentroidRule(centroids[:, ::-1]), centroids[:, ::-1])
    found = contributions(scorer, np.array([9.0, 1.0]), np.array([9.0, 1.0]), 0, 1)
    assert [(each.column, each.share) for each in found] == [("x", 1.0), ("y", 0.0)]


def test_who_is_equally_far_in_every_column_has_no_shares_at_all() -> None:
    centroids = np.array([[0.0], [4.0]])
    scorer = scorer_of([X], CentroidRule(centroids), centroids)
    assert contributions(scorer, np.array([2.0]), np.array([2.0]), 0, 1)[0].share == 0.0


@pytest.mark.parametrize("components", [None, 3])
@pytest.mark.parametrize("name", RULES)
def test_the_evidence_of_the_columns_adds_up_to_what_decides(name: RuleName, components: int | None) -> None:
    scorer, measured = drawn(name, components=components)
    samples = ReadyScorer(scorer).encode(measured)
    rule = scorer.rule
    for row, sample in enumerate(samples):
        own, rival = row % 4, (row + 1 + row % 3) % 4
        total = evidence(scorer, sample, own, rival).sum()
        if isinstance(rule, MixtureRule):
            joint = Mixture(rule).log_joint(unrounded(scorer, sample)[None, :])[0] - scales(rule)
            assert total == pytest.approx(joint[own] - joint[rival], rel=1e-8, abs=1e-8)
        else:
            expected = squares(scorer, sample, rival) - squares(scorer, sample, own)
            assert total == pytest.approx(expected, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("name", RULES)
def test_magnitudes_of_shares_add_up_to_one_and_fall(name: RuleName) -> None:
    scorer, measured = drawn(name)
    samples = ReadyScorer(scorer).encode(measured)
    for row, sample in enumerate(samples):
        found = contributions(scorer, row_of(scorer, measured, row), sample, row % 4, (row + 1) % 4)
        sizes = [abs(each.share) for each in found]
        assert sum(sizes) == pytest.approx(1.0)
        assert sizes == sorted(sizes, reverse=True)
        assert {each.column for each in found} == {column.name for column in scorer.columns}


def test_a_trained_mixture_s_flags_count_for_who_has_them_and_who_has_not(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    group = np.repeat([0, 1], 60)
    table: Table = {
        "spent": (group * 6 + rng.normal(0, 1, 120)).tolist(),
        "visits": (group * -5 + rng.normal(0, 1, 120)).tolist(),
        "member": (rng.random(120) < np.where(group, 0.8, 0.2)).astype(float).tolist(),
        "city": [("Bonn", "Köln", "Ulm")[each] for each in (rng.integers(0, 2, 120) + group).tolist()],
    }
    run = trained(tmp_path, table, GaussianMixtureSettings(2))
    rule = run.scorer.rule
    assert isinstance(rule, MixtureRule)
    assert rule.slopes is not None
    ready = ReadyScorer(run.scorer)
    samples = ready.encode(run.measured)
    joint = Mixture(rule).log_joint(samples) - scales(rule)
    for sample, (one_of, other) in zip(samples, joint, strict=True):
        assert evidence(run.scorer, sample, 0, 1).sum() == pytest.approx(one_of - other, rel=1e-6, abs=1e-6)
    speaks = np.array([evidence(run.scorer, sample, 0, 1) for sample in samples])
    member = [column.name for column in run.scorer.columns].index("member")
    has = run.measured.numbers["member"] == 1
    # Being a member speaks for the one segment, and being none for the other.
    assert len(np.unique(np.sign(speaks[has, member]))) == 1
    assert np.sign(speaks[has, member][0]) == -np.sign(speaks[~has, member][0])


def test_values_are_told_in_the_unit_of_the_column() -> None:
    columns = [number("spent", 0.0, 1e6), dates("joined", 0.0, 30_000.0), category("city", "Bonn", "Köln")]
    features = [
        EncodedFeature("spent", None, 2.0, 0.5, 3.0, Transform.LOG),
        EncodedFeature("joined", None, 19_000.0, 100.0),
        EncodedFeature("city", "Bonn", factor=HEIGHT),
        EncodedFeature("city", "Köln", factor=HEIGHT),
    ]
    spent = (np.log1p(1234.56789) - 2.0) / 0.5 * 3.0
    means = np.array([[spent, 7.235, 0.6, 0.2], [0.0, 0.0, 0.1, 0.7]])
    scorer = scorer_of(columns, CentroidRule(means), means, features)
    values = np.array([12.5, 19_000.0, np.nan])
    sample = np.array([0.0, 0.0, 0.0, 0.0])
    found = {each.column: each for each in contributions(scorer, values, sample, 0, 1)}
    assert found["spent"].value == "12.5"
    assert found["spent"].segment_value == "1235"
    assert found["joined"].value == "2022-01-08"
    assert found["joined"].segment_value == "2024-01-01"
    assert found["city"].value is None
    assert (found["city"].segment_value, found["city"].runner_up_value) == ("Bonn", "Köln")


def test_principal_components_tell_a_category_only_where_it_is_clear() -> None:
    scorer, measured = drawn("centroids", components=2)
    projection = scorer.projection
    assert projection is not None
    flat = replace(scorer, means=np.zeros_like(scorer.means))
    sample = ReadyScorer(flat).encode(measured)[0]
    found = {each.column: each for each in contributions(flat, row_of(flat, measured, 0), sample, 0, 1)}
    for name in ("city", "plan", "kind"):
        here = [place for place, feature in enumerate(flat.features) if feature.column == name]
        clear = projection.center[here].max() > HEIGHT / 2
        assert (found[name].segment_value is not None) == clear


def test_a_customer_s_own_number_is_told_to_its_last_digit() -> None:
    centroids = np.array([[0.0], [4.0]])
    scorer = scorer_of([X], CentroidRule(centroids), centroids)
    measured = one(x=0.123456789)
    found = contributions(scorer, row_of(scorer, measured, 0), np.array([0.123456789]), 0, 1)
    assert found[0].value == "0.123456789"
