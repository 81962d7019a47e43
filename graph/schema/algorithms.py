"""How to cluster: the inputs of a training, and a run's parameters in their shape."""

from typing import Any

import strawberry

from domain.errors import Invalid
from domain.terms import algorithms as terms
from domain.terms.training import AlgorithmChoice, PcaSettings, TrainingParameters
from graph.resolving.enums import describe
from graph.resolving.unset import given
from graph.schema.metrics import ClusterCountCriterion

describe(
    terms.Algorithm,
    "How customers are grouped.",
    KMEANS="Around centroids: fast, round groups. Lloyd 1982, k-means++.",
    HIERARCHICAL="By merging the two nearest groups, again and again.",
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
        default=ClusterCountCriterion.SILHOUETTE, description="By what the number of segments is chosen."
    )

    def choose(self, algorithm: Algorithm, linkage: Linkage = Linkage.WARD) -> AlgorithmChoice:
        """Translate into the domain's terms."""
        counts = self.cluster_count_range or None
        return AlgorithmChoice(
            algorithm,
            cluster_count=given(self.cluster_count),
            cluster_count_range=counts.to_term() if counts else None,
            criterion=self.criterion,
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


@strawberry.input(one_of=True, description="The algorithm and its settings: exactly one field is given.")
class AlgorithmInput:
    kmeans: KMeansInput | None = strawberry.field(default=strawberry.UNSET, description="K-means.")
    hierarchical: HierarchicalInput | None = strawberry.field(
        default=strawberry.UNSET, description="Hierarchical clustering."
    )

    def to_choice(self) -> AlgorithmChoice:
        """Translate into the domain's terms."""
        chosen = self.kmeans or self.hierarchical
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


def parameters_json(
    parameters: TrainingParameters, dataset_id: strawberry.ID, match_to: strawberry.ID | None
) -> dict[str, Any]:
    """Write a run's settings in the shape of TrainClusteringInput: enough to repeat the run."""
    pca = parameters.pca
    return {
        "datasetId": dataset_id,
        "algorithm": _algorithm_json(parameters.algorithm),
        "columns": [{"name": column.name, "role": column.role.value} for column in parameters.columns],
        "pca": None if pca is None else _without_nulls(_pca_json(pca)),
        "seed": parameters.seed,
        "matchTo": match_to,
    }


def _algorithm_json(settings: terms.AlgorithmSettings) -> dict[str, Any]:
    count, counts = settings.cluster_count, settings.cluster_count_range
    options: dict[str, Any] = {"criterion": settings.criterion.value}
    if count is None:
        options["clusterCountRange"] = {"min": counts.min, "max": counts.max}
    else:
        options["clusterCount"] = count
    if isinstance(settings, terms.HierarchicalSettings):
        return {"hierarchical": {"linkage": settings.linkage.value, **options}}
    return {"kmeans": options}


def _pca_json(pca: PcaSettings) -> dict[str, Any]:
    return {"components": pca.components, "explainedVariance": pca.explained_variance}


def _without_nulls(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
