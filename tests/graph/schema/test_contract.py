"""That the schema keeps the names, types, arguments and defaults that clients rely on."""

from collections.abc import Iterator
from itertools import starmap
from pathlib import Path
from typing import NamedTuple

import pytest
from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    parse,
    print_ast,
)

from graph.schema import root as schema

CONTRACT = parse(Path(__file__).with_name("contract.graphql").read_text())


class Part(NamedTuple):
    """A part of a schema: where it stands, and its type, default and directives as they are written."""

    place: str
    written: str


@pytest.fixture(scope="module")
def served() -> DocumentNode:
    return parse(schema.exported())


def test_all_that_is_promised_is_served_as_it_is_promised(served: DocumentNode) -> None:
    here = dict(_parts(served))
    promised = dict(_parts(CONTRACT))

    assert {place: here.get(place) for place in promised} == promised


def test_what_was_added_to_an_argument_or_an_input_can_be_left_out(served: DocumentNode) -> None:
    promised = {place for place, _ in _parts(CONTRACT)}
    added = [part for part in _inputs(served) if part.place not in promised and _is_promised(part, promised)]

    assert [part for part in added if part.written.endswith("!")] == []
    assert {part.place for part in added} >= {
        "TrainClusteringInput.preparation",
        "KMeansInput.minSegmentShare",
    }


@pytest.mark.parametrize(
    ("place", "written"),
    [
        ("KMeansInput.criterion", "ClusterCountCriterion! = CONSENSUS"),
        ("HierarchicalInput.criterion", "ClusterCountCriterion! = CONSENSUS"),
        ("GaussianMixtureInput.criterion", "ClusterCountCriterion! = CONSENSUS"),
        ("HierarchicalInput.linkage", "Linkage! = WARD"),
        ("KMeansInput.minSegmentShare", "Float! = 0"),
        ("HierarchicalInput.minSegmentShare", "Float! = 0"),
        ("GaussianMixtureInput.minSegmentShare", "Float! = 0"),
        ("DbscanInput.epsilon", "Float"),
        ("DbscanInput.minSamples", "Int! = 5"),
        ("HdbscanInput.minClusterSize", "Int"),
        ("HdbscanInput.minSamples", "Int"),
        ("PreparationInput.scaling", "Scaling! = STANDARD"),
        ("PreparationInput.transform", "Transform! = AUTO"),
        ("PreparationInput.outliers", "OutlierTreatment! = KEEP"),
        ("PreparationInput.missingValues", "MissingTreatment! = IMPUTE"),
        ("PreparationInput.categories", "CategoryBalance! = BALANCED"),
        ("PreparationInput.weights", "[ColumnWeightInput!]! = []"),
        ("ColumnWeightInput.weight", "Float!"),
        ("TrainClusteringInput.preparation", "PreparationInput"),
        ("TrainClusteringInput.seed", "Int! = 0"),
        ("TrainClusteringInput.reuse", "Boolean! = true"),
    ],
)
def test_a_setting_has_the_default_that_is_documented(served: DocumentNode, place: str, written: str) -> None:
    assert dict(_parts(served))[place] == written


def _is_promised(part: Part, promised: set[str]) -> bool:
    """Tell whether what a part belongs to is promised."""
    return (part.place.rpartition("(")[0] or part.place.rpartition(".")[0]) in promised


def _inputs(document: DocumentNode) -> Iterator[Part]:
    """List the arguments and the fields of inputs."""
    inputs = {
        node.name.value for node in document.definitions if isinstance(node, InputObjectTypeDefinitionNode)
    }
    return (
        part for part in _parts(document) if part.place.endswith(")") or part.place.split(".")[0] in inputs
    )


def _parts(document: DocumentNode) -> Iterator[Part]:
    """List the parts of a schema, each once."""
    for node in document.definitions:
        if isinstance(node, ScalarTypeDefinitionNode):
            yield Part(node.name.value, "scalar")
        elif isinstance(node, EnumTypeDefinitionNode):
            yield Part(node.name.value, "enum")
            yield from (Part(f"{node.name.value}.{value.name.value}", "") for value in node.values or ())
        elif isinstance(node, InputObjectTypeDefinitionNode):
            yield Part(node.name.value, " ".join(map(print_ast, node.directives or ())))
            yield from starmap(
                Part, ((f"{node.name.value}.{name}", text) for name, text in _values(node.fields or ()))
            )
        elif isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            yield from _of_object(node)


def _of_object(node: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode) -> Iterator[Part]:
    yield Part(node.name.value, " ".join(each.name.value for each in node.interfaces or ()))
    for field in node.fields or ():
        place = f"{node.name.value}.{field.name.value}"
        yield Part(place, print_ast(field.type))
        yield from (Part(f"{place}({name})", text) for name, text in _values(field.arguments or ()))


def _values(nodes: tuple[InputValueDefinitionNode, ...]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        default = f" = {print_ast(node.default_value)}" if node.default_value else ""
        yield node.name.value, f"{print_ast(node.type)}{default}"
