"""How much a column decides."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.feature_selection import f_classif

from domain.learning.explaining.importance import by_cluster, importance, variances
from domain.learning.preparing.columns import CategoricalColumn, NumericColumn, SourceColumn
from domain.learning.preparing.features import encode
from domain.terms.preparation import PreparationSettings

PLAIN = PreparationSettings()
RANDOM = np.random.default_rng(0)
LABELS = np.repeat([0, 1, 2], [300, 200, 100])


def test_the_whole_importance_is_of_the_column_that_makes_the_clusters() -> None:
    columns: list[SourceColumn] = [
        CategoricalColumn("shuffled", RANDOM.permutation(LABELS), ("a", "b", "c")),
        NumericColumn("spend", np.array([5.0, 1.0, 9.0])[LABELS]),
        NumericColumn("noise", RANDOM.normal(size=600)),
    ]
    found = importance(encode(columns, PLAIN, 10), LABELS)
    assert found[0].feature == "spend"
    assert found[0].importance > 0.97
    assert sum(weight.importance for weight in found) == pytest.approx(1)


def test_the_variance_between_clusters_equals_that_of_the_analysis_of_variance() -> None:
    features = encode(
        [
            NumericColumn(name, RANDOM.normal(size=600) + LABELS * shift)
            for name, shift in (("a", 1), ("b", 0.2))
        ],
        PLAIN,
        10,
    )
    between, total = variances(features, LABELS)
    ratio = between / total
    # F = (SSB / (k - 1)) / (SSW / (n - k))
    assert (ratio / (1 - ratio) * (600 - 3) / 2).tolist() == pytest.approx(
        f_classif(features.matrix, LABELS)[0]
    )


def test_columns_that_decide_the_same_share_equally_in_table_order() -> None:
    columns: list[SourceColumn] = [
        NumericColumn("b", LABELS * 2.0),
        CategoricalColumn("a", LABELS, ("x", "y", "z")),
        NumericColumn("constant", np.full(600, 3.3)),
    ]
    found = importance(encode(columns, PLAIN, 10), LABELS)
    assert [weight.feature for weight in found] == ["b", "a", "constant"]
    assert [weight.importance for weight in found] == pytest.approx([0.5, 0.5, 0])


def test_where_no_column_decides_all_count_the_same() -> None:
    features = encode([NumericColumn(name, np.array([1.0, 2.0, 1.0, 2.0])) for name in "ab"], PLAIN, 10)
    found = importance(features, np.array([0, 0, 1, 1]))
    assert [weight.importance for weight in found] == [0.5, 0.5]


def test_each_cluster_has_the_columns_that_decide_who_is_in_it() -> None:
    columns: list[SourceColumn] = [
        CategoricalColumn("shuffled", RANDOM.permutation(LABELS), ("a", "b", "c")),
        NumericColumn("first", (LABELS == 0) + RANDOM.normal(size=600) / 50),
        NumericColumn("second", (LABELS == 1) + RANDOM.normal(size=600) / 50),
    ]
    found = by_cluster(encode(columns, PLAIN, 10), LABELS)
    assert [weights[0].feature for weights in found[:2]] == ["first", "second"]
    for weights in found:
        assert sum(weight.importance for weight in weights) == pytest.approx(1)
        assert weights[-1].feature == "shuffled"
        assert weights[-1].importance < 0.02


def test_a_cluster_in_the_middle_of_the_others_has_the_columns_that_decide() -> None:
    random = np.random.default_rng(1)
    columns: list[SourceColumn] = [
        NumericColumn("shuffled", random.normal(size=600)),
        NumericColumn("place", np.repeat([0.0, 6.0, 12.0], 200) + random.normal(size=600)),
    ]
    _, middle, _ = by_cluster(encode(columns, PLAIN, 10), np.repeat([0, 1, 2], 200))
    assert [weight.feature for weight in middle] == ["place", "shuffled"]
    assert middle[0].importance > 0.97


def test_the_hellinger_distance_of_cells_by_hand() -> None:
    # Of "a", half and a quarter have 1: 1 - √(1/2 · 3/4) - √(1/2 · 1/4). Of "b", none and a hundredth have
    # it: 1 - √(99/100). Less chance, of one parameter: (1/2,000 + 1/2,000) / 8.
    labels = np.repeat([0, 1], 2_000)
    columns: list[SourceColumn] = [
        CategoricalColumn("a", np.r_[np.tile([0, 1], 1_000), np.tile([0, 0, 0, 1], 500)], ("x", "y")),
        NumericColumn("b", np.r_[np.zeros(2_000), np.tile([1.0] + [0.0] * 99, 20)]),
    ]
    chance = 1 / 8_000
    distances = np.array([1 - np.sqrt(0.375) - np.sqrt(0.125) - chance, 1 - np.sqrt(0.99) - chance])
    for weights in by_cluster(encode(columns, PLAIN, 10), labels):
        assert [weight.importance for weight in weights] == pytest.approx(distances / distances.sum())


def test_noise_is_left_out_and_a_single_cluster_is_decided_by_all_columns_alike() -> None:
    features = encode([NumericColumn(name, RANDOM.normal(size=600) + LABELS) for name in "ab"], PLAIN, 10)
    kept = np.flatnonzero(LABELS < 2)
    noisy = np.where(LABELS < 2, LABELS, -1)
    alone = replace(features, matrix=features.matrix[kept])
    assert [weight.importance for weight in importance(features, noisy)] == pytest.approx(
        [weight.importance for weight in importance(alone, LABELS[kept])]
    )
    for with_noise, without in zip(by_cluster(features, noisy), by_cluster(alone, LABELS[kept]), strict=True):
        assert [weight.importance for weight in with_noise] == pytest.approx(
            [weight.importance for weight in without]
        )
    (only,) = by_cluster(features, np.zeros(600, np.int64))
    assert [weight.importance for weight in only] == [0.5, 0.5]
