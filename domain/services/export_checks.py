"""What a request for an export must fulfil, whatever it is of."""

from collections.abc import Sequence
from itertools import islice

from domain.errors import MOST_MISTAKES, DomainError, Invalid
from domain.models import Dataset
from domain.services.audiences import SHARE, share_mistakes
from domain.services.export_sources import SEGMENT
from domain.tables.overrides import unknown_column
from domain.terms.exports import ExportRequest

COLUMNS = ("input", "columns")
_SALT = ("input", "holdoutSalt")
_LONGEST_SALT = 200


def holdout_mistakes(request: ExportRequest) -> list[DomainError]:
    """Find a share that can't be held out, and a salt that is none."""
    mistakes, salt = list(share_mistakes(request.holdout_share)), request.holdout_salt
    if salt is not None and not 0 < len(salt) <= _LONGEST_SALT:
        mistakes.append(Invalid(f"the salt has {len(salt):,} characters: give 1 to {_LONGEST_SALT}", _SALT))
    return mistakes


def column_mistakes(columns: Sequence[str] | None, dataset: Dataset) -> list[DomainError]:
    """Find columns that the dataset does not have, or that are named twice."""
    names, seen = [column.name for column in dataset.columns], set[str]()
    mistakes: list[DomainError] = []
    for name in columns or ():
        if name not in names:
            mistakes.append(Invalid(unknown_column(name, names), COLUMNS))
        elif name in seen:
            mistakes.append(Invalid(f'the column "{name}" is named twice', COLUMNS))
        seen.add(name)
    return list(islice(mistakes, MOST_MISTAKES))


def prediction_mistakes(request: ExportRequest) -> list[DomainError]:
    """Find what goes with customers in segments only."""
    mistakes: list[DomainError] = []
    if request.columns is not None:
        mistakes.append(Invalid("predictions have the columns that decided: leave columns out", COLUMNS))
    if request.holdout_share or request.holdout_salt is not None:
        mistakes.append(Invalid("nobody is held out of predictions: leave it out", SHARE))
    if request.segment_given:
        mistakes.append(Invalid("segmentId picks a segment of a dataset prediction: leave it out", SEGMENT))
    return mistakes
