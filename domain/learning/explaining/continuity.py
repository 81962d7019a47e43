"""What became of the segments of the run before."""

from collections.abc import Iterator, Sequence

from domain.learning.explaining.matching import Common, Identity
from domain.terms.arrays import Labels
from domain.terms.segments import SegmentChange, SegmentChangeKind

MOSTLY = 0.5
"""The share of its people, from which on a segment came from another, or went there."""


def changes(
    identities: Sequence[Identity], previous: Sequence[int], people: tuple[Labels, Labels] | None
) -> tuple[SegmentChange, ...]:
    """Say of each segment what it comes from, by its index, and then of each that ended what became of it.

    `identities` are the clusters', `previous` the indexes of all previous segments.
    `people` are the cluster and the previous index (n_common,) of those that both runs
    have, -1 for none; None where they are others: then nothing is known of splits and
    merges. Each segment of either run is in exactly one change that is told of it:
    as `index` in CONTINUED, SPLIT or NEW, as `previous_index` in CONTINUED, MERGED or GONE.
    """
    if people is None:
        return tuple(_by_place(identities, previous))
    common = Common.of(*people, len(identities), previous)
    return tuple(_by_people(identities, common))


def _by_place(identities: Sequence[Identity], previous: Sequence[int]) -> Iterator[SegmentChange]:
    for identity in sorted(identities, key=lambda identity: identity.index):
        kind = SegmentChangeKind.NEW if identity.previous_index is None else SegmentChangeKind.CONTINUED
        yield SegmentChange(kind, identity.index, identity.previous_index, None)
    for index in sorted(set(previous) - _continued(identities)):
        yield SegmentChange(SegmentChangeKind.GONE, None, index, None)


def _by_people(identities: Sequence[Identity], common: Common) -> Iterator[SegmentChange]:
    going_on = _continued(identities)
    for cluster in sorted(range(len(identities)), key=lambda cluster: identities[cluster].index):
        yield _come_from(cluster, identities[cluster], common, going_on)
    for place in sorted(range(len(common.previous)), key=common.previous.__getitem__):
        if common.previous[place] not in going_on:
            yield _gone_to(place, identities, common)


def _come_from(cluster: int, identity: Identity, common: Common, going_on: set[int]) -> SegmentChange:
    origin = identity.previous_index
    if origin is not None:
        overlap = float(common.jaccard[cluster, common.previous.index(origin)])
        return SegmentChange(SegmentChangeKind.CONTINUED, identity.index, origin, overlap)
    for place in (-common.counts[cluster]).argsort(kind="stable").tolist():
        mostly = common.counts[cluster, place] >= max(MOSTLY * common.here[cluster], 1)
        if mostly and common.previous[place] in going_on:
            overlap = float(common.jaccard[cluster, place])
            return SegmentChange(SegmentChangeKind.SPLIT, identity.index, common.previous[place], overlap)
    return SegmentChange(SegmentChangeKind.NEW, identity.index, None, None)


def _gone_to(place: int, identities: Sequence[Identity], common: Common) -> SegmentChange:
    index = common.previous[place]
    for cluster in (-common.counts[:, place]).argsort(kind="stable").tolist():
        mostly = common.counts[cluster, place] >= max(MOSTLY * common.there[place], 1)
        if mostly and identities[cluster].previous_index is not None:
            overlap = float(common.jaccard[cluster, place])
            return SegmentChange(SegmentChangeKind.MERGED, identities[cluster].index, index, overlap)
    return SegmentChange(SegmentChangeKind.GONE, None, index, None)


def _continued(identities: Sequence[Identity]) -> set[int]:
    return {identity.previous_index for identity in identities if identity.previous_index is not None}
