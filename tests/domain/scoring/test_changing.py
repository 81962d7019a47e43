"""The smallest change is one that works, within what the training saw, and there is no smaller one."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from domain.scoring.explaining import explain
from domain.scoring.scoring import ReadyScorer, score
from domain.terms.arrays import Matrix
from domain.terms.preparation import MissingTreatment, Transform
from domain.terms.scoring import (
    CentroidRule,
    ColumnChange,
    EncodedFeature,
    Measured,
    OutlierRule,
    Rule,
    SampleRule,
    Scorer,
    SmallestChange,
)
from tests.domain.scoring.made import (
    RULES,
    RuleName,
    category,
    changed,
    dates,
    drawn,
    mixture,
    number,
    one,
    scorer_of,
    segment_after,
)

LOW, HIGH = -3.0, 3.0
X, Y, Z = (number(name, LOW, HIGH) for name in "xyz")


def change_of(scorer: Scorer, measured: Measured, row: int = 0, toward: int | None = None) -> SmallestChange:
    """The smallest change, which there is."""
    found = explain(scorer, measured, row, toward=toward).change
    assert found is not None
    return found


@pytest.mark.parametrize("components", [None, 4])
@pytest.mark.parametrize("name", RULES)
def test_the_change_gives_the_wanted_segment(name: RuleName, components: int | None) -> None:
    scorer, measured = drawn(name, components=components)
    ready = ReadyScorer(scorer)
    placed = ready.score(measured)
    found = 0
    for row in range(measured.count):
        toward = row % 4 if row % 2 else None
        change = explain(ready, measured, row, toward=toward).change
        if change is None:
            continue
        found += 1
        own = placed.segments[row]
        assert toward is None or change.segment == toward
        assert own < 0 or toward is not None or change.segment == placed.runners_up[row]
        assert (change.segment == own) == (not change.changes)
        assert segment_after(scorer, measured, row, change) == change.segment
        after = changed(scorer, measured, row, change)
        moved = ready.encode(after)[0] - ready.encode(measured)[row]
        assert change.distance == pytest.approx(np.linalg.norm(moved))
    assert found >= 0.9 * measured.count


@pytest.mark.parametrize("name", RULES)
def test_no_column_of_a_change_can_be_left_out(name: RuleName) -> None:
    scorer, measured = drawn(name, seed=1)
    for row in range(0, measured.count, 4):
        change = explain(scorer, measured, row, toward=row % 4).change
        if change is not None:
            for left_out in range(len(change.changes)):
                kept = change.changes[:left_out] + change.changes[left_out + 1 :]
                assert segment_after(scorer, measured, row, replace(change, changes=kept)) != change.segment


def plane(name: RuleName, rng: np.random.Generator, dims: int) -> tuple[Scorer, Measured]:
    """A scorer of a few plain numbers and a customer, drawn by chance."""
    columns = (X, Y, Z)[:dims]
    centers = rng.uniform(-2, 2, (5, dims))
    labels = np.arange(60) % 5
    known = centers[labels] + rng.normal(0, 0.6, (60, dims))
    rules: dict[RuleName, Rule] = {
        "centroids": CentroidRule(centers),
        "samples": SampleRule(known, labels),
        "reaching samples": SampleRule(known, labels, np.full(60, 0.9)),
        "mixture": mixture(known, labels, None),
    }
    values = rng.uniform(LOW, HIGH, dims).tolist()
    return scorer_of(columns, rules[name], centers), one(**dict(zip("xyz", values, strict=False)))


def on_grid(scorer: Scorer, measured: Measured, places: tuple[int, ...], steps: int, toward: int) -> float:
    """The least change of these columns that a grid of values has; infinite where it has none."""
    names = list(measured.numbers)
    start = np.array([measured.numbers[name][0] for name in names])
    line = np.linspace(LOW, HIGH, steps)
    values: Matrix = np.stack([each.ravel() for each in np.meshgrid(*[line] * len(places))], axis=1)
    rows = np.tile(start, (len(values), 1))
    rows[:, places] = values
    found = score(scorer, Measured(len(rows), dict(zip(names, rows.T, strict=True)))).segments == toward
    return float(np.linalg.norm(rows[found] - start, axis=1).min()) if found.any() else np.inf


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("name", RULES)
def test_a_change_of_one_column_is_the_least_that_a_fine_grid_has(name: RuleName, dims: int) -> None:
    rng = np.random.default_rng(7)
    steps = 2_001
    told = 0
    for _ in range(8):
        scorer, measured = plane(name, rng, dims)
        own = score(scorer, measured).segments[0]
        for toward in {*range(5)} - {own}:
            change = explain(scorer, measured, 0, toward=toward).change
            best = min(on_grid(scorer, measured, (place,), steps, toward) for place in range(dims))
            if np.isfinite(best):
                assert change is not None
                assert len(change.changes) == 1
                assert best - 1.01 * (HIGH - LOW) / (steps - 1) <= change.distance <= best + 1e-5
                told += 1
            elif change is not None and len(change.changes) == 1:
                # Only a stretch that is narrower than the grid.
                assert name != "centroids"
    assert told > 12


@pytest.mark.parametrize("dims", [2, 3])
def test_a_change_of_two_columns_is_the_least_of_centroids(dims: int) -> None:
    rng = np.random.default_rng(8)
    steps = 301
    told = 0
    while told < 6:
        scorer, measured = plane("centroids", rng, dims)
        own = score(scorer, measured).segments[0]
        for toward in {*range(5)} - {own}:
            change = explain(scorer, measured, 0, toward=toward).change
            if change is not None and len(change.changes) == 1:
                continue
            pairs = list(combinations(range(dims), 2))
            best = min(on_grid(scorer, measured, pair, steps, toward) for pair in pairs)
            if np.isfinite(best):
                assert change is not None
                assert len(change.changes) == 2
                assert best - 2 * (HIGH - LOW) / (steps - 1) <= change.distance <= best + 1e-4
                told += 1


@pytest.mark.parametrize("name", RULES)
def test_in_the_plane_there_is_a_change_wherever_a_grid_finds_one(name: RuleName) -> None:
    rng = np.random.default_rng(9)
    wanted = found = 0
    ratios = []
    for _ in range(6):
        scorer, measured = plane(name, rng, 2)
        for toward in range(5):
            best = on_grid(scorer, measured, (0, 1), 121, toward)
            if np.isfinite(best):
                wanted += 1
                change = explain(scorer, measured, 0, toward=toward).change
                found += change is not None
                if change is not None and len(change.changes) == 2:
                    ratios.append(change.distance / best)
    assert found == wanted
    assert not ratios or np.median(ratios) < 1.1


def test_a_whole_number_stays_whole_and_goes_just_past_the_border() -> None:
    centroids = np.array([[0.0], [7.0]])
    scorer = scorer_of([number("visits", 0.0, 10.0, whole=True)], CentroidRule(centroids), centroids)
    assert change_of(scorer, one(visits=1.0)).changes == (ColumnChange("visits", 1.0, 4.0),)
    assert change_of(scorer, one(visits=9.0)).changes == (ColumnChange("visits", 9.0, 3.0),)


def test_of_equally_near_centroids_the_first_is_not_left_by_a_change_to_the_border() -> None:
    centroids = np.array([[0.0], [8.0]])
    scorer = scorer_of([number("visits", 0.0, 10.0, whole=True)], CentroidRule(centroids), centroids)
    assert change_of(scorer, one(visits=1.0)).changes == (ColumnChange("visits", 1.0, 5.0),)
    assert change_of(scorer, one(visits=9.0)).changes == (ColumnChange("visits", 9.0, 4.0),)


def test_a_border_on_the_logarithmic_scale_is_told_in_the_unit() -> None:
    centroids = np.log1p(np.array([[9.0], [99.0]]))
    feature = EncodedFeature("spent", transform=Transform.LOG)
    scorer = scorer_of([number("spent", 0.0, 500.0)], CentroidRule(centroids), centroids, [feature])
    change = change_of(scorer, one(spent=3.0))
    # Half way between ln 10 and ln 100.
    assert change.changes[0].after == pytest.approx(1000**0.5 - 1, abs=1e-4)
    assert change.distance == pytest.approx(np.log(1000) / 2 - np.log(4), abs=1e-5)


def test_a_date_is_told_as_a_day_or_to_the_second_as_the_dataset_has_them() -> None:
    means = np.array([[19_000.0], [19_001.5]])
    day = scorer_of([dates("seen", 18_000.0, 20_000.0)], CentroidRule(means), means)
    assert change_of(day, one(seen=19_000.0)).changes == (ColumnChange("seen", "2022-01-08", "2022-01-09"),)
    exact = scorer_of([dates("seen", 18_000.0, 20_000.0, whole=False)], CentroidRule(means), means)
    changes = change_of(exact, one(seen=19_000.5)).changes
    assert changes == (ColumnChange("seen", "2022-01-08T12:00:00", "2022-01-08T18:00:01"),)


def test_a_category_is_changed_to_the_one_that_is_nearest() -> None:
    column = category("plan", "basic", "plus", "pro")
    features = [EncodedFeature("plan", each, factor=1.0) for each in column.categories] + [
        EncodedFeature("x")
    ]
    means = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.1, 0.9, 0.4]])
    scorer = scorer_of([column, X], CentroidRule(means), means, features)
    measured = Measured(1, {"x": np.array([-0.5])}, {"plan": np.array([0])})
    assert change_of(scorer, measured).changes == (ColumnChange("plan", "basic", "pro"),)


def test_nothing_beyond_what_the_training_saw_is_proposed() -> None:
    centroids = np.array([[0.0], [8.0]])
    scorer = scorer_of([number("visits", 0.0, 3.0)], CentroidRule(centroids), centroids)
    assert explain(scorer, one(visits=1.0), 0, toward=1).change is None


def test_a_value_beyond_what_the_training_saw_is_brought_inside() -> None:
    centroids = np.array([[0.0], [4.0]])
    scorer = scorer_of([number("visits", 1.0, 5.0)], CentroidRule(centroids), centroids)
    assert change_of(scorer, one(visits=50.0)).changes == (ColumnChange("visits", 50.0, 2.0),)
    assert change_of(scorer, one(visits=-50.0)).changes == (ColumnChange("visits", -50.0, 2.000001),)


def test_a_missing_value_may_become_one() -> None:
    centroids = np.array([[0.0], [4.0]])
    feature = EncodedFeature("x", fill=1.0)
    scorer = scorer_of([number("x", 0.0, 5.0)], CentroidRule(centroids), centroids, [feature])
    change = change_of(scorer, one(x=np.nan))
    assert change.changes == (ColumnChange("x", None, 2.000001),)
    assert change.distance == pytest.approx(1.000001)


def test_who_was_left_out_for_missing_values_is_told_what_to_fill_in() -> None:
    centroids = np.array([[0.0, 0.0], [4.0, 4.0]])
    scorer = scorer_of([X, Y], CentroidRule(centroids), centroids)
    scorer = replace(scorer, missing=MissingTreatment.LEAVE_OUT)
    reasons = explain(scorer, one(x=np.nan, y=1.0), 0, toward=None)
    assert reasons.contributions == ()
    assert reasons.change == SmallestChange(0, (ColumnChange("x", None, 0.0),), 0.0)
    both = change_of(scorer, one(x=np.nan, y=np.nan))
    assert {each.column for each in both.changes} == {"x", "y"}


def test_noise_is_moved_to_the_nearest_segment() -> None:
    known = np.array([[0.0, 0.0], [2.5, 0.0]])
    scorer = scorer_of([X, Y], SampleRule(known, np.array([0, 1]), np.array([0.5, 0.5])), known)
    reasons = explain(scorer, one(x=0.0, y=2.0), 0, toward=None)
    assert reasons.contributions == ()
    assert reasons.change is not None
    assert reasons.change.segment == 0
    assert reasons.change.changes == (ColumnChange("y", 2.0, 0.5),)


def test_a_change_does_not_lead_to_where_an_outlier_is() -> None:
    centroids = np.array([[0.0], [2.0]])
    column = number("x", LOW, HIGH)
    company = np.array([[0.0], [2.0]])
    far = OutlierRule((EncodedFeature("x"),), company, np.array([True, True]), 0.25, 1)
    scorer = replace(scorer_of([column], CentroidRule(centroids), centroids), outliers=far)
    change = change_of(scorer, one(x=0.1))
    after = change.changes[0].after
    assert isinstance(after, float)
    assert 1.75 <= after < 1.76


def test_who_is_in_the_wanted_segment_has_nothing_to_change() -> None:
    centroids = np.array([[0.0], [4.0]])
    scorer = scorer_of([X], CentroidRule(centroids), centroids)
    reasons = explain(scorer, one(x=1.0), 0, toward=0)
    assert reasons.change == SmallestChange(0, (), 0.0)
    assert [each.column for each in reasons.contributions] == ["x"]
