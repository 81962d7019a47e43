"""Which columns decided between a customer's segment and another."""

import numpy as np

from domain.scoring.question import AskedColumn, asked_columns, bounds_of, in_features, unrounded
from domain.scoring.values import in_unit, typical_text, value_text
from domain.terms.arrays import AnyArray, Vector
from domain.terms.scoring import CentroidRule, Contribution, MixtureRule, SampleRule, Scorer

_SAME = 1e-6


def contributions(
    scorer: Scorer, values: Vector, sample: Vector, own: int, rival: int
) -> tuple[Contribution, ...]:
    """Share out among the columns what speaks for a customer's own cluster, against a rival.

    `values` (n_columns,) and `sample` (n_features,) are the customer's.
    """
    speaks = evidence(scorer, sample, own, rival)
    total = np.abs(speaks).sum()
    shares = speaks / total if total > 0 else np.zeros(len(speaks))
    typical = {column.place: column for column in asked_columns(scorer)}
    return tuple(
        Contribution(
            column.name,
            value_text(column, values[place]),
            float(shares[place]),
            _typical(scorer, typical.get(place), own),
            _typical(scorer, typical.get(place), rival),
        )
        for place in np.argsort(-np.abs(shares), kind="stable").tolist()
        for column in (scorer.columns[place],)
    )


def evidence(scorer: Scorer, sample: Vector, own: int, rival: int) -> Vector:
    """Measure how much each column speaks for a cluster against another, (n_columns,).

    They add up to what decides: the squared distance to the rival less that to the own one, of centroids
    or of the nearest known samples; of a mixture the difference of the logarithms of the
    densities, but for what does not depend on the customer.
    """
    rule = scorer.rule
    columns = asked_columns(scorer)
    if isinstance(rule, MixtureRule):
        by_feature = _of_numbers(scorer, rule, sample, own) - _of_numbers(scorer, rule, sample, rival)
        by_feature += _of_flags(scorer, rule, sample, own) - _of_flags(scorer, rule, sample, rival)
    else:
        here, there = (in_features(scorer, nearest_point(scorer, sample, each)) for each in (own, rival))
        # (x-r)² - (x-o)², also with principal components: what these leave out of x cancels.
        by_feature = 2 * (here - there) * (sample - (here + there) / 2)
    found = np.zeros(len(scorer.columns))
    for column in columns:
        found[column.place] = by_feature[column.span].sum()
    if isinstance(rule, MixtureRule):
        found += _without_flags(scorer, rule, columns, own) - _without_flags(scorer, rule, columns, rival)
    return found


def nearest_point(scorer: Scorer, sample: Vector, cluster: int) -> Vector:
    """Give the point of a cluster (n_dims,), in the space of the rule, that judges a sample (n_features,)."""
    rule = scorer.rule
    points = rule.centroids if isinstance(rule, CentroidRule) else scorer.means
    point: Vector = points[cluster]
    if isinstance(rule, SampleRule) and len(known := np.flatnonzero(rule.labels == cluster)):
        off = rule.samples[known] - unrounded(scorer, sample)
        point = rule.samples[known[np.einsum("nd,nd->n", off, off).argmin()]]
    return point


def _of_numbers(scorer: Scorer, rule: MixtureRule, sample: Vector, cluster: int) -> Vector:
    """Give each feature's Shapley value of the Gaussian's exponent, from the mean on, (n_features,).

    Of the form dᵀ A d feature j has d_j (A d)_j: its own square, and half of what it shares with each other.
    """
    if scorer.projection is None:
        dims: slice | AnyArray = slice(None) if rule.numbers is None else rule.numbers
        off = sample[dims] - rule.means[cluster]
        found = np.zeros(len(sample))
        found[dims] = off * (rule.whiteners[cluster] @ (off @ rule.whiteners[cluster]))
        return -found / 2
    components = scorer.projection.components
    kept = components if rule.numbers is None else components[rule.numbers]
    off = sample - scorer.projection.center - rule.means[cluster] @ kept
    along = kept @ off
    spread: Vector = -off * (kept.T @ (rule.whiteners[cluster] @ (along @ rule.whiteners[cluster]))) / 2
    return spread


def _of_flags(scorer: Scorer, rule: MixtureRule, sample: Vector, cluster: int) -> Vector:
    """Give what each feature adds to the logarithm of the density by the flags, (n_features,)."""
    if rule.slopes is None:
        return np.zeros(len(sample))
    slopes, point = rule.slopes[cluster], unrounded(scorer, sample)
    drawn_in = np.clip(point, *bounds_of(rule))
    if scorer.projection is None:
        lowest = np.where(slopes != 0, bounds_of(rule)[0], 0.0)
        found: Vector = slopes * (drawn_in - np.where(np.isfinite(lowest), lowest, 0.0))
        return found
    # A component that is drawn in counts for so much less in every feature of it.
    left = np.divide(drawn_in, point, out=np.ones_like(point), where=point != 0)
    shared: Vector = (sample - scorer.projection.center) * ((slopes * left) @ scorer.projection.components)
    return shared


def _without_flags(
    scorer: Scorer, rule: MixtureRule, columns: tuple[AskedColumn, ...], cluster: int
) -> Vector:
    """Give the logarithm of how likely it is to have none of a column's flags, (n_columns,).

    It is a part of the rule's offset, and is found again by the shares adding up to one; where
    that does not give the offset, as of principal components, it is left out.
    """
    found = np.zeros(len(scorer.columns))
    if scorer.projection is not None or rule.slopes is None or rule.offsets is None:
        return found
    low, high = bounds_of(rule)
    is_flag = np.isfinite(low) & np.isfinite(high)
    lowest, slopes = np.where(is_flag, low, 0.0), rule.slopes[cluster]
    heights = slopes * np.where(is_flag, high - lowest, 0.0)
    for column in columns:
        odds = np.exp(heights[column.span][is_flag[column.span]]).sum()
        if abs(odds - 1.0) > _SAME:
            found[column.place] = -np.log1p(odds)
    stated = rule.offsets[cluster] + slopes @ lowest
    return found if abs(found.sum() - stated) <= _SAME * (1 + abs(stated)) else np.zeros(len(found))


def _typical(scorer: Scorer, asked: AskedColumn | None, cluster: int) -> str | None:
    """Give what is typical of a column in a cluster, as text; None where it can't be told."""
    if asked is None:
        return None
    mean = in_features(scorer, scorer.means[cluster])
    if asked.is_number:
        return typical_text(asked.column, in_unit(asked.features[0], float(mean[asked.first])))
    flags = mean[asked.span]
    largest = int(flags.argmax())
    # Of principal components only a clear majority is to be believed.
    if scorer.projection is not None and flags[largest] <= asked.features[largest].factor / 2:
        return None
    return asked.features[largest].category
