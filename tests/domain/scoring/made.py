"""Scorers made by hand or drawn by chance, of every rule, with customers to place."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from domain.scoring.encoding import encode
from domain.scoring.scoring import score
from domain.terms.arrays import Labels, Matrix
from domain.terms.columns import ColumnRole
from domain.terms.preparation import MissingTreatment, Transform
from domain.terms.readings import Kind, Reading
from domain.terms.scoring import (
    CentroidRule,
    EncodedFeature,
    Measured,
    MixtureRule,
    Projection,
    Rule,
    SampleRule,
    ScoredColumn,
    Scorer,
    SmallestChange,
)

RuleName = Literal["centroids", "mixture", "samples", "reaching samples"]
RULES: tuple[RuleName, ...] = ("centroids", "mixture", "samples", "reaching samples")
HEIGHT = 0.8


def number(name: str, low: float = -10.0, high: float = 10.0, *, whole: bool = False) -> ScoredColumn:
    """A column of numbers."""
    return ScoredColumn(name, ColumnRole.NUMERIC, Reading(Kind.NUMBERS), (), low, high, whole)


def dates(name: str, low: float, high: float, *, whole: bool = True) -> ScoredColumn:
    """A column of dates."""
    return ScoredColumn(name, ColumnRole.DATETIME, Reading(Kind.DATES), (), low, high, whole)


def category(name: str, *categories: str) -> ScoredColumn:
    """A column of categories."""
    return ScoredColumn(name, ColumnRole.CATEGORICAL, Reading(Kind.TEXT), categories)


def flags(column: ScoredColumn, height: float = HEIGHT) -> list[EncodedFeature]:
    """The features of a column of categories."""
    return [EncodedFeature(column.name, each, factor=height) for each in column.categories]


def scorer_of(
    columns: Sequence[ScoredColumn],
    rule: Rule,
    means: Matrix,
    features: Sequence[EncodedFeature] | None = None,
    projection: Projection | None = None,
) -> Scorer:
    """A scorer whose features are the numbers as they are, unless others are given."""
    plain = [
        feature
        for column in columns
        for feature in (flags(column) if column.categories else [EncodedFeature(column.name)])
    ]
    return Scorer(
        tuple(columns),
        tuple(features or plain),
        np.arange(len(means)),
        means,
        rule,
        MissingTreatment.IMPUTE,
        projection,
    )


def one(**values: float) -> Measured:
    """One customer, known by numbers."""
    return Measured(1, {name: np.array([value], dtype=np.float64) for name, value in values.items()})


def drawn(
    rule: RuleName, *, components: int | None = None, clusters: int = 4, known: int = 400, seed: int = 0
) -> tuple[Scorer, Measured]:
    """A scorer of nine columns of all kinds, and 60 customers of nowhere in particular."""
    rng = np.random.default_rng(seed)
    columns, features = _columns()
    labels = rng.integers(0, clusters, known)
    matrix = encode(features, columns, _customers(columns, features, rng, labels))
    projection = None
    if components is not None:
        center = matrix.mean(axis=0)
        axes = np.linalg.svd(matrix - center, full_matrices=False)[2][:components]
        projection = Projection(center, axes, 10)
        matrix = np.round((matrix - center) @ axes.T, 10)
    means = np.array([matrix[labels == cluster].mean(axis=0) for cluster in range(clusters)])
    made = _rule(rule, matrix, labels, means, None if components else len(_NUMBERS))
    scorer = scorer_of(columns, made, means, features, projection)
    return replace(scorer, segments=rng.permutation(clusters)), _customers(columns, features, rng, None)


_NUMBERS = (
    (number("balance", -3.0, 3.0), EncodedFeature("balance", fill=0.2)),
    (number("spent", 0.0, 900.0), EncodedFeature("spent", None, 3.5, 1.2, 1.0, Transform.LOG, 20.0)),
    (number("visits", 0.0, 40.0, whole=True), EncodedFeature("visits", None, 20.0, 9.0, 1.3, fill=18.0)),
    (number("score", -2.0, 4.0), EncodedFeature("score", None, 1.0, 1.5, low=-1.5, high=3.0, fill=1.0)),
    (dates("joined", 18_000.0, 20_000.0), EncodedFeature("joined", None, 19_000.0, 500.0, fill=19_000.0)),
    (
        dates("seen", 19_000.0, 20_000.0, whole=False),
        EncodedFeature("seen", None, 19_500.0, 250.0, fill=19_500.0),
    ),
)


def _columns() -> tuple[list[ScoredColumn], list[EncodedFeature]]:
    texts = [category("city", "Bonn", "Köln"), category("plan", "a", "b", "c"), category("kind", *"pqrs")]
    columns = [column for column, _ in _NUMBERS] + texts
    return columns, [feature for _, feature in _NUMBERS] + [each for text in texts for each in flags(text)]


def _customers(
    columns: Sequence[ScoredColumn],
    features: Sequence[EncodedFeature],
    rng: np.random.Generator,
    labels: Labels | None,
) -> Measured:
    """Customers around the centers of their clusters; of no cluster some lack values, and are far out."""
    count = 60 if labels is None else len(labels)
    numbers, codes = {}, {}
    for place, column in enumerate(columns):
        around = 0.0 if labels is None else rng.normal(0, 1.3, labels.max() + 1)[labels]
        if column.categories:
            drift = np.rint(np.abs(rng.normal(0, 0.7, count) + around)).astype(np.int64)
            codes[column.name] = drift % len(column.categories)
        else:
            feature = features[place]
            value = rng.normal(0, 1 if labels is not None else 1.5, count) + around
            value = value / feature.factor * feature.scale + feature.center
            value = np.expm1(np.maximum(value, 0)) if feature.transform is Transform.LOG else value
            value = np.round(value) if column.whole else value
            numbers[column.name] = np.clip(value, column.low, column.high) if labels is not None else value
        if labels is None and column.categories:
            codes[column.name][::7] = -1
        elif labels is None:
            numbers[column.name][place :: 9 + place] = np.nan
    return Measured(count, numbers, codes)


def _rule(rule: RuleName, matrix: Matrix, labels: Labels, means: Matrix, numbers: int | None) -> Rule:
    if rule == "centroids":
        return CentroidRule(means)
    if rule == "samples":
        return SampleRule(matrix, labels)
    if rule == "reaching samples":
        return SampleRule(
            matrix, np.where(np.arange(len(labels)) % 11, labels, -1), np.full(len(labels), 2.2)
        )
    return mixture(matrix, labels, numbers)


def mixture(matrix: Matrix, labels: Labels, numbers: int | None) -> MixtureRule:
    """A mixture fitted to clusters that are known; features from `numbers` on are flags."""
    kept = matrix[:, :numbers]
    clusters = range(labels.max() + 1)
    spreads = [np.cov(kept[labels == each].T) + 0.01 * np.eye(kept.shape[1]) for each in clusters]
    whiteners = np.array([np.linalg.inv(np.linalg.cholesky(spread)).T for spread in spreads])
    centers = np.array([kept[labels == each].mean(axis=0) for each in clusters])
    weights = np.bincount(labels) / len(labels)
    if numbers is None:
        return MixtureRule(weights, centers, whiteners)
    has = matrix > 0
    slopes = np.array([np.log(has[labels == each].mean(axis=0) + 0.01) / HEIGHT for each in clusters])
    slopes[:, :numbers] = 0.0
    low, high = np.full(matrix.shape[1], -np.inf), np.full(matrix.shape[1], np.inf)
    low[numbers:], high[numbers:] = 0.0, HEIGHT
    places = np.arange(numbers)
    return MixtureRule(weights, centers, whiteners, places, slopes, np.zeros(len(weights)), low, high)


def changed(scorer: Scorer, measured: Measured, row: int, change: SmallestChange) -> Measured:
    """The customer of a row after a change, whose values must be such as the training saw."""
    numbers = {name: values[row : row + 1].copy() for name, values in measured.numbers.items()}
    codes = {name: values[row : row + 1].copy() for name, values in measured.codes.items()}
    columns = {column.name: column for column in scorer.columns}
    for each in change.changes:
        column = columns[each.column]
        if column.role is ColumnRole.CATEGORICAL:
            codes[each.column][0] = column.categories.index(str(each.after))
            continue
        after = each.after
        if column.role is ColumnRole.DATETIME:
            moment = np.datetime64(str(after), "us") - np.datetime64("1970-01-01", "us")
            after = float(moment / np.timedelta64(1, "D"))
        assert isinstance(after, float)
        assert column.low is not None
        assert column.high is not None
        assert column.low <= after <= column.high
        assert not column.whole or after == int(after)
        numbers[each.column][0] = after
    return Measured(1, numbers, codes)


def segment_after(scorer: Scorer, measured: Measured, row: int, change: SmallestChange) -> int:
    """Where the scorer puts the customer of a row after a change."""
    return int(score(scorer, changed(scorer, measured, row, change)).segments[0])
