"""A whole dataset placed in a run's segments, from its stored table to files like a run's own."""

import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from domain.errors import Canceled, Conflict, DamagedFile, UnsuitableData
from domain.jobs import predict_dataset, scored_columns, train_run
from domain.storage import artifacts, writing
from domain.storage.assignments import StoredAssignments, open_assignments
from domain.storage.files import Storage
from domain.storage.tables import BLANK_ROWS, open_table
from domain.tables import planted
from domain.terms.algorithms import (
    AlgorithmSettings,
    DbscanSettings,
    GaussianMixtureSettings,
    HdbscanSettings,
    HierarchicalSettings,
    KMeansSettings,
)
from domain.terms.columns import RoleOverride
from domain.terms.predictions import DatasetPredictionOrder, DatasetPredictionOutcome, UnseenCategory
from domain.terms.preparation import MissingTreatment, OutlierTreatment, PreparationSettings
from domain.terms.segments import UnassignedReason
from domain.terms.training import PcaSettings, TrainingOrder, TrainingOutcome, TrainingParameters, Watch
from tests.domain.tables.imported import import_csv

PLAIN = "age,plan,city\n" + "".join(
    f"{age + place % 4},{plan},{city}\n"
    for age, plan, city in ((20, "yes", "Bonn"), (70, "no", "Kiel"))
    for place in range(12)
)


@dataclass
class Desk:
    """A bench that remembers what it was told, and may be told to stop at a stage."""

    storage_url: str
    folder: str
    stop_at: str = ""
    told: list[tuple[str, float]] = field(default_factory=list)

    def watch(self, stage: str, start: float, end: float) -> Watch:
        def watch(fraction: float, message: str) -> None:
            if stage == self.stop_at:
                raise Canceled
            self.told.append((stage, start + (end - start) * fraction))

        return watch


@dataclass(frozen=True)
class Shop:
    """A storage with a run trained on a table, and whatever other tables are placed by it."""

    storage: Storage

    def store(self, key: str, text: str | bytes, blank: str = "[]") -> None:
        """Import a CSV file."""
        imported = import_csv(text if isinstance(text, bytes) else text.encode())
        with writing.table_writer(self.storage, key, imported.stored.schema) as writer:
            writer.write(imported.stored)
            for name, note in imported.notes.items():
                writer.note(name, note)
            writer.note(BLANK_ROWS, blank.encode())

    def train(
        self,
        text: str | bytes,
        algorithm: AlgorithmSettings,
        preparation: PreparationSettings | None = None,
        pca: PcaSettings | None = None,
    ) -> str:
        """Train on a file, and answer the checksum of the scorer."""
        self.store("customers.parquet", text)
        columns = import_csv(text if isinstance(text, bytes) else text.encode()).outcome.columns
        roles = tuple(RoleOverride(column.name, column.role) for column in columns)
        order = TrainingOrder(
            table_key="customers.parquet",
            identifier=None,
            parameters=TrainingParameters(algorithm, roles, pca, 0, preparation or PreparationSettings()),
            previous=None,
            max_encoded_features=1_000,
            playbook=None,
            assignments_key="run/assignments.parquet",
            members_key="run/members.parquet",
            figures_key="run/figures.npz",
            scorer_key="run/scorer.npz",
        )
        artifacts.dump(self.storage, "run/order.json", order)
        train_run.run(Desk(self.storage.url, "run"))
        checksum = artifacts.load(self.storage, "run/outcome.json", TrainingOutcome).scorer_checksum
        assert checksum is not None
        return checksum

    def predict(self, checksum: str, table: str = "customers.parquet", stop_at: str = "") -> Desk:
        """Place a table, and answer the bench that it was done at."""
        order = DatasetPredictionOrder(
            table_key=table,
            scorer_key="run/scorer.npz",
            scorer_checksum=checksum,
            assignments_key="placed/assignments.parquet",
            members_key="placed/members.parquet",
            scores_key="placed/scores.parquet",
        )
        artifacts.dump(self.storage, "placed/order.json", order)
        desk = Desk(self.storage.url, "placed", stop_at)
        predict_dataset.run(desk)
        return desk

    def kept(self, folder: str) -> StoredAssignments:
        """Open the assignments of the run, or of what was placed."""
        return open_assignments(self.storage, f"{folder}/assignments.parquet", f"{folder}/members.parquet")

    @property
    def outcome(self) -> DatasetPredictionOutcome:
        """What came of placing."""
        return artifacts.load(self.storage, "placed/outcome.json", DatasetPredictionOutcome)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(Storage.open(str(tmp_path)))


