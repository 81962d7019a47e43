"""The names of months and their abbreviations: English, German, French, Spanish."""

from types import MappingProxyType

_NAMES = (
    "january jan januar jän jänner janvier janv enero ene",
    "february feb februar feber février fevrier févr fevr fév fev febrero",
    "march mar märz maerz mär mrz mars marzo",
    "april apr avril avr abril abr",
    "may mai mayo",
    "june jun juni juin junio",
    "july jul juli juillet juil julio",
    "august aug août aout agosto ago",
    "september sep sept septembre septiembre setiembre set",
    "october oct oktober okt octobre octubre",
    "november nov novembre noviembre",
    "december dec dezember dez décembre decembre déc diciembre dic",
)

MONTHS = MappingProxyType({name: month for month, names in enumerate(_NAMES, 1) for name in names.split()})
"""The number of a month by its name in lower case."""
