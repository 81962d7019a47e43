"""Columns that are put beside others have names of their own."""

from domain.terms.naming import beside


def test_a_name_that_is_free_stays() -> None:
    assert beside(["key", "segment"], ["id", "age"]) == ("key", "segment")


def test_a_name_that_is_taken_gets_the_lowest_free_number() -> None:
    assert beside(["segment", "key"], ["segment", "segment_2"]) == ("segment_3", "key")


def test_a_numbered_name_does_not_take_that_of_another() -> None:
    assert beside(["segment", "segment_2"], ["segment"]) == ("segment_2", "segment_2_2")
