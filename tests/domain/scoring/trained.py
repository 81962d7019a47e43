"""Small trainings, and their own customers as the scorer takes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from domain.jobs import source_columns, train_run
from domain.learning.preparing.columns import CategoricalColumn
from domain.storage import artifacts, writing
from domain.storage.assignments import AssignedRow, open_assignments
from domain.storage.files import Storage
from domain.storage.scorers import load_scorer
from domain.storage.tables import open_table
from domain.terms.algorithms import AlgorithmSettings
from domain.terms.columns import ColumnRole, RoleOverride
from domain.terms.preparation import USUAL_PREPARATION, PreparationSettings
from domain.terms.scoring import Measured, Scorer
from domain.terms.training import PcaSettings, TrainingOrder, TrainingOutcome, TrainingParameters, Watch

Table = Mapping[str, Sequence[float | str | None]]


@dataclass(frozen=True)
class Desk:
    """A bench for programs that are watched by nobody."""

    storage_url: str
    folder: str = "run"

    def watch(self, stage: str, start: float, end: float) -> Watch:
        return lambda fraction, message: None


@dataclass(frozen=True)
class Trained:
    """A training: its scorer, its customers as measured, and where the training put each."""

    storage: Storage
    outcome: TrainingOutcome
    scorer: Scorer
    measured: Measured
    rows: list[AssignedRow]

    def only(self, row: int) -> Measured:
        """One customer alone."""
        return part(self.measured, slice(row, row + 1))


def part(measured: Measured, rows: slice) -> Measured:
    """Some customers."""
    numbers = {name: values[rows] for name, values in measured.numbers.items()}
    codes = {name: values[rows] for name, values in measured.codes.items()}
    return Measured(len(range(measured.count)[rows]), numbers, codes)


def trained(
    folder: Path,
    table: Table,
    algorithm: AlgorithmSettings,
    preparation: PreparationSettings = USUAL_PREPARATION,
    pca: PcaSettings | None = None,
) -> Trained:
    """Train on a table of numbers and texts."""
    storage = Storage.open(str(folder))
    texts = {name for name, values in table.items() if any(isinstance(value, str) for value in values)}
    columns = {
        name: pa.array(list(values), pa.string() if name in texts else pa.float64())
        for name, values in table.items()
    }
    writing.write_table(storage, "customers.parquet", pa.table(columns))
    roles = tuple(
        RoleOverride(name, ColumnRole.CATEGORICAL if name in texts else ColumnRole.NUMERIC) for name in table
    )
    order = TrainingOrder(
        table_key="customers.parquet",
        identifier=None,
        parameters=TrainingParameters(algorithm, roles, pca, 0, preparation),
        previous=None,
        max_encoded_features=1_000,
        playbook=None,
        assignments_key="run/assignments.parquet",
        members_key="run/members.parquet",
        figures_key="run/figures.npz",
        scorer_key="run/scorer.npz",
    )
    artifacts.dump(storage, "run/order.json", order)
    train_run.run(Desk(storage.url))
    outcome = artifacts.load(storage, "run/outcome.json", TrainingOutcome)
    assert outcome.scorer_checksum is not None
    scorer = load_scorer(storage, order.scorer_key, outcome.scorer_checksum)
    kept = open_assignments(storage, order.assignments_key, order.members_key)
    measured = measure(scorer, storage, roles)
    return Trained(storage, outcome, scorer, measured, kept.slice(0, measured.count))


def measure(scorer: Scorer, storage: Storage, roles: Sequence[RoleOverride]) -> Measured:
    """Take the columns of the stored table as the scorer takes them."""
    numbers, codes, count = {}, {}, 0
    known = {column.name: column.categories for column in scorer.columns}
    for column in source_columns.read(open_table(storage, "customers.parquet"), roles):
        if column.name not in known:
            continue
        if isinstance(column, CategoricalColumn):
            place = {category: code for code, category in enumerate(known[column.name])}
            places = np.array([*(place[each] for each in column.categories), -1], dtype=np.int64)
            codes[column.name] = places[column.codes]
            count = len(column.codes)
        else:
            numbers[column.name] = column.values
            count = len(column.values)
    return Measured(count, numbers, codes)
