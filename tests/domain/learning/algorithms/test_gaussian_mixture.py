"""Gaussian mixtures against scikit-learn's, against planted groups and by hand."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.datasets import load_iris
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

from domain.errors import TooLarge
from domain.learning.algorithms.assigning import POSTERIOR_ROWS, Posterior, posterior_rows
from domain.learning.algorithms.contract import Effort, Partition
from domain.learning.algorithms.gaussian_mixture import (
    FIT_ROWS,
    FLOOR,
    MOST_NUMBERS,
    GaussianMixturePartitioner,
)
from domain.learning.algorithms.kmeans import KMeansPartitioner
from domain.learning.algorithms.levels import find_levels
from domain.learning.preparing.features import encode
from domain.learning.progress import unwatched
from domain.terms.algorithms import GaussianMixtureSettings, KMeansSettings
from domain.terms.arrays import Labels, Matrix
from domain.terms.preparation import PreparationSettings
from domain.terms.segments import ApproximationMethod
from tests.domain.learning.planting import plant


def fitted(matrix: Matrix, count: int, seed: int = 0, effort: Effort = Effort.FULL) -> Partition:
    partitioner = GaussianMixturePartitioner(matrix, GaussianMixtureSettings(), seed, effort, unwatched)
    return partitioner.partition(count, unwatched)


def cigars(count: int, seed: int, features: int = 3, groups: int = 4) -> tuple[Matrix, Labels]:
    """Draw long, thin groups side by side, each along a direction of its own."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, groups, count)
    matrix = np.empty((count, features))
    for group in range(groups):
        turned = np.linalg.qr(random.normal(size=(features, features)))[0]
        shape = turned * np.array([4.0, *[0.25] * (features - 1)])
        members = truth == group
        center = random.normal(size=features) * 1.5
        matrix[members] = random.normal(size=(members.sum(), features)) @ shape.T + center
    return (matrix - matrix.mean(axis=0)) / matrix.std(axis=0), truth


def as_scikit_learn(posterior: Posterior) -> GaussianMixture:
    model = GaussianMixture(len(posterior.weights))
    model.weights_, model.means_ = posterior.weights, posterior.means
    model.precisions_cholesky_ = posterior.whiteners
    return model


@pytest.mark.parametrize("seed", range(4))
def test_long_groups_side_by_side_are_told_apart_where_k_means_fails(seed: int) -> None:
    matrix, truth = cigars(2000, seed, features=4)
    straight = KMeansPartitioner(matrix, KMeansSettings(), 0, Effort.FULL, unwatched)
    found = adjusted_rand_score(truth, fitted(matrix, 4, seed).labels)
    assert found > 0.9
    assert found > adjusted_rand_score(truth, straight.partition(4, unwatched).labels) + 0.3


@pytest.mark.parametrize("seed", range(2))
def test_the_likelihood_is_that_of_ten_starts_of_scikit_learn(seed: int) -> None:
    matrix, _ = cigars(500, seed)
    reference = GaussianMixture(
        4, n_init=10, init_params="k-means++", random_state=seed, reg_covar=FLOOR, max_iter=300
    )
    with threadpool_limits(1):
        reference.fit(matrix)
    bic = fitted(matrix, 4, seed).bic
    assert bic is not None
    # Half the BIC is the log-likelihood: a hundredth of a nat a sample.
    assert bic <= reference.bic(matrix) + 2 * 0.01 * len(matrix)


def test_posteriors_and_bic_are_those_of_scikit_learn_with_the_same_parameters() -> None:
    matrix = load_iris().data
    found = fitted(matrix, 3)
    assert isinstance(found.assigner, Posterior)
    assert found.confidence is not None
    reference = as_scikit_learn(found.assigner)
    assert found.labels.tolist() == reference.predict(matrix).tolist()
    assert found.confidence == pytest.approx(reference.predict_proba(matrix).max(axis=1), abs=1e-12)
    assert found.bic == pytest.approx(reference.bic(matrix), rel=1e-12)


def test_the_joint_density_is_that_of_scipy() -> None:
    covariance = np.array([[2.0, 0.6], [0.6, 0.5]])
    whitener = np.linalg.inv(np.linalg.cholesky(covariance)).T
    rule = Posterior(np.array([1.0]), np.array([[1.0, -1.0]]), whitener[None])
    samples = np.array([[0.0, 0.0], [3.0, -2.0]])
    expected = multivariate_normal([1.0, -1.0], covariance).logpdf(samples)
    assert rule.log_joint(samples)[:, 0] == pytest.approx(expected, abs=1e-12)


def test_halfway_between_two_equal_gaussians_the_first_has_half() -> None:
    rule = Posterior(np.array([0.5, 0.5]), np.array([[0.0], [2.0]]), np.ones((2, 1, 1)))
    labels, confidence, _ = rule.place(np.array([[1.0], [0.0], [2.0]]))
    assert labels.tolist() == [0, 0, 1]
    # At a mean: 1 / (1 + e^-2).
    assert confidence == pytest.approx([0.5, 0.8807970779778823, 0.8807970779778823])
    assert rule.parameter_count == 5


