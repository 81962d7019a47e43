"""How good a run is, and how its number of clusters was chosen."""

import strawberry

from domain.terms import algorithms as terms
from graph.resolving.enums import describe

describe(
    terms.ClusterCountCriterion,
    "By what the number of clusters is chosen.",
    SILHOUETTE="The largest mean silhouette.",
)
describe(
    terms.StructureVerdict,
    "Whether the customers fall into groups at all.",
    STRONG="They do, clearly.",
    WEAK="They may: the groups touch each other.",
    NONE="No groups were found that mean anything.",
)
ClusterCountCriterion = terms.ClusterCountCriterion
StructureVerdict = terms.StructureVerdict


@strawberry.type(description="How good a clustering is. A figure is null where it does not apply.")
class ClusteringMetrics:
    silhouette: float | None = strawberry.field(
        description="Mean silhouette, -1..1: how much closer customers are to their own segment than to the "
        "next; exact unless `silhouetteSampleSize` is set. Rousseeuw 1987."
    )
    silhouette_sample_size: int | None = strawberry.field(
        description="Customers that the silhouette was estimated from; null when it is exact."
    )
    davies_bouldin: float | None = strawberry.field(
        description="Davies-Bouldin index, from 0, smaller is better. Davies and Bouldin 1979."
    )
    calinski_harabasz: float | None = strawberry.field(
        description="Variance ratio, from 0, larger is better. Caliński and Harabasz 1974."
    )
    inertia: float | None = strawberry.field(
        description="Sum of squared distances to the centroids, on the scaled features."
    )
    stability: float | None = strawberry.field(
        description="Mean Jaccard similarity of the segments over resamples, 0..1. Hennig 2007."
    )
    confidence: float | None = strawberry.field(
        description="Cross-validated accuracy of predicting the segment from the columns, 0..1."
    )
    sample_count: int = strawberry.field(description="Customers that were clustered.")
    encoded_feature_count: int = strawberry.field(
        description="Features after the columns were scaled and the categories spread out."
    )
    noise_count: int = strawberry.field(description="Customers that belong to no segment.")


@strawberry.type(description="The evidence for one number of clusters.")
class ClusterCountCandidate:
    cluster_count: int = strawberry.field(description="The number of clusters.")
    inertia: float = strawberry.field(description="Sum of squared distances to the centroids.")
    silhouette: float = strawberry.field(description="Mean silhouette, -1..1.")
    davies_bouldin: float = strawberry.field(description="Davies-Bouldin index, smaller is better.")
    calinski_harabasz: float = strawberry.field(description="Variance ratio, larger is better.")
    smallest_share: float = strawberry.field(
        description="Share of the customers in the smallest cluster, 0..1."
    )


@strawberry.type(description="How the number of clusters was chosen, and whether there is any structure.")
class ClusterCountSelection:
    chosen: int = strawberry.field(description="The number of clusters that was chosen.")
    criterion: ClusterCountCriterion = strawberry.field(description="By what it was chosen.")
    verdict: StructureVerdict = strawberry.field(description="Whether the customers fall into groups.")
    verdict_reason: str = strawberry.field(description="Why, with the figures.")
    elbow: int | None = strawberry.field(
        description="Where the inertia has its knee; null when it has none. Satopää et al. 2011."
    )
    candidates: list[ClusterCountCandidate] = strawberry.field(
        description="All numbers of clusters that were tried, ascending."
    )


@strawberry.type(description="How much a column decides between the segments.")
class FeatureImportance:
    feature: str = strawberry.field(description="The column.")
    importance: float = strawberry.field(description="Its part in the decision, 0..1; they sum to 1.")


@strawberry.type(description="How the missing values of a column were filled for the clustering.")
class ImputedColumn:
    column: str = strawberry.field(description="The column.")
    count: int = strawberry.field(description="Customers without a value.")
    filled_with: str = strawberry.field(description="What they were given instead, in words.")