def generated(rows: int) -> bytes:
    file = io.BytesIO()
    planted.write_csv(planted.generate(rows, seed=5), file)
    return file.getvalue()


@pytest.mark.parametrize(
    "algorithm",
    [
        KMeansSettings(cluster_count=4),
        HierarchicalSettings(cluster_count=4),
        DbscanSettings(),
        HdbscanSettings(),
        GaussianMixtureSettings(cluster_count=3),
    ],
    ids=lambda settings: settings.algorithm,
)
def test_the_training_dataset_placed_again_is_where_the_training_put_it(
    shop: Shop, algorithm: AlgorithmSettings
) -> None:
    checksum = shop.train(generated(400), algorithm, PreparationSettings(missing=MissingTreatment.LEAVE_OUT))
    shop.predict(checksum)

    run, placed = shop.kept("run"), shop.kept("placed")
    for row, again in zip(run.slice(0, 400), placed.slice(0, 400), strict=True):
        assert (row.segment, row.unassigned) == (again.segment, again.unassigned)
        assert row.confidence == pytest.approx(again.confidence, abs=2e-6)
    for count in shop.outcome.counts:
        members = run.members(count.index, 0, 400)
        assert len(members) == count.count > 0
        assert sorted(members) == sorted(placed.members(count.index, 0, 400))


def test_projections_and_outliers_are_those_of_the_training(shop: Shop) -> None:
    settings = PreparationSettings(outliers=OutlierTreatment.SEPARATE)
    checksum = shop.train(generated(400), KMeansSettings(cluster_count=3), settings, PcaSettings(3))
    shop.predict(checksum)

    assert shop.kept("placed").segments().tolist() == shop.kept("run").segments().tolist()
    out = sum(row.unassigned is UnassignedReason.OUTLIER for row in shop.kept("run").slice(0, 400))
    assert shop.outcome.unassigned.get(UnassignedReason.OUTLIER, 0) == out


def test_each_customer_has_a_distance_and_a_runner_up(shop: Shop) -> None:
    shop.predict(shop.train(PLAIN, KMeansSettings(cluster_count=2)))

    scores = open_table(shop.storage, "placed/scores.parquet").read()
    segments = shop.kept("placed").segments()
    assert scores["runner_up"].to_pylist() == (1 - segments).tolist()
    distances = scores["distance"].to_pylist()
    assert min(distances) >= 0
    for segment in (0, 1):
        typical = shop.kept("placed").members(segment, 0, 12).tolist()
        assert [distances[row] for row in typical] == sorted(distances[row] for row in typical)


def test_the_stages_come_in_their_order_and_go_only_up(shop: Shop) -> None:
    desk = shop.predict(shop.train(generated(17_000), KMeansSettings(cluster_count=3)))

    assert list(dict.fromkeys(stage for stage, _ in desk.told)) == ["LOADING", "PLACING", "SAVING"]
    fractions = [fraction for _, fraction in desk.told]
    assert fractions == sorted(fractions)
    # A row group holds 16,384.
    assert [stage for stage, _ in desk.told].count("PLACING") == 2
    assert shop.kept("placed").segments().tolist() == shop.kept("run").segments().tolist()


def test_a_dataset_written_in_another_way_is_read_in_its_own(shop: Shop) -> None:
    checksum = shop.train(PLAIN, KMeansSettings(cluster_count=2))
    shop.store("other.parquet", "city;plan;age\nBonn;Y;21,5\nKiel;NO;71,0\nBonn;true;\n")
    shop.predict(checksum, "other.parquet")

    young, old = (shop.kept("run").segments()[row] for row in (0, 23))
    assert shop.kept("placed").segments().tolist() == [young, old, young]
    assert shop.outcome.unseen == ()


def test_unseen_categories_are_counted_and_their_customers_are_in_no_segment(shop: Shop) -> None:
    checksum = shop.train(PLAIN, KMeansSettings(cluster_count=2))
    rows = "21,yes,Ulm\n71,no,Ulm\n71,no,Kiel\n21,maybe,Ulm\n71,no,Jena\n"
    shop.store("other.parquet", f"age,plan,city\n{rows}")
    shop.predict(checksum, "other.parquet")

    kept = shop.kept("placed").slice(0, 5)
    unseen = UnassignedReason.UNSEEN_CATEGORY
    assert [row.unassigned for row in kept] == [unseen, unseen, None, unseen, unseen]
    assert [row.confidence for row in kept if row.unassigned] == [0.0] * 4
    outcome = shop.outcome
    assert outcome.unseen == (
        UnseenCategory("city", "Ulm", 3),
        UnseenCategory("city", "Jena", 1),
        UnseenCategory("plan", "maybe", 1),
    )
    assert outcome.unassigned == {unseen: 4}
    assert (outcome.row_count, sum(each.count for each in outcome.counts)) == (5, 1)
    scores = open_table(shop.storage, "placed/scores.parquet").read()
    assert scores["runner_up"].to_pylist()[0] == -1
    assert scores["distance"].to_pylist()[0] is None