@pytest.mark.parametrize("effort", Effort)
@pytest.mark.parametrize("rows", [200, FIT_ROWS + 10_000])
def test_the_training_rows_are_assigned_where_the_training_put_them(effort: Effort, rows: int) -> None:
    matrix, _ = cigars(rows, 0)
    found = fitted(matrix, 4, effort=effort)
    assert found.labels.tolist() == found.assigner.assign(matrix).tolist()
    assert np.unique(found.labels).tolist() == [0, 1, 2, 3]
    assert found.confidence is not None
    assert 0.25 <= found.confidence.min() <= found.confidence.max() <= 1.0


def test_above_the_limit_a_sample_is_fitted_and_named() -> None:
    matrix, truth = cigars(FIT_ROWS + 10_000, 1, features=4)
    partitioner = GaussianMixturePartitioner(matrix, GaussianMixtureSettings(), 0, Effort.FULL, unwatched)
    assert partitioner.approximation is not None
    assert partitioner.approximation.method is ApproximationMethod.SAMPLE
    assert partitioner.approximation.size == FIT_ROWS
    assert adjusted_rand_score(truth, partitioner.partition(4, unwatched).labels) > 0.9


@pytest.mark.parametrize("scale", [1e-9, 1e-6, 1.0, 1e6, 1e9])
def test_the_unit_of_a_feature_changes_nothing(scale: float) -> None:
    matrix, _ = cigars(500, 2)
    other = matrix * np.array([1.0, scale, 1.0])
    assert adjusted_rand_score(fitted(matrix, 3).labels, fitted(other, 3).labels) > 0.999


@pytest.mark.parametrize("unit", [1.0, 1e7, 1e9])
def test_groups_are_seen_beside_a_feature_of_a_far_larger_unit(unit: float) -> None:
    random = np.random.default_rng(5)
    truth = random.integers(0, 2, 600)
    clear = random.normal(size=(600, 2)) + 8.0 * truth[:, None]
    matrix = np.hstack([clear, random.normal(size=(600, 1)) * unit])
    assert adjusted_rand_score(truth, fitted(matrix, 2).labels) == 1.0


@pytest.mark.parametrize("effort", Effort)
@pytest.mark.parametrize("offset", [1e7, 1e9])
def test_how_far_the_numbers_are_from_zero_changes_nothing(offset: float, effort: Effort) -> None:
    random = np.random.default_rng(6)
    # In steps that numbers of this size have.
    matrix = np.round((random.normal(size=(500, 2)) + 8.0 * random.integers(0, 2, (500, 1))) * 2**20) / 2**20
    about_zero, far = fitted(matrix, 2, effort=effort), fitted(matrix + offset, 2, effort=effort)
    assert far.labels.tolist() == about_zero.labels.tolist()
    assert far.bic == pytest.approx(about_zero.bic, abs=1e-3)
    assert far.labels.tolist() == far.assigner.assign(matrix + offset).tolist()


@pytest.mark.parametrize("effort", Effort)
def test_flags_and_constant_features_are_no_obstacle(effort: Effort) -> None:
    random = np.random.default_rng(0)
    flags = np.eye(3)[random.integers(0, 3, 300)]
    matrix = np.hstack([flags, np.ones((300, 1)), random.normal(size=(300, 1))])
    found = fitted(matrix, 3, effort=effort)
    assert np.unique(found.labels).tolist() == [0, 1, 2]
    assert found.labels.tolist() == found.assigner.assign(matrix).tolist()


@pytest.mark.parametrize("seed", range(2))
def test_groups_of_customers_with_numbers_and_categories_are_found(seed: int) -> None:
    table = plant(seed, 2000)
    matrix = encode(table.columns, PreparationSettings(), 100, unwatched).matrix
    of_groups = table.truth >= 0
    labels = fitted(matrix, 5, seed).labels
    assert adjusted_rand_score(table.truth[of_groups], labels[of_groups]) > 0.95


def test_levels_by_chance_do_not_draw_groups_to_them() -> None:
    matrix, truth = cigars(2000, 0, features=4)
    flags = np.eye(4)[np.random.default_rng(1).integers(0, 4, 2000)]
    assert adjusted_rand_score(truth, fitted(np.hstack([matrix, flags]), 4).labels) > 0.9


def test_features_of_one_height_that_exclude_each_other_are_one_category() -> None:
    plan = np.array([[0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]] * 4)
    letter = np.array([[1.0], [1.0], [-2.0]] * 4)
    number = np.arange(12.0)[:, None]
    found = find_levels(np.hstack([plan, letter, number]))
    assert found.numbers.tolist() == [4]
    assert [found.flags[category].tolist() for category in found.categories] == [[0, 1, 2], [3]]
    assert found.shares == pytest.approx([1 / 3, 1 / 3, 1 / 3, 2 / 3])
    # Two free shares of the plan, one of the letter.
    assert found.parameter_count == 3


