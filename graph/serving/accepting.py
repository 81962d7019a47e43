"""Which of the media types on offer a client gets."""

from typing import NamedTuple

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"
HTML = "text/html"

JSON_TYPES = (JSON, GRAPHQL_JSON)
"""What an answer can be written as; the first is preferred where a client takes anything."""


class Range(NamedTuple):
    """An entry of an Accept header: a media type or a pattern of some, and how welcome it is (0..1)."""

    pattern: str
    quality: float

    def matches(self, media_type: str) -> bool:
        """Whether the media type is meant."""
        return self.pattern in {media_type, media_type.split("/")[0] + "/*", "*/*"}


def is_browser(header: str | None) -> bool:
    """Whether an Accept header asks for a page before anything else, as a browser's address bar does."""
    return [each.pattern for each in _ranges(header or "")][:1] == [HTML]


def accepted(header: str | None) -> str | None:
    """Choose a media type by an Accept header; None where it takes none of ours.

    An event stream is chosen only where it is listed first: clients that name it last
    (urql does, always) take it for subscriptions and can't read it elsewhere.
    """
    ranges = _ranges(header or "*/*")
    if ranges and ranges[0].pattern == EVENT_STREAM and ranges[0].quality > 0:
        return EVENT_STREAM
    # The most welcome one; among equals the one listed first, then our own order.
    for entry in sorted(ranges, key=lambda each: -each.quality):
        for media_type in JSON_TYPES:
            if entry.matches(media_type) and _quality(media_type, ranges) > 0:
                return media_type
    return None


def _ranges(header: str) -> list[Range]:
    return [_range(entry) for entry in header.split(",") if entry.strip()]


def _range(entry: str) -> Range:
    pattern, *parameters = (part.strip().lower() for part in entry.split(";"))
    quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return Range(pattern, float(quality))
    except ValueError:
        return Range(pattern, 0.0)


def _quality(media_type: str, ranges: list[Range]) -> float:
    """How welcome a media type is: its own entry counts more than a pattern that it falls under."""
    own = [each.quality for each in ranges if each.pattern == media_type]
    return own[0] if own else max(each.quality for each in ranges if each.matches(media_type))