def test_of_very_many_unseen_categories_the_frequent_ones_are_told(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scored_columns, "_MOST_COUNTED", 3)
    checksum = shop.train(PLAIN, KMeansSettings(cluster_count=2))
    rows = "".join(f"{20 + row % 3},yes,{'Ulm' if row % 2 else f'Town {row}'}\n" for row in range(60))
    book = "x" * (scored_columns.LONGEST + 1)
    shop.store("other.parquet", f"age,plan,city\n{rows}21,yes,{book}\n")
    shop.predict(checksum, "other.parquet")

    assert shop.outcome.unseen[0] == UnseenCategory("city", "Ulm", 30)
    assert len(shop.outcome.unseen) == 3
    assert shop.outcome.unassigned == {UnassignedReason.UNSEEN_CATEGORY: 61}


def test_who_was_erased_is_in_no_segment(shop: Shop) -> None:
    checksum = shop.train(PLAIN, KMeansSettings(cluster_count=2))
    shop.store("other.parquet", "age,plan,city\n21,yes,Bonn\n71,no,Kiel\n,,Bonn\n71,no,Kiel\n", blank="[1]")
    shop.predict(checksum, "other.parquet")

    reasons = [row.unassigned for row in shop.kept("placed").slice(0, 4)]
    assert reasons == [None, UnassignedReason.MISSING_VALUES, None, None]


def test_all_columns_that_are_not_there_are_named(shop: Shop) -> None:
    checksum = shop.train(PLAIN, KMeansSettings(cluster_count=2))
    shop.store("other.parquet", "plan\nyes\nno\n")
    with pytest.raises(UnsuitableData, match='the columns "age", "city", which are not in this dataset'):
        shop.predict(checksum, "other.parquet")


def test_all_columns_of_another_kind_are_named(shop: Shop) -> None:
    text = "a,b,c\n" + "".join(f"{row % 5},{row % 7},{'xy'[row % 2]}\n" for row in range(30))
    checksum = shop.train(text, KMeansSettings(cluster_count=2))
    shop.store("other.parquet", "a,b,c\n" + "low,few,x\nhigh,many,y\n" * 5)
    with pytest.raises(UnsuitableData, match='the columns "a", "b", which are of another kind'):
        shop.predict(checksum, "other.parquet")


def test_a_scorer_that_was_changed_by_one_byte_places_nobody(shop: Shop) -> None:
    checksum = shop.train(PLAIN, KMeansSettings(cluster_count=2))
    content = bytearray(shop.storage.read_bytes("run/scorer.npz"))
    content[len(content) // 2] ^= 1
    shop.storage.write_bytes("run/scorer.npz", bytes(content))
    with pytest.raises(DamagedFile, match="was changed since it was written"):
        shop.predict(checksum)
    assert shop.storage.children("placed") == ["order.json"]


def test_a_scorer_that_an_erasure_replaced_meanwhile_is_told(shop: Shop) -> None:
    checksum = shop.train(PLAIN, KMeansSettings(cluster_count=2))
    shop.storage.delete("run/scorer.npz")
    with pytest.raises(Conflict, match="send the request again"):
        shop.predict(checksum)


@pytest.mark.parametrize("stage", ["LOADING", "PLACING", "SAVING"])
def test_it_stops_where_it_is_told_to_and_leaves_no_outcome(shop: Shop, stage: str) -> None:
    checksum = shop.train(PLAIN, KMeansSettings(cluster_count=2))
    with pytest.raises(Canceled):
        shop.predict(checksum, stop_at=stage)
    assert shop.storage.children("placed") == ["order.json"]


def test_a_column_of_numbers_as_categories_is_compared_as_it_is_written(shop: Shop) -> None:
    text = "code,age\n" + "".join(f"{row % 2 + 1},{20 + 50 * (row % 2)}\n" for row in range(24))
    checksum = shop.train(text, KMeansSettings(cluster_count=2))
    shop.store("other.parquet", "code,age\n1,20\n2,70\n1,20\n")
    shop.predict(checksum, "other.parquet")
    run = shop.kept("run").segments()
    assert shop.kept("placed").segments().tolist() == run[np.array([0, 1, 0])].tolist()