def test_the_line_gives_the_log_probability_of_the_levels() -> None:
    samples = np.array([[2.0, 1.0], [2.0, 1.0], [0.0, 1.0], [0.0, -1.0]])
    levels = find_levels(samples)
    slopes, offsets = levels.line(samples.sum(axis=0)[None], np.array([4.0]))
    # With one more of the shares of all the shares stay: a half, and three of four.
    assert samples @ slopes[0] + offsets[0] == pytest.approx(
        np.log([0.5 * 0.75, 0.5 * 0.75, 0.5 * 0.75, 0.5 * 0.25])
    )


def test_a_value_that_a_flag_never_had_counts_as_the_nearest_it_had() -> None:
    random = np.random.default_rng(7)
    truth = random.integers(0, 2, 400)
    flag = (random.random(400) < 0.3 + 0.4 * truth).astype(np.float64)
    matrix = np.column_stack([random.normal(size=400) + 6.0 * truth, flag])
    rule = fitted(matrix, 2).assigner
    assert isinstance(rule, Posterior)
    beyond = np.array([[0.0, 50.0], [6.0, -50.0]])
    assert (rule.log_joint(beyond) == rule.log_joint(np.clip(beyond, [-9, 0], [9, 1]))).all()


def test_a_wide_mixture_takes_fewer_rows_at_a_time() -> None:
    def wide(components: int, features: int) -> Posterior:
        means = np.zeros((components, features))
        return Posterior(np.full(components, 1 / components), means, np.empty((components, 0, 0)))

    assert posterior_rows(wide(15, 8)) == POSTERIOR_ROWS
    assert posterior_rows(wide(10, 500)) == 200
    assert posterior_rows(wide(15, 5000)) == 64


def test_more_numbers_than_a_covariance_can_be_of_are_refused() -> None:
    matrix = np.random.default_rng(0).normal(size=(4, MOST_NUMBERS + 1))
    with pytest.raises(TooLarge, match="at most 500 numbers a customer, and here are 501"):
        fitted(matrix, 2)


def test_where_all_near_samples_are_fitted_no_approximation_is_told() -> None:
    crowd = np.random.default_rng(0).normal(size=(FIT_ROWS, 2))
    alone = np.array([[40.0, 0.0], [0.0, 50.0], [-60.0, 0.0]])
    matrix = np.concatenate([crowd, alone])
    partitioner = GaussianMixturePartitioner(matrix, GaussianMixtureSettings(), 0, Effort.FULL, unwatched)
    far = len(matrix) - len(partitioner._fitted)
    assert far >= 3
    assert partitioner.approximation is None


@pytest.mark.parametrize("effort", Effort)
@pytest.mark.parametrize("count", [2, 7, 15])
def test_every_component_has_a_sample_though_there_are_few(effort: Effort, count: int) -> None:
    matrix = np.random.default_rng(count).normal(size=(40, 3))
    found = fitted(matrix, count, effort=effort)
    assert np.unique(found.labels).tolist() == list(range(count))
    assert found.labels.tolist() == found.assigner.assign(matrix).tolist()


def test_as_many_components_as_distinct_rows_are_these_rows() -> None:
    rows = np.repeat(np.array([[0.0, 1.0], [2.0, 2.0], [9.0, 9.0]]), 20, axis=0)
    assert np.unique(fitted(rows, 3).labels[::20]).tolist() == [0, 1, 2]


def test_the_same_seed_gives_the_same_mixture() -> None:
    matrix, _ = cigars(3000, 5)
    once, again = (fitted(matrix, 5, seed=-3) for _ in range(2))
    assert once.labels.tolist() == again.labels.tolist()
    assert once.bic == again.bic


def test_what_the_watch_raises_comes_out() -> None:
    def stop(fraction: float, message: str) -> None:
        raise InterruptedError

    matrix, _ = cigars(500, 0)
    partitioner = GaussianMixturePartitioner(matrix, GaussianMixtureSettings(), 0, Effort.FULL, unwatched)
    with pytest.raises(InterruptedError):
        partitioner.partition(3, stop)


def test_the_watch_is_told_before_each_round_of_the_starts_too() -> None:
    told: list[str] = []
    matrix, _ = cigars(300, 0)
    partitioner = GaussianMixturePartitioner(matrix, GaussianMixtureSettings(), 0, Effort.FULL, unwatched)
    partitioner.partition(4, lambda fraction, message: told.append(message))
    # Its start, and at least two rounds: no gain is known after one.
    assert told.count("mixture of 4, start 10 of 10") >= 3
    assert told.count("mixture of 4, the best starts") >= 6
    assert "mixture of 4, round 1" in told
