"""What a wish to train must fulfil before anything is queued; every mistake is found, not only the first."""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import floor, isfinite

from domain.errors import DomainError, Invalid, TooLarge
from domain.settings import Settings
from domain.terms.algorithms import (
    MAX_CLUSTERS,
    MAX_NEIGHBOURS,
    MIN_CLUSTERS,
    Algorithm,
    AlgorithmSettings,
    ClusterCountCriterion,
    ClusterCountRange,
    DbscanSettings,
    GaussianMixtureSettings,
    HdbscanSettings,
    HierarchicalSettings,
    KMeansSettings,
    Linkage,
)
from domain.terms.columns import CLUSTERED_ROLES, RoleOverride
from domain.terms.preparation import PreparationSettings
from domain.terms.training import AlgorithmChoice, PcaSettings
from domain.terms.wording import quoted

INPUT_FIELDS: dict[Algorithm, str] = {
    Algorithm.KMEANS: "kmeans",
    Algorithm.HIERARCHICAL: "hierarchical",
    Algorithm.DBSCAN: "dbscan",
    Algorithm.HDBSCAN: "hdbscan",
    Algorithm.GAUSSIAN_MIXTURE: "gaussianMixture",
}
"""What the algorithm's settings are called in the request."""

LARGEST_WEIGHT = 1_000_000.0
LARGEST_SHARE = 1 / MIN_CLUSTERS
_DENSITY = (Algorithm.DBSCAN, Algorithm.HDBSCAN)
_WEIGHTS = ["input", "preparation", "weights"]


def algorithm_settings(
    choice: AlgorithmChoice, row_count: int | None
) -> tuple[AlgorithmSettings, list[DomainError]]:
    """Fill in what a client left out, and find what is wrong with what it gave.

    `row_count` is None where there is no such dataset.
    """
    path = ["input", "algorithm", INPUT_FIELDS[choice.algorithm]]
    if choice.algorithm in _DENSITY:
        return _density_settings(choice), list(_density_mistakes(choice, row_count, path))
    return _counted_settings(choice), [
        *_cluster_count_mistakes(choice, row_count, path),
        *_criterion_mistakes(choice, path),
    ]


def size_mistakes(
    settings: Settings, algorithm: AlgorithmSettings, columns: Sequence[RoleOverride], row_count: int
) -> Iterator[DomainError]:
    """Find that there is more than the algorithm, or the memory, takes."""
    if isinstance(algorithm, HierarchicalSettings):
        yield from _linkage_mistakes(settings, algorithm.linkage, row_count)
    used = sum(column.role in CLUSTERED_ROLES for column in columns)
    if row_count * used > settings.max_training_values:
        yield TooLarge(
            f"the dataset has {row_count:,} customers and {used} columns to cluster by, which makes "
            f"{row_count * used:,} values, and a training takes {settings.max_training_values:,}: use fewer "
            "columns, upload a sample, or raise SEGMENTGRAPH_MAX_TRAINING_VALUES",
            ["input", "datasetId"],
        )


def weight_mistakes(
    preparation: PreparationSettings, columns: Sequence[RoleOverride]
) -> Iterator[DomainError]:
    """Find weights of columns that are not clustered by, that are given twice, or that can't be."""
    used = {column.name for column in columns if column.role in CLUSTERED_ROLES}
    often = Counter(weight.name for weight in preparation.weights)
    for place, weight in enumerate(preparation.weights):
        path = [*_WEIGHTS, str(place)]
        if weight.name not in used:
            yield Invalid(f"no column called {quoted([weight.name])} is clustered by", [*path, "name"])
        elif often[weight.name] > 1:
            yield Invalid(f"column {quoted([weight.name])} is given a weight twice", [*path, "name"])
        if not 0 < weight.weight <= LARGEST_WEIGHT:
            yield Invalid(
                f"the weight is {weight.weight:g}: above 0, up to {LARGEST_WEIGHT:,.0f}; a column that shall "
                "not count gets the role IGNORED",
                [*path, "weight"],
            )


def pca_mistakes(pca: PcaSettings | None) -> Iterator[DomainError]:
    """Find a number of components, or a share of variance, that can't be."""
    if pca is None:
        return
    if pca.components is not None and pca.components < 1:
        yield Invalid(f"{pca.components} components: at least 1", ["input", "pca", "components"])
    if pca.explained_variance is not None and not 0 < pca.explained_variance <= 1:
        yield Invalid(
            f"{pca.explained_variance:g} is no share of the variance: above 0 and at most 1",
            ["input", "pca", "explainedVariance"],
        )


def seed_mistakes(seed: int) -> Iterator[DomainError]:
    """Find a seed that random generators do not take."""
    if seed < 0:
        yield Invalid(f"the seed is {seed}: 0 or above", ["input", "seed"])


