"""Who was trained on is placed where the training did, whatever the algorithm and the preparation."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris, load_wine
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KNeighborsClassifier

from domain.jobs.scorers import Quickly
from domain.learning.preparing.outliers import NEIGHBOURS, find_far
from domain.learning.progress import unwatched
from domain.scoring.rules import Centroids, Mixture, Samples
from domain.scoring.scoring import ReadyScorer, far, score
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
    CategoryBalance,
    ColumnWeight,
    MissingTreatment,
    OutlierTreatment,
    PreparationSettings,
    Scaling,
    Transform,
)
from domain.terms.scoring import (
    REASONS,
    CentroidRule,
    Measured,
    MixtureRule,
    OutlierRule,
    SampleRule,
    Scores,
)
from domain.terms.training import PcaSettings
from tests.domain.scoring.trained import Table, Trained, part, trained

RNG = np.random.default_rng(6)
ALGORITHMS: dict[str, AlgorithmSettings] = {
    "kmeans": KMeansSettings(3),
    "ward": HierarchicalSettings(Linkage.WARD, 3),
    "average": HierarchicalSettings(Linkage.AVERAGE, 3),
    "mixture": GaussianMixtureSettings(3),
    "dbscan": DbscanSettings(),
    "hdbscan": HdbscanSettings(),
}
PREPARATIONS: dict[str, tuple[PreparationSettings, PcaSettings | None]] = {
    "as usual": (PreparationSettings(), None),
    "plain": (PreparationSettings(transform=Transform.NONE, categories=CategoryBalance.UNIT), None),
    "components": (PreparationSettings(), PcaSettings(components=2)),
    "clipped logarithms": (
        PreparationSettings(Scaling.ROBUST, Transform.LOG, OutlierTreatment.CLIP),
        None,
    ),
    "outliers apart": (PreparationSettings(outliers=OutlierTreatment.SEPARATE), None),
    "missing left out": (
        PreparationSettings(Scaling.MIN_MAX, missing=MissingTreatment.LEAVE_OUT),
        PcaSettings(explained_variance=0.9),
    ),
    "weighed": (PreparationSettings(weights=(ColumnWeight("spent", 4.0), ColumnWeight("city", 0.5))), None),
}


def shoppers() -> Table:
    """Customers in three groups, with missing values, a category that few have, and some far from all."""
    spent, visits, city = [], [], []
    for center, count, home in ((20.0, 60, "Bonn"), (200.0, 50, "Kiel"), (900.0, 40, "Ulm")):
        spent.extend(np.round(RNG.lognormal(np.log(center), 0.15, count), 2).tolist())
        visits.extend(RNG.poisson(center / 20 + 3, count).astype(float).tolist())
        city.extend(np.where(RNG.random(count) < 0.85, home, "Bonn").tolist())
    spent[7] = visits[70] = city[100] = city[3] = None
    spent.extend([9_000.0, 1.0])
    visits.extend([1.0, 400.0])
    city.extend(["Wien", "Bonn"])
    # Whole numbers repeat themselves: equal customers, and customers half-way between.
    return {"spent": spent, "visits": visits, "city": city}


SHOPPERS = shoppers()


def reasons(scores: Scores) -> list[str | None]:
    return [None if place < 0 else REASONS[place].value for place in scores.unassigned.tolist()]


def told(found: Trained) -> list[tuple[int | None, str | None]]:
    return [(row.segment, row.unassigned) for row in found.rows]


def placed(scores: Scores) -> list[tuple[int | None, str | None]]:
    segments = [None if segment < 0 else segment for segment in scores.segments.tolist()]
    return list(zip(segments, reasons(scores), strict=True))


@pytest.mark.parametrize("preparation", PREPARATIONS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_who_was_trained_on_is_placed_where_the_training_did_alone_and_among_all(
    tmp_path: Path, algorithm: str, preparation: str
) -> None:
    found = trained(tmp_path, SHOPPERS, ALGORITHMS[algorithm], *PREPARATIONS[preparation])
    ready = ReadyScorer(found.scorer)

    together = ready.score(found.measured)

    assert placed(together) == told(found)
    assert together.confidence == pytest.approx([row.confidence for row in found.rows], abs=1e-6)
    for row in range(0, found.measured.count, 7):
        alone = ready.score(found.only(row))
        assert placed(alone) == told(found)[row : row + 1]
        assert alone.confidence[0] == together.confidence[row]
        assert alone.distances[0] == together.distances[row] or np.isnan(together.distances[row])
        assert alone.runners_up[0] == together.runners_up[row]


@pytest.mark.parametrize("algorithm", ["ward", "dbscan", "hdbscan"])
def test_the_compiled_twin_of_a_rule_gives_the_same_answers(tmp_path: Path, algorithm: str) -> None:
    found = trained(tmp_path, SHOPPERS, ALGORITHMS[algorithm])
    assert isinstance(found.scorer.rule, SampleRule)
    slowly = ReadyScorer(found.scorer).score(found.measured)
    quickly = ReadyScorer(found.scorer, Quickly(found.scorer.rule)).score(found.measured)
    for name in ("segments", "unassigned", "confidence", "distances", "runners_up"):
        assert np.array_equal(getattr(slowly, name), getattr(quickly, name), equal_nan=name == "distances")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("load", [load_iris, load_wine], ids=["iris", "wine"])
def test_real_samples_are_placed_where_the_training_did(tmp_path: Path, algorithm: str, load: object) -> None:
    data = load().data  # type: ignore[operator]  # scikit-learn's
    table = {f"column {place}": data[:, place].tolist() for place in range(data.shape[1])}
    found = trained(tmp_path, table, ALGORITHMS[algorithm])
    assert placed(score(found.scorer, found.measured)) == told(found)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_real_customers_are_placed_where_the_training_did(
    tmp_path: Path, public_data: Path, algorithm: str
) -> None:
    frame = pd.read_csv(public_data / "bank-full.csv").sample(400, random_state=0)
    table = {str(name): frame[name].tolist() for name in frame.columns}
    found = trained(tmp_path, table, ALGORITHMS[algorithm], *PREPARATIONS["outliers apart"])
    assert placed(score(found.scorer, found.measured)) == told(found)


def test_the_nearest_centroid_by_hand() -> None:
    ready = Centroids(CentroidRule(np.array([[0.0, 0.0], [4.0, 0.0]])))
    # Half-way between, the first one has it.
    samples = np.array([[1.0, 1.0], [3.0, 9.0], [2.0, 0.0]])
    assert ready.place(samples).labels.tolist() == [0, 1, 0]


def test_the_likeliest_component_by_hand() -> None:
    # Standard normal with weight 0.5 beside one of deviation 2 about 3 with weight 0.5.
    whiteners = np.array([[[1.0]], [[0.5]]])
    ready = Mixture(MixtureRule(np.array([0.5, 0.5]), np.array([[0.0], [3.0]]), whiteners))
    found = ready.place(np.array([[0.0], [3.0]]))
    first, second = np.exp(0.0), np.exp(-(1.5**2) / 2) / 2
    assert found.labels.tolist() == [0, 1]
    assert found.confidence is not None
    assert found.confidence[0] == pytest.approx(first / (first + second))
    assert found.seconds is not None
    assert found.seconds.tolist() == [1, 0]


def test_the_nearest_known_sample_by_hand() -> None:
    known = np.array([[0.0], [1.0], [10.0], [10.0]])
    rule = SampleRule(known, np.array([0, -1, 1, 2]), np.array([2.0, 2.0, 1.0, 1.0]))
    # 12 is farther from 10 than that one's reach, 9 is not; of the two at 10 the first counts.
    found = Samples(rule).place(np.array([[-1.0], [0.9], [9.0], [12.0]]))
    assert found.labels.tolist() == [0, -1, 1, -1]


def test_centroids_are_those_of_scikit_learn() -> None:
    data = load_wine().data
    model = KMeans(4, n_init=3, random_state=0).fit(data)
    ready = Centroids(CentroidRule(model.cluster_centers_))
    assert np.array_equal(ready.place(data).labels, model.predict(data))


def test_posteriors_are_those_of_scikit_learn() -> None:
    data = load_iris().data
    model = GaussianMixture(3, random_state=0).fit(data)
    ready = Mixture(MixtureRule(model.weights_, model.means_, model.precisions_cholesky_))
    found, expected = ready.place(data), model.predict_proba(data)
    assert np.array_equal(found.labels, expected.argmax(axis=1))
    assert found.confidence == pytest.approx(expected.max(axis=1), abs=1e-12)


def test_many_known_samples_place_as_scikit_learn_does() -> None:
    known = np.random.default_rng(2).normal(size=(20_000, 6))
    labels = np.random.default_rng(3).integers(0, 4, 20_000)
    queries = np.random.default_rng(4).normal(size=(200, 6))
    expected = KNeighborsClassifier(1).fit(known, labels).predict(queries)
    assert np.array_equal(Samples(SampleRule(known, labels)).place(queries).labels, expected)


def test_nobody_is_placed_nowhere(tmp_path: Path) -> None:
    found = trained(tmp_path, SHOPPERS, ALGORITHMS["kmeans"])
    assert len(score(found.scorer, part(found.measured, slice(0, 0))).segments) == 0


def test_a_column_that_only_outliers_have_a_value_of_is_asked_for(tmp_path: Path) -> None:
    table = {**SHOPPERS, "debt": [*[None] * (len(SHOPPERS["spent"]) - 2), 40.0, 7_000.0]}
    found = trained(
        tmp_path, table, ALGORITHMS["kmeans"], PreparationSettings(outliers=OutlierTreatment.SEPARATE)
    )
    assert "debt" in {column.name for column in found.scorer.columns}
    assert "debt" not in {feature.column for feature in found.scorer.features}
    assert placed(score(found.scorer, found.measured)) == told(found)


def test_equal_customers_are_apart_together_in_training_and_ever_after() -> None:
    # Of these 24 equal ones far from all others, five are references: no more than they need themselves.
    random = np.random.default_rng(0)
    sites = np.repeat(np.stack([np.arange(30) * 50.0 + 100, random.normal(size=30)], axis=1), 24, axis=0)
    samples = np.concatenate([random.normal(size=(20_000, 2)), sites])
    apart = find_far(samples, unwatched)
    assert apart.radius is not None
    rule = OutlierRule((), samples[apart.references], apart.in_company, apart.radius, NEIGHBOURS)

    alone = np.isin(np.arange(len(samples)), apart.rows)

    of_sites = alone[20_000:].reshape(30, 24)
    assert np.array_equal(of_sites.any(axis=1), of_sites.all(axis=1))
    assert 0 < of_sites.all(axis=1).sum() < 30
    assert np.array_equal(far(samples, rule), alone)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("preparation", ["plain", "outliers apart"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_numbers_too_large_to_compute_with_have_an_answer(
    tmp_path: Path, algorithm: str, preparation: str
) -> None:
    found = trained(tmp_path, SHOPPERS, ALGORITHMS[algorithm], *PREPARATIONS[preparation])
    large = np.array([1e100, 1e160, 1.7e308, -1.7e308, 5e-324])
    visits, city = np.full(5, 3.0), np.zeros(5, dtype=np.int64)
    said = score(found.scorer, Measured(5, {"spent": large, "visits": visits}, {"city": city}))
    assert np.isfinite(said.confidence).all()
    assert np.array_equal(np.isfinite(said.distances), said.segments >= 0)
