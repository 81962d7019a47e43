"""The smallest change of a customer's values that puts it in a segment."""

import numpy as np

from domain.scoring.paired import least_pair
from domain.scoring.question import Question
from domain.scoring.severally import changed, few_columns
from domain.scoring.singly import least_single
from domain.scoring.values import json_value
from domain.terms.arrays import Vector
from domain.terms.scoring import ColumnChange, SmallestChange


def smallest_change(question: Question, own: int) -> SmallestChange | None:
    """Find the smallest change; None where nothing that the training saw leads there.

    `own` is the cluster that the customer is in, -1 for none. The least of one column, and by
    centroids of two, is found exactly; of more columns a small one is.
    """
    if own == question.target:
        return _told(question, question.values)
    row = least_single(question, question.values, question.columns)
    if row is None:
        row = least_pair(question)
    if row is None:
        row = few_columns(question, own)
    return None if row is None else _told(question, row)


def _told(question: Question, row: Vector) -> SmallestChange:
    changes = tuple(
        ColumnChange(
            asked.column.name,
            json_value(asked.column, question.values[asked.place]),
            json_value(asked.column, row[asked.place]),
        )
        for asked in changed(question, row)
    )
    distance = float(question.distances(np.array([row]))[0])
    return SmallestChange(int(question.scorer.segments[question.target]), changes, distance)
