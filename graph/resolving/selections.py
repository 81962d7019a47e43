"""Walking through a document without following a spread twice."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)


def definitions(document: DocumentNode) -> Iterator[OperationDefinitionNode | FragmentDefinitionNode]:
    """The operations and fragments of a document."""
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            yield definition


def selections(
    definition: OperationDefinitionNode | FragmentDefinitionNode,
) -> Iterator[tuple[SelectionNode, int]]:
    """Every selection of a definition with its depth, 1 for the outermost; spreads are not followed."""
    stack: list[tuple[SelectionSetNode, int]] = [(definition.selection_set, 1)]
    while stack:
        selection_set, depth = stack.pop()
        for selection in selection_set.selections:
            yield selection, depth
            if isinstance(selection, FieldNode) and selection.selection_set:
                stack.append((selection.selection_set, depth + 1))
            elif isinstance(selection, InlineFragmentNode):
                stack.append((selection.selection_set, depth))


def root_fields(document: DocumentNode, operation: OperationDefinitionNode) -> dict[str, str]:
    """The outermost fields of an operation, those in fragments too, by what the client calls them."""
    fragments = {
        each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
    }
    fields: dict[str, str] = {}
    spread: set[str] = set()
    stack = [operation.selection_set]
    while stack:
        for node in stack.pop().selections:
            if isinstance(node, FieldNode):
                fields[(node.alias or node.name).value] = node.name.value
            elif isinstance(node, InlineFragmentNode):
                stack.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                spread.add(node.name.value)
                stack.append(fragments[node.name.value].selection_set)
    return fields


def inner_first(document: DocumentNode) -> list[FragmentDefinitionNode]:
    """The fragments, each after all that it spreads; none when they spread one another in a circle.

    Validation refuses circles: what is inside of them does not matter.
    """
    fragments = {
        each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
    }
    spreads = {name: _spreads(fragment) & fragments.keys() for name, fragment in fragments.items()}
    try:
        return [fragments[name] for name in TopologicalSorter(spreads).static_order()]
    except CycleError:
        return []


def _spreads(fragment: FragmentDefinitionNode) -> set[str]:
    return {node.name.value for node, _ in selections(fragment) if isinstance(node, FragmentSpreadNode)}
