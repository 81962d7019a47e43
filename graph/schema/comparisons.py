"""Two runs beside each other: who went where."""

from typing import Annotated

import strawberry

from domain.services import comparisons
from domain.terms import comparisons as terms
from graph.resolving.access import USER
from graph.resolving.context import Info
from graph.resolving.relay import key_of
from graph.schema.runs import ClusteringRun
from graph.schema.segments import Segment

Id = strawberry.ID


@strawberry.type(
    description="How many of a segment's customers are in a segment of the other run.", directives=[USER]
)
class MigrationCount:
    segment: Segment | None = strawberry.field(
        description="The other run's segment; null for those who are in none of them."
    )
    count: int = strawberry.field(description="How many.")


@strawberry.type(
    description="Where a segment's customers are in the other run: the counts and `absentCount` sum to "
    "`size`.",
    directives=[USER],
)
class MigrationRow:
    segment: Segment | None = strawberry.field(description="The segment; null for customers without one.")
    size: int = strawberry.field(description="How many customers.")
    counts: list[MigrationCount] = strawberry.field(
        description="How many of them are in each of the other run's segments, by index, and last in none."
    )
    absent_count: int = strawberry.field(
        description="How many of them the other run's dataset does not have."
    )


@strawberry.type(description="How far two runs agree on who belongs together.", directives=[USER])
class RunComparison:
    run: ClusteringRun = strawberry.field(description="The run.")
    other_run: ClusteringRun = strawberry.field(description="The run that it is compared with.")
    common_count: int = strawberry.field(
        description="Customers in both: the same rows of one dataset, or the same identifiers in two."
    )
    adjusted_rand_index: float | None = strawberry.field(
        description="Agreement over the customers with a segment in both, 1 where the segments are the same, "
        "about 0 where they agree by chance; null where there are none. Hubert and Arabie 1985."
    )
    migration: list[MigrationRow] = strawberry.field(
        description="The run's segments, by index, and last its customers without one."
    )


@strawberry.type
class ComparisonQuery:
    @strawberry.field(
        description="Compare two runs; null unless both are there and have succeeded. Counted when first "
        "asked for.",
        directives=[USER],
    )
    async def compare_runs(
        self,
        info: Info,
        run_id: Annotated[Id, strawberry.argument(description="The run.")],
        other_run_id: Annotated[Id, strawberry.argument(description="The run to compare it with.")],
    ) -> RunComparison | None:
        key, other = key_of("ClusteringRun", run_id), key_of("ClusteringRun", other_run_id)
        found = await comparisons.compare(info.context.runtime, key, other)
        if found is None or key is None or other is None:
            return None
        loaders = info.context.loaders
        mine, others = await loaders.segments_of_run.load_many([key, other])
        here = {row.index: Segment.of(row) for row in mine}
        there = {row.index: Segment.of(row) for row in others}
        return RunComparison(
            run=ClusteringRun.of(await loaders.the_run(key)),
            other_run=ClusteringRun.of(await loaders.the_run(other)),
            common_count=found.common_count,
            adjusted_rand_index=found.adjusted_rand_index,
            migration=migration_rows(found, here, there),
        )


def migration_rows(
    found: terms.RunAgreement, here: dict[int, Segment], there: dict[int, Segment]
) -> list[MigrationRow]:
    """Wrap who went where, with the segments of both by index."""
    return [_row(row, here, there) for row in found.migration]


def _row(row: terms.MigrationRow, here: dict[int, Segment], there: dict[int, Segment]) -> MigrationRow:
    return MigrationRow(
        segment=_of(here, row.index),
        size=row.size,
        counts=[MigrationCount(segment=_of(there, each.index), count=each.count) for each in row.counts],
        absent_count=row.absent,
    )


def _of(segments: dict[int, Segment], index: int | None) -> Segment | None:
    return None if index is None else segments.get(index)
