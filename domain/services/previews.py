"""Previews: what a file would become, without keeping any of it."""

from domain.errors import refuse_if_any
from domain.services import checks, imports
from domain.services.runtime import PREVIEW_PROGRAM, Runtime
from domain.tables.files.options import check_options
from domain.terms.imports import PreviewOrder, PreviewRequest, TablePreview


async def preview(runtime: Runtime, request: PreviewRequest) -> TablePreview:
    """Read the beginning of a file that has arrived, as an import would.

    Raises Refused or a DomainError. Whatever comes of it, nothing is left.
    """
    refuse_if_any(
        [
            *checks.override_mistakes(request.overrides),
            *check_options(request.options),
            *checks.preview_rows_mistakes(request.rows),
        ]
    )
    async with imports.passing(runtime) as job:
        order = PreviewOrder(
            source_key=imports.source_key(job),
            overrides=request.overrides,
            options=request.options,
            limits=imports.limits(runtime.settings),
            rows=request.rows,
        )
        return await imports.work(
            runtime, job, PREVIEW_PROGRAM, order, TablePreview, ["input", "file"], request.path
        )
