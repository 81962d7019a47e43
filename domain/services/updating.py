"""Changes what a dataset is called and what its columns are used for; the table itself never changes."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from tortoise.expressions import Subquery
from tortoise.transactions import in_transaction

from domain.errors import Conflict, DomainError, NotFound, Refused, refuse_if_any
from domain.models import CustomerProfile, Dataset, Job, ModelVersion
from domain.models.datasets import NAME_LENGTH
from domain.services import checks, imports, indexes, locks
from domain.services.runtime import Runtime
from domain.terms.columns import Column, ColumnRole, RoleOverride
from domain.terms.imports import DatasetUpdate

LAPS = 5
"""How often an update is tried again that others have overtaken."""

GIVEN = "given later; "
"""What the reason of a role begins with that an update gave."""


async def update(runtime: Runtime, request: DatasetUpdate) -> Dataset:
    """Rename a dataset, and give its columns other roles; runs keep the roles that they began with.

    Raises Refused with every mistake in the request. What is stored then is as it was.
    """
    for _ in range(LAPS):
        dataset = await _found(request)
        columns = _with_roles(dataset.columns, request.columns)
        if _identifying(columns) == _identifying(dataset.columns):
            written = await _write(runtime, dataset, request, columns, dataset.identifier)
        else:
            written = await _write_with_index(runtime, dataset, request, columns)
        if written:
            return written
    raise Conflict("others change this dataset all the time: send the request again", ["input", "id"])


async def _found(request: DatasetUpdate) -> Dataset:
    """Look the dataset up, and find all that is wrong with the request."""
    mistakes: list[DomainError] = [*checks.override_mistakes(request.columns)]
    if request.name is not None:
        mistakes += checks.name_mistakes(request.name, NAME_LENGTH, ["input", "name"])
    dataset = await Dataset.get_or_none(id=request.dataset_id) if request.dataset_id else None
    if dataset is None:
        missing = NotFound("there is no such dataset", ["input", "id"])
        raise Refused("the request was refused", [missing, *mistakes])
    mistakes += checks.role_mistakes(request.columns, dataset.columns)
    if request.columns:
        columns = _with_roles(dataset.columns, request.columns)
        roles = [RoleOverride(column.name, column.role) for column in columns]
        mistakes += checks.usable_columns_mistakes(roles)
    refuse_if_any(mistakes)
    return dataset


def _with_roles(columns: Sequence[Column], overrides: Sequence[RoleOverride]) -> tuple[Column, ...]:
    """Give columns their roles; one that has its role already stays as it is."""
    given = {override.name: override.role for override in overrides}
    return tuple(
        replace(column, role=role, role_reason=_reason(column))
        if (role := given.get(column.name, column.role)) is not column.role
        else column
        for column in columns
    )


def _reason(before: Column) -> str:
    # What was given before is told by its role alone, or the reason would grow with each update.
    why = "given too" if before.role_reason.startswith("given") else before.role_reason
    return f"{GIVEN}before, it was {before.role}: {why}"


def _identifying(columns: Sequence[Column]) -> list[str]:
    return [column.name for column in columns if column.role is ColumnRole.IDENTIFIER]


async def _write_with_index(
    runtime: Runtime, dataset: Dataset, request: DatasetUpdate, columns: tuple[Column, ...]
) -> Dataset | None:
    """Make the index that the new identifier needs, and then write; the old one goes last.

    All that is recorded: when this process dies, another one clears away what is not used.
    """
    async with imports.passing(runtime) as job:
        try:
            identifier = await _identifier(runtime, job, dataset, columns)
            return await _write(runtime, dataset, request, columns, identifier)
        except FileNotFoundError:
            if not await Dataset.exists(id=dataset.id):
                raise _deleted() from None
            if not await asyncio.to_thread(runtime.storage.exists, dataset.table_key):
                raise
            # Another update cleared the index away while it was made: it is made again.
            return None
        finally:
            # Also when the client hangs up: the old index is not needed any more, or else the new one.
            await asyncio.shield(asyncio.create_task(indexes.clear(runtime, dataset.id)))


async def _identifier(runtime: Runtime, job: Job, dataset: Dataset, columns: Sequence[Column]) -> str | None:
    """Find the first IDENTIFIER column that is unique and complete, and see to it that it has an index."""
    for column in columns:
        if not _may_identify(column, dataset.row_count):
            continue
        # The one that identified them before has its index already.
        if column.name == dataset.identifier or await indexes.make(runtime, job, dataset, column.name):
            return column.name
    return None


def _may_identify(column: Column, row_count: int) -> bool:
    is_complete = column.role is ColumnRole.IDENTIFIER and not column.missing_count
    return is_complete and (column.approximate or column.distinct_count == row_count)


async def _write(
    runtime: Runtime,
    dataset: Dataset,
    request: DatasetUpdate,
    columns: tuple[Column, ...],
    identifier: str | None,
) -> Dataset | None:
    """Write the update; None where somebody changed the columns, or cleared the index away, meanwhile."""
    async with in_transaction():
        current = await locks.held(dataset.id)
        if current is None:
            raise _deleted()
        if request.name is not None:
            current.name = request.name.strip()
        if request.columns:
            if (current.columns, current.identifier) != (dataset.columns, dataset.identifier):
                return None
            current.columns, current.identifier = columns, identifier
            if identifier != dataset.identifier and not await indexes.is_made(runtime, current):
                return None
            if identifier != dataset.identifier:
                await _forget_hashes(dataset)
        await current.save(update_fields=["name", "columns", "identifier"])
        return current


async def _forget_hashes(dataset: Dataset) -> None:
    """Forget by which key the profiles are found that were placed with the identifier before."""
    versions = ModelVersion.filter(run__dataset_id=dataset.id).values("id")
    await CustomerProfile.filter(scored_version_id__in=Subquery(versions)).update(key_hash=None)


def _deleted() -> NotFound:
    return NotFound("the dataset has just been deleted", ["input", "id"])
