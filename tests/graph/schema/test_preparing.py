"""How columns are prepared: what is asked for, what is told of it, and who is kept out."""

from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from tests.graph.schema.conftest import PEOPLE, Sample, as_csv
from tests.servers.api import Api

REPORT = """preparation { outlierCount leftOutCount columns {
  column transform center scale weight featureCount clippedCount imputedCount filledWith
} }"""
ROLES = [
    {"name": "id", "role": "IDENTIFIER"},
    {"name": "x", "role": "NUMERIC"},
    {"name": "y", "role": "NUMERIC"},
]
CORNERS = [{"id": f"R{row}", "x": row % 5, "y": row // 5 % 4} for row in range(20)]
CROWD = [
    {"id": f"{town}{row['id']}", "x": int(str(row["x"])) + far, "y": int(str(row["y"])) + far}
    for town, far in (("A", 0), ("B", 100))
    for row in CORNERS
]
LONER = {"id": "far", "x": 5000, "y": -5000}
BLANK = {"id": "blank", "x": "", "y": 1}
TWO = {"kmeans": {"clusterCount": 2}}
WHO = """metrics { sampleCount noiseCount } segments { id index size share }
  assignments(first: 10000) { totalCount edges { node {
    customer { key } segment { index } unassigned confidence
  } } }"""


async def prepared(api: Api, dataset: str, **options: Any) -> dict[str, dict[str, Any]]:
    """Train, and answer what is told of each column by its name."""
    run = await api.run(dataset, selection=REPORT, **options)
    return {column.pop("column"): column for column in run["preparation"]["columns"]}


async def crowd_with(api: Api, *more: dict[str, Any]) -> str:
    """Upload forty customers in two groups, and some others."""
    return await api.dataset(as_csv([*CROWD, *more]), columns=ROLES)


async def test_each_scaling_is_scikit_learns(api: Api, sample: Sample) -> None:
    ages = [[float(str(person["age"]))] for person in PEOPLE]
    standard, robust, unit = (
        scaler.fit(ages) for scaler in (StandardScaler(), RobustScaler(), MinMaxScaler())
    )
    expected = {
        "STANDARD": (standard.mean_[0], standard.scale_[0]),
        "ROBUST": (robust.center_[0], robust.scale_[0]),
        "MIN_MAX": (unit.data_min_[0], unit.data_range_[0]),
        "NONE": (0.0, 1.0),
    }

    for scaling, figures in expected.items():
        columns = await prepared(api, sample.dataset, preparation={"scaling": scaling})
        assert (columns["age"]["center"], columns["age"]["scale"]) == pytest.approx(figures, rel=1e-12)
        assert columns["city"] == {
            "transform": "NONE",
            "center": None,
            "scale": None,
            "weight": 1.0,
            "featureCount": 3,
            "clippedCount": 0,
            "imputedCount": 0,
            "filledWith": None,
        }


async def test_skewed_columns_get_the_logarithm_as_asked(api: Api) -> None:
    spent = [round(10 ** (place / 10)) for place in range(40)]
    rows = [
        {"id": f"C{place}", "spent": amount, "even": place, "owed": amount - 50}
        for place, amount in enumerate(spent)
    ]
    roles = [{"name": name, "role": "NUMERIC"} for name in ("spent", "even", "owed")]
    dataset = await api.dataset(as_csv(rows), columns=roles)
    logs = np.log1p(spent)

    taken = {}
    for transform in ("NONE", "LOG", "AUTO"):
        columns = await prepared(api, dataset, algorithm=TWO, preparation={"transform": transform})
        taken[transform] = {name for name, column in columns.items() if column["transform"] == "LOG"}
        figures = (columns["spent"]["center"], columns["spent"]["scale"])
        values = np.array(spent, dtype=np.float64) if transform == "NONE" else logs
        assert figures == pytest.approx((values.mean(), values.std()), rel=1e-9)

    # A logarithm of 1 + value needs values from 0, and what is even gains nothing by it.
    assert taken == {"NONE": set(), "LOG": {"spent", "even"}, "AUTO": {"spent"}}


async def test_the_weightier_column_decides(api: Api) -> None:
    rows = [{"id": f"C{place}", "x": 10 * (place % 2), "y": 10 * (place // 2 % 2)} for place in range(40)]
    dataset = await api.dataset(as_csv(rows), columns=ROLES)
    for heavy, light in (("x", "y"), ("y", "x")):
        weights = [{"name": heavy, "weight": 4}]
        run = await api.run(
            dataset,
            algorithm=TWO,
            preparation={"weights": weights},
            selection="parameters segments { centroid { feature value } } " + REPORT,
        )
        means = [
            {each["feature"]: each["value"] for each in segment["centroid"]} for segment in run["segments"]
        ]
        assert sorted(mean[heavy] for mean in means) == [0, 10]
        assert [mean[light] for mean in means] == [5, 5]
        told = {column["column"]: column["weight"] for column in run["preparation"]["columns"]}
        assert told == {heavy: 4.0, light: 1.0}
        assert run["parameters"]["preparation"]["weights"] == [{"name": heavy, "weight": 4.0}]


async def test_outliers_and_the_incomplete_are_kept_out_and_have_a_reason(api: Api) -> None:
    dataset = await crowd_with(api, LONER, BLANK)
    run = await api.run(
        dataset,
        algorithm=TWO,
        preparation={"transform": "NONE", "outliers": "SEPARATE", "missingValues": "LEAVE_OUT"},
        selection=f"id {WHO} preparation {{ outlierCount leftOutCount }}",
    )

    assert run["preparation"] == {"outlierCount": 1, "leftOutCount": 1}
    assert run["metrics"] == {"sampleCount": 40, "noiseCount": 0}
    assert unassigned(run) == {"far": "OUTLIER", "blank": "MISSING_VALUES"}
    await all_are_counted(api, run, 42)


async def test_noise_belongs_to_no_segment_and_the_incomplete_neither(api: Api) -> None:
    dataset = await crowd_with(api, LONER, BLANK)
    run = await api.run(
        dataset,
        algorithm={"dbscan": {"epsilon": 0.1, "minSamples": 4}},
        preparation={"transform": "NONE", "scaling": "ROBUST", "missingValues": "LEAVE_OUT"},
        selection=f"id {WHO} preparation {{ outlierCount leftOutCount }}",
    )

    assert run["preparation"] == {"outlierCount": 0, "leftOutCount": 1}
    assert run["metrics"] == {"sampleCount": 41, "noiseCount": 1}
    assert unassigned(run) == {"far": "NOISE", "blank": "MISSING_VALUES"}
    await all_are_counted(api, run, 42)


async def test_values_far_outside_are_drawn_in_and_counted(api: Api) -> None:
    dataset = await crowd_with(api, LONER)
    columns = await prepared(
        api, dataset, algorithm=TWO, preparation={"transform": "NONE", "outliers": "CLIP"}
    )

    assert {name: column["clippedCount"] for name, column in columns.items()} == {"x": 1, "y": 1}


async def test_missing_values_are_filled_by_default_and_can_be_refused(api: Api) -> None:
    dataset = await crowd_with(api, BLANK)
    columns = await prepared(api, dataset, algorithm=TWO, preparation=None)
    refused = await api.begin(dataset, algorithm=TWO, preparation={"missingValues": "REFUSE"})
    last = await api.end_of(refused)

    # Of forty values the middle two are 4 and 100.
    assert (columns["x"]["imputedCount"], columns["x"]["filledWith"]) == (1, "median 52")
    assert (columns["y"]["imputedCount"], columns["y"]["filledWith"]) == (0, None)
    assert (last["status"], last["failure"]["code"]) == ("FAILED", "UNSUITABLE_DATA")
    assert '"x"' in last["failure"]["message"]


async def test_categories_count_a_quarter_unless_they_shall_be_plain_flags(api: Api, sample: Sample) -> None:
    options: dict[str, Any] = {
        "selection": "metrics { inertia }",
        "algorithm": {"hierarchical": {"clusterCount": 2}},
        "columns": [{"name": name, "role": "IGNORED"} for name in ("age", "income")],
    }
    plain = await api.run(sample.dataset, preparation={"categories": "UNIT"}, **options)
    balanced = await api.run(sample.dataset, **options)

    # Kiel and Ulm, of 4 and 3, are in one segment; two cities are the root of 2 apart.
    assert plain["metrics"]["inertia"] == pytest.approx(2 * 4 * 3 / 7)
    variance = sum(size / 12 * (1 - size / 12) for size in (5, 4, 3))
    assert balanced["metrics"]["inertia"] == pytest.approx(2 * 4 * 3 / 7 * 0.25 / variance)


def unassigned(run: dict[str, Any]) -> dict[str, str]:
    """Name the customers without a segment; each of them has a reason, and all others have none."""
    nodes = [edge["node"] for edge in run["assignments"]["edges"]]
    for node in nodes:
        assert (node["segment"] is None) == (node["unassigned"] is not None) == (node["confidence"] == 0)
    return {node["customer"]["key"]: node["unassigned"] for node in nodes if node["unassigned"]}


async def all_are_counted(api: Api, run: dict[str, Any], row_count: int) -> None:
    """Check that segments and reasons add up to the dataset, and that each segment's pages are its own."""
    sizes = [segment["size"] for segment in run["segments"]]
    assert run["assignments"]["totalCount"] == len(run["assignments"]["edges"]) == row_count
    assert sum(sizes) + len(unassigned(run)) == row_count
    assert sum(segment["share"] for segment in run["segments"]) == pytest.approx(1)
    for segment in run["segments"]:
        first = await page(api, run["id"], segment["id"], None)
        rest = await page(api, run["id"], segment["id"], first["pageInfo"]["endCursor"])
        assert first["totalCount"] == rest["totalCount"] == segment["size"]
        nodes = [edge["node"] for edge in (*first["edges"], *rest["edges"])]
        assert len({node["customer"]["key"] for node in nodes}) == segment["size"]
        assert {node["segment"]["index"] for node in nodes} == {segment["index"]}
        assert {node["unassigned"] for node in nodes} == {None}


async def page(api: Api, run: str, segment: str, after: str | None) -> Any:
    query = """query($run: ID!, $segment: ID!, $after: String) { clusteringRun(id: $run) {
      assignments(segmentId: $segment, first: 15, after: $after) {
        totalCount pageInfo { endCursor } edges { node { customer { key } segment { index } unassigned } }
      }
    } }"""
    found = await api.ask(query, run=run, segment=segment, after=after)
    return found["clusteringRun"]["assignments"]
