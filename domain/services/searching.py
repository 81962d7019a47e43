"""Finding customers by what is in their columns, and sorting them."""

import asyncio
from collections.abc import Sequence

from domain.models import Dataset
from domain.services.conditions import conditions, searched_column
from domain.services.runtime import Runtime
from domain.storage import finding
from domain.storage.finding import FoundRows
from domain.storage.found import FOUND
from domain.storage.tables import StoredTable, open_current
from domain.terms.customers import CustomerFilter, CustomerOrder, SortDirection


async def search(
    runtime: Runtime, dataset: Dataset, filters: tuple[CustomerFilter, ...], order: CustomerOrder | None
) -> FoundRows:
    """Find the rows of a dataset for which every filter holds, in order, or as in the file.

    Costs one reading of the columns named; the same search again costs nothing for a
    while. Raises Invalid with the path of a filter that does not fit its column.
    """

    def found() -> FoundRows:
        table = open_current(runtime.storage, dataset.table_key)
        # The version: somebody may have been erased since, by any process.
        searched = (runtime.storage.url, dataset.table_key, table.version, filters, order)
        rows = FOUND.get(searched)
        if rows is None:
            rows = _found(table, dataset, filters, order)
            FOUND.keep(searched, rows)
        return rows

    return await asyncio.to_thread(found)


def _found(
    table: StoredTable, dataset: Dataset, filters: Sequence[CustomerFilter], order: CustomerOrder | None
) -> FoundRows:
    wanted = []
    for place, given in enumerate(filters):
        path = ("filter", str(place))
        column = searched_column(table, dataset, given.column, (*path, "column"))
        wanted += conditions(column, given, path)
    if order is None:
        return finding.matching(table, wanted)
    column = searched_column(table, dataset, order.column, ("orderBy", "column"))
    descending = order.direction is SortDirection.DESCENDING
    rows = finding.matching(table, wanted)
    if column.holds_numbers or column.holds_dates:
        read = column.numbers if column.holds_numbers else column.days
        return finding.sorted_by_number(table, rows, column.name, read, descending=descending)
    return finding.sorted_by_text(table, rows, column.name, descending=descending)
