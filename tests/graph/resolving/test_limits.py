import time
from collections.abc import Sequence
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSchema, build_schema, get_introspection_query, parse

from domain.settings import load
from graph.resolving.costs import cost_of
from graph.resolving.errors import Rejected, TooComplex
from graph.resolving.limits import measured_cost, refuse_shape
from graph.serving.documents import Documents

SCHEMA: GraphQLSchema = build_schema(
    """
    interface Node { id: ID! }
    type PageInfo { hasNextPage: Boolean! endCursor: String }
    type Column { name: String! role: String! topValues: [ValueCount!]! missingCount: Int! }
    type ValueCount { value: String! count: Int! }
    type Dataset implements Node {
      id: ID! name: String! rowCount: Int! columns: [Column!]! same: Dataset
      customers(first: Int, last: Int): CustomerConnection!
    }
    type DatasetEdge { cursor: String! node: Dataset! }
    type DatasetConnection { edges: [DatasetEdge!]! pageInfo: PageInfo! totalCount: Int! }
    type Customer { key: String! attributes: String a: Int b: Int c: Int d: Int }
    type CustomerEdge { cursor: String! node: Customer! }
    type CustomerConnection { edges: [CustomerEdge!]! pageInfo: PageInfo! totalCount: Int! }
    type Query {
      dataset: Dataset
      node: Node
      datasets(first: Int, last: Int, tags: [String!]): DatasetConnection!
      echo(text: String, flag: Boolean): Int
    }
    """
)
SETTINGS = load()


def cost(query: str, **variables: Any) -> int:
    tree = parse(query)
    operation: Any = tree.definitions[0]
    return cost_of(SCHEMA, tree, operation, variables)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ echo }", 1),
        ("{ dataset { id name } }", 3),
        ("{ __typename dataset { __typename id } }", 4),
        # 1 + ten columns of 1 + 2
        ("{ dataset { columns { name role } } }", 1 + 1 + 10 * (1 + 2)),
        ("{ dataset { columns { topValues { value } } } }", 1 + 1 + 10 * (1 + 1 + 10 * (1 + 1))),
        # 1 + totalCount + edges + five edges of 1 + cursor + node + id
        (
            "{ datasets(first: 5) { totalCount edges { cursor node { id } } } }",
            1 + 1 + 1 + 5 * (1 + 1 + 1 + 1),
        ),
        ("{ datasets(last: 5) { edges { cursor } } }", 1 + 1 + 5 * 2),
        ("{ datasets { edges { cursor } } }", 1 + 1 + 50 * 2),
        ("{ datasets(first: 0) { edges { cursor } } }", 1 + 1),
        ("{ datasets(first: -3) { edges { cursor } } }", 1 + 1),
        ("{ datasets(first: 99999999999999999999) { edges { cursor } } }", 1 + 1 + 10_000 * 2),
        ("{ datasets(first: 5) { pageInfo { hasNextPage } } }", 1 + 1 + 1),
        (
            "{ ...F } fragment F on Query { echo dataset { ...G ...G } } fragment G on Dataset { id }",
            1 + 1 + 1,
        ),
        (
            "{ datasets(first: 7) { ...F } } fragment F on DatasetConnection { edges { cursor } }",
            1 + 1 + 7 * 2,
        ),
        ("{ node { id ... on Dataset { name columns { name } } } }", 1 + 1 + 1 + 1 + 10 * 2),
        ("query ($n: Int = 3) { datasets(first: $n) { edges { cursor } } }", 1 + 1 + 3 * 2),
    ],
)
def test_the_cost_of_an_operation_is_what_one_counts_by_hand(query: str, expected: int) -> None:
    assert cost(query) == expected


@pytest.mark.parametrize(
    ("value", "page"), [(7, 7), (7.0, 7), (None, 50), (True, 50), ("7", 50), (10**30, 10_000), (-1, 0)]
)
def test_a_page_size_in_a_variable_counts_like_one_in_the_text(value: object, page: int) -> None:
    query = "query ($n: Int) { datasets(first: $n) { edges { cursor } } }"
    assert cost(query, n=value) == 1 + 1 + page * 2


