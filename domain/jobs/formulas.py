"""Texts that a spreadsheet would run, made such that it does not."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

APOSTROPHE = "'"

# Blanks, what is not seen, and quotation marks: spreadsheets pass over some of them.
_PASSED_OVER = r"""[\s\p{Z}\p{C}"'`´“”„«»‘’＂＇]*"""  # noqa: RUF001  # quotation marks of all kinds
_RUN = rf"^{_PASSED_OVER}[=+\-@＝＋－＠﹢﹣−]|^[\t\r\n]"  # noqa: RUF001  # they look alike on purpose
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"


def made_safe(column: Any) -> Any:
    """Put an apostrophe before each text that a spreadsheet would run; plain numbers stay as they are.

    Takes and gives an Arrow column of text. See OWASP, "CSV Injection".
    """
    is_run = pc.match_substring_regex(column, _RUN)
    if not pc.any(is_run).as_py():
        return column
    is_run = pc.and_(is_run, pc.invert(pc.match_substring_regex(column, _NUMBER)))
    return pc.if_else(is_run, pc.binary_join_element_wise(APOSTROPHE, column, ""), column)


def name_made_safe(name: str) -> str:
    """Put an apostrophe before a column's name that a spreadsheet would run."""
    return str(made_safe(pa.array([name]))[0].as_py())
