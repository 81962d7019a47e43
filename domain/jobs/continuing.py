"""Which earlier segments the new clusters continue: by their people, else by where they lie."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.errors import UnsuitableData
from domain.jobs import source_columns
from domain.jobs.common_customers import common_rows
from domain.learning.explaining.continuity import changes
from domain.learning.explaining.matching import (
    Identity,
    identify,
    identify_by_centroids,
    identify_by_members,
)
from domain.learning.preparing.features import Features
from domain.learning.preparing.placing import place_centroids
from domain.storage import assignments, tables
from domain.storage.files import Storage
from domain.terms.arrays import Labels
from domain.terms.palette import SEGMENT_COLORS
from domain.terms.segments import SegmentChange
from domain.terms.training import PreviousRun, TrainingOrder


@dataclass(frozen=True, slots=True)
class Continuity:
    """The identity of each cluster, and what became of the segments before; of a first run nothing."""

    identities: tuple[Identity, ...]
    changes: tuple[SegmentChange, ...]


def identities(storage: Storage, order: TrainingOrder, features: Features, labels: Labels) -> Continuity:
    """Give each cluster the index of the segment that it continues, or a free one, and say what changed.

    `labels` (n_rows,) are of all rows of the dataset, -1 for the unassigned. The same
    dataset has the same people row by row; another one of the same name has them by
    their identifiers. Where it has no identifiers, or none in common, what counts is
    where the segments lie.
    """
    if order.previous is None:
        return Continuity(identify(labels), ())
    try:
        return _continued(storage, order, order.previous, features, labels)
    except FileNotFoundError:
        # Deleted while this run was trained: there is nothing any more to continue.
        return Continuity(identify(labels), ())


def colors(given: Sequence[Identity], previous: PreviousRun | None) -> tuple[str, ...]:
    """Keep the colours of continued segments, and give each new one a colour that is free."""
    kept = {segment.index: segment.color for segment in previous.segments} if previous else {}
    taken = {kept[each.previous_index] for each in given if each.previous_index is not None}
    free = iter(color for color in SEGMENT_COLORS if color not in taken)
    by_index = {
        each.index: kept[each.previous_index] if each.previous_index is not None else next(free)
        for each in sorted(given, key=lambda each: each.index)
    }
    return tuple(by_index[each.index] for each in given)


def _continued(
    storage: Storage, order: TrainingOrder, previous: PreviousRun, features: Features, labels: Labels
) -> Continuity:
    before = assignments.open_assignments(storage, previous.assignments_key, previous.members_key).segments()
    indexes = np.unique(before[before >= 0]).tolist()
    people = _people(storage, order, previous, labels, before)
    if people is not None:
        found = identify_by_members(labels, *people)
    else:
        found = _by_centroids(storage, order, previous, features, labels, before)
    return Continuity(found, changes(found, indexes, people))


def _people(
    storage: Storage, order: TrainingOrder, previous: PreviousRun, labels: Labels, before: Labels
) -> tuple[Labels, Labels] | None:
    """Give the cluster and the previous segment of everyone in both runs; None where nobody is known."""
    if previous.same_dataset:
        return labels, before
    common = common_rows(storage, order.table_key, order.identifier, previous.table_key, previous.identifier)
    if common is None:
        return None
    here, there = common
    return labels[here], before[there]


def _by_centroids(
    storage: Storage,
    order: TrainingOrder,
    previous: PreviousRun,
    features: Features,
    labels: Labels,
    before: Labels,
) -> tuple[Identity, ...]:
    table = tables.open_table(storage, previous.table_key)
    roles = [column for column in order.parameters.columns if column.name in table.column_names]
    indexes = np.unique(before[before >= 0])
    try:
        columns = source_columns.read(table, roles)
    except UnsuitableData:
        # A column of the same name holds something else there: nothing to compare.
        return identify(labels)
    if not len(indexes):
        # All were noise there.
        return identify(labels)
    centroids = place_centroids(features.names, columns, before, indexes)
    if centroids is None:
        return identify(labels)
    # The matrix has the rows that were clustered only.
    kept = labels if features.rows is None else labels[features.rows]
    return identify_by_centroids(features.matrix, kept, centroids, indexes.tolist())
