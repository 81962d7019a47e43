"""What sets each cluster apart from all clustered samples, strongest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from domain.learning.explaining.phrasing import Phrase, date_phrase, flag_phrase, level_phrase, number_phrase
from domain.learning.explaining.wording import date, level_text, lift, numbers
from domain.learning.kernels.blocks import in_blocks
from domain.learning.preparing.columns import (
    CategoricalColumn,
    NumericColumn,
    SourceColumn,
    missing_level,
    present,
)
from domain.learning.progress import unwatched
from domain.learning.sampling import spread_rows
from domain.terms.arrays import Labels, Rows, Vector
from domain.terms.segments import Characteristic, FeatureValue
from domain.terms.training import Watch
from domain.terms.wording import percent, tidy

MOST = 8
SMALL_EFFECT = 0.2
"""What is weaker isn't told: a small effect, for differences of means and of shares alike (Cohen 1988)."""

STRONG_EFFECT = 2.0
"""From here on a number is very high, or very low: two standard deviations off."""

SAME = 0.9
"""From this correlation on, two characteristics say the same thing, and the weaker is not told."""

GRAIN = 1e-9
"""Effects this close are the same, so that rounding decides nothing.

Coarser steps (0.1, 0.25) were measured too: with them names change more over resamples, not less.
"""

MOSTLY, OFTEN = 0.6, 0.3
"""The shares from which on a name may say of a segment that it is so, and that it often is."""

COMPARED_ROWS = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Trait:
    """A characteristic, what a name may make of it (None where it makes a poor one), and who shows it.

    `signal` (n_compared,) is the column's value, or 1 for the category, in some rows;
    `position` is the column's place in the table.
    """

    characteristic: Characteristic
    phrase: Phrase | None
    signal: Vector
    position: int

    @property
    def rank(self) -> tuple[int, int]:
        """Sort by this, strongest first, and of equals the one whose column comes first."""
        return -round(abs(self.characteristic.effect) / GRAIN), self.position

    @property
    def claim(self) -> tuple[str, str | None, bool]:
        """What is claimed, whatever the words and the degree: the column, its category, and more or less."""
        return self.characteristic.column, self.characteristic.category, self.characteristic.effect > 0


Found: TypeAlias = list[tuple[int, Trait]]


def traits(
    columns: Sequence[SourceColumn], labels: Labels, watch: Watch = unwatched
) -> tuple[tuple[Trait, ...], ...]:
    """List at most eight traits a cluster, strongest first, at most one a column.

    `labels` (n_samples,) numbered from 0 without a gap; columns (n_samples,) with
    their values as uploaded. Effects are those that Characteristic defines; one
    below 0.2 and one that goes with a stronger one (correlation 0.9) are left out.
    """
    found: list[list[Trait]] = [[] for _ in range(int(labels.max()) + 1)]
    rows = spread_rows(len(labels), COMPARED_ROWS)

    def compare(block: slice) -> Found:
        column = columns[block.start]
        if isinstance(column, NumericColumn):
            return _numeric(column, labels, rows, block.start)
        return _category(column, labels, rows, block.start)

    for done, made in enumerate(in_blocks(compare, len(columns), 1), 1):
        watch(done / len(columns), "comparing the segments")
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
    count = int(labels.max()) + 1
    found: list[list[FeatureValue]] = [[] for _ in range(count)]
    numeric = [column for column in columns if isinstance(column, NumericColumn) and not column.dates]

    def average(block: slice) -> Vector:
        return cluster_averages(present(numeric[block.start]), labels, count)

    for column, means in zip(numeric, in_blocks(average, len(numeric), 1), strict=True):
        for cluster, mean in enumerate(means.tolist()):
            if not np.isnan(mean):
                found[cluster].append(FeatureValue(column.name, mean))
    return tuple(tuple(values) for values in found)


def cluster_averages(values: Vector, labels: Labels, count: int) -> Vector:
    """Average the values that aren't NaN by cluster: (n_clusters,), NaN for a cluster without any."""
    known = ~np.isnan(values)
    if not known.all():
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


def _strongest(found: Iterable[Trait]) -> tuple[Trait, ...]:
    kept: list[Trait] = []
    for trait in sorted(found, key=lambda trait: trait.rank):
        if len(kept) < MOST and not any(alike(trait.signal, other.signal, SAME) for other in kept):
            kept.append(trait)
    return tuple(sorted(kept, key=lambda trait: -abs(trait.characteristic.effect)))


