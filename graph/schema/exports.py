"""Exports: tables to take away, as files at signed addresses."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

import strawberry

from domain.services import exports
from domain.terms import exports as terms
from domain.terms.access import Viewer
from domain.terms.exports import EXPORT_MEDIA_TYPES, ExportKind
from graph.resolving.access import USER
from graph.resolving.context import Context, Info
from graph.resolving.enums import describe
from graph.resolving.errors import UserError
from graph.resolving.mutations import mutation
from graph.resolving.relay import key_of
from graph.resolving.scalars import BigInt
from graph.resolving.unset import given

Unset = strawberry.UNSET

describe(
    terms.ExportFormat,
    "The file format of an export.",
    CSV="Comma-separated values in UTF-8 with a header. Text that a spreadsheet would run as a formula "
    "begins with an apostrophe.",
    PARQUET="Apache Parquet.",
    ARROW="A stream of Apache Arrow IPC.",
    XLSX="A workbook of one sheet, of 1,048,575 customers at most; text is text there, and never a formula.",
)
ExportFormat = terms.ExportFormat


@strawberry.input(description="Which remembered predictions to export: those that fit all that is given.")
class ExportedPredictionsInput:
    model_version_id: strawberry.ID | None = strawberry.field(
        default=Unset, description="Only by this version of a model."
    )
    run_id: strawberry.ID | None = strawberry.field(
        default=Unset, description="Only by this run, also as a version of a model."
    )


@strawberry.input(one_of=True, description="What to export: exactly one field is given.")
class ExportSourceInput:
    run_id: strawberry.ID | None = strawberry.field(
        default=Unset, description="All customers of a run, with their segments."
    )
    segment_id: strawberry.ID | None = strawberry.field(
        default=Unset, description="The customers of a segment of a run."
    )
    audience_id: strawberry.ID | None = strawberry.field(
        default=Unset, description="The customers of an audience, as it is by now."
    )
    dataset_prediction_id: strawberry.ID | None = strawberry.field(
        default=Unset, description="The customers of a dataset that was placed, with their segments."
    )
    predictions: ExportedPredictionsInput | None = strawberry.field(
        default=Unset,
        description="Predictions that were remembered, the newest first. A user gets what it asked for "
        "itself, analysts and administrators get all.",
    )

    def to_part(self) -> dict[str, Any]:
        """Translate into what a request for an export says of its source."""
        if predictions := given(self.predictions):
            version, run = given(predictions.model_version_id), given(predictions.run_id)
            return {
                "kind": ExportKind.PREDICTIONS,
                "source_id": key_of("ModelVersion", version),
                "source_given": version is not None,
                "run_id": key_of("ClusteringRun", run),
                "run_given": run is not None,
            }
        ways = (
            (ExportKind.RUN, "ClusteringRun", self.run_id),
            (ExportKind.SEGMENT, "Segment", self.segment_id),
            (ExportKind.AUDIENCE, "Audience", self.audience_id),
            (ExportKind.DATASET_PREDICTION, "DatasetPrediction", self.dataset_prediction_id),
        )
        kind, name, key = next(way for way in ways if given(way[2]) is not None)
        return {"kind": kind, "source_id": key_of(name, key)}


@strawberry.input(description="What to take away, and how.")
class CreateExportInput:
    of: ExportSourceInput = strawberry.field(description="What to export.")
    format: ExportFormat = strawberry.field(default=ExportFormat.CSV, description="The file format.")
    segment_id: strawberry.ID | None = strawberry.field(
        default=Unset, description="Of a dataset that was placed, only the customers of this segment."
    )
    columns: list[str] | None = strawberry.field(
        default=Unset,
        description="The dataset's columns to write, in this order; all when left out, none when empty.",
    )
    holdout_share: float = strawberry.field(
        default=0.0,
        description="The share of the customers, 0..0.5, to be marked as `holdout` in the column `group`: to "
        "be left alone, so that what a campaign brings can be measured. An audience has its own.",
    )
    holdout_salt: str | None = strawberry.field(
        default=Unset,
        description="What decides, with each customer's key, who is held out; the run's UUID when left out.",
    )

    def to_request(self, viewer: Viewer) -> terms.ExportRequest:
        """Translate into the domain's terms."""
        segment, columns = given(self.segment_id), given(self.columns)
        return terms.ExportRequest(
            **self.of.to_part(),
            by=viewer,
            format=self.format,
            segment_id=key_of("Segment", segment),
            segment_given=segment is not None,
            columns=None if columns is None else tuple(columns),
            holdout_share=self.holdout_share,
            holdout_salt=given(self.holdout_salt),
        )


@strawberry.type(
    description="A file to take away. It has `key`, the dataset's columns, `segment`, `segment_index`, "
    "`unassigned` and `confidence`; of placed datasets also `distance` and `runner_up`, with a holdout "
    "`group`. One of these whose name a column of the dataset has gets a number: `segment_2`.",
    directives=[USER],
)
class Export:
    url: str = strawberry.field(
        description="Where to fetch it: signed, and working for a while only. A download that broke off can "
        "be resumed (Range), and one that is there already is not repeated (ETag)."
    )
    file_name: str = strawberry.field(description="What it is called when it is saved.")
    format: ExportFormat = strawberry.field(description="Its file format.")
    media_type: str = strawberry.field(description="Its media type.")
    row_count: int = strawberry.field(description="How many rows it has, the header not counted.")
    size_in_bytes: BigInt = strawberry.field(description="How large it is.")
    checksum: str = strawberry.field(description="The SHA-256 of its bytes, in hexadecimal; also its ETag.")
    expires_at: datetime = strawberry.field(description="Until when the address works.")

    @classmethod
    def of(cls, export: exports.Export, context: Context) -> "Export":
        """Wrap an export that was written."""
        address, outcome = export.address, export.outcome
        return cls(
            url=context.url(f"/exports/{export.token}/{quote(address.file_name, safe='')}"),
            file_name=address.file_name,
            format=address.format,
            media_type=EXPORT_MEDIA_TYPES[address.format],
            row_count=outcome.row_count,
            size_in_bytes=BigInt(outcome.size_in_bytes),
            checksum=outcome.checksum,
            expires_at=export.expires_at,
        )


@strawberry.type(description="What came of asking for an export.", directives=[USER])
class CreateExportPayload:
    export: Export | None = strawberry.field(default=None, description="The file.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What is wrong; then nothing was written."
    )


@strawberry.type
class ExportMutation:
    @mutation(USER)
    async def create_export(self, info: Info, input: CreateExportInput) -> CreateExportPayload:
        """Write customers and their segments to a file, and answer when it is there.

        An equal export that is still there is answered again. Customers who were erased are in none.
        """
        context = info.context
        export = await exports.create(context.runtime, input.to_request(context.viewer))
        return CreateExportPayload(export=Export.of(export, context))
