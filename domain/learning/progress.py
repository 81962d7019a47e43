"""How far a long step is, told in parts."""

from domain.terms.training import Watch


def within(watch: Watch, start: float, end: float) -> Watch:
    """Give a part of a step its own 0..1, shown as `start`..`end` of the whole."""
    return lambda fraction, message: watch(start + (end - start) * fraction, message)


def unwatched(fraction: float, message: str) -> None:
    """Watch nothing: for short steps and for callers who don't wait."""
