"""Who may do what, as docs/access.md tells it, written from the exported schema: `make docs`."""

from collections.abc import Iterator
from pathlib import Path

from graphql import (
    DirectiveNode,
    FieldDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    parse,
    print_ast,
)

CHECKOUT = Path(__file__).resolve().parent.parent
PAGE = CHECKOUT / "docs" / "access.md"
BEGIN = "<!-- access: written by `make docs` -->\n"
END = "<!-- end of access -->\n"
ROOTS = ("Query", "Mutation", "Subscription")
CALLERS = {"ANYONE": 0, "USER": 1, "ANALYST": 2, "ADMIN": 3}
"""To whom something is open, and how many of the roles fall short of it."""


def declared(text: str) -> dict[str, dict[str, str | None]]:
    """Tell of each object type of a schema to whom each of its fields is open; None where nothing says so."""
    return {node.name.value: dict(_fields(node)) for node in _objects(text)}


def root_table(text: str) -> str:
    """Write the table of what can be asked for, and by whom."""
    fields = [
        (f"{root}.{name}", access)
        for root in ROOTS
        for name, access in declared(text)[root].items()
        if access
    ]
    rows = [f"| `{name}` | {' | '.join(_marks(access))} |" for name, access in sorted(fields)]
    return (
        "\n".join(["| Field | Signed out | USER | ANALYST | ADMIN |", "|---|---|---|---|---|", *rows]) + "\n"
    )


def node_table(text: str) -> str:
    """Write the table of the objects that have an id, and who may see one."""
    nodes = [
        (node.name.value, _access(node.directives or ()))
        for node in _objects(text)
        if any(each.name.value == "Node" for each in node.interfaces or ())
    ]
    rows = [f"| `{name}` | {access} |" for name, access in sorted(nodes)]
    return "\n".join(["| Object | Open to |", "|---|---|", *rows]) + "\n"


def with_tables(page: str, text: str) -> str:
    """Put the tables between their two marks."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{root_table(text)}\n{node_table(text)}\n{END}{tail}"


def allowed(page: str) -> Iterator[tuple[str, list[bool]]]:
    """Read the page's table: each field, and whether each of the four callers may have it."""
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[0].startswith("`"):
            yield cells[0].strip("`"), [cell == "yes" for cell in cells[1:]]


def _marks(access: str) -> list[str]:
    short = CALLERS[access]
    return ["no"] * short + ["yes"] * (len(CALLERS) - short)


def _objects(text: str) -> Iterator[ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode]:
    for node in parse(text).definitions:
        if isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
            yield node


def _fields(
    node: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode,
) -> Iterator[tuple[str, str | None]]:
    of_type = _access(node.directives or ())
    for field in node.fields or ():
        yield field.name.value, _of_field(field) or of_type


def _of_field(field: FieldDefinitionNode) -> str | None:
    return _access(field.directives or ())


def _access(directives: tuple[DirectiveNode, ...]) -> str | None:
    return next(
        (
            print_ast(argument.value)
            for directive in directives
            if directive.name.value == "access"
            for argument in directive.arguments or ()
        ),
        None,
    )


def main() -> None:
    """Bring the page up to the schema."""
    text = (CHECKOUT / "schema.graphql").read_text(encoding="utf-8")
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), text), encoding="utf-8")


if __name__ == "__main__":
    main()
