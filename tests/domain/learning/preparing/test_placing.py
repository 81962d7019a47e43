"""Where the clusters of one table lie on the scale of another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from domain.learning.judging.dispersion import cluster_means
from domain.learning.preparing.columns import CategoricalColumn, NumericColumn, SourceColumn
from domain.learning.preparing.features import encode
from domain.learning.preparing.placing import place_centroids
from domain.terms.arrays import Labels, Vector
from domain.terms.preparation import CategoryBalance, PreparationSettings, Transform

AGE = NumericColumn("age", np.array([20.0, 40.0, 40.0, 60.0]))
PLAN = CategoricalColumn("plan", np.array([1, 0, -1, 1]), ("free", "paid"))
SINCE = NumericColumn("since", np.array([10.0, 20.0, 30.0, 40.0]), dates=True)
PLAIN = PreparationSettings(transform=Transform.NONE, categories=CategoryBalance.UNIT)
HERE = encode([AGE, PLAN], PLAIN, max_features=10)
"""Age has mean 40 and deviation √200; the levels of plan are "(missing)", "free" and "paid"."""


def test_means_are_taken_there_and_put_on_the_scale_here() -> None:
    there: list[SourceColumn] = [
        NumericColumn("age", np.array([40.0, 60.0, 80.0])),
        CategoricalColumn("plan", np.array([0, 0, 1]), ("free", "paid")),
    ]
    placed = place_centroids(HERE.names, there, np.array([0, 0, 1]), np.array([0, 1]))
    assert placed is not None
    # Cluster 0 has the ages 40 and 60, mean 50; both are free. Cluster 1 is 80 and paid.
    expected = [[10 / 200**0.5, 0.0, 1.0, 0.0], [40 / 200**0.5, 0.0, 0.0, 1.0]]
    assert placed.tolist() == pytest.approx(np.array(expected))


def test_columns_are_found_by_name_whatever_their_order_and_others_do_not_matter() -> None:
    columns: list[SourceColumn] = [SINCE, PLAN, AGE]
    placed = place_centroids(HERE.names, columns, np.zeros(4, np.int64), np.array([0]))
    assert placed is not None
    assert placed[0].tolist() == pytest.approx([0.0, 0.25, 0.25, 0.5])


def test_a_level_that_nobody_has_there_is_nobodys_and_one_that_is_new_there_is_left_out() -> None:
    there: list[SourceColumn] = [
        NumericColumn("age", np.array([40.0, 40.0])),
        CategoricalColumn("plan", np.array([0, 1]), ("free", "trial")),
    ]
    placed = place_centroids(HERE.names, there, np.array([0, 0]), np.array([0]))
    assert placed is not None
    assert placed[0].tolist() == [0.0, 0.0, 0.5, 0.0]


def test_missing_numbers_are_filled_as_they_were_here() -> None:
    there: list[SourceColumn] = [
        NumericColumn("age", np.array([60.0, np.nan, np.nan, np.inf])),
        CategoricalColumn("plan", np.array([0, 0, 0, 0]), ("free",)),
    ]
    placed = place_centroids(HERE.names, there, np.array([0, 0, 1, 1]), np.array([0, 1]))
    assert placed is not None
    # 60 and 40, the median here: 10 above the mean; and twice 40.
    assert placed[:, 0].tolist() == pytest.approx([10 / 200**0.5, 0.0])


def test_only_the_clusters_asked_for_are_placed_in_that_order() -> None:
    labels = np.array([7, -1, 3, 7])
    placed = place_centroids(HERE.names, (AGE, PLAN), labels, np.array([7, 3]))
    assert placed is not None
    assert placed[:, 0].tolist() == pytest.approx([0.0, 0.0])
    assert placed[:, 1:].tolist() == [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param([AGE], id="a column is not there"),
        pytest.param([AGE, NumericColumn("plan", np.arange(4.0))], id="numbers where categories were"),
        pytest.param(
            [CategoricalColumn("age", np.zeros(4, np.int64), ("old",)), PLAN], id="categories for numbers"
        ),
    ],
)
def test_tables_that_can_not_be_compared_have_no_common_place(columns: list[SourceColumn]) -> None:
    assert place_centroids(HERE.names, columns, np.zeros(4, np.int64), np.array([0])) is None


@given(
    ages=arrays(np.float64, 12, elements=st.one_of(st.floats(-1e6, 1e6), st.just(np.nan))),
    codes=arrays(np.int64, 12, elements=st.integers(-1, 2)),
    labels=arrays(np.int64, 12, elements=st.integers(0, 2)),
)
def test_clusters_of_the_same_table_lie_at_their_means(ages: Vector, codes: Labels, labels: Labels) -> None:
    ages[:2] = 0.0, 1.0  # two different values, so that there is something to cluster
    labels[:3] = 0, 1, 2
    columns: list[SourceColumn] = [
        NumericColumn("age", ages),
        CategoricalColumn("plan", codes, ("a", "b", "c")),
    ]
    features = encode(columns, PreparationSettings(), max_features=10)
    placed = place_centroids(features.names, columns, labels, np.arange(3))
    assert placed is not None
    np.testing.assert_allclose(placed, cluster_means(features.matrix, labels, 3), atol=1e-9)
