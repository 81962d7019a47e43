"""What must not matter does not, and the figures are those of slow and plain reckonings."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import linkage
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_samples,
)

from domain.learning.algorithms.contract import Effort
from domain.learning.algorithms.table import prepare
from domain.learning.choosing.stability import RESAMPLES, stabilities
from domain.learning.explaining.characteristics import traits
from domain.learning.explaining.importance import by_cluster, importance
from domain.learning.explaining.rules import rules
from domain.learning.judging.evaluation import evaluate
from domain.learning.preparing.columns import CategoricalColumn, NumericColumn, SourceColumn
from domain.learning.preparing.features import encode
from domain.learning.preparing.reduction import reduce
from domain.learning.progress import unwatched
from domain.learning.sampling import generator
from domain.terms.algorithms import (
    AlgorithmSettings,
    DbscanSettings,
    HdbscanSettings,
    HierarchicalSettings,
    KMeansSettings,
    Linkage,
)
from domain.terms.arrays import Labels, Matrix
from domain.terms.preparation import (
    USUAL_PREPARATION,
    ColumnWeight,
    OutlierTreatment,
    Scaling,
    Transform,
)
from domain.terms.training import PcaSettings

PLAIN = replace(USUAL_PREPARATION, transform=Transform.NONE)
DETERMINISTIC: list[AlgorithmSettings] = [
    *(HierarchicalSettings(kind, 3) for kind in Linkage),
    DbscanSettings(1.5, 4),
    HdbscanSettings(5, 4),
]


def groups(seed: int, count: int = 60, width: int = 3) -> Matrix:
    random = np.random.default_rng(seed)
    return random.normal(size=(count, width)) + 6 * random.integers(0, 3, count)[:, None]


def labeled(matrix: Matrix, algorithm: AlgorithmSettings) -> Labels:
    count = getattr(algorithm, "cluster_count", None)
    return prepare(matrix, algorithm, 0, unwatched).partition(count, unwatched).labels


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**31))
@pytest.mark.parametrize("algorithm", DETERMINISTIC)
def test_the_order_of_the_rows_changes_nothing_but_the_numbers(
    algorithm: AlgorithmSettings, seed: int
) -> None:
    matrix = groups(seed)
    order = np.random.default_rng(seed).permutation(len(matrix))
    before, after = labeled(matrix, algorithm), labeled(np.ascontiguousarray(matrix[order]), algorithm)
    # A border point of DBSCAN belongs to whichever of its clusters comes first; these groups lie far apart.
    assert adjusted_rand_score(before[order], after) == 1.0
    assert ((before[order] < 0) == (after < 0)).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([2.0**-1000, 1e-200, 1e-9, 0.01, 7.0, 1e9, 1e60]))
@pytest.mark.parametrize("scaling", [Scaling.STANDARD, Scaling.ROBUST, Scaling.MIN_MAX])
@pytest.mark.parametrize("outliers", [OutlierTreatment.KEEP, OutlierTreatment.CLIP])
def test_the_unit_of_a_column_changes_nothing(
    scaling: Scaling, outliers: OutlierTreatment, seed: int, unit: float
) -> None:
    values = groups(seed, 40, 1)[:, 0]
    prepared = replace(PLAIN, scaling=scaling, outliers=outliers)
    one, other = (encode([NumericColumn("a", each)], prepared, 10).matrix for each in (values, values * unit))
    assert other == pytest.approx(one, rel=1e-9, abs=1e-9)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31))
def test_a_column_twice_at_half_the_weight_is_the_column_once(seed: int) -> None:
    first, second, _ = groups(seed).T
    once = [NumericColumn("a", first), NumericColumn("b", second)]
    twice = [*once, NumericColumn("c", first)]
    halves = replace(PLAIN, weights=(ColumnWeight("a", 0.5), ColumnWeight("c", 0.5)))
    matrices = encode(once, PLAIN, 10).matrix, encode(twice, halves, 10).matrix
    squares = [np.square(each[:, None] - each).sum(axis=2) for each in matrices]
    assert squares[1] == pytest.approx(squares[0], rel=1e-9, abs=1e-9)


def test_large_numbers_close_together_are_scaled_however_many_they_are() -> None:
    # 200,000 moments within a second, in milliseconds: a constant to StandardScaler, which leaves them
    # hundreds of times as far apart as everything else.
    moments = 1.6e12 + np.random.default_rng(0).integers(0, 1000, 200_000).astype(np.float64)
    matrix = encode([NumericColumn("moment", moments)], PLAIN, 10).matrix
    assert matrix.std() == pytest.approx(1.0)


@pytest.mark.parametrize("scaling", list(Scaling))
def test_rounding_errors_are_no_difference_between_customers(scaling: Scaling) -> None:
    noisy = NumericColumn("noisy", np.tile([0.1 + 0.2, 0.3], 20))
    other = NumericColumn("other", np.arange(40.0))
    features = encode([noisy, other], replace(PLAIN, scaling=scaling), 10)
    assert (features.matrix[:, 0] == 0).all()
    mostly = NumericColumn("mostly", np.array([*[0.1 + 0.2, 0.3] * 20, 5.0]))
    assert np.abs(encode([mostly], replace(PLAIN, scaling=scaling), 10).matrix).max() < 10


@pytest.mark.parametrize("shape", [(501, 7), (333, 37)])
@pytest.mark.parametrize(("unit", "offset"), [(1e-12, 0.0), (1.0, 0.0), (1e12, 0.0), (1.0, 1e5), (1.0, 1e7)])
def test_equal_rows_stay_equal_in_principal_components_whatever_the_unit(
    unit: float, offset: float, shape: tuple[int, int]
) -> None:
    half = np.random.default_rng(3).normal(size=shape) * unit + offset
    reduction = reduce(np.vstack([half, half]), PcaSettings(components=4))
    scores = reduction.matrix
    assert (scores[: len(half)] == scores[len(half) :]).all()
    assert len(np.unique(scores[:, 0])) == len(half)
    # A row alone lies where it lies in the table.
    for row in range(20):
        assert (reduction.project(half[row : row + 1]) == scores[row]).all()


def test_principal_components_of_numbers_far_from_zero_are_those_of_the_numbers_about_zero() -> None:
    about_zero = np.random.default_rng(3).normal(size=(300, 3)) * [5.0, 2.0, 1.0]
    far = reduce(about_zero + 1e9, PcaSettings(components=2))
    near = reduce(about_zero, PcaSettings(components=2))
    assert far.explained_variance == pytest.approx(near.explained_variance, rel=1e-5)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**31))
def test_the_figures_with_noise_are_scikit_learns_without_it(seed: int) -> None:
    matrix = groups(seed, 80)
    labels = np.random.default_rng(seed).integers(-1, 3, 80)
    labels[:4] = [-1, 0, 1, 2]
    found, kept = evaluate(matrix, labels, 0, unwatched), labels >= 0
    clustered, known = matrix[kept], labels[kept]
    widths = silhouette_samples(clustered, known)
    means = pd.DataFrame(clustered).groupby(known).transform("mean").to_numpy()
    assert found.metrics.silhouette == pytest.approx(widths.mean(), abs=1e-9)
    assert found.by_cluster == pytest.approx([widths[known == cluster].mean() for cluster in range(3)])
    assert found.metrics.davies_bouldin == pytest.approx(davies_bouldin_score(clustered, known))
    assert found.metrics.calinski_harabasz == pytest.approx(calinski_harabasz_score(clustered, known))
    assert found.metrics.inertia == pytest.approx(np.square(clustered - means).sum())
    assert found.metrics.noise_count == int((~kept).sum())


def test_stability_is_that_of_hennigs_procedure_by_sets() -> None:
    matrix = np.random.default_rng(8).normal(size=(50, 2))
    algorithm = HierarchicalSettings(Linkage.COMPLETE, 4)
    labels = labeled(matrix, algorithm)
    random, scores = generator(0), []
    for _ in range(RESAMPLES):
        drawn = sorted(set(random.integers(50, size=50).tolist()))
        prepared = prepare(matrix[drawn], algorithm, 0, unwatched, Effort.QUICK)
        new = prepared.partition(4, unwatched).labels
        again = [{drawn[place] for place in np.flatnonzero(new == cluster)} for cluster in range(4)]
        old = [set(np.flatnonzero(labels == cluster).tolist()) & set(drawn) for cluster in range(4)]
        scores.append([max(len(one & two) / len(one | two) for two in again) for one in old])
    (found,) = stabilities(matrix, [labels], algorithm, 0, unwatched)
    assert found.by_cluster == pytest.approx(np.mean(scores, axis=0))


def test_a_shuffled_column_has_hardly_any_importance_and_all_sum_to_one() -> None:
    values = groups(4, 600, 2)
    shuffled = np.random.default_rng(1).permutation(values[:, 0])
    columns = [NumericColumn(name, each) for name, each in zip("abc", (*values.T, shuffled), strict=True)]
    features = encode(columns, PLAIN, 10)
    labels = labeled(np.ascontiguousarray(features.matrix[:, :2]), KMeansSettings(3))
    assert {each.feature: each.importance for each in importance(features, labels)}["c"] < 0.02
    for shares in (importance(features, labels), *by_cluster(features, labels)):
        assert sum(each.importance for each in shares) == pytest.approx(1.0)


def test_effects_are_those_reckoned_by_hand() -> None:
    # Mean 5, deviation 3; one in four has "x", half of the second cluster.
    money = NumericColumn("money", np.array([2.0, 2.0, 8.0, 8.0]))
    kind = CategoricalColumn("kind", np.array([1, 1, 0, 1]), ("x", "y"))
    first, second = traits([money, kind], np.array([0, 0, 1, 1]))
    effects = [
        {each.characteristic.column: each.characteristic.effect for each in cluster}
        for cluster in (first, second)
    ]
    assert effects[0]["money"] == pytest.approx(-1.0)
    assert effects[1]["money"] == pytest.approx(1.0)
    # 2·asin√½ - 2·asin√¼ = π/2 - π/3.
    assert effects[1]["kind"] == pytest.approx(np.pi / 6)


def test_precision_and_coverage_are_what_pandas_counts() -> None:
    random = np.random.default_rng(6)
    frame = pd.DataFrame(
        {"age": random.integers(18, 80, 300), "spent": random.gamma(2.0, 50.0, 300).round(2)}
    )
    labels = ((frame.age > 50) & (frame.spent > 80)).to_numpy().astype(np.int64)
    labels[random.integers(0, 300, 30)] ^= 1
    columns: list[SourceColumn] = [
        NumericColumn(name, frame[name].to_numpy(dtype=np.float64)) for name in ("age", "spent")
    ]
    for cluster, rule in enumerate(rules(columns, labels, 0, unwatched)):
        assert rule is not None
        found = frame.query(rule.sql.replace('"', "").replace(" AND ", " and ")).index
        right = int((labels[found] == cluster).sum())
        assert rule.precision == pytest.approx(right / len(found))
        assert rule.coverage == pytest.approx(right / (labels == cluster).sum())


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31))
def test_the_heights_of_ward_are_scipys_without_ties(seed: int) -> None:
    matrix = np.random.default_rng(seed).normal(size=(40, 2))
    tree = prepare(matrix, HierarchicalSettings(), 0, unwatched).tree
    assert tree is not None
    assert tree.merges[:, 2] == pytest.approx(linkage(matrix, "ward")[:, 2])


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31))
def test_every_merge_of_ward_with_ties_is_of_two_nearest_clusters(seed: int) -> None:
    # With ties the trees of two programs may differ, and both be right.
    matrix = np.random.default_rng(seed).integers(0, 4, (24, 2)).astype(np.float64)
    tree = prepare(matrix, HierarchicalSettings(), 0, unwatched).tree
    assert tree is not None
    leaves = np.arange(24) if tree.leaf_of is None else tree.leaf_of
    members = {leaf: np.flatnonzero(leaves == leaf) for leaf in range(len(tree.merges) + 1)}
    for step, (one, other, height, _) in enumerate(tree.merges):
        costs = {
            (a, b): _ward_height(matrix[members[a]], matrix[members[b]])
            for a in members
            for b in members
            if a < b
        }
        pair = min(int(one), int(other)), max(int(one), int(other))
        assert height == pytest.approx(costs[pair], abs=1e-9)
        assert height == pytest.approx(min(costs.values()), abs=1e-9)
        members[len(tree.merges) + 1 + step] = np.concatenate([members.pop(pair[0]), members.pop(pair[1])])


def _ward_height(one: Matrix, other: Matrix) -> float:
    apart = float(np.square(one.mean(axis=0) - other.mean(axis=0)).sum())
    return float((2 * len(one) * len(other) / (len(one) + len(other)) * apart) ** 0.5)
