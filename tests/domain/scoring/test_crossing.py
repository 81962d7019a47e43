"""Where lines cross clusters is what the rule says of places along them."""

import numpy as np
import pytest

from domain.scoring.crossing import Origin
from domain.scoring.rules import ready
from domain.terms.arrays import Vector
from domain.terms.scoring import CentroidRule, MixtureRule, SampleRule
from tests.domain.scoring.made import RULES, RuleName, drawn

EDGE = 1e-6


@pytest.mark.parametrize("components", [None, 3])
@pytest.mark.parametrize("name", RULES)
def test_a_line_is_in_a_cluster_just_where_the_rule_puts_its_places_there(
    name: RuleName, components: int | None
) -> None:
    scorer, _ = drawn(name, components=components)
    rng = np.random.default_rng(5)
    dims = int(scorer.means.shape[1])
    for turn in range(40):
        start: Vector = rng.normal(0, 1, size=(dims,))
        direction: Vector = np.eye(dims)[turn % dims] if turn % 2 else rng.normal(0, 1, size=(dims,))
        steps = np.linspace(0.5, 4.0, 701)
        labels = ready(scorer.rule).place(start + steps[:, None] * direction).labels
        for cluster in range(len(scorer.means)):
            parts = list(Origin(scorer.rule, start).stretches(direction, cluster, 0.5, 4.0))
            inside = np.zeros(len(steps), dtype=np.bool_)
            clear = np.ones(len(steps), dtype=np.bool_)
            for begin, end in parts:
                inside |= (steps >= begin) & (steps <= end)
                clear &= (np.abs(steps - begin) > EDGE) & (np.abs(steps - end) > EDGE)
            assert (inside == (labels == cluster))[clear].all()
            assert parts == sorted(parts)


def test_between_two_centroids_the_border_is_half_way() -> None:
    rule = CentroidRule(np.array([[0.0, 0.0], [4.0, 0.0]]))
    origin = Origin(rule, np.array([1.0, 7.0]))
    assert list(origin.stretches(np.array([1.0, 0.0]), 1, 0.0, 9.0)) == [(1.0, 9.0)]
    assert list(origin.stretches(np.array([-1.0, 0.0]), 1, 0.0, 9.0)) == []


def test_a_known_sample_is_followed_as_far_as_it_reaches() -> None:
    rule = SampleRule(np.array([[0.0, 3.0], [10.0, 3.0]]), np.array([0, 1]), np.array([5.0, 5.0]))
    found = list(Origin(rule, np.zeros(2)).stretches(np.array([1.0, 0.0]), 1, 0.0, 20.0))
    np.testing.assert_allclose(found, [(6.0, 14.0)])


def test_a_narrow_component_is_a_stretch_amid_a_wide_one() -> None:
    # Of equal weights: ln(density) of the narrow is ln 10 - 50x² + ..., of the wide one -x²/2.
    rule = MixtureRule(np.array([0.5, 0.5]), np.zeros((2, 1)), np.array([[[1.0]], [[10.0]]]))
    edge = (np.log(10) / 49.5) ** 0.5
    found = list(Origin(rule, np.array([-1.0])).stretches(np.array([1.0]), 1, 0.0, 3.0))
    np.testing.assert_allclose(found, [(1 - edge, 1 + edge)])


def test_a_flag_counts_for_no_more_beyond_its_two_values() -> None:
    rule = MixtureRule(
        np.array([0.5, 0.5]),
        np.zeros((2, 0)),
        np.zeros((2, 0, 0)),
        np.array([], dtype=np.int64),
        np.array([[0.0], [3.0]]),
        np.array([0.0, -1.5]),
        np.array([0.0]),
        np.array([1.0]),
    )
    found = list(Origin(rule, np.array([-2.0])).stretches(np.array([1.0]), 1, 0.0, 5.0))
    np.testing.assert_allclose(found, [(2.5, 3.0), (3.0, 5.0)])
