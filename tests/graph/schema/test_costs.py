"""What questions about many runs cost: all that is told of a hundred of them fits, their customers don't."""

from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, parse

from domain.settings import load
from graph.resolving.costs import cost_of
from graph.resolving.errors import TooComplex
from graph.resolving.limits import measured_cost, refuse_shape
from graph.schema import root

SETTINGS = load()
RUNS = "{ clusteringRuns(first: %d) { edges { node { id %s } } } }"
SHARES = "featureImportance { feature importance }"
CHARACTERISTICS = "characteristics { text column category segmentValue populationValue effect }"
SEGMENTS = f"{SHARES} segments {{ id index name size share {CHARACTERISTICS} {SHARES} }}"
DENDROGRAM = "dendrogram { cut leaves { size segment { id name } } merges { left right height size } }"
EVIDENCE = """structure { verdict reason } selection { votes { criterion clusterCount } reason
  candidates { clusterCount silhouette } } segmentChanges { kind overlap segment { name } previous { name } }
  preparation { outlierCount columns { column transform center scale weight } }"""
COMPARISON = """{ compareRuns(runId: "a", otherRunId: "b") { adjustedRandIndex migration {
  segment { id name } size absentCount counts { segment { id name } count } } } }"""


@pytest.fixture(scope="module")
def served() -> GraphQLSchema:
    return build_schema(root.exported())


def cost(served: GraphQLSchema, query: str) -> int:
    """Price a query that is not too deep and does not cost too much."""
    tree = parse(query)
    operation: Any = tree.definitions[0]
    refuse_shape(tree, SETTINGS)
    measured_cost(served, tree, operation, {}, SETTINGS)
    return cost_of(served, tree, operation, {})


@pytest.mark.parametrize(
    ("selection", "each"),
    [
        # Every list is taken to have ten items: ten shares of 1 + 2, ten segments of
        # 1 + 5 and of ten characteristics of 1 + 6 and ten shares of 1 + 2.
        (SEGMENTS, 1 + 10 * 3 + 1 + 10 * (1 + 5 + 1 + 10 * 7 + 1 + 10 * 3)),
        # The reading of a file, the tree and its cut, ten leaves of 1 + 1 + 3, ten merges of 1 + 4.
        (DENDROGRAM, 1_000 + 1 + 1 + 1 + 10 * 5 + 1 + 10 * 5),
        # 3; 3, ten votes and ten candidates of 3; ten changes of 7; 3 and ten columns of 6.
        (EVIDENCE, 3 + 1 + 1 + 10 * 3 + 1 + 1 + 10 * 3 + 1 + 10 * 7 + 1 + 1 + 1 + 10 * 6),
    ],
)
def test_a_hundred_runs_may_be_asked_for_all_that_is_told_of_them(
    served: GraphQLSchema, selection: str, each: int
) -> None:
    # The field and its edges; of each run the edge, the node and its id.
    assert cost(served, RUNS % (100, selection)) == 1 + 1 + 100 * (3 + each)


def test_a_comparison_costs_a_workers_time_and_its_rows_times_its_counts(served: GraphQLSchema) -> None:
    assert cost(served, COMPARISON) == 10_000 + 3 + 10 * (1 + 3 + 2 + 1 + 10 * (1 + 3 + 1))


@pytest.mark.parametrize(
    "selection",
    [
        "segments { id customers(first: 100) { edges { node { key } } } }",
        "assignments(first: 1000) { edges { node { confidence unassigned } } }",
        f"dataset {{ runs(first: 100) {{ edges {{ node {{ {SEGMENTS} }} }} }} }}",
        "a: dendrogram { cut } b: dendrogram { cut }",
        f"segmentChanges {{ previous {{ run {{ segments {{ {CHARACTERISTICS} }} }} }} }}",
    ],
)
def test_customers_and_runs_within_a_hundred_runs_are_too_many(served: GraphQLSchema, selection: str) -> None:
    with pytest.raises(TooComplex):
        cost(served, RUNS % (100, selection))
