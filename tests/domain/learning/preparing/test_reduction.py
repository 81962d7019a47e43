"""Principal components before clustering."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from domain.errors import Invalid
from domain.learning.preparing.reduction import reduce
from domain.terms.training import PcaSettings

MATRIX = np.random.default_rng(5).normal(size=(80, 4)) * [4.0, 2.0, 1.0, 0.5]


def test_without_settings_the_matrix_stays_as_it_is() -> None:
    reduction = reduce(MATRIX, None)
    assert reduction.matrix is MATRIX
    assert reduction.explained_variance is None


def test_points_on_a_line_need_one_component() -> None:
    # (0,0), (3,4), (6,8) lie 5 apart on a line.
    reduction = reduce(np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]), PcaSettings(components=1))
    assert np.abs(reduction.matrix[:, 0]).tolist() == pytest.approx([5.0, 0.0, 5.0])
    assert reduction.explained_variance == pytest.approx((1.0,))


def test_a_share_keeps_as_many_components_as_explain_it() -> None:
    shares = PCA().fit(MATRIX).explained_variance_ratio_
    wanted = float(shares[:2].sum()) - 1e-6
    reduction = reduce(MATRIX, PcaSettings(explained_variance=wanted))
    assert reduction.matrix.shape == (80, 2)
    assert reduction.explained_variance == pytest.approx(tuple(shares[:2]))
    assert reduce(MATRIX, PcaSettings(explained_variance=1.0)).matrix.shape == (80, 4)


@pytest.mark.parametrize("rows", [30, 80])
def test_the_scores_equal_those_of_the_singular_value_decomposition(rows: int) -> None:
    part = MATRIX[:rows]
    centred = part - part.mean(axis=0)
    scores = centred @ np.linalg.svd(centred, full_matrices=False)[2].T
    reduction = reduce(part, PcaSettings(components=4))
    assert np.abs(reduction.matrix) == pytest.approx(np.abs(scores), abs=1e-9)
    assert reduce(part, PcaSettings(components=4)).matrix.tobytes() == reduction.matrix.tobytes()


def test_equal_rows_stay_equal() -> None:
    doubled = np.repeat(MATRIX, 2, axis=0)
    scores = reduce(doubled, PcaSettings(components=3)).matrix
    assert np.array_equal(scores[::2], scores[1::2])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            PcaSettings(components=5),
            "5 principal components are not possible: these columns and rows allow 1 to 4",
        ),
        (PcaSettings(components=0), "0 principal components are not possible"),
        (PcaSettings(explained_variance=0.0), "above 0 and at most 1"),
        (PcaSettings(explained_variance=1.5), "above 0 and at most 1"),
        (PcaSettings(), "Give either"),
        (PcaSettings(2, 0.5), "Give either"),
    ],
)
def test_settings_out_of_range_are_invalid(settings: PcaSettings, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        reduce(MATRIX, settings)


@pytest.mark.parametrize("settings", [None, PcaSettings(components=2)])
def test_other_rows_are_brought_into_the_same_space(settings: PcaSettings | None) -> None:
    reduction = reduce(MATRIX, settings)
    assert reduction.project(MATRIX[20:30]) == pytest.approx(reduction.matrix[20:30], abs=1e-9)
    if settings is not None:
        others = MATRIX[:5] * 3 - 1
        expected = PCA(2, svd_solver="full").fit(MATRIX).transform(others)
        assert np.abs(reduction.project(others)) == pytest.approx(np.abs(expected), abs=1e-9)
