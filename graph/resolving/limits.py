"""How much one operation may ask for: the shape of its document, and what it may answer."""

from collections.abc import Mapping
from typing import Any, NoReturn

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    OperationDefinitionNode,
)

from domain.settings import PREFIX, Settings
from graph.resolving.costs import cost_of
from graph.resolving.errors import TooComplex
from graph.resolving.selections import definitions, inner_first, selections


def refuse_shape(document: DocumentNode, settings: Settings) -> None:
    """Refuse a document with too many aliases, or nested too deeply, with TooComplex.

    Looks at every definition in the document, used or not; it needs not be valid.
    """
    aliases = sum(_aliases(definition) for definition in definitions(document))
    if aliases > settings.max_query_aliases:
        _refuse("has", aliases, "aliases", settings.max_query_aliases, "max_query_aliases")
    depth = _depth(document)
    if depth > settings.max_query_depth:
        _refuse("is nested", depth, "levels deep", settings.max_query_depth, "max_query_depth")


def measured_cost(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    settings: Settings,
) -> int:
    """Count the values that an operation may answer; refuse too many with TooComplex.

    The document is valid; the variables are as the client sent them.
    """
    cost = cost_of(schema, document, operation, variables)
    if cost > settings.max_query_cost:
        _refuse("may answer", cost, "values", settings.max_query_cost, "max_query_cost")
    return cost


def _refuse(verb: str, found: int, unit: str, limit: int, setting: str) -> NoReturn:
    name = f"{PREFIX}{setting.upper()}"
    raise TooComplex(
        f"The operation {verb} {found:,} {unit}, over the limit of {limit:,}: ask for less at a time, "
        f"or have {name} raised.",
        limit=limit,
        found=found,
        setting=name,
    )


def _aliases(definition: OperationDefinitionNode | FragmentDefinitionNode) -> int:
    return sum(isinstance(node, FieldNode) and node.alias is not None for node, _ in selections(definition))


def _depth(document: DocumentNode) -> int:
    depths: dict[str, int] = {}
    for fragment in inner_first(document):
        depths[fragment.name.value] = _depth_of(fragment, depths)
    operations = (each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    return max([*depths.values(), *(_depth_of(each, depths) for each in operations)], default=0)


def _depth_of(definition: OperationDefinitionNode | FragmentDefinitionNode, depths: Mapping[str, int]) -> int:
    return max(
        (
            depth - 1 + depths.get(node.name.value, 0) if isinstance(node, FragmentSpreadNode) else depth
            for node, depth in selections(definition)
        ),
        default=0,
    )
