"""Makes the names in a header usable: trimmed, none empty, no two alike."""

from collections.abc import Sequence

from domain.terms.imports import ImportWarning, ImportWarningCode


def usable_names(header: Sequence[str]) -> tuple[tuple[str, ...], tuple[ImportWarning, ...]]:
    """Name the columns after their header, with a warning for each name that had to change.

    A column without a name is called `column_3` by its place, a name that was there
    before gets the first number that is free: `price`, `price_2`.
    """
    # A name that stands in the header as it should is kept, whoever comes first.
    reserved = {name.strip() for name in header}
    taken: set[str] = set()
    names: list[str] = []
    warnings: list[ImportWarning] = []
    for place, original in enumerate(header, start=1):
        name = _free_name(original.strip() or f"column_{place}", taken, reserved - {original.strip()})
        taken.add(name)
        names.append(name)
        if name != original:
            warnings.append(_renamed(place, original, name))
    return tuple(names), tuple(warnings)


def _free_name(wanted: str, taken: set[str], reserved: set[str]) -> str:
    if wanted not in taken and wanted not in reserved:
        return wanted
    number = 2
    while f"{wanted}_{number}" in taken or f"{wanted}_{number}" in reserved:
        number += 1
    return f"{wanted}_{number}"


def _renamed(place: int, original: str, name: str) -> ImportWarning:
    if not original.strip():
        why = f"column {place} has no name in the header"
    elif original.strip() == name:
        why = f'the name of column {place} has blanks around it, "{original}"'
    else:
        why = f'the name of column {place}, "{original}", is not the only one of its kind'
    message = f'{why}: it is called "{name}" here'
    return ImportWarning(ImportWarningCode.HEADER_RENAMED, message, column=name, row=None, count=1)
