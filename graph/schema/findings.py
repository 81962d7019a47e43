"""What a run found, besides its segments."""

import strawberry

from domain import models
from domain.terms import preparation as preparations
from domain.terms import segments as terms
from graph.resolving.access import USER
from graph.schema.metrics import (
    Approximation,
    ClusterCountSelection,
    ClusteringMetrics,
    DensityThresholds,
    FeatureImportance,
    ImputedColumn,
    Structure,
)
from graph.schema.preparation import Preparation


@strawberry.type
class RunFindings:
    """The fields of a clustering run that are figures, all of them stored with it."""

    row: strawberry.Private[models.ClusteringRun]

    @strawberry.field(
        graphql_type=ClusteringMetrics | None,
        description="How good it is; null until it succeeded.",
        directives=[USER],
    )
    def metrics(self) -> terms.ClusteringMetrics | None:
        return self.row.metrics

    @strawberry.field(
        graphql_type=ClusterCountSelection | None,
        description="The evidence for the number of clusters; null when it was given.",
        directives=[USER],
    )
    def selection(self) -> terms.ClusterCountSelection | None:
        return self.row.selection

    @strawberry.field(
        graphql_type=Structure | None,
        description="Whether there are groups at all; null until it succeeded, for DBSCAN and HDBSCAN, which "
        "tell by their noise, and for runs of an older release.",
        directives=[USER],
    )
    def structure(self) -> terms.Structure | None:
        return self.row.structure

    @strawberry.field(
        graphql_type=Approximation | None,
        description="What was clustered instead of all customers; null where all were, exactly.",
        directives=[USER],
    )
    def approximation(self) -> terms.Approximation | None:
        return self.row.approximation

    @strawberry.field(
        graphql_type=DensityThresholds | None,
        description="The thresholds in force, of DBSCAN and HDBSCAN; null for other algorithms.",
        directives=[USER],
    )
    def density(self) -> terms.DensityThresholds | None:
        return self.row.density

    @strawberry.field(
        graphql_type=Preparation | None,
        description="How the columns were prepared; null until it succeeded, and for runs of an older "
        "release.",
        directives=[USER],
    )
    def preparation(self) -> preparations.Preparation | None:
        return self.row.preparation

    @strawberry.field(
        graphql_type=list[ImputedColumn],
        description="The columns whose missing values were filled, and with what; empty until it succeeded.",
        directives=[USER],
    )
    def imputed(self) -> tuple[terms.ImputedColumn, ...]:
        return self.row.imputed or ()

    @strawberry.field(
        description="Share of the variance that each principal component explains, 0..1; null without PCA.",
        directives=[USER],
    )
    def explained_variance(self) -> list[float] | None:
        return list(self.row.explained_variance) if self.row.explained_variance is not None else None

    @strawberry.field(
        graphql_type=list[FeatureImportance],
        description="How much each column decides between the segments, the most first; empty until it "
        "succeeded.",
        directives=[USER],
    )
    def feature_importance(self) -> tuple[terms.FeatureImportance, ...]:
        return self.row.feature_importance or ()
