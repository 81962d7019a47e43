"""What is asked of a scorer: why a customer is where it is, and what would put it elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from domain.scoring.encoding import by_column
from domain.scoring.scoring import ReadyScorer
from domain.scoring.values import in_unit, measured_of, on_scale
from domain.terms.arrays import Mask, Matrix, Vector
from domain.terms.columns import ColumnRole
from domain.terms.scoring import EncodedFeature, MixtureRule, ScoredColumn, Scorer


@dataclass(frozen=True)
class Question:
    """A customer's values (n_columns,), and the cluster it should be in."""

    ready: ReadyScorer
    values: Vector
    target: int

    @property
    def scorer(self) -> Scorer:
        """The scorer that is asked."""
        return self.ready.scorer

    @cached_property
    def sample(self) -> Vector:
        """The customer on the common scale, (n_features,)."""
        sample: Vector = self.encoded(self.values[None, :])[0]
        return sample

    @cached_property
    def columns(self) -> tuple["AskedColumn", ...]:
        """The columns, as far as they say anything."""
        return asked_columns(self.scorer)

    def encoded(self, rows: Matrix) -> Matrix:
        """Bring rows of values (n_rows, n_columns) on the common scale, (n_rows, n_features)."""
        return self.ready.encode(measured_of(self.scorer, rows))

    def holds(self, rows: Matrix) -> Mask:
        """Tell which rows of values (n_rows, n_columns) the scorer puts where they should be."""
        found = self.ready.score(measured_of(self.scorer, rows)).segments
        wanted: Mask = found == self.scorer.segments[self.target]
        return wanted

    def distances(self, rows: Matrix) -> Vector:
        """Measure how far rows of values are from the customer on the common scale, (n_rows,)."""
        moves: Vector = np.linalg.norm(self.encoded(rows) - self.sample, axis=1)
        return moves

    def least(self, rows: Iterable[Vector]) -> Vector | None:
        """Give the row that holds and is least far from the customer; None where none holds."""
        tried = list(rows)
        if not tried:
            return None
        held = np.array(tried)[self.holds(np.array(tried))]
        return held[self.distances(held).argmin()] if len(held) else None


@dataclass(frozen=True)
class AskedColumn:
    """A column, its place among the columns, and the features from `first` on that it makes."""

    place: int
    column: ScoredColumn
    first: int
    features: tuple[EncodedFeature, ...]

    @property
    def span(self) -> slice:
        """The places of its features."""
        return slice(self.first, self.first + len(self.features))

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers or dates."""
        return self.column.role is not ColumnRole.CATEGORICAL

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """Between which places of the common scale the numbers of the training were."""
        low, high = self.column.low, self.column.high
        if low is None or high is None:
            return 0.0, 0.0
        return on_scale(self.features[0], low), on_scale(self.features[0], high)

    def value_at(self, positions: Vector) -> float:
        """Give the value that a place (n_features of all,) of the common scale stands for.

        Drawn in to what the training saw; NaN where none can be told, or it is a missing one.
        """
        if self.is_number:
            return self.drawn_in(in_unit(self.features[0], float(positions[self.first])))
        flags = positions[self.span]
        largest = int(flags.argmax())
        if self.features[largest].of_missing:
            return np.nan
        return float(self.column.categories.index(str(self.features[largest].category)))

    def drawn_in(self, value: float) -> float:
        """Give the nearest value that the training may have seen."""
        low, high = self.column.low, self.column.high
        if low is None or high is None:
            return value
        value = float(np.round(value)) if self.column.whole else value
        return min(max(value, low), high)


def asked_columns(scorer: Scorer) -> tuple[AskedColumn, ...]:
    """List the columns that make features, in the order of these."""
    places = {column.name: place for place, column in enumerate(scorer.columns)}
    return tuple(
        AskedColumn(places[name], scorer.columns[places[name]], first, features)
        for name, first, features in by_column(scorer.features)
    )


def in_features(scorer: Scorer, point: Vector) -> Vector:
    """Bring a point of the rule's space (n_dims,) back to the common scale, (n_features,)."""
    projection = scorer.projection
    return point if projection is None else projection.center + point @ projection.components


def in_rule(scorer: Scorer, move: Vector) -> Vector:
    """Bring a move on the common scale (n_features,) into the space of the rule, (n_dims,)."""
    return move if scorer.projection is None else scorer.projection.components @ move


def unrounded(scorer: Scorer, sample: Vector) -> Vector:
    """Bring a sample (n_features,) into the space of the rule, (n_dims,), without rounding."""
    return sample if scorer.projection is None else in_rule(scorer, sample - scorer.projection.center)


def bounds_of(rule: MixtureRule) -> tuple[Vector, Vector]:
    """Give what a mixture's flags are drawn in to, (n_dims,) each; infinite where there are no bounds."""
    width = 0 if rule.slopes is None else rule.slopes.shape[1]
    low = np.full(width, -np.inf) if rule.low is None else rule.low
    high = np.full(width, np.inf) if rule.high is None else rule.high
    return low, high


def cluster_of(scorer: Scorer, segment: int) -> int:
    """Give the cluster that is a segment, by index. Raises ValueError where there is none of that index."""
    found = np.flatnonzero(scorer.segments == segment)
    if not len(found):
        raise ValueError(f"There is no segment of the index {segment}.")
    return int(found[0])
