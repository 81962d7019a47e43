"""How good a run is, and how its number of clusters was chosen, and how exact it is."""

import strawberry

from domain.terms import algorithms as terms
from domain.terms import segments
from graph.resolving.access import USER
from graph.resolving.enums import describe

describe(
    terms.ClusterCountCriterion,
    "By what the number of clusters is chosen.",
    SILHOUETTE="The largest mean silhouette. Rousseeuw 1987.",
    ELBOW="Where the inertia has its knee; the consensus where it has none. Satopää et al. 2011.",
    CALINSKI_HARABASZ="The largest variance ratio. Caliński and Harabasz 1974.",
    DAVIES_BOULDIN="The smallest Davies-Bouldin index. Davies and Bouldin 1979.",
    BIC="The smallest Bayesian information criterion, of Gaussian mixtures only. Schwarz 1978.",
    CONSENSUS="The best ranks over silhouette, Calinski-Harabasz and Davies-Bouldin, and over BIC twice for "
    "mixtures; numbers with a segment below 0.5 % are passed over where there are others. `votes` shows what "
    "each would choose.",
)
describe(
    terms.StructureVerdict,
    "Whether the customers fall into groups at all.",
    STRONG="They do, clearly.",
    WEAK="They may: the groups touch each other.",
    NONE="No groups were found that mean anything.",
)
describe(
    segments.ApproximationMethod,
    "How a clustering of too many customers for the exact algorithm was made.",
    MICRO_CLUSTERS="Customers were gathered into many small groups, and these were clustered by their "
    "weight.",
    SAMPLE="A sample was clustered, and the other customers assigned to what was found.",
)
ApproximationMethod = segments.ApproximationMethod
ClusterCountCriterion = terms.ClusterCountCriterion
StructureVerdict = terms.StructureVerdict


@strawberry.type(
    description="How good a clustering is. A figure is null where it does not apply. Unless it says "
    "otherwise, it is of the clustered customers: those who are in a segment.",
    directives=[USER],
)
class ClusteringMetrics:
    silhouette: float | None = strawberry.field(
        description="Mean silhouette, -1..1: how much closer customers are to their own segment than to the "
        "next; exact unless `silhouetteSampleSize` is set. Rousseeuw 1987."
    )
    silhouette_sample_size: int | None = strawberry.field(
        description="Customers that the silhouette was estimated from; null when it is exact."
    )
    silhouette_standard_error: float | None = strawberry.field(
        description="Standard error of the silhouette's estimate; null when it is exact."
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
        description="Cross-validated accuracy of a surrogate, 0..1: how often a small decision tree that "
        "never saw a customer predicts its segment from the columns. Near 1 the segments can be told by "
        "simple rules; it does not say that they are real."
    )
    sample_count: int = strawberry.field(
        description="Customers that went into the clustering, noise included."
    )
    encoded_feature_count: int = strawberry.field(
        description="Features after the columns were scaled and the categories spread out."
    )
    noise_count: int = strawberry.field(
        description="Customers among them that the algorithm put into no segment."
    )


@strawberry.type(description="The evidence for one number of clusters.", directives=[USER])
class ClusterCountCandidate:
    cluster_count: int = strawberry.field(description="The number of clusters.")
    inertia: float = strawberry.field(description="Sum of squared distances to the centroids.")
    silhouette: float = strawberry.field(description="Mean silhouette, -1..1.")
    davies_bouldin: float = strawberry.field(description="Davies-Bouldin index, smaller is better.")
    calinski_harabasz: float = strawberry.field(description="Variance ratio, larger is better.")
    smallest_share: float = strawberry.field(
        description="Share of the clustered customers in the smallest cluster, 0..1."
    )
    stability: float | None = strawberry.field(
        description="Mean Jaccard similarity of its clusters over resamples, 0..1. Hennig 2007."
    )
    bic: float | None = strawberry.field(
        description="Bayesian information criterion, smaller is better; of Gaussian mixtures only."
    )


@strawberry.type(description="The number of clusters that a criterion is for.", directives=[USER])
class ClusterCountVote:
    criterion: ClusterCountCriterion = strawberry.field(description="The criterion.")
    cluster_count: int | None = strawberry.field(description="Its choice; null where it has no opinion.")


@strawberry.type(
    description="Whether there are groups at all: the clustering's silhouette beside those of customers "
    "made up without any groups, clustered in the same way.",
    directives=[USER],
)
class Structure:
    verdict: StructureVerdict = strawberry.field(description="Whether the customers fall into groups.")
    reason: str = strawberry.field(description="Why, with the figures.")
    silhouette: float | None = strawberry.field(description="Mean silhouette of the clustering, -1..1.")
    reference_silhouette: float | None = strawberry.field(
        description="Mean silhouette where there are no groups, -1..1."
    )
    reference_deviation: float | None = strawberry.field(
        description="Standard deviation of the latter from draw to draw."
    )
    references: int = strawberry.field(description="How many times customers without groups were drawn.")


@strawberry.type(
    description="What was clustered instead of all customers, where these were too many.", directives=[USER]
)
class Approximation:
    method: ApproximationMethod = strawberry.field(description="How it was made.")
    size: int = strawberry.field(description="Micro-clusters, or customers in the sample.")
    expected_error: str = strawberry.field(
        description="How far the answer is from the exact one, as measured."
    )


@strawberry.type(description="The thresholds in force of a clustering by density.", directives=[USER])
class DensityThresholds:
    epsilon: float | None = strawberry.field(
        description="How near neighbours are, in the prepared columns; null for HDBSCAN."
    )
    min_samples: int = strawberry.field(description="How many neighbours make the core of a group.")
    min_cluster_size: int | None = strawberry.field(
        description="The smallest group that counts; null for DBSCAN."
    )


@strawberry.type(
    description="How the number of clusters was chosen, and whether there is any structure.",
    directives=[USER],
)
class ClusterCountSelection:
    chosen: int = strawberry.field(description="The number of clusters that was chosen.")
    criterion: ClusterCountCriterion = strawberry.field(description="By what it was chosen.")
    verdict: StructureVerdict = strawberry.field(description="Whether the customers fall into groups.")
    verdict_reason: str = strawberry.field(description="Why, with the figures.")
    elbow: int | None = strawberry.field(
        description="Where the inertia has its knee; null when it has none. Satopää et al. 2011."
    )
    votes: list[ClusterCountVote] = strawberry.field(
        description="Every criterion's own choice, whichever of them decides."
    )
    reason: str = strawberry.field(description="Why this number, and which criteria were for another one.")
    silhouette_sample_size: int | None = strawberry.field(
        description="Customers that the candidates' silhouettes were estimated from; null when they are "
        "exact."
    )
    candidates: list[ClusterCountCandidate] = strawberry.field(
        description="All numbers of clusters that were tried, ascending."
    )


@strawberry.type(description="How much a column decides between the segments.", directives=[USER])
class FeatureImportance:
    feature: str = strawberry.field(description="The column.")
    importance: float = strawberry.field(description="Its part in the decision, 0..1; they sum to 1.")


@strawberry.type(
    description="How the missing values of a column were filled for the clustering.", directives=[USER]
)
class ImputedColumn:
    column: str = strawberry.field(description="The column.")
    count: int = strawberry.field(description="Customers without a value.")
    filled_with: str = strawberry.field(description="What they were given instead, in words.")