def test_introspection_costs_one_and_is_not_too_deep() -> None:
    query = get_introspection_query(input_value_deprecation=True, schema_description=True)
    assert cost(query) == 1
    refuse_shape(parse(query), SETTINGS)


@pytest.mark.parametrize(
    "query",
    [
        """{ dataset { customers(first: 10000) { totalCount pageInfo { hasNextPage endCursor }
             edges { cursor node { key attributes a b c d } } } } }""",
        """{ datasets(first: 100) { totalCount pageInfo { hasNextPage } edges { cursor node {
             id name rowCount columns { name role missingCount topValues { value count } } } } } }""",
    ],
)
def test_the_largest_questions_that_are_promised_an_answer_pass(query: str) -> None:
    tree = parse(query)
    operation: Any = tree.definitions[0]
    refuse_shape(tree, SETTINGS)
    assert 0 < measured_cost(SCHEMA, tree, operation, {}, SETTINGS) <= SETTINGS.max_query_cost


def test_pages_within_pages_are_refused_with_the_limit_what_was_found_and_the_setting() -> None:
    tree = parse(
        "{ datasets(first: 100) { edges { node { customers(first: 10000) { edges { node { key } } } } } } }"
    )
    operation: Any = tree.definitions[0]
    with pytest.raises(TooComplex) as caught:
        measured_cost(SCHEMA, tree, operation, {}, SETTINGS)
    assert caught.value.extensions == {
        "code": "TOO_COMPLEX",
        "limit": 200_000,
        "found": 1 + 1 + 100 * (1 + 1 + 1 + 1 + 10_000 * 3),
        "setting": "SEGMENTGRAPH_MAX_QUERY_COST",
    }
    assert "200,000" in caught.value.message
    assert "SEGMENTGRAPH_MAX_QUERY_COST" in caught.value.message


def test_costs_stop_growing_where_nobody_counts_any_more() -> None:
    schema = build_schema(
        """
        type Query { lists(first: Int): ListConnection! }
        type List { id: ID! lists(first: Int): ListConnection! }
        type ListEdge { node: List! }
        type ListConnection { edges: [ListEdge!]! }
        """
    )
    tree = parse("{" + "lists(first: 10000) { edges { node {" * 8 + "id" + "} } }" * 8 + "}")
    operation: Any = tree.definitions[0]
    assert cost_of(schema, tree, operation, {}) == 10**18


@pytest.mark.parametrize(
    ("query", "depth"),
    [
        ("{ echo }", 1),
        ("{ dataset { same { id } } }", 3),
        ("{ dataset { ... { ... on Dataset { id } } } }", 2),
        (
            """{ dataset { ...F } } fragment F on Dataset { same { ...G } }
               fragment G on Dataset { same { id } }""",
            4,
        ),
        ("{ echo } fragment F on Dataset { same { same { id } } }", 3),
    ],
)
def test_depth_counts_fields_and_follows_fragments(query: str, depth: int) -> None:
    refuse_shape(parse(query), load(max_query_depth=depth))
    if depth > 1:
        with pytest.raises(TooComplex) as caught:
            refuse_shape(parse(query), load(max_query_depth=depth - 1))
        assert caught.value.extensions == {
            "code": "TOO_COMPLEX",
            "limit": depth - 1,
            "found": depth,
            "setting": "SEGMENTGRAPH_MAX_QUERY_DEPTH",
        }


def test_aliases_are_counted_in_all_of_the_document() -> None:
    query = "{ a: echo ...F } fragment F on Query { b: echo c: echo }"
    refuse_shape(parse(query), load(max_query_aliases=3))
    with pytest.raises(TooComplex) as caught:
        refuse_shape(parse(query), load(max_query_aliases=2))
    assert caught.value.extensions is not None
    assert caught.value.extensions["found"] == 3


def _fragments(count: int, body: str) -> str:
    return " ".join(
        f"fragment F{n} on Dataset {{ {body.replace('NEXT', f'F{n + 1}')} }}" for n in range(count)
    )


