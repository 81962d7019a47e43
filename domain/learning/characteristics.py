"""What sets each cluster apart from all clustered samples, strongest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from domain.learning.features import (
    CategoricalColumn,
    NumericColumn,
    SourceColumn,
    levels,
    missing_level,
    present,
)
from domain.learning.sampling import spread_rows
from domain.learning.wording import capitalized, date, numbers, percent, spoken, tidy
from domain.terms.arrays import Labels, Mask, Vector
from domain.terms.segments import Characteristic, FeatureValue

MOST = 8
SMALL_EFFECT = 0.2
"""What is weaker isn't told: a small effect, for differences of means and of shares alike (Cohen 1988)."""

SAME = 0.9
"""From this correlation on, two characteristics say the same thing, and the weaker is not told."""

COMPARED_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Trait:
    """A characteristic, what a name may make of it (None where it makes a poor one), and who shows it.

    `signal` (n_compared,) is the column's value, or 1 for the category, in some rows.
    """

    characteristic: Characteristic
    phrase: str | None
    signal: Vector


def traits(columns: Sequence[SourceColumn], labels: Labels) -> tuple[tuple[Trait, ...], ...]:
    """List at most eight traits a cluster, strongest first, at most one a column.

    `labels` (n_samples,) numbered from 0 without a gap; columns (n_samples,) with
    their values as uploaded. Effects are those that Characteristic defines; one
    below 0.2 and one that goes with a stronger one (correlation 0.9) are left out.
    """
    found: list[list[Trait]] = [[] for _ in range(int(labels.max()) + 1)]
    rows = spread_rows(len(labels), COMPARED_ROWS)
    for column in columns:
        made = (
            _numeric(column, labels, rows)
            if isinstance(column, NumericColumn)
            else _category(column, labels, rows)
        )
        for cluster, trait in made:
            if abs(trait.characteristic.effect) >= SMALL_EFFECT:
                found[cluster].append(trait)
    return tuple(_strongest(cluster) for cluster in found)


def centroids(columns: Sequence[SourceColumn], labels: Labels) -> tuple[tuple[FeatureValue, ...], ...]:
    """Average each cluster's present values by numeric column, in the column's own unit.

    These are the group means of the table as uploaded: imputed values don't count. A
    cluster without any value in a column leaves the column out. So do dates: days
    since 1970 are a unit of ours, not of the column.
    """
    found: list[list[FeatureValue]] = [[] for _ in range(int(labels.max()) + 1)]
    for column in columns:
        if isinstance(column, NumericColumn) and not column.dates:
            for cluster, mean in enumerate(cluster_averages(present(column), labels, len(found))):
                if not np.isnan(mean):
                    found[cluster].append(FeatureValue(column.name, float(mean)))
    return tuple(tuple(values) for values in found)


def cluster_averages(values: Vector, labels: Labels, count: int) -> Vector:
    """Average the values that aren't NaN by cluster: (n_clusters,), NaN for a cluster without any."""
    known = ~np.isnan(values)
    values, labels = values[known], labels[known]
    if not len(values):
        return np.full(count, np.nan)
    # Sums of what remains about the middle lose fewer digits.
    middle = float(values.mean())
    sizes = np.bincount(labels, minlength=count)
    sums = np.bincount(labels, values - middle, minlength=count)
    return np.where(sizes > 0, middle + sums / np.maximum(sizes, 1), np.nan)


def alike(one: Vector, other: Vector, correlation: float) -> bool:
    """Tell whether two signals go together, the one way or the other; a constant goes with nothing."""
    one, other = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((one @ one) * (other @ other)))
    return norm > 0 and abs(float(one @ other)) >= correlation * norm


def _strongest(found: list[Trait]) -> tuple[Trait, ...]:
    kept: list[Trait] = []
    for trait in sorted(found, key=lambda trait: -abs(trait.characteristic.effect)):
        if len(kept) < MOST and not any(alike(trait.signal, other.signal, SAME) for other in kept):
            kept.append(trait)
    return tuple(kept)


def _numeric(column: NumericColumn, labels: Labels, rows: Labels) -> Iterator[tuple[int, Trait]]:
    values = present(column)
    known = values[~np.isnan(values)]
    deviation = float(known.std()) if len(known) else 0.0
    if deviation <= 1e-12 * float(np.abs(known).max(initial=0.0)):
        return
    overall, flag = float(known.mean()), bool(((known == 0) | (known == 1)).all())
    signal = np.nan_to_num(values[rows], nan=overall)
    for cluster, mean in enumerate(cluster_averages(values, labels, int(labels.max()) + 1).tolist()):
        if np.isnan(mean):
            continue
        effect = (mean - overall) / deviation
        text, phrase = _flag_words(column, mean, overall) if flag else _number_words(column, mean, overall)
        yield cluster, Trait(Characteristic(text, column.name, None, mean, overall, effect), phrase, signal)


def _flag_words(column: NumericColumn, mean: float, overall: float) -> tuple[str, str | None]:
    text = f"{tidy(column.name)} is 1 for {percent(mean)}, {percent(overall)} over all"
    if mean > overall:
        return text, f"{spoken(column.name)}: Yes" if mean >= 0.5 else None
    return text, f"{spoken(column.name)}: No" if mean < 0.5 else None


def _number_words(column: NumericColumn, mean: float, overall: float) -> tuple[str, str]:
    if column.dates:
        when = "late" if mean > overall else "early"
        words = f"{date(mean)} on average, {date(overall)} over all"
    else:
        when = "high" if mean > overall else "low"
        words = "{} on average, {} over all".format(*numbers(mean, overall))
    return f"{tidy(column.name)} is {when}: {words}", f"{when} {spoken(column.name)}"


def _category(column: CategoricalColumn, labels: Labels, rows: Labels) -> Iterator[tuple[int, Trait]]:
    texts, codes = levels(column)
    count = int(labels.max()) + 1
    table = np.bincount(labels * len(texts) + codes, minlength=count * len(texts)).reshape(count, -1)
    shares, overall = table / table.sum(axis=1, keepdims=True), table.sum(axis=0) / len(labels)
    effects = 2 * np.arcsin(np.sqrt(shares)) - 2 * np.arcsin(np.sqrt(overall))
    for cluster in range(count):
        level = _telling(effects[cluster])
        share, whole = float(shares[cluster, level]), float(overall[level])
        missing = column.codes.min() < 0 and texts[level] == missing_level(column)
        said = "missing" if missing else tidy(texts[level])
        text = f"{tidy(column.name)} is {said} for {percent(share)}, {percent(whole)} over all"
        # "Contract: Two year" would be a lie where fewer than half have it.
        fits = share >= 0.5 and share > whole
        phrase = f"{spoken(column.name)}: {capitalized(said)}" if fits else None
        effect = float(effects[cluster, level])
        yield (
            cluster,
            Trait(
                Characteristic(text, column.name, texts[level], share, whole, effect),
                phrase,
                _has(codes[rows] == level),
            ),
        )


def _telling(effects: Vector) -> int:
    """Pick the level to speak of: the one that is more common here; a rarer one where none is by enough."""
    most = int(effects.argmax())
    return most if effects[most] >= SMALL_EFFECT else int(np.abs(effects).argmax())


def _has(mask: Mask) -> Vector:
    return mask.astype(np.float64)
