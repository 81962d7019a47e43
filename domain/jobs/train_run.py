"""Trains a clustering run: from a stored table to segments and everything said of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from domain.jobs import continuing, source_columns
from domain.jobs.loops import warm_up
from domain.jobs.scorers import settled
from domain.jobs.training import Training
from domain.learning.choosing.reference import null_model
from domain.learning.clustering import cluster
from domain.learning.explaining.explanation import explain
from domain.learning.explaining.importance import by_cluster, importance
from domain.learning.explaining.matching import renumber
from domain.learning.figures import run_figures
from domain.learning.judging.confidence import Membership, membership, predictability
from domain.learning.judging.evaluation import evaluate
from domain.learning.preparing.columns import take
from domain.learning.preparing.features import encode
from domain.learning.preparing.reduction import reduce
from domain.learning.progress import within
from domain.playbook import reader
from domain.playbook.advising import advise
from domain.storage import artifacts, assignments, tables
from domain.storage.assignments import Assignments
from domain.storage.files import Storage
from domain.storage.scorers import dump_scorer
from domain.terms.algorithms import chooses_count
from domain.terms.arrays import Rows
from domain.terms.jobs import Bench
from domain.terms.segments import UnassignedReason
from domain.terms.training import RunStage, TrainingOrder, Watch

__all__ = ["run", "warm_up"]


class Step(NamedTuple):
    """A part of the work, what clients call it, and how much of the whole is done after it."""

    stage: RunStage
    until: float
    work: Callable[[Training, Watch], None]


def steps(training: Training) -> tuple[Step, ...]:
    """List the steps in their order."""
    chosen = chooses_count(training.order.parameters.algorithm)
    return (
        Step(RunStage.LOADING, 0.05, load),
        Step(RunStage.PREPROCESSING, 0.1, preprocess),
        Step(RunStage.SELECTING if chosen else RunStage.CLUSTERING, 0.7, group),
        Step(RunStage.EVALUATING, 0.85, judge),
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
    table = tables.open_current(training.storage, training.order.table_key)
    training.row_count = table.row_count
    training.columns = source_columns.read(table, training.order.parameters.columns)
    training.blank_rows = table.blank_rows
    training.readings = table.readings


def preprocess(training: Training, watch: Watch) -> None:
    """Put all columns on one scale, without those who don't take part; reduce them where asked to."""
    order = training.order
    training.features = encode(
        training.columns,
        order.parameters.preparation,
        order.max_encoded_features,
        watch,
        training.blank_rows,
    )
    training.columns = take(training.columns, training.features.rows)
    training.reduction = reduce(training.features.matrix, order.parameters.pca)


def group(training: Training, watch: Watch) -> None:
    """Find the clusters, and their number where it is not given, and whether there are any."""
    parameters, matrix = training.order.parameters, training.reduction.matrix
    found = cluster(
        matrix,
        parameters.algorithm,
        parameters.seed,
        null_model(training.features, training.reduction),
        watch,
    )
    labels = settled(matrix, found.partition.labels, found.partition.assigner)
    training.clustering = replace(found, partition=replace(found.partition, labels=labels))


def judge(training: Training, watch: Watch) -> None:
    """Measure how good the clusters are, and how sure their members."""
    matrix, clustering = training.reduction.matrix, training.clustering
    labels, seed = clustering.partition.labels, training.order.parameters.seed
    training.evaluation = evaluate(matrix, labels, seed, within(watch, 0.0, 0.6), clustering.silhouettes)
    training.confidence = predictability(training.features.matrix, labels, seed, within(watch, 0.6, 0.9))
    watch(0.9, "measuring how sure it is who belongs where")
    members = membership(matrix, labels)
    own = clustering.partition.confidence
    training.members = members if own is None else Membership(own, members.distance)


def explain_segments(training: Training, watch: Watch) -> None:
    """Say what each cluster is, which earlier segment it continues, and what to do about it."""
    order, labels = training.order, training.clustering.partition.labels
    training.explanations = explain(training.columns, labels, order.parameters.seed, within(watch, 0.0, 0.8))
    watch(0.8, "comparing with the run before")
    training.importance = importance(training.features, labels)
    training.importance_by_cluster = by_cluster(training.features, labels)
    training.continuity = continuing.identities(
        training.storage, order, training.features, training.of_all_rows(labels)
    )
    watch(0.9, "looking for what to do")
    training.findings = training.segments_found()
    training.advice = advise(reader.extended(order.playbook), training.findings, order.parameters.columns)


def save(training: Training, watch: Watch) -> None:
    """Write the files of the run, and last the outcome, which speaks for them."""
    watch(0.0, "writing down what was found")
    order, members = training.order, training.members
    segments = renumber(training.clustering.partition.labels, training.continuity.identities)
    found = Assignments(
        training.of_all_rows(segments),
        training.of_all_rows(members.confidence, fill=0.0),
        typicality=training.of_all_rows(-members.distance, fill=-np.inf),
        unassigned=_unassigned(training),
    )
    assignments.write_assignments(training.storage, order.assignments_key, order.members_key, found)
    figures = run_figures(
        training.features,
        training.reduction.matrix,
        segments,
        training.clustering.tree,
        training.evaluation.silhouettes,
        training.clustering.selection,
        order.parameters.seed,
    )
    artifacts.dump_figures(training.storage, order.figures_key, figures)
    training.scorer_checksum = dump_scorer(training.storage, order.scorer_key, training.scorer())
    artifacts.dump(training.storage, f"{training.folder}/outcome.json", training.outcome())


def _unassigned(training: Training) -> dict[UnassignedReason, Rows]:
    noise = np.flatnonzero(training.clustering.partition.labels < 0)
    kept = training.features.rows
    found = dict(training.features.unassigned)
    if len(noise):
        found[UnassignedReason.NOISE] = noise if kept is None else kept[noise]
    return found
