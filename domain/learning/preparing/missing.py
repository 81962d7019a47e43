"""Customers with missing values: left out, or refused."""

from collections.abc import Sequence

import numpy as np

from domain.errors import UnsuitableData
from domain.learning.preparing.columns import SourceColumn, missing
from domain.terms.arrays import Rows
from domain.terms.preparation import MissingTreatment

_COLUMNS_TOLD = 5


def complete_rows(columns: Sequence[SourceColumn], treatment: MissingTreatment) -> Rows | None:
    """Find the rows to keep; None for all, as IMPUTE does.

    Raises UnsuitableData where values are missing and REFUSE is asked for, naming
    the columns, and where LEAVE_OUT leaves nobody.
    """
    if treatment is MissingTreatment.IMPUTE:
        return None
    masks = [missing(column) for column in columns]
    counts = [int(mask.sum()) for mask in masks]
    if not any(counts):
        return None
    if treatment is MissingTreatment.REFUSE:
        raise UnsuitableData(_refusal([column.name for column in columns], counts))
    rows = np.flatnonzero(~np.logical_or.reduce(masks)).astype(np.int64)
    if not len(rows):
        worst = int(np.argmax(counts))
        raise UnsuitableData(
            "Every customer has a missing value, so that leaving these out leaves nobody. Use missing "
            f'IMPUTE, or give "{columns[worst].name}", which {counts[worst]:,} lack, the role IGNORED.'
        )
    return rows


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
