"""Where customers belong who were in no training, or in it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from domain.scoring.distances import squared_distances
from domain.scoring.encoding import encode as encode_by
from domain.scoring.projecting import projected
from domain.scoring.rules import Centroids, Mixture, Placed, ReadyRule, Samples, ready
from domain.terms.arrays import Labels, Mask, Matrix, Vector
from domain.terms.preparation import MissingTreatment
from domain.terms.scoring import REASONS, Measured, OutlierRule, Scorer, Scores
from domain.terms.segments import UnassignedReason

_BLOCK_ROWS = 4_096

_REFERENCES, _VALUES = 128, 200_000
"""References that samples are measured from at a time, at least, and values that stay in the cache."""


@dataclass(frozen=True)
class ReadyScorer:
    """A scorer with its rule made ready: keep it for as long as it is asked.

    `quick` stands in for the rule where there is one that places many rows faster, in the same way.
    """

    scorer: Scorer
    quick: ReadyRule | None = None

    @cached_property
    def rule(self) -> Centroids | Mixture | Samples:
        """The rule, ready."""
        return ready(self.scorer.rule)

    def encode(self, measured: Measured) -> Matrix:
        """Encode customers, (n_rows, n_features): on the common scale, before any projection."""
        return encode_by(self.scorer.features, self.scorer.columns, measured)

    def project(self, matrix: Matrix) -> Matrix:
        """Bring encoded customers into the space of the rule, (n_rows, n_dims)."""
        return projected(matrix, self.scorer.projection)

    def label(self, samples: Matrix) -> Labels:
        """Give the cluster of samples in the space of the rule, (n_rows,), -1 for noise."""
        return self.rule.place(samples).labels

    def score(self, measured: Measured) -> Scores:
        """Place customers."""
        parts = [
            self._score(_part(measured, slice(start, start + _BLOCK_ROWS)))
            for start in range(0, max(measured.count, 1), _BLOCK_ROWS)
        ]
        return parts[0] if len(parts) == 1 else _joined(parts)

    def _score(self, measured: Measured) -> Scores:
        scorer = self.scorer
        samples = self.project(self.encode(measured))
        placed = (self.quick or self.rule).place(samples)
        reasons = np.where(placed.labels < 0, _place(UnassignedReason.NOISE), -1)
        if scorer.outliers is not None:
            reasons[self._far(measured, scorer.outliers)] = _place(UnassignedReason.OUTLIER)
        if scorer.missing is not MissingTreatment.IMPUTE:
            reasons[_lacking(measured)] = _place(UnassignedReason.MISSING_VALUES)
        return _scores(scorer, samples, placed, reasons)

    def _far(self, measured: Measured, rule: OutlierRule) -> Mask:
        return far(encode_by(rule.features, self.scorer.columns, measured), rule)


def score(scorer: Scorer, measured: Measured) -> Scores:
    """Place customers once; who asks often keeps a ReadyScorer."""
    return ReadyScorer(scorer).score(measured)


def far(matrix: Matrix, rule: OutlierRule) -> Mask:
    """Tell which samples (n_rows, n_robust_features) are far from everybody."""
    near, own = np.zeros(len(matrix), dtype=np.int64), np.zeros(len(matrix), dtype=np.bool_)
    # References are in an order by chance: most samples meet company among the first.
    left, start = np.arange(len(matrix)), 0
    while len(left) and start < len(rule.references):
        some = slice(start, start + max(_REFERENCES, _VALUES // len(left)))
        squares = squared_distances(matrix[left], rule.references[some])
        within = squares <= rule.radius * rule.radius
        near[left] += within.sum(axis=1)
        # Who is among the references is near itself.
        own[left] |= (squares == 0).any(axis=1)
        left = left[(near[left] <= rule.least) & ~within[:, rule.in_company[some]].any(axis=1)]
        start = some.stop
    found = np.zeros(len(matrix), dtype=np.bool_)
    found[left] = near[left] < rule.least + own[left]
    return found


def _scores(scorer: Scorer, samples: Matrix, placed: Placed, reasons: Labels) -> Scores:
    labels = np.where(reasons >= 0, -1, placed.labels)
    distances = np.sqrt(squared_distances(samples, scorer.means))
    own, seconds, certain = _by_means(distances, labels)
    confidence = certain if placed.confidence is None else placed.confidence
    runners_up = seconds if placed.seconds is None else np.where(labels < 0, -1, placed.seconds)
    index = np.append(scorer.segments, -1)
    return Scores(
        segments=index[labels],
        unassigned=reasons,
        confidence=np.where(labels < 0, 0.0, confidence),
        distances=own,
        runners_up=index[runners_up],
    )


def _by_means(distances: Matrix, labels: Labels) -> tuple[Vector, Labels, Vector]:
    """Compare the distance to the own mean with that to the nearest other one.

    The confidence is the simplified silhouette of Hruschka, de Castro & Campello 2004, floored
    at 0; a single cluster is certain.
    """
    rows = np.arange(len(labels))
    own = np.where(labels < 0, np.nan, distances[rows, labels])
    if distances.shape[1] == 1:
        return own, np.full(len(labels), -1), np.ones(len(labels))
    others = distances.copy()
    others[rows[labels >= 0], labels[labels >= 0]] = np.inf
    seconds: Labels = np.where(labels < 0, -1, others.argmin(axis=1))
    other = others.min(axis=1)
    certain = 1 - own / np.where(other > 0, other, 1.0)
    return own, seconds, np.where(other == 0, 0.0, np.clip(certain, 0.0, 1.0))


def _lacking(measured: Measured) -> Mask:
    lacking = np.zeros(measured.count, dtype=np.bool_)
    for numbers in measured.numbers.values():
        lacking |= ~np.isfinite(numbers)
    for codes in measured.codes.values():
        lacking |= codes < 0
    return lacking


def _part(measured: Measured, rows: slice) -> Measured:
    if rows.start == 0 and rows.stop >= measured.count:
        return measured
    count = len(range(measured.count)[rows])
    numbers = {name: values[rows] for name, values in measured.numbers.items()}
    return Measured(count, numbers, {name: codes[rows] for name, codes in measured.codes.items()})


def _joined(parts: list[Scores]) -> Scores:
    return Scores(
        segments=np.concatenate([part.segments for part in parts]),
        unassigned=np.concatenate([part.unassigned for part in parts]),
        confidence=np.concatenate([part.confidence for part in parts]),
        distances=np.concatenate([part.distances for part in parts]),
        runners_up=np.concatenate([part.runners_up for part in parts]),
    )


def _place(reason: UnassignedReason) -> int:
    return REASONS.index(reason)
