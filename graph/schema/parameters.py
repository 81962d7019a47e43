"""A run's parameters, in the shape of the input that repeats it."""

from typing import Any

import strawberry

from domain.terms import algorithms as terms
from domain.terms.training import TrainingParameters
from graph.schema.preparation import preparation_json


def parameters_json(
    parameters: TrainingParameters, dataset_id: strawberry.ID, match_to: strawberry.ID | None
) -> dict[str, Any]:
    """Write a run's settings in the shape of TrainClusteringInput: enough to repeat the run."""
    pca = parameters.pca
    return {
        "datasetId": dataset_id,
        "algorithm": _algorithm_json(parameters.algorithm),
        "columns": [{"name": column.name, "role": column.role.value} for column in parameters.columns],
        "preparation": preparation_json(parameters.preparation),
        "pca": None
        if pca is None
        else _without_nulls({"components": pca.components, "explainedVariance": pca.explained_variance}),
        "seed": parameters.seed,
        "matchTo": match_to,
    }


def _algorithm_json(settings: terms.AlgorithmSettings) -> dict[str, Any]:
    if isinstance(settings, terms.DbscanSettings):
        return {"dbscan": _without_nulls({"epsilon": settings.epsilon, "minSamples": settings.min_samples})}
    if isinstance(settings, terms.HdbscanSettings):
        sizes = {"minClusterSize": settings.min_cluster_size, "minSamples": settings.min_samples}
        return {"hdbscan": _without_nulls(sizes)}
    options = _counted_json(settings)
    if isinstance(settings, terms.HierarchicalSettings):
        return {"hierarchical": {"linkage": settings.linkage.value, **options}}
    if isinstance(settings, terms.GaussianMixtureSettings):
        return {"gaussianMixture": options}
    return {"kmeans": options}


def _counted_json(settings: terms.CountedSettings) -> dict[str, Any]:
    options: dict[str, Any] = {"criterion": settings.criterion.value}
    if settings.cluster_count is not None:
        # How to choose has no say where the number is given, and the two together are refused.
        return {**options, "clusterCount": settings.cluster_count}
    counts = settings.cluster_count_range
    return {
        **options,
        "clusterCountRange": {"min": counts.min, "max": counts.max},
        "minSegmentShare": settings.min_segment_share,
    }


def _without_nulls(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
