"""What became of the segments of the run before."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.learning.explaining.continuity import changes
from domain.learning.explaining.matching import Identity, identify_by_members
from domain.terms.segments import SegmentChange, SegmentChangeKind

CONTINUED, SPLIT, MERGED = SegmentChangeKind.CONTINUED, SegmentChangeKind.SPLIT, SegmentChangeKind.MERGED
NEW, GONE = SegmentChangeKind.NEW, SegmentChangeKind.GONE


def told(now: list[int], before: list[int], previous: list[int]) -> tuple[SegmentChange, ...]:
    here, there = np.array(now), np.array(before)
    return changes(identify_by_members(here, here, there), previous, (here, there))


def test_a_segment_that_was_split_goes_on_in_its_larger_part() -> None:
    found = told([0] * 6 + [1] * 4 + [2] * 5, [0] * 10 + [1] * 5, [0, 1])
    assert found == (
        SegmentChange(CONTINUED, 0, 0, 0.6),
        SegmentChange(CONTINUED, 1, 1, 1.0),
        SegmentChange(SPLIT, 2, 0, 0.4),
    )


def test_a_segment_that_was_merged_is_in_the_one_that_continues_the_larger() -> None:
    found = told([0] * 10, [3] * 6 + [1] * 4, [1, 3])
    assert found == (SegmentChange(CONTINUED, 3, 3, 0.6), SegmentChange(MERGED, 3, 1, 0.4))


def test_half_of_the_people_is_enough_for_a_split_and_for_a_merger() -> None:
    # Cluster 1 has four people of segment 0, which goes on, and four who were in none.
    found = told([0] * 9 + [1] * 8, [0] * 9 + [0] * 4 + [-1] * 4, [0])
    assert found == (
        SegmentChange(CONTINUED, 0, 0, 9 / 13),
        SegmentChange(SPLIT, 1, 0, 4 / 17),
    )
    # Of segment 1 two are in the cluster that goes on from segment 0, and two in none.
    found = told([0] * 7 + [0] * 2 + [-1] * 2, [0] * 7 + [1] * 4, [0, 1])
    assert found == (
        SegmentChange(CONTINUED, 0, 0, 7 / 9),
        SegmentChange(MERGED, 0, 1, 2 / 11),
    )


def test_people_who_come_from_everywhere_or_nowhere_make_a_new_segment() -> None:
    before = [0] * 8 + [1] * 8 + [2] * 8
    now = ([0] * 6 + [3] * 2) + ([1] * 6 + [3] * 2) + ([2] * 6 + [3] * 2)
    assert told(now, before, [0, 1, 2])[3] == SegmentChange(NEW, 3, None, None)
    assert told([0, 0, 1, 1], [0, 0, -1, -1], [0]) == (
        SegmentChange(CONTINUED, 0, 0, 1.0),
        SegmentChange(NEW, 1, None, None),
    )


def test_a_segment_whose_people_are_gone_or_scattered_is_gone() -> None:
    # Of segment 1 nobody is left, segment 2 became noise.
    found = told([0, 0, -1, -1], [0, 0, 2, 2], [0, 1, 2])
    assert found == (
        SegmentChange(CONTINUED, 0, 0, 1.0),
        SegmentChange(GONE, None, 1, None),
        SegmentChange(GONE, None, 2, None),
    )


def test_of_other_people_it_is_known_only_what_goes_on() -> None:
    found = changes((Identity(1, None), Identity(0, 0)), [0, 4], None)
    assert found == (
        SegmentChange(CONTINUED, 0, 0, None),
        SegmentChange(NEW, 1, None, None),
        SegmentChange(GONE, None, 4, None),
    )


@given(st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 4)), min_size=1, max_size=60))
def test_every_segment_of_both_runs_is_told_of_once(pairs: list[tuple[int, int]]) -> None:
    now = np.unique([cluster for cluster, _ in pairs if cluster >= 0], return_inverse=True)[1].tolist()
    here = [now.pop(0) if cluster >= 0 else -1 for cluster, _ in pairs]
    there = [index for _, index in pairs]
    previous = sorted({index for index in there if index >= 0})
    identities = identify_by_members(np.array(here), np.array(here), np.array(there))
    found = changes(identities, previous, (np.array(here), np.array(there)))
    begun = [each.index for each in found if each.kind in {CONTINUED, SPLIT, NEW}]
    assert Counter(begun) == Counter(identity.index for identity in identities)
    ended = [each.previous_index for each in found if each.kind in {CONTINUED, MERGED, GONE}]
    assert Counter(ended) == Counter(previous)
    assert all(each.overlap is None or 0 < each.overlap <= 1 for each in found)
