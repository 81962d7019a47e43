"""How to cluster: the algorithms and their settings."""

import strawberry

from domain.errors import Invalid
from domain.terms import algorithms as terms
from domain.terms.training import AlgorithmChoice, PcaSettings
from graph.resolving.enums import describe
from graph.resolving.unset import given
from graph.schema.metrics import ClusterCountCriterion

describe(
    terms.Algorithm,
    "How customers are grouped.",
    KMEANS="Around centroids: fast, round groups. Lloyd 1982, k-means++.",
    HIERARCHICAL="By merging the two nearest groups, again and again.",
    DBSCAN="Where customers lie close together, however the group is shaped; the rest is noise. Ester 1996.",
    HDBSCAN="The same for groups of different density. Campello, Moulavi and Sander 2013.",
    GAUSSIAN_MIXTURE="As overlapping bell-shaped groups, long ones too, with a probability for each.",
)
describe(
    terms.Linkage,
    "How the distance between two groups is measured when they are merged.",
    WARD="The growth of the variance within. Ward 1963.",
    COMPLETE="The farthest two members.",
    AVERAGE="The mean over all pairs of members.",
    SINGLE="The nearest two members.",
)
Algorithm = terms.Algorithm
Linkage = terms.Linkage


@strawberry.input(description="Whole numbers from `min` to `max`, both included.")
class IntRangeInput:
    min: int = strawberry.field(description="The smallest.")
    max: int = strawberry.field(description="The largest.")

    def to_term(self) -> terms.ClusterCountRange:
        """Translate into the domain's terms."""
        return terms.ClusterCountRange(self.min, self.max)


@strawberry.input(description="How many segments an algorithm that takes their number shall make.")
class ClusterCountInput:
    cluster_count: int | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"How many segments, {terms.MIN_CLUSTERS}..{terms.MAX_CLUSTERS}; "
        "left out, it is chosen from `clusterCountRange`.",
    )
    cluster_count_range: IntRangeInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="The numbers of segments to choose from; 2..10 when left out. "
        "Not together with `clusterCount`.",
    )
    criterion: ClusterCountCriterion = strawberry.field(
        default=ClusterCountCriterion.CONSENSUS, description="By what the number of segments is chosen."
    )
    min_segment_share: float = strawberry.field(
        default=0.0,
        description="Choose only among numbers of segments that leave every segment this share of the "
        "customers, 0..0.5. Not together with `clusterCount`.",
    )

    def choose(self, algorithm: Algorithm, linkage: Linkage = Linkage.WARD) -> AlgorithmChoice:
        """Translate into the domain's terms."""
        counts = self.cluster_count_range or None
        return AlgorithmChoice(
            algorithm,
            cluster_count=given(self.cluster_count),
            cluster_count_range=counts.to_term() if counts else None,
            criterion=self.criterion,
            min_segment_share=self.min_segment_share,
            linkage=linkage,
        )


@strawberry.input(description="Settings of k-means.")
class KMeansInput(ClusterCountInput):
    def to_choice(self) -> AlgorithmChoice:
        """Translate into the domain's terms."""
        return self.choose(Algorithm.KMEANS)


@strawberry.input(description="Settings of hierarchical clustering.")
class HierarchicalInput(ClusterCountInput):
    linkage: Linkage = strawberry.field(
        default=Linkage.WARD, description="How the distance between two groups is measured."
    )

    def to_choice(self) -> AlgorithmChoice:
        """Translate into the domain's terms."""
        return self.choose(Algorithm.HIERARCHICAL, self.linkage)


@strawberry.input(description="Settings of a mixture of Gaussians.")
class GaussianMixtureInput(ClusterCountInput):
    def to_choice(self) -> AlgorithmChoice:
        """Translate into the domain's terms."""
        return self.choose(Algorithm.GAUSSIAN_MIXTURE)


@strawberry.input(description="Settings of DBSCAN. Distances are between prepared customers, after scaling.")
class DbscanInput:
    epsilon: float | None = strawberry.field(
        default=strawberry.UNSET,
        description="How near neighbours are, above 0; left out, it is read from the k-distance curve and "
        "told by `ClusteringRun.density`.",
    )
    min_samples: int = strawberry.field(
        default=5,
        description="How many customers, itself included, make a customer the core of a group, "
        f"{terms.MAX_NEIGHBOURS:,} at most.",
    )

    def to_choice(self) -> AlgorithmChoice:
        """Translate into the domain's terms."""
        return AlgorithmChoice(Algorithm.DBSCAN, epsilon=given(self.epsilon), min_samples=self.min_samples)


@strawberry.input(description="Settings of HDBSCAN.")
class HdbscanInput:
    min_cluster_size: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="The smallest group that counts, at least 2; left out, 2 % of the customers, at least "
        "10, and more until there are 15 segments at most.",
    )
    min_samples: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="How many neighbours tell how dense it is around a customer, "
        f"{terms.MAX_NEIGHBOURS:,} at most; left out, `minClusterSize`, but 20 at most, or 60 for many "
        "customers.",
    )

    def to_choice(self) -> AlgorithmChoice:
        """Translate into the domain's terms."""
        return AlgorithmChoice(
            Algorithm.HDBSCAN,
            min_cluster_size=given(self.min_cluster_size),
            min_samples=given(self.min_samples),
        )


@strawberry.input(one_of=True, description="The algorithm and its settings: exactly one field is given.")
class AlgorithmInput:
    kmeans: KMeansInput | None = strawberry.field(default=strawberry.UNSET, description="K-means.")
    hierarchical: HierarchicalInput | None = strawberry.field(
        default=strawberry.UNSET, description="Hierarchical clustering."
    )
    dbscan: DbscanInput | None = strawberry.field(default=strawberry.UNSET, description="DBSCAN.")
    hdbscan: HdbscanInput | None = strawberry.field(default=strawberry.UNSET, description="HDBSCAN.")
    gaussian_mixture: GaussianMixtureInput | None = strawberry.field(
        default=strawberry.UNSET, description="A mixture of Gaussians."
    )

    def to_choice(self) -> AlgorithmChoice:
        """Translate into the domain's terms."""
        chosen = self.kmeans or self.hierarchical or self.dbscan or self.hdbscan or self.gaussian_mixture
        if not chosen:
            raise Invalid("give one algorithm", ["input", "algorithm"])
        return chosen.to_choice()


@strawberry.input(
    one_of=True, description="How many principal components are kept: exactly one field is given."
)
class PcaInput:
    components: int | None = strawberry.field(
        default=strawberry.UNSET, description="This many, from 1 to the number of encoded features."
    )
    explained_variance: float | None = strawberry.field(
        default=strawberry.UNSET,
        description="As many as explain this share of the variance, above 0, up to 1.",
    )

    def to_term(self) -> PcaSettings:
        """Translate into the domain's terms."""
        return PcaSettings(given(self.components), given(self.explained_variance))
