"""Names of columns that are put beside others."""

from collections.abc import Iterable, Sequence


def beside(wanted: Sequence[str], taken: Iterable[str]) -> tuple[str, ...]:
    """Name columns so that none is called like another: those that are taken keep their names.

    One whose name is taken gets the lowest free number from 2 on: segment_2.
    """
    used, names = set(taken), []
    for name in wanted:
        free, number = name, 2
        while free in used:
            free, number = f"{name}_{number}", number + 1
        used.add(free)
        names.append(free)
    return tuple(names)