def _chain(count: int, body: str) -> str:
    return f"{{ dataset {{ ...F0 }} }} {_fragments(count, body)} fragment F{count} on Dataset {{ id }}"


HOSTILE = {
    "20,000 aliases": "{" + " ".join(f"a{n}: echo" for n in range(20_000)) + "}",
    "3,000 aliases": "{" + " ".join(f"a{n}: echo" for n in range(3_000)) + "}",
    "5,000 fragments": "{ dataset { id } }" + _fragments(5_000, "id"),
    "25 fragments, each spreading the next twice in a field": _chain(
        25, "same { ...NEXT } other: same { ...NEXT }"
    ),
    "10,000 times the same field": "{" + "echo " * 9_990 + "}",
    "2,000 times the same object": "{" + "dataset{id}" * 2_000 + "}",
    "1,500 inline fragments": "{ dataset {" + "... on Dataset{id}" * 1_500 + "} }",
    "selections 3,000 deep": "{ dataset {" + "same {" * 3_000 + "id" + "}" * 3_002,
    "selections 150 deep": "{ dataset {" + "same {" * 150 + "id" + "}" * 152,
    "a list 4,000 deep": "{ datasets(tags: " + "[" * 4_000 + "]" * 4_000 + ") { totalCount } }",
    "200,000 spaces": "{ echo }" + " " * 200_000,
    "10,001 comments": "{ echo }" + "#\n" * 10_001,
    "a string of 200,000 characters": '{ echo(text: "' + "x" * 200_000 + '") }',
    "pages in pages in fragments": "{ datasets { ...A } } fragment A on DatasetConnection { edges { node { "
    "customers(first: 10000) { edges { node { key } } } } } }",
}


def _refusals(documents: Documents, text: str) -> Sequence[GraphQLError]:
    try:
        document = documents.read(text)
        measured_cost(SCHEMA, document.tree, document.operation(None), {}, SETTINGS)
    except Rejected as rejection:
        return rejection.errors
    except TooComplex as refusal:
        return [refusal]
    return []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_refused_as_too_complex_at_once(name: str) -> None:
    documents = Documents(SCHEMA, SETTINGS)
    began = time.process_time()
    errors = _refusals(documents, HOSTILE[name])
    # Some tenths of a second on a machine that is busy; without the limits, minutes.
    assert time.process_time() - began < 2
    assert [error.extensions and error.extensions["code"] for error in errors] == ["TOO_COMPLEX"]


@pytest.mark.parametrize(
    "query",
    [
        "{ dataset { ...F0 } } fragment F0 on Dataset { ...F1 ...F1 } fragment F1 on Dataset { ...F0 ...F0 }",
        "{ dataset { ...F } } fragment F on Dataset { same { ...F } }",
        "{ dataset { ...F } }",
        "{ dataset { ...F0 } } "
        + " ".join(
            f"fragment F{n} on Dataset {{ ...F{(n + 1) % 25} ...F{(n + 2) % 25} }}" for n in range(25)
        ),
        "{ dataset }",
        "{ echo { id } }",
        "query ($n: Nothing) { echo }",
        "type A { a: Int }",
    ],
)
def test_an_invalid_document_is_refused_by_validation_circles_included(query: str) -> None:
    with pytest.raises(Rejected) as caught:
        Documents(SCHEMA, SETTINGS).read(query)
    assert {(error.extensions or {}).get("code") for error in caught.value.errors} == {
        "GRAPHQL_VALIDATION_FAILED"
    }


def test_fragments_that_spread_each_other_many_times_on_one_level_are_no_cost() -> None:
    document = Documents(SCHEMA, SETTINGS).read(_chain(25, "...NEXT ...NEXT"))
    assert cost_of(SCHEMA, document.tree, document.operation(None), {}) == 2


def test_a_document_is_read_once_and_then_known() -> None:
    documents = Documents(SCHEMA, SETTINGS)
    assert documents.read("{ echo }") is documents.read("{ echo }")
    assert documents.read("{ echo }") is not documents.read("{ echo  }")
