"""The schema, as it is exported."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema

from graph.schema import root as schema

EXPORTED = Path(__file__).parents[3] / "schema.graphql"
BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}


@pytest.fixture(scope="module")
def exported() -> GraphQLSchema:
    return build_schema(EXPORTED.read_text())


def test_the_exported_schema_is_the_one_that_is_served() -> None:
    assert EXPORTED.read_text() == schema.exported(), "run `make schema` and read the difference"


def test_every_part_of_the_schema_is_described(exported: GraphQLSchema) -> None:
    assert [name for name, description in _parts(exported) if not description] == []


def test_every_object_that_has_an_id_of_its_own_is_a_node(exported: GraphQLSchema) -> None:
    with_id = {
        name
        for name, kind in exported.type_map.items()
        if "id" in getattr(kind, "fields", {}) and not name.endswith("Input") and name != "Node"
    }
    nodes = {kind.name for kind in exported.get_possible_types(exported.type_map["Node"])}  # type: ignore[arg-type]  # an interface

    assert with_id == nodes
    assert nodes == {
        "Dataset",
        "ClusteringRun",
        "Segment",
        "Recommendation",
        "User",
        "Viewer",
        "Session",
        "ApiKey",
        "AuditEvent",
        "Model",
        "ModelVersion",
        "RememberedPrediction",
        "DatasetPrediction",
        "CustomerProfile",
        "Audience",
        "TrainingComparison",
    }


def test_every_mutation_takes_one_input_and_answers_its_payload(exported: GraphQLSchema) -> None:
    assert exported.mutation_type is not None
    for name, field in exported.mutation_type.fields.items():
        capital = name[0].upper() + name[1:]
        assert {key: str(argument.type) for key, argument in field.args.items()} == {
            "input": f"{capital}Input!"
        }
        assert str(field.type) == f"{capital}Payload!"
        payload = exported.type_map[f"{capital}Payload"].fields  # type: ignore[attr-defined]  # an object
        assert str(payload.pop("userErrors").type) == "[UserError!]!"
        assert all(not str(field.type).endswith("!") for field in payload.values())


def _parts(of: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    for name, kind in of.type_map.items():
        if name.startswith("__") or name in BUILT_IN:
            continue
        yield name, kind.description
        for field_name, field in getattr(kind, "fields", {}).items():
            yield f"{name}.{field_name}", field.description
            for argument_name, argument in getattr(field, "args", {}).items():
                yield f"{name}.{field_name}({argument_name})", argument.description
        for value_name, value in getattr(kind, "values", {}).items():
            yield f"{name}.{value_name}", value.description
