"""What is wrong with a wish to train is found before anything is queued, all of it, each at its place."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from domain.errors import DomainError, TooLarge
from domain.services import training_checks
from domain.settings import Settings, load
from domain.terms.algorithms import (
    MAX_NEIGHBOURS,
    Algorithm,
    ClusterCountCriterion,
    ClusterCountRange,
    DbscanSettings,
    GaussianMixtureSettings,
    HdbscanSettings,
    HierarchicalSettings,
    KMeansSettings,
    Linkage,
)
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.preparation import ColumnWeight, PreparationSettings
from domain.terms.training import AlgorithmChoice, PcaSettings


@pytest.fixture
def settings() -> Settings:
    return load(max_hierarchical_rows=10, max_single_linkage_rows=20, max_training_values=100)


def told(mistakes: Iterable[DomainError]) -> list[tuple[str, str]]:
    return [(".".join(mistake.path), mistake.message) for mistake in mistakes]


def test_what_a_client_leaves_out_is_filled_in() -> None:
    settings, mistakes = training_checks.algorithm_settings(AlgorithmChoice(Algorithm.KMEANS), 100)
    assert (settings, mistakes) == (KMeansSettings(None, ClusterCountRange(2, 10)), [])
    choice = AlgorithmChoice(Algorithm.HIERARCHICAL, 4, linkage=Linkage.SINGLE)
    settings, mistakes = training_checks.algorithm_settings(choice, 100)
    assert (settings, mistakes) == (HierarchicalSettings(Linkage.SINGLE, 4), [])
    mixture = AlgorithmChoice(Algorithm.GAUSSIAN_MIXTURE, criterion=ClusterCountCriterion.BIC)
    settings, mistakes = training_checks.algorithm_settings(mixture, 100)
    assert (settings, mistakes) == (GaussianMixtureSettings(criterion=ClusterCountCriterion.BIC), [])
    assert training_checks.algorithm_settings(AlgorithmChoice(Algorithm.DBSCAN), 100) == (
        DbscanSettings(None, 5),
        [],
    )
    near = AlgorithmChoice(Algorithm.DBSCAN, epsilon=0.5, min_samples=1)
    assert training_checks.algorithm_settings(near, 100) == (DbscanSettings(0.5, 1), [])
    small = AlgorithmChoice(Algorithm.HDBSCAN, min_cluster_size=2)
    assert training_checks.algorithm_settings(small, 100) == (HdbscanSettings(2, None), [])


def test_every_algorithm_has_its_field_in_the_request() -> None:
    assert set(training_checks.INPUT_FIELDS) == set(Algorithm)


@pytest.mark.parametrize(
    ("count", "counts", "expected"),
    [
        (2, None, []),
        (15, None, []),
        (1, None, [("clusterCount", "1 clusters: from 2 to 15 can be asked for")]),
        (16, None, [("clusterCount", "16 clusters: from 2 to 15 can be asked for")]),
        (-(2**40), None, [("clusterCount", f"{-(2**40)} clusters: from 2 to 15 can be asked for")]),
        (None, (2, 15), []),
        (None, (3, 3), []),
        (None, (4, 3), [("clusterCountRange", "the range is empty: min 4 is above max 3")]),
        (
            None,
            (1, 99),
            [
                ("clusterCountRange.min", "1 clusters: from 2 to 15 can be asked for"),
                ("clusterCountRange.max", "99 clusters: from 2 to 15 can be asked for"),
            ],
        ),
        (3, (2, 5), [("clusterCountRange", "give clusterCount or clusterCountRange, not both")]),
    ],
)
def test_cluster_counts_are_from_2_to_15_and_a_count_or_a_range(
    count: int | None, counts: tuple[int, int] | None, expected: list[tuple[str, str]]
) -> None:
    choice = AlgorithmChoice(Algorithm.KMEANS, count, ClusterCountRange(*counts) if counts else None)
    _, mistakes = training_checks.algorithm_settings(choice, 1_000)
    assert told(mistakes) == [(f"input.algorithm.kmeans.{field}", message) for field, message in expected]


def test_there_are_no_more_clusters_than_customers() -> None:
    choice = AlgorithmChoice(Algorithm.HIERARCHICAL, 6)
    assert told(training_checks.algorithm_settings(choice, 5)[1]) == [
        ("input.algorithm.hierarchical.clusterCount", "6 clusters of 5 customers: ask for 5 at most")
    ]
    assert told(training_checks.algorithm_settings(choice, 6)[1]) == []
    assert told(training_checks.algorithm_settings(choice, None)[1]) == []


@pytest.mark.parametrize(
    ("pca", "expected"),
    [
        (None, []),
        (PcaSettings(components=1), []),
        (PcaSettings(explained_variance=1.0), []),
        (PcaSettings(components=0), ["input.pca.components"]),
        (PcaSettings(explained_variance=0.0), ["input.pca.explainedVariance"]),
        (PcaSettings(explained_variance=1.01), ["input.pca.explainedVariance"]),
        (PcaSettings(explained_variance=float("nan")), ["input.pca.explainedVariance"]),
    ],
)
def test_components_are_a_number_of_them_or_a_share_of_the_variance(
    pca: PcaSettings | None, expected: list[str]
) -> None:
    assert [path for path, _ in told(training_checks.pca_mistakes(pca))] == expected


def test_a_seed_is_not_negative() -> None:
    assert told(training_checks.seed_mistakes(0)) == told(training_checks.seed_mistakes(2**31 - 1)) == []
    assert told(training_checks.seed_mistakes(-1)) == [("input.seed", "the seed is -1: 0 or above")]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (AlgorithmChoice(Algorithm.KMEANS, criterion=ClusterCountCriterion.BIC), ["kmeans.criterion"]),
        (AlgorithmChoice(Algorithm.KMEANS, min_segment_share=0.5), []),
        (AlgorithmChoice(Algorithm.KMEANS, min_segment_share=0.51), ["kmeans.minSegmentShare"]),
        (AlgorithmChoice(Algorithm.KMEANS, min_segment_share=-0.1), ["kmeans.minSegmentShare"]),
        (AlgorithmChoice(Algorithm.KMEANS, min_segment_share=float("nan")), ["kmeans.minSegmentShare"]),
        (AlgorithmChoice(Algorithm.KMEANS, 3, min_segment_share=0.1), ["kmeans.minSegmentShare"]),
        (
            AlgorithmChoice(
                Algorithm.KMEANS, cluster_count_range=ClusterCountRange(3, 5), min_segment_share=0.4
            ),
            ["kmeans.minSegmentShare"],
        ),
        (
            AlgorithmChoice(
                Algorithm.KMEANS, cluster_count_range=ClusterCountRange(3, 5), min_segment_share=0.333
            ),
            [],
        ),
        (
            AlgorithmChoice(
                Algorithm.KMEANS, cluster_count_range=ClusterCountRange(2, 5), min_segment_share=0.4
            ),
            [],
        ),
        (
            AlgorithmChoice(
                Algorithm.KMEANS, cluster_count_range=ClusterCountRange(0, 5), min_segment_share=0.4
            ),
            ["kmeans.clusterCountRange.min"],
        ),
        (AlgorithmChoice(Algorithm.GAUSSIAN_MIXTURE, criterion=ClusterCountCriterion.BIC), []),
        (AlgorithmChoice(Algorithm.GAUSSIAN_MIXTURE, 1), ["gaussianMixture.clusterCount"]),
        (AlgorithmChoice(Algorithm.DBSCAN, epsilon=0.0), ["dbscan.epsilon"]),
        (AlgorithmChoice(Algorithm.DBSCAN, epsilon=float("inf")), ["dbscan.epsilon"]),
        (AlgorithmChoice(Algorithm.DBSCAN, min_samples=0), ["dbscan.minSamples"]),
        (
            AlgorithmChoice(Algorithm.DBSCAN, epsilon=-1.0, min_samples=51),
            ["dbscan.epsilon", "dbscan.minSamples"],
        ),
        (AlgorithmChoice(Algorithm.HDBSCAN, min_cluster_size=1), ["hdbscan.minClusterSize"]),
        (AlgorithmChoice(Algorithm.HDBSCAN, min_cluster_size=51), ["hdbscan.minClusterSize"]),
        (AlgorithmChoice(Algorithm.HDBSCAN, min_cluster_size=50, min_samples=50), []),
    ],
)
def test_settings_out_of_range_are_told_at_their_place(choice: AlgorithmChoice, expected: list[str]) -> None:
    _, mistakes = training_checks.algorithm_settings(choice, 50)
    assert [path for path, _ in told(mistakes)] == [f"input.algorithm.{place}" for place in expected]


def test_a_share_that_no_number_of_segments_can_meet_is_refused_with_one_that_can_be_met() -> None:
    for fewest, most in ((3, "0.333"), (6, "0.166")):
        counts = ClusterCountRange(fewest, 10)
        choice = AlgorithmChoice(Algorithm.KMEANS, cluster_count_range=counts, min_segment_share=0.4)
        (mistake,) = training_checks.algorithm_settings(choice, 1_000)[1]
        assert mistake.message == (
            f"{fewest} segments can't each have 0.4 of the customers: {most} at most, "
            "or begin the range lower"
        )
        met = replace(choice, min_segment_share=float(most))
        assert training_checks.algorithm_settings(met, 1_000)[1] == []


@pytest.mark.parametrize("algorithm", [Algorithm.DBSCAN, Algorithm.HDBSCAN])
def test_a_density_is_told_by_a_thousand_neighbours_at_most(algorithm: Algorithm) -> None:
    path = f"input.algorithm.{training_checks.INPUT_FIELDS[algorithm]}.minSamples"
    most = AlgorithmChoice(algorithm, min_samples=MAX_NEIGHBOURS)
    assert training_checks.algorithm_settings(most, 50_000)[1] == []
    more = replace(most, min_samples=MAX_NEIGHBOURS + 1)
    assert told(training_checks.algorithm_settings(more, 50_000)[1]) == [
        (path, "minSamples is 1,001: 1,000 at most")
    ]
    # The size of the smallest cluster costs nothing.
    large = AlgorithmChoice(Algorithm.HDBSCAN, min_cluster_size=20_000)
    assert training_checks.algorithm_settings(large, 50_000)[1] == []


COLUMNS = (
    RoleOverride("age", ColumnRole.NUMERIC),
    RoleOverride("plan", ColumnRole.CATEGORICAL),
    RoleOverride("id", ColumnRole.IDENTIFIER),
)


@pytest.mark.parametrize(
    ("linkage", "rows", "refused"),
    [
        (Linkage.WARD, 50, False),
        (Linkage.SINGLE, 20, False),
        (Linkage.SINGLE, 21, True),
        (Linkage.AVERAGE, 10, False),
        (Linkage.AVERAGE, 11, True),
        (Linkage.COMPLETE, 11, True),
    ],
)
def test_a_linkage_takes_as_many_customers_as_it_can_and_ward_any_number(
    settings: Settings, linkage: Linkage, rows: int, *, refused: bool
) -> None:
    algorithm = HierarchicalSettings(linkage)
    found = list(training_checks.size_mistakes(settings, algorithm, COLUMNS, rows))
    assert [type(mistake) for mistake in found] == [TooLarge] * refused
    if refused:
        single = linkage is Linkage.SINGLE
        setting = "MAX_SINGLE_LINKAGE_ROWS" if single else "MAX_HIERARCHICAL_ROWS"
        assert found[0].path == ("input", "algorithm", "hierarchical")
        assert found[0].message.endswith(f"or raise SEGMENTGRAPH_{setting}")


def test_a_training_takes_no_more_values_than_the_limit(settings: Settings) -> None:
    assert told(training_checks.size_mistakes(settings, KMeansSettings(), COLUMNS, 50)) == []
    (mistake,) = training_checks.size_mistakes(settings, KMeansSettings(), COLUMNS, 51)
    assert mistake.path == ("input", "datasetId")
    assert mistake.message == (
        "the dataset has 51 customers and 2 columns to cluster by, which makes 102 values, and a training "
        "takes 100: use fewer columns, upload a sample, or raise SEGMENTGRAPH_MAX_TRAINING_VALUES"
    )


def test_weights_are_of_columns_that_count_and_above_0() -> None:
    weights = (
        ColumnWeight("age", 2.0),
        ColumnWeight("age", 3.0),
        ColumnWeight("id", 1.0),
        ColumnWeight("plan", 0.0),
        ColumnWeight("nowhere", float("nan")),
    )
    found = training_checks.weight_mistakes(PreparationSettings(weights=weights), COLUMNS)
    assert [path for path, _ in told(found)] == [
        "input.preparation.weights.0.name",
        "input.preparation.weights.1.name",
        "input.preparation.weights.2.name",
        "input.preparation.weights.3.weight",
        "input.preparation.weights.4.name",
        "input.preparation.weights.4.weight",
    ]
    fine = PreparationSettings(weights=(ColumnWeight("age", 1e-9), ColumnWeight("plan", 1_000_000.0)))
    assert told(training_checks.weight_mistakes(fine, COLUMNS)) == []