def _counted_settings(choice: AlgorithmChoice) -> AlgorithmSettings:
    counts = choice.cluster_count_range or ClusterCountRange()
    given = choice.cluster_count, counts, choice.criterion, choice.min_segment_share
    if choice.algorithm is Algorithm.HIERARCHICAL:
        return HierarchicalSettings(choice.linkage, *given)
    if choice.algorithm is Algorithm.GAUSSIAN_MIXTURE:
        return GaussianMixtureSettings(*given)
    return KMeansSettings(*given)


def _density_settings(choice: AlgorithmChoice) -> AlgorithmSettings:
    if choice.algorithm is Algorithm.HDBSCAN:
        return HdbscanSettings(choice.min_cluster_size, choice.min_samples)
    usual = DbscanSettings()
    return DbscanSettings(
        choice.epsilon, usual.min_samples if choice.min_samples is None else choice.min_samples
    )


def _cluster_count_mistakes(
    choice: AlgorithmChoice, row_count: int | None, path: list[str]
) -> Iterator[DomainError]:
    count, counts = choice.cluster_count, choice.cluster_count_range
    if count is not None and counts is not None:
        yield Invalid("give clusterCount or clusterCountRange, not both", [*path, "clusterCountRange"])
    if count is not None:
        yield from _count_mistakes(count, row_count, [*path, "clusterCount"])
    if counts is not None:
        yield from _count_mistakes(counts.min, row_count, [*path, "clusterCountRange", "min"])
        yield from _count_mistakes(counts.max, row_count, [*path, "clusterCountRange", "max"])
        if counts.min > counts.max:
            yield Invalid(
                f"the range is empty: min {counts.min} is above max {counts.max}",
                [*path, "clusterCountRange"],
            )


def _count_mistakes(count: int, row_count: int | None, path: list[str]) -> Iterator[DomainError]:
    if not MIN_CLUSTERS <= count <= MAX_CLUSTERS:
        yield Invalid(f"{count} clusters: from {MIN_CLUSTERS} to {MAX_CLUSTERS} can be asked for", path)
    elif row_count is not None and count > row_count:
        yield Invalid(f"{count} clusters of {row_count} customers: ask for {row_count} at most", path)


def _criterion_mistakes(choice: AlgorithmChoice, path: list[str]) -> Iterator[DomainError]:
    if choice.criterion is ClusterCountCriterion.BIC and choice.algorithm is not Algorithm.GAUSSIAN_MIXTURE:
        yield Invalid(
            "BIC compares likelihoods, which only gaussianMixture has: choose another criterion",
            [*path, "criterion"],
        )
    share = choice.min_segment_share
    if not 0 <= share <= LARGEST_SHARE:
        yield Invalid(
            f"{share:g} is no share that every segment can have: from 0 to {LARGEST_SHARE:g}",
            [*path, "minSegmentShare"],
        )
    elif share and choice.cluster_count is not None:
        yield Invalid(
            "minSegmentShare chooses among numbers of segments: leave it out, or clusterCount",
            [*path, "minSegmentShare"],
        )
    elif choice.cluster_count_range and share * (fewest := choice.cluster_count_range.min) > 1:
        # Rounded down: what is named here is not refused again.
        yield Invalid(
            f"{fewest} segments can't each have {share:g} of the customers: "
            f"{floor(1_000 / fewest) / 1_000:g} at most, or begin the range lower",
            [*path, "minSegmentShare"],
        )


def _density_mistakes(
    choice: AlgorithmChoice, row_count: int | None, path: list[str]
) -> Iterator[DomainError]:
    if choice.epsilon is not None and not (isfinite(choice.epsilon) and choice.epsilon > 0):
        yield Invalid(f"epsilon is {choice.epsilon:g}: a distance above 0", [*path, "epsilon"])
    for name, value, least in (
        ("minSamples", choice.min_samples, 1),
        ("minClusterSize", choice.min_cluster_size, 2),
    ):
        if value is None:
            continue
        if value < least:
            yield Invalid(f"{name} is {value}: {least} or above", [*path, name])
        elif name == "minSamples" and value > MAX_NEIGHBOURS:
            yield Invalid(f"minSamples is {value:,}: {MAX_NEIGHBOURS:,} at most", [*path, name])
        elif row_count is not None and value > row_count:
            yield Invalid(f"{name} is {value:,}, and there are {row_count:,} customers", [*path, name])


def _linkage_mistakes(settings: Settings, linkage: Linkage, row_count: int) -> Iterator[DomainError]:
    if linkage is Linkage.WARD:
        return
    single = linkage is Linkage.SINGLE
    most = settings.max_single_linkage_rows if single else settings.max_hierarchical_rows
    grows = "its time" if single else "its memory"
    setting = "SEGMENTGRAPH_MAX_SINGLE_LINKAGE_ROWS" if single else "SEGMENTGRAPH_MAX_HIERARCHICAL_ROWS"
    if row_count > most:
        yield TooLarge(
            f"hierarchical clustering by {linkage.lower()} linkage takes {most:,} customers at most, {grows} "
            f"grows with their square, and the dataset has {row_count:,}: use linkage WARD or another "
            f"algorithm, upload a sample, or raise {setting}",
            ["input", "algorithm", "hierarchical"],
        )
