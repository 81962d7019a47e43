"""Messages count and list things in one way."""

from domain.terms.wording import counted, quoted


def test_one_thing_is_singular_and_all_other_numbers_are_plural() -> None:
    assert [counted(count, "row") for count in (0, 1, 2, 12_345)] == [
        "0 rows",
        "1 row",
        "2 rows",
        "12,345 rows",
    ]


def test_ten_names_are_listed_and_a_hundred_characters_of_each() -> None:
    assert quoted([]) == "none"
    assert quoted(["id", "x" * 101]) == f'"id", "{"x" * 100}"'
    assert quoted(list("abcdefghij")) == '"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"'
    assert quoted(list("abcdefghijk")) == '"a", "b", "c", "d", "e", "f", "g", "h", "i", "j" …'
