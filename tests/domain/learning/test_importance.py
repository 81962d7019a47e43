"""How much a column decides."""

import numpy as np
import pytest
from sklearn.feature_selection import f_classif

from domain.learning.features import CategoricalColumn, NumericColumn, SourceColumn, encode
from domain.learning.importance import importance, variances

RANDOM = np.random.default_rng(0)
LABELS = np.repeat([0, 1, 2], [300, 200, 100])


def test_the_whole_importance_is_of_the_column_that_makes_the_clusters() -> None:
    columns: list[SourceColumn] = [
        CategoricalColumn("shuffled", RANDOM.permutation(LABELS), ("a", "b", "c")),
        NumericColumn("spend", np.array([5.0, 1.0, 9.0])[LABELS]),
        NumericColumn("noise", RANDOM.normal(size=600)),
    ]
    found = importance(encode(columns, 10), LABELS)
    assert found[0].feature == "spend"
    assert found[0].importance > 0.97
    assert sum(weight.importance for weight in found) == pytest.approx(1)


def test_the_variance_between_clusters_equals_that_of_the_analysis_of_variance() -> None:
    features = encode(
        [
            NumericColumn(name, RANDOM.normal(size=600) + LABELS * shift)
            for name, shift in (("a", 1), ("b", 0.2))
        ],
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
    found = importance(encode(columns, 10), LABELS)
    assert [weight.feature for weight in found] == ["b", "a", "constant"]
    assert [weight.importance for weight in found] == pytest.approx([0.5, 0.5, 0])


def test_where_no_column_decides_all_count_the_same() -> None:
    features = encode([NumericColumn(name, np.array([1.0, 2.0, 1.0, 2.0])) for name in "ab"], 10)
    found = importance(features, np.array([0, 0, 1, 1]))
    assert [weight.importance for weight in found] == [0.5, 0.5]