def _numeric(column: NumericColumn, labels: Labels, rows: Rows, position: int) -> Found:
    values = present(column)
    missing = np.isnan(values)
    known = values[~missing] if missing.any() else values
    deviation = float(known.std()) if len(known) else 0.0
    if deviation <= 1e-12 * float(np.abs(known).max(initial=0.0)):
        return []
    overall = float(known.mean())
    flag = 0 <= overall <= 1 and bool(((known == 0) | (known == 1)).all())
    signal = np.nan_to_num(values[rows], nan=overall)
    found: Found = []
    for cluster, mean in enumerate(cluster_averages(values, labels, int(labels.max()) + 1).tolist()):
        if not np.isnan(mean):
            effect = (mean - overall) / deviation
            text, phrase = (
                _flag_words(column.name, mean, overall)
                if flag
                else _number_words(column, mean, overall, abs(effect) >= STRONG_EFFECT)
            )
            told = Characteristic(text, column.name, None, mean, overall, effect)
            found.append((cluster, Trait(told, phrase, signal, position)))
    return found


def _flag_words(name: str, mean: float, overall: float) -> tuple[str, Phrase | None]:
    text = f"{tidy(name)} is 1 for {percent(mean)}, {percent(overall)} over all{lift(mean, overall)}"
    holds = mean > overall
    share = mean if holds else 1 - mean
    if share >= MOSTLY:
        # "No partner" would be a lie where many have one.
        return text, Phrase(flag_phrase(name, holds))
    return text, Phrase(f"often {flag_phrase(name, holds)}") if holds and share >= OFTEN else None


def _number_words(
    column: NumericColumn, mean: float, overall: float, strong: bool
) -> tuple[str, Phrase | None]:
    high = mean > overall
    if column.dates:
        words = f"{date(mean)} on average, {date(overall)} over all"
        phrase: Phrase | None = date_phrase(column.name, high, date(mean), strong)
        return f"{tidy(column.name)} is {'late' if high else 'early'}: {words}", phrase
    words = "{} on average, {} over all".format(*numbers(mean, overall))
    phrase = number_phrase(column.name, high, mean, strong, overall)
    return f"{tidy(column.name)} is {'high' if high else 'low'}: {words}", phrase


def _category(column: CategoricalColumn, labels: Labels, rows: Rows, position: int) -> Found:
    count, width = int(labels.max()) + 1, len(column.categories) + 1
    # Code -1 is counted in the first place.
    table = np.bincount(labels * width + column.codes + 1, minlength=count * width).reshape(count, width)
    names = (missing_level(column), *column.categories)
    occurring = sorted(np.flatnonzero(table.any(axis=0)).tolist(), key=names.__getitem__)
    table = table[:, occurring]
    shares, overall = table / table.sum(axis=1, keepdims=True), table.sum(axis=0) / len(labels)
    effects = 2 * np.arcsin(np.sqrt(shares)) - 2 * np.arcsin(np.sqrt(overall))
    codes = column.codes[rows] + 1
    found: Found = []
    for cluster in range(count):
        level = _telling(effects[cluster])
        share, whole, place = float(shares[cluster, level]), float(overall[level]), occurring[level]
        text, phrase = _level_words(
            column.name, "missing" if place == 0 else level_text(names[place]), share, whole
        )
        told = Characteristic(text, column.name, names[place], share, whole, float(effects[cluster, level]))
        found.append((cluster, Trait(told, phrase, (codes == place).astype(np.float64), position)))
    return found


def _level_words(name: str, level: str, share: float, whole: float) -> tuple[str, Phrase | None]:
    text = f"{tidy(name)} is {level} for {percent(share)}, {percent(whole)} over all{lift(share, whole)}"
    # "Two year contract" would be a lie where hardly half have it.
    if share <= whole or share < OFTEN:
        return text, None
    said = level_phrase(name, level)
    return text, Phrase(said if share >= MOSTLY else f"often {said}")


def _telling(effects: Vector) -> int:
    """Pick the level to speak of: the one that is more common here; a rarer one where none is by enough."""
    most = int(effects.argmax())
    return most if effects[most] >= SMALL_EFFECT else int(np.abs(effects).argmax())
