"""Why a customer is where it is, by scorers of real trainings and of corner cases."""

from pathlib import Path

import numpy as np
import pytest

from domain.scoring.explaining import explain
from domain.scoring.scoring import ReadyScorer
from domain.terms.algorithms import (
    AlgorithmSettings,
    DbscanSettings,
    GaussianMixtureSettings,
    HdbscanSettings,
    HierarchicalSettings,
    KMeansSettings,
    Linkage,
)
from domain.terms.preparation import (
    MissingTreatment,
    OutlierTreatment,
    PreparationSettings,
    Scaling,
    Transform,
)
from domain.terms.scoring import CentroidRule, Reasons
from domain.terms.training import PcaSettings
from tests.domain.scoring.made import number, one, scorer_of, segment_after
from tests.domain.scoring.trained import Table, trained

ALGORITHMS: dict[str, AlgorithmSettings] = {
    "kmeans": KMeansSettings(3),
    "average": HierarchicalSettings(Linkage.AVERAGE, 3),
    "mixture": GaussianMixtureSettings(3),
    "dbscan": DbscanSettings(),
    "hdbscan": HdbscanSettings(),
}
PREPARATIONS: dict[str, tuple[PreparationSettings, PcaSettings | None]] = {
    "as usual": (PreparationSettings(), None),
    "components": (PreparationSettings(), PcaSettings(components=2)),
    "clipped logarithms": (PreparationSettings(Scaling.ROBUST, Transform.LOG, OutlierTreatment.CLIP), None),
    "set apart": (
        PreparationSettings(outliers=OutlierTreatment.SEPARATE, missing=MissingTreatment.LEAVE_OUT),
        None,
    ),
}


def shop() -> Table:
    """Customers of three kinds, a few without a value."""
    rng = np.random.default_rng(2)
    kind = np.arange(90) % 3
    spent: list[float | str | None] = np.exp(3 + kind + rng.normal(0, 0.3, 90)).round(2).tolist()
    city: list[float | str | None] = [
        ("Bonn", "Köln", "Ulm")[each] for each in ((kind + (rng.random(90) < 0.2)) % 3).tolist()
    ]
    spent[4] = city[10] = city[11] = None
    return {
        "spent": spent,
        "visits": (kind * 4 + rng.integers(0, 4, 90)).astype(float).tolist(),
        "rate": (rng.normal(0, 1, 90) + 2.0 * (kind == 1)).tolist(),
        "city": city,
    }


@pytest.mark.parametrize(
    ("algorithm", "preparation"),
    [
        ("kmeans", "as usual"),
        ("kmeans", "clipped logarithms"),
        ("average", "components"),
        ("mixture", "as usual"),
        ("mixture", "components"),
        ("mixture", "set apart"),
        ("dbscan", "set apart"),
        ("hdbscan", "clipped logarithms"),
    ],
)
def test_customers_of_a_training_are_explained_and_their_change_works(
    tmp_path: Path, algorithm: str, preparation: str
) -> None:
    settings, pca = PREPARATIONS[preparation]
    run = trained(tmp_path, shop(), ALGORITHMS[algorithm], settings, pca)
    ready = ReadyScorer(run.scorer)
    placed = ready.score(run.measured)
    for row in range(0, 90, 5):
        reasons = explain(ready, run.measured, row, toward=None)
        if len(run.scorer.segments) < 2:
            continue
        assert bool(reasons.contributions) == (placed.segments[row] >= 0)
        assert reasons.change is not None
        assert segment_after(run.scorer, run.measured, row, reasons.change) == reasons.change.segment


def test_with_one_segment_only_there_is_nothing_to_explain() -> None:
    centroids = np.array([[1.0]])
    scorer = scorer_of([number("x")], CentroidRule(centroids), centroids)
    assert explain(scorer, one(x=2.0), 0, toward=None) == Reasons((), None)


def test_the_columns_are_weighed_against_the_segment_that_is_asked_for() -> None:
    centroids = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 6.0]])
    scorer = scorer_of([number("x"), number("y")], CentroidRule(centroids), centroids)
    against = {
        toward: [each.column for each in explain(scorer, one(x=0.0, y=0.0), 0, toward=toward).contributions]
        for toward in (None, 1, 2)
    }
    assert against == {None: ["x", "y"], 1: ["x", "y"], 2: ["y", "x"]}


def test_another_row_s_values_do_not_matter() -> None:
    centroids = np.array([[0.0], [4.0]])
    scorer = scorer_of([number("x")], CentroidRule(centroids), centroids)
    both = one(x=1.0)
    both.numbers["x"].resize(2, refcheck=False)
    two = type(both)(2, both.numbers)
    assert explain(scorer, two, 0, toward=None) == explain(scorer, one(x=1.0), 0, toward=None)


def test_a_segment_that_is_not_there_is_refused() -> None:
    centroids = np.array([[0.0], [4.0]])
    scorer = scorer_of([number("x")], CentroidRule(centroids), centroids)
    with pytest.raises(ValueError, match="no segment of the index 7"):
        explain(scorer, one(x=1.0), 0, toward=7)
