"""What an operation may answer, as a number of values.

Every fragment is priced once, however often it is spread, so that pricing is linear
in the length of the document.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_interface_type,
    is_list_type,
    is_object_type,
)

from graph.resolving.relay import DEFAULT_PAGE, LARGEST_ROW_PAGE
from graph.resolving.selections import inner_first

BOUNDED_LIST = 10
"""Items that a list that is no connection is taken to have."""

WORK = {
    ("Query", "compareRuns"): 10_000,
    ("Query", "segmentMigration"): 10_000,
    ("Query", "statistics"): 10_000,
    ("Mutation", "predict"): 1_000,
    ("Mutation", "createExport"): 10_000,
    ("ClusteringRun", "dendrogram"): 1_000,
    ("User", "statistics"): 100,
}
"""What a field is worth besides what it answers: a worker may have to count for it, or a file be read."""

ENDLESS = 10**18
"""Costs stop growing here: they are told to people."""


class Cost(NamedTuple):
    """Values that a selection may answer: `once`, and again for `each` node of the page it is in."""

    once: int = 0
    each: int = 0

    def plus(self, other: "Cost") -> "Cost":
        """Both together."""
        return Cost(min(self.once + other.once, ENDLESS), min(self.each + other.each, ENDLESS))


def cost_of(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> int:
    """Count the values that an operation may answer, pages and lists multiplied out.

    A field is 1, or what WORK says besides. What is under a connection's lists counts as often as its page is
    long: `first` or `last`, 50 without. What is under another list counts 10 times.
    Introspection is 1, whatever it asks for: its answer is as long as the schema.
    """
    prices = _Prices(schema, _given(operation, variables))
    for fragment in inner_first(document):
        prices.fragments[fragment.name.value] = prices.of(
            fragment.selection_set, schema.type_map[fragment.type_condition.name.value]
        )
    root = schema.get_root_type(operation.operation)
    return prices.of(operation.selection_set, root).once if root else 0


def _given(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The variables, the whole numbers among their defaults filled in."""
    defaults = {
        each.variable.name.value: _whole(each.default_value, {})
        for each in operation.variable_definitions or ()
        if isinstance(each.default_value, IntValueNode)
    }
    return {**defaults, **variables}


def _whole(value: ValueNode, variables: Mapping[str, Any]) -> int | None:
    given = variables.get(value.name.value) if isinstance(value, VariableNode) else None
    if isinstance(value, IntValueNode):
        # int() refuses very long digits; as a page, all of ten digits or more are the same.
        given = int(value.value[:10])
    # JSON knows one kind of number: 10.0 is as good as 10. True is no number at all.
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    # A larger page is refused by the connection itself, which says so better than a cost does.
    return int(min(max(given, 0), LARGEST_ROW_PAGE))


class _Prices:
    """What selections cost in one schema with these variables, each fragment worked out once."""

    def __init__(self, schema: GraphQLSchema, variables: Mapping[str, Any]) -> None:
        self.fragments: dict[str, Cost] = {}
        self._schema = schema
        self._variables = variables

    def of(self, selection_set: SelectionSetNode, parent: GraphQLNamedType) -> Cost:
        total = Cost()
        spread: set[str] = set()
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                total = total.plus(self._field(node, parent))
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                inner = self._schema.type_map[condition.name.value] if condition else parent
                total = total.plus(self.of(node.selection_set, inner))
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                spread.add(node.name.value)
                total = total.plus(self.fragments.get(node.name.value, Cost()))
        return total

    def _field(self, node: FieldNode, parent: GraphQLNamedType) -> Cost:
        fields = parent.fields if is_object_type(parent) or is_interface_type(parent) else {}
        field = fields.get(node.name.value)
        if field is None or node.selection_set is None:
            return Cost(once=1)
        answered = get_named_type(field.type)
        work = WORK.get((parent.name, node.name.value), 0)
        inner = self.of(node.selection_set, answered)
        if _is_connection(answered):
            return Cost(once=1 + inner.once + self._page(node) * inner.each)
        if not is_list_type(get_nullable_type(field.type)):
            return Cost(once=1 + work + inner.once)
        if _is_connection(parent):
            return Cost(once=1, each=1 + inner.once)
        return Cost(once=1 + BOUNDED_LIST * (1 + inner.once))

    def _page(self, node: FieldNode) -> int:
        arguments = [each for each in node.arguments or () if each.name.value in {"first", "last"}]
        sizes = (_whole(each.value, self._variables) for each in arguments)
        return max((size for size in sizes if size is not None), default=DEFAULT_PAGE)


def _is_connection(kind: GraphQLNamedType) -> bool:
    return kind.name.endswith("Connection")
