"""Whether the samples fall into clusters at all: their silhouette beside that of samples without groups."""

from dataclasses import dataclass

import numpy as np

from domain.learning.algorithms.contract import Effort
from domain.learning.algorithms.distinct import TooFewDistinct
from domain.learning.algorithms.table import prepare
from domain.learning.choosing.reference import DrawReference
from domain.learning.judging.silhouette import silhouettes
from domain.learning.progress import within
from domain.learning.sampling import generator
from domain.terms.algorithms import AlgorithmSettings, StructureVerdict
from domain.terms.segments import Structure
from domain.terms.training import Watch

REFERENCES = 20
REFERENCE_ROWS = 1_000
"""Samples of a reference, at most."""

DEVIATIONS = 2.5
MARGIN = 0.03
"""By so many deviations of the references, and by so much, a silhouette must exceed their mean."""

LEAST = 0.07
"""Up to so much no silhouette is a structure: customers are about as near to another segment as to theirs."""

DISSOLVED = 0.50
"""Up to this stability a cluster is dissolved in the resamples: Hennig's limit."""

REASONABLE = 0.50
WEAK = 0.25
"""Kaufman & Rousseeuw's limits of a reasonable and of a weak structure."""


@dataclass(frozen=True, slots=True)
class References:
    """The silhouettes of clustered samples without groups: mean and standard deviation of `count` of them."""

    mean: float
    deviation: float
    count: int


def refer(
    draw: DrawReference,
    sample_count: int,
    cluster_count: int,
    settings: AlgorithmSettings,
    seed: int,
    watch: Watch,
) -> References | None:
    """Cluster 20 draws of at most 1,000 samples without groups, each into as many clusters, and measure them.

    None where fewer than two of the draws have enough different samples. Source: the
    gap statistic's idea, Tibshirani, Walther & Hastie 2001, with the silhouette in
    place of the inertia.
    """
    random = generator(seed)
    rows = min(sample_count, REFERENCE_ROWS)
    widths: list[float] = []
    for reference in range(REFERENCES):
        watch(reference / REFERENCES, f"clustering customers without groups, {reference + 1} of {REFERENCES}")
        step = within(watch, reference / REFERENCES, (reference + 1) / REFERENCES)
        matrix = draw(rows, random)
        try:
            prepared = prepare(matrix, settings, seed, within(step, 0.0, 0.4), Effort.QUICK)
            labels = prepared.partition(cluster_count, within(step, 0.4, 0.8)).labels
        except TooFewDistinct:
            continue
        widths.append(silhouettes(matrix, [labels], seed, within(step, 0.8, 1.0))[0].mean)
    if len(widths) < 2:
        return None
    return References(float(np.mean(widths)), float(np.std(widths, ddof=1)), len(widths))


def judge(
    silhouette: float, cluster_count: int, references: References | None, stability: float | None = None
) -> Structure:
    """Read an average silhouette width, -1..1, and a mean stability, 0..1, and say why in plain words.

    NONE where the width is not above that of samples without groups, by two and a half of
    their standard deviations and by 0.03; where it is 0.07 or less; and where the clusters
    are dissolved on average when samples are drawn again (Hennig 2007, Cluster-wise
    assessment of cluster stability). Else STRONG above 0.50 and WEAK up to it, which is
    Kaufman & Rousseeuw's reading; of a width that is that low only because there are many
    columns, the references say that the groups are real all the same. Without references
    that reading takes their place. Source: Kaufman & Rousseeuw 1990, Finding Groups in Data,
    table 4 of chapter 2, whose limits have two decimals: so is the width rounded.
    """
    told = f"The average silhouette width is {round(silhouette, 2):.2f} with {cluster_count} segments"
    verdict, reason = (
        _by_width(silhouette, told) if references is None else _beside(silhouette, told, references)
    )
    if verdict is not StructureVerdict.NONE and stability is not None and stability <= DISSOLVED:
        verdict = StructureVerdict.NONE
        reason = (
            f"{told}, but the segments are not found again when customers are drawn anew: their stability is "
            f"{stability:.2f} on average, and {DISSOLVED:.2f} or less is dissolved (Hennig 2007)."
        )
    if references is None:
        return Structure(verdict, reason, silhouette, None, None, 0)
    return Structure(verdict, reason, silhouette, references.mean, references.deviation, references.count)


def _by_width(silhouette: float, told: str) -> tuple[StructureVerdict, str]:
    width = round(silhouette, 2)
    verdict = _reading(width) if width > WEAK else StructureVerdict.NONE
    return verdict, f"{told}, {_READINGS[verdict]} {_SCALE}"


def _beside(silhouette: float, told: str, references: References) -> tuple[StructureVerdict, str]:
    beside = (
        f"{told}; {references.count} samples without groups, otherwise like these customers, "
        f"reach {references.mean:.2f} ± {references.deviation:.2f}"
    )
    if silhouette <= references.mean + max(DEVIATIONS * references.deviation, MARGIN):
        return StructureVerdict.NONE, (
            f"{beside}: no groups are to be seen, the segments divide the customers where no gap lies."
        )
    if silhouette <= LEAST:
        return StructureVerdict.NONE, (
            f"{beside}. That is more, but customers are about as near to another segment as to their own."
        )
    verdict = _reading(round(silhouette, 2))
    return verdict, f"{beside}. That is clearly more, {_READINGS[verdict]} {_SCALE}"


_READINGS = {
    StructureVerdict.STRONG: "and reads as a reasonable or strong structure",
    StructureVerdict.WEAK: "and reads as a weak structure: groups that overlap, or that few columns show",
    StructureVerdict.NONE: "and reads as no substantial structure",
}
_SCALE = "(strong above 0.70, reasonable above 0.50, weak above 0.25; Kaufman & Rousseeuw 1990)."


def _reading(width: float) -> StructureVerdict:
    return StructureVerdict.STRONG if width > REASONABLE else StructureVerdict.WEAK
