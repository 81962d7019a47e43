"""What a request must fulfil before anything is written; every mistake is found, not only the first."""

import unicodedata
from collections.abc import Iterator, Sequence

from domain.errors import DomainError, Invalid, UnsuitableData
from domain.tables.overrides import OVERRIDES_PATH, check_fit, check_twice, check_unknown
from domain.terms.algorithms import (
    MAX_CLUSTERS,
    MIN_CLUSTERS,
    Algorithm,
    AlgorithmSettings,
    ClusterCountRange,
    HierarchicalSettings,
    KMeansSettings,
)
from domain.terms.columns import CLUSTERED_ROLES, Column, RoleOverride
from domain.terms.training import AlgorithmChoice, PcaSettings

MOST_PREVIEWED = 100
"""Rows of a table that a preview shows at most."""

_INPUT_FIELD = {Algorithm.KMEANS: "kmeans", Algorithm.HIERARCHICAL: "hierarchical"}


def name_mistakes(name: str, longest: int, path: Sequence[str]) -> Iterator[DomainError]:
    """Find what is wrong with a name that people give: empty, too long, not printable."""
    if not name.strip():
        yield Invalid("the name is empty: give it at least one character", path)
    elif len(name) > longest:
        yield Invalid(f"the name has {len(name):,} characters: {longest} at most", path)
    elif any(_is_control(letter) for letter in name):
        yield Invalid("the name holds control characters: leave them out", path)


def name_of_file(filename: str, longest: int) -> str:
    """Make a file's name one for what is in it: what can't be printed left out, and cut to the longest."""
    printed = "".join(letter for letter in filename if not _is_control(letter))
    return printed.strip()[:longest].strip() or "customers"


def override_mistakes(overrides: Sequence[RoleOverride]) -> list[DomainError]:
    """Find columns that are given a role twice."""
    return check_twice(overrides, OVERRIDES_PATH)


def role_mistakes(overrides: Sequence[RoleOverride], columns: Sequence[Column]) -> list[DomainError]:
    """Find roles for columns that are not there, or whose values do not fit them."""
    names = [column.name for column in columns]
    return [
        *check_unknown(overrides, names, OVERRIDES_PATH),
        *check_fit(overrides, columns, OVERRIDES_PATH),
    ]


def usable_columns_mistakes(roles: Sequence[RoleOverride]) -> Iterator[DomainError]:
    """Find that nothing is left to cluster by."""
    if not any(role.role in CLUSTERED_ROLES for role in roles):
        yield UnsuitableData(
            "no column is left to cluster by: give at least one the role NUMERIC, CATEGORICAL or DATETIME",
            OVERRIDES_PATH,
        )


def preview_rows_mistakes(rows: int) -> Iterator[DomainError]:
    """Find a number of rows that a preview does not show."""
    if not 1 <= rows <= MOST_PREVIEWED:
        yield Invalid(f"{rows} rows: from 1 to {MOST_PREVIEWED} can be asked for", ["input", "first"])


def algorithm_settings(
    choice: AlgorithmChoice, row_count: int | None
) -> tuple[AlgorithmSettings, list[DomainError]]:
    """Fill in what a client left out, and find what is wrong with what it gave.

    `row_count` is None where there is no such dataset.
    """
    path = ["input", "algorithm", _INPUT_FIELD[choice.algorithm]]
    counts = choice.cluster_count_range or ClusterCountRange()
    settings: AlgorithmSettings
    if choice.algorithm is Algorithm.HIERARCHICAL:
        settings = HierarchicalSettings(choice.linkage, choice.cluster_count, counts, choice.criterion)
    else:
        settings = KMeansSettings(choice.cluster_count, counts, choice.criterion)
    return settings, list(_cluster_count_mistakes(choice, row_count, path))


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


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) in {"Cc", "Cs"}


def seed_mistakes(seed: int) -> Iterator[DomainError]:
    """Find a seed that random generators do not take."""
    if seed < 0:
        yield Invalid(f"the seed is {seed}: 0 or above", ["input", "seed"])
