"""Segments keep their index."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from domain.learning.explaining.matching import (
    Identity,
    identify,
    identify_by_centroids,
    identify_by_members,
    renumber,
)
from domain.terms.arrays import Labels


def test_a_first_run_is_numbered_by_size_then_by_first_member() -> None:
    labels = np.array([2, 0, 1, 1, 3, 1, 0, 2])
    assert identify(labels) == (Identity(2, None), Identity(0, None), Identity(1, None), Identity(3, None))
    assert renumber(labels, identify(labels)).tolist() == [1, 2, 0, 0, 3, 0, 2, 1]


def test_noise_stays_noise() -> None:
    labels = np.array([1, -1, 1, 0])
    assert renumber(labels, identify(labels)).tolist() == [0, -1, 0, 1]


@given(before=arrays(np.int64, 40, elements=st.integers(0, 3)), order=st.permutations([0, 1, 2, 3]))
def test_clusters_of_the_same_people_keep_their_index_however_they_are_numbered(
    before: Labels, order: list[int]
) -> None:
    before[:4] = 0, 1, 2, 3
    now = np.array(order)[before]
    matched = identify_by_members(now, now, before)
    assert renumber(now, matched).tolist() == before.tolist()
    assert [identity.previous_index for identity in matched] == [order.index(cluster) for cluster in range(4)]


def test_a_split_segment_lives_on_in_its_larger_half_and_the_other_takes_the_lowest_free_number() -> None:
    before = np.repeat([0, 3], [10, 6])
    now = np.repeat([2, 0, 1], [6, 4, 6])
    matched = identify_by_members(now, now, before)
    assert matched == (Identity(1, None), Identity(3, 3), Identity(0, 0))


def test_a_chance_meeting_is_no_match() -> None:
    # One in three of each cluster was in each segment.
    before, now = np.tile([0, 1, 2], 9), np.repeat([0, 1, 2], 9)
    assert [identity.previous_index for identity in identify_by_members(now, now, before)] == [None] * 3


def test_people_of_only_one_run_count_for_size_alone() -> None:
    labels = np.repeat([0, 1, 2], [3, 9, 5])
    # Two of cluster 0 are known from segment 4, the third was noise; nobody else is known.
    matched = identify_by_members(labels, np.array([0, 0, 0]), np.array([4, 4, -1]))
    assert matched == (Identity(4, 4), Identity(0, None), Identity(1, None))


def test_without_common_people_all_are_new() -> None:
    labels = np.array([0, 1, 1])
    nobody = np.empty(0, dtype=np.int64)
    assert identify_by_members(labels, nobody, nobody) == identify(labels)


def test_people_who_were_in_no_segment_count_against_a_match() -> None:
    # Of cluster 0 only two of ten were in segment 7, and most of segment 7 became noise.
    before = np.repeat([7, -1, 7], [2, 8, 9])
    now = np.repeat([0, -1], [10, 9])
    assert identify_by_members(now, now, before) == (Identity(0, None),)


def test_noise_has_no_say_in_where_the_clusters_lie() -> None:
    matrix = np.array([[0.0], [2.0], [20.0], [22.0], [24.0], [900.0]])
    labels = np.array([0, 0, 1, 1, 1, -1])
    matched = identify_by_centroids(matrix, labels, np.array([[22.5], [1.2]]), [5, 0])
    assert matched == (Identity(0, 0), Identity(5, 5))


def test_other_people_in_the_same_places_continue_the_segments() -> None:
    matrix = np.array([[0.0], [2.0], [20.0], [22.0], [24.0], [50.0], [51.0]])
    labels = np.array([0, 0, 1, 1, 1, 2, 2])
    # 22.5 lies within cluster 1, 1.2 within cluster 0; 70 is nearest to cluster 2, but far from its members.
    matched = identify_by_centroids(matrix, labels, np.array([[22.5], [1.2], [70.0]]), [5, 0, 1])
    assert matched == (Identity(0, 0), Identity(5, 5), Identity(1, None))
