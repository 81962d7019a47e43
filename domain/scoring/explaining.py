"""Why a customer is placed where it is: the columns that decided, and what would move it."""

import numpy as np

from domain.scoring.changing import smallest_change
from domain.scoring.contributing import contributions
from domain.scoring.question import Question, cluster_of
from domain.scoring.scoring import ReadyScorer
from domain.scoring.values import measured_of, row_of
from domain.terms.arrays import Vector
from domain.terms.scoring import Measured, Reasons, Scorer

_NOTHING = Reasons((), None)


def explain(
    scorer: Scorer | ReadyScorer, measured: Measured, row: int, *, toward: int | None = None
) -> Reasons:
    """Explain where one of the customers is placed.

    The columns are weighed against `toward`, the index of a segment, or against the runner-up; the change
    moves the customer there. Who is in no segment has no columns that decided, and is moved
    to the nearest one. Raises ValueError where there is no such segment.
    """
    ready = scorer if isinstance(scorer, ReadyScorer) else ReadyScorer(scorer)
    scorer = ready.scorer
    values = row_of(scorer, measured, row)
    alone = measured_of(scorer, values[None, :])
    sample = ready.encode(alone)[0]
    scores = ready.score(alone)
    own, second = int(scores.segments[0]), int(scores.runners_up[0])
    here = -1 if own < 0 else cluster_of(scorer, own)
    target = _target(ready, sample, here, second, toward)
    if target is None:
        return _NOTHING
    rival = target if target != here else -1 if second < 0 else cluster_of(scorer, second)
    speak = () if min(here, rival) < 0 else contributions(scorer, values, sample, here, rival)
    return Reasons(speak, smallest_change(Question(ready, values, target), here))


def _target(ready: ReadyScorer, sample: Vector, here: int, second: int, toward: int | None) -> int | None:
    if toward is not None:
        return cluster_of(ready.scorer, toward)
    if here >= 0:
        return None if second < 0 else cluster_of(ready.scorer, second)
    off = ready.scorer.means - ready.project(sample[None, :])
    return int(np.square(off).sum(axis=1).argmin()) if len(off) else None
