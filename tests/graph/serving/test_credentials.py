"""What a caller shows of itself, and where it may."""

import pytest
from starlette.datastructures import Headers

from graph.serving.credentials import shown_by

NOTHING = Headers()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", "Bearer abc"),
        ("authorization", "bearer abc"),
        ("AUTHORIZATION", "BEARER abc"),
        ("Authorization", "  Bearer   abc  "),
        ("X-API-Key", "abc"),
        ("x-api-key", " abc "),
        ("X-Api-Key", "abc"),
    ],
)
def test_a_token_is_found_by_header_and_by_payload_in_any_case(name: str, value: str) -> None:
    assert shown_by(Headers({name: value})) == "abc"
    assert shown_by(NOTHING, {name: value}) == "abc"
    assert shown_by(NOTHING, {"other": 1, name: value}) == "abc"


@pytest.mark.parametrize(
    "shown", [{}, {"Authorization": ""}, {"Authorization": "   "}, {"X-API-Key": ""}, {"X-API-Key": "  "}]
)
def test_who_shows_nothing_shows_nothing(shown: dict[str, str]) -> None:
    assert shown_by(Headers(shown)) is None
    assert shown_by(NOTHING, shown) is None
    assert shown_by(NOTHING, None) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Basic YTpi", "Basic"),
        ("abc", "abc"),
        ("Bearer", "Bearer"),
        ("Bearer ", "Bearer"),
        ("Bearerabc", "Bearerabc"),
        ("Digest username=x", "Digest"),
        ("Bearer a b", "a b"),
    ],
)
def test_what_is_shown_in_another_way_is_a_token_that_does_not_hold(value: str, expected: str) -> None:
    assert shown_by(Headers({"Authorization": value})) == expected


def test_a_token_counts_more_than_a_key_and_a_payload_more_than_the_headers() -> None:
    both = {"Authorization": "Bearer token", "X-API-Key": "key"}

    assert shown_by(Headers(both)) == "token"
    assert shown_by(NOTHING, both) == "token"
    assert shown_by(Headers(both), {"x-api-key": "other"}) == "other"
    assert shown_by(Headers(both), {"authorization": ""}) == "token"
    assert shown_by(Headers(both), {}) == "token"


@pytest.mark.parametrize("value", [None, 1, True, ["Bearer abc"], {"Bearer": "abc"}])
def test_what_is_no_text_in_a_payload_shows_nothing(value: object) -> None:
    assert shown_by(NOTHING, {"Authorization": value, "X-API-Key": value}) is None
    assert shown_by(Headers({"X-API-Key": "abc"}), {"X-API-Key": value}) == "abc"
