"""Trains a clustering run: from a stored table to segments and everything said of them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from domain.jobs import continuing, source_columns
from domain.learning.clustering import Clustering, cluster
from domain.learning.confidence import Membership, membership, predictability
from domain.learning.evaluation import Evaluation, evaluate
from domain.learning.explanation import Explanation, explain
from domain.learning.features import Features, SourceColumn, encode
from domain.learning.figures import run_figures
from domain.learning.importance import importance
from domain.learning.matching import Identity, renumber
from domain.learning.progress import within
from domain.learning.reduction import Reduction, reduce
from domain.learning.stability import Stability, stability
from domain.playbook import reader
from domain.playbook.advising import advise
from domain.storage import artifacts, assignments, tables
from domain.storage.assignments import Assignments
from domain.storage.files import Storage
from domain.terms.jobs import Bench
from domain.terms.recommendations import Advice
from domain.terms.segments import FeatureImportance, SegmentFindings
from domain.terms.training import RunStage, TrainingOrder, TrainingOutcome, Watch


@dataclass
class Training:
    """What a training knows so far; each step adds its part."""

    storage: Storage
    folder: str
    order: TrainingOrder
    columns: tuple[SourceColumn, ...] = field(init=False)
    features: Features = field(init=False)
    reduction: Reduction = field(init=False)
    clustering: Clustering = field(init=False)
    evaluation: Evaluation = field(init=False)
    stability: Stability = field(init=False)
    confidence: float | None = field(init=False)
    members: Membership = field(init=False)
    identities: tuple[Identity, ...] = field(init=False)
    explanations: tuple[Explanation, ...] = field(init=False)
    importance: tuple[FeatureImportance, ...] = field(init=False)
    findings: tuple[SegmentFindings, ...] = field(init=False)
    advice: tuple[Advice, ...] = field(init=False)


class Step(NamedTuple):
    """A part of the work, what clients call it, and how much of the whole is done after it."""

    stage: RunStage
    until: float
    work: Callable[[Training, Watch], None]


def steps(training: Training) -> tuple[Step, ...]:
    """List the steps in their order."""
    chosen = training.order.parameters.algorithm.cluster_count is None
    return (
        Step(RunStage.LOADING, 0.05, load),
        Step(RunStage.PREPROCESSING, 0.1, preprocess),
        Step(RunStage.SELECTING if chosen else RunStage.CLUSTERING, 0.6, group),
        Step(RunStage.EVALUATING, 0.8, judge),
        Step(RunStage.EXPLAINING, 0.95, explain_segments),
        Step(RunStage.SAVING, 1.0, save),
    )


def run(bench: Bench) -> None:
    """Go through the steps; each is watched, and can be stopped."""
    storage = Storage.open(bench.storage_url)
    order = artifacts.load(storage, f"{bench.folder}/order.json", TrainingOrder)
    training = Training(storage, bench.folder, order)
    start = 0.0
    for step in steps(training):
        step.work(training, bench.watch(step.stage, start, step.until))
        start = step.until


def load(training: Training, watch: Watch) -> None:
    """Read the columns that take part."""
    watch(0.0, "Reading the customers")
    table = tables.open_table(training.storage, training.order.table_key)
    training.columns = source_columns.read(table, training.order.parameters.columns)


def preprocess(training: Training, watch: Watch) -> None:
    """Put all columns on one scale, and reduce them where that is asked for."""
    watch(0.0, "Scaling and encoding the columns")
    training.features = encode(training.columns, training.order.max_encoded_features)
    training.reduction = reduce(training.features.matrix, training.order.parameters.pca)


def group(training: Training, watch: Watch) -> None:
    """Find the clusters, and their number where it is not given."""
    parameters = training.order.parameters
    training.clustering = cluster(training.reduction.matrix, parameters.algorithm, parameters.seed, watch)


def judge(training: Training, watch: Watch) -> None:
    """Measure how good the clusters are, and how sure their members."""
    matrix, labels = training.reduction.matrix, training.clustering.labels
    parameters = training.order.parameters
    seed = parameters.seed
    training.evaluation = evaluate(
        matrix, labels, seed, within(watch, 0.0, 0.4), training.clustering.silhouettes
    )
    training.stability = stability(matrix, labels, parameters.algorithm, seed, within(watch, 0.4, 0.8))
    training.confidence = predictability(training.features.matrix, labels, seed, within(watch, 0.8, 1.0))
    training.members = membership(matrix, labels)


def explain_segments(training: Training, watch: Watch) -> None:
    """Say what each cluster is, which earlier segment it continues, and what to do about it."""
    labels = training.clustering.labels
    training.explanations = explain(
        training.columns, labels, training.order.parameters.seed, within(watch, 0.0, 0.9)
    )
    watch(0.9, "Looking for what to do")
    training.importance = importance(training.features, labels)
    training.identities = continuing.identities(training.storage, training.order, training.features, labels)
    training.findings = _findings(training)

    training.advice = advise(reader.shipped(), training.findings, training.order.parameters.columns)


def save(training: Training, watch: Watch) -> None:
    """Write the files of the run, and last the outcome, which speaks for them."""
    watch(0.0, "Writing down what was found")
    order, members = training.order, training.members
    segments = renumber(training.clustering.labels, training.identities)
    found = Assignments(segments, members.confidence, typicality=-members.distance, unassigned={})
    assignments.write_assignments(training.storage, order.assignments_key, order.members_key, found)
    figures = run_figures(
        training.features,
        training.reduction.matrix,
        segments,
        training.clustering.merges,
        training.evaluation.silhouettes,
        training.clustering.selection,
        order.parameters.seed,
    )
    artifacts.dump_figures(training.storage, order.figures_key, figures)
    artifacts.dump(training.storage, f"{training.folder}/outcome.json", _outcome(training))


def _findings(training: Training) -> tuple[SegmentFindings, ...]:
    sizes = np.bincount(training.clustering.labels)
    colors = continuing.colors(training.identities, training.order.previous)
    found = [
        SegmentFindings(
            index=identity.index,
            generated_name=explanation.name,
            color=color,
            previous_index=identity.previous_index,
            size=int(size),
            share=float(size / sizes.sum()),
            centroid=explanation.centroid,
            characteristics=explanation.characteristics,
            rule=explanation.rule,
            silhouette=silhouette,
            stability=stable,
        )
        for identity, explanation, color, size, silhouette, stable in zip(
            training.identities,
            training.explanations,
            colors,
            sizes,
            training.evaluation.by_cluster,
            training.stability.by_cluster,
            strict=True,
        )
    ]
    return tuple(sorted(found, key=lambda segment: segment.index))


def _outcome(training: Training) -> TrainingOutcome:
    return TrainingOutcome(
        metrics=replace(
            training.evaluation.metrics,
            stability=training.stability.mean,
            confidence=training.confidence,
            encoded_feature_count=len(training.features.names),
        ),
        selection=training.clustering.selection,
        imputed=training.features.imputed,
        explained_variance=training.reduction.explained_variance,
        segments=training.findings,
        feature_importance=training.importance,
        advice=training.advice,
    )
