"""Customers with missing values: left out, or refused; those who were erased are left out always."""

from collections.abc import Sequence

import numpy as np

from domain.errors import UnsuitableData
from domain.learning.preparing.columns import SourceColumn, missing
from domain.terms.arrays import Rows
from domain.terms.preparation import MissingTreatment

NO_ROWS: Rows = np.empty(0, dtype=np.int64)

_COLUMNS_TOLD = 5


def complete_rows(
    columns: Sequence[SourceColumn], treatment: MissingTreatment, blank: Rows = NO_ROWS
) -> Rows | None:
    """Find the rows to keep; None for all. `blank` rows, of customers who were erased, are never kept.

    Raises UnsuitableData where values of others are missing and REFUSE is asked for, naming
    the columns, and where nobody is left.
    """
    count = len(missing(columns[0]))
    erased = np.zeros(count, dtype=np.bool_)
    erased[blank] = True
    counts: list[int] = []
    left_out = erased
    if treatment is not MissingTreatment.IMPUTE:
        masks = [missing(column) & ~erased for column in columns]
        counts = [int(mask.sum()) for mask in masks]
        left_out = np.logical_or.reduce([erased, *masks])
    if not left_out.any():
        return None
    if any(counts) and treatment is MissingTreatment.REFUSE:
        raise UnsuitableData(_refusal([column.name for column in columns], counts))
    rows = np.flatnonzero(~left_out).astype(np.int64)
    if not len(rows):
        raise UnsuitableData(_nobody([column.name for column in columns], counts))
    return rows


def _nobody(names: Sequence[str], counts: Sequence[int]) -> str:
    if not any(counts):
        return "Every customer was erased, so that there is nobody to cluster. Use another dataset."
    worst = int(np.argmax(counts))
    return (
        "Every customer has a missing value, so that leaving these out leaves nobody. Use missing "
        f'IMPUTE, or give "{names[worst]}", which {counts[worst]:,} lack, the role IGNORED.'
    )


def _refusal(names: Sequence[str], counts: Sequence[int]) -> str:
    lacking = sorted(
        ((count, name) for count, name in zip(counts, names, strict=True) if count), reverse=True
    )
    told = ", ".join(f'"{name}" ({count:,})' for count, name in lacking[:_COLUMNS_TOLD])
    more = f" and {len(lacking) - _COLUMNS_TOLD} more columns" if len(lacking) > _COLUMNS_TOLD else ""
    return (
        f"Values are missing in {told}{more}, and missing REFUSE was asked for. Fill them in the file, use "
        "IMPUTE or LEAVE_OUT, or give these columns the role IGNORED."
    )
