"""Whether an operation may be run, by what it says alone."""

import time
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import pytest
import strawberry
from graphql import get_introspection_query, parse, validate

from domain.terms.access import Caller, Denial, Role, Viewer, ViewerKind
from graph.resolving.access import ADMIN, ANALYST, ANYONE, OWNER, USER, Access, access_to
from graph.resolving.authorising import MOST_REASONS, Reason, refusals, unauthenticated


@strawberry.interface(directives=[USER])
class Being:
    name: str


@strawberry.type(directives=[USER])
class Person(Being):
    age: int
    salary: int = strawberry.field(directives=[ADMIN])

    @strawberry.field(directives=[ANALYST])
    def friend(self) -> "Person":
        return self


@strawberry.type(directives=[OWNER])
class Diary(Being):
    text: str


@strawberry.type
class Forgotten:
    field: int
    said: int = strawberry.field(directives=[ANYONE])


Anything = Annotated[Person | Diary, strawberry.union("Anything")]


@strawberry.type
class Query:
    open: int = strawberry.field(directives=[ANYONE])
    person: Person = strawberry.field(directives=[USER])
    people: list[Person] = strawberry.field(directives=[USER])
    being: Being = strawberry.field(directives=[USER])
    anything: Anything = strawberry.field(directives=[USER])
    diary: Diary = strawberry.field(directives=[ANYONE])
    forgotten: Forgotten = strawberry.field(directives=[ANYONE])
    undeclared: int
    numbers: int = strawberry.field(directives=[ADMIN])


@strawberry.type(directives=[ANALYST])
class Mutation:
    @strawberry.mutation
    def train(self) -> Person:
        raise NotImplementedError

    @strawberry.mutation(directives=[USER])
    def rename(self) -> Person:
        raise NotImplementedError


SCHEMA = strawberry.Schema(Query, Mutation, types=[Person, Diary])._schema
SIGNED_OUT = Caller()


def caller(role: Role) -> Caller:
    return Caller(Viewer(UUID(int=1), "ada", role, ViewerKind.USER))


def refused(text: str, who: Caller, name: str | None = None, **variables: Any) -> Sequence[Reason]:
    document = parse(text)
    assert validate(SCHEMA, document) == []
    operations = [each for each in document.definitions if each.kind == "operation_definition"]
    operation: Any = next(each for each in operations if name is None or each.name.value == name)  # type: ignore[attr-defined]  # an operation
    return refusals(SCHEMA, document, operation, variables, who)


def coordinates(text: str, role: Role = Role.USER, name: str | None = None, **variables: Any) -> list[str]:
    """Name the fields that somebody with this role is refused for."""
    return [reason.error.message.split()[0] for reason in refused(text, caller(role), name, **variables)]


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("{ open }", None),
        ("{ diary { text name } }", None),
        ("{ forgotten { said } }", None),
        ("{ __typename open }", None),
        ("{ person { name age } }", Role.USER),
        ("{ being { name ... on Person { age } ... on Diary { text } } }", Role.USER),
        ("{ anything { __typename ... on Person { age } } }", Role.USER),
        ("{ person { friend { name } } }", Role.ANALYST),
        ("mutation { rename { name } }", Role.USER),
        ("mutation { train { name } }", Role.ANALYST),
        ("{ person { salary } }", Role.ADMIN),
        ("{ numbers }", Role.ADMIN),
        ("{ undeclared }", Role.ADMIN),
        ("{ forgotten { field } }", Role.ADMIN),
    ],
)
def test_an_operation_takes_the_role_of_its_most_protected_field_and_no_more(
    text: str, role: Role | None
) -> None:
    enough = [each for each in Role if role is None or each.includes(role)]

    assert {each for each in Role if not refused(text, caller(each))} == set(enough)
    assert bool(refused(text, SIGNED_OUT)) is (role is not None)


@pytest.mark.parametrize(
    "text",
    [
        "{ person { salary } }",
        "{ who: person { much: salary } }",
        "{ people { friend { friend { friend { salary } } } } }",
        "{ person { ... { salary } } }",
        "{ person { ... on Person { salary } } }",
        "{ person { ... on Being { ... on Person { salary } } } }",
        "{ being { ... on Person { salary } } }",
        "{ anything { ... on Being { ... on Person { salary } } } }",
        "{ ...root } fragment root on Query { person { ...rich } } fragment rich on Person { salary }",
        (
            "{ ...a ... on Query { ...a } } fragment a on Query { being { ...b } } "
            "fragment b on Being { ...c } fragment c on Person { salary }"
        ),
        "mutation { rename { salary } }",
    ],
)
def test_a_field_is_found_wherever_it_hides(text: str) -> None:
    assert "Person.salary" in coordinates(text)
    assert coordinates(text, Role.ADMIN) == []


@pytest.mark.parametrize(
    ("directives", "variables", "runs"),
    [
        ("@skip(if: true)", {}, False),
        ("@skip(if: false)", {}, True),
        ("@include(if: true)", {}, True),
        ("@include(if: false)", {}, False),
        ("@include(if: true) @skip(if: true)", {}, False),
        ("@include(if: false) @skip(if: false)", {}, False),
        ("@skip(if: $left)", {"left": True}, False),
        ("@skip(if: $left)", {"left": False}, True),
        ("@include(if: $left)", {"left": False}, False),
        ("@include(if: $left)", {"left": True}, True),
        ("@skip(if: $yes)", {}, False),
        ("@skip(if: $yes)", {"yes": False}, True),
        ("@include(if: $yes)", {}, True),
        ("@include(if: $yes)", {"yes": False}, False),
        ("@include(if: $no)", {}, False),
        ("@include(if: $no)", {"no": True}, True),
        # What is no truth value is refused when the variables are read: the field counts until then.
        ("@skip(if: $left)", {"left": "true"}, True),
        ("@skip(if: $left)", {"left": 1}, True),
        ("@include(if: $left)", {"left": 0}, True),
        ("@include(if: $left)", {"left": None}, True),
        ("@skip(if: $left)", {}, True),
    ],
)
def test_what_is_left_out_is_not_asked_for(directives: str, variables: dict[str, Any], runs: bool) -> None:
    used = ("left", "Boolean!"), ("yes", "Boolean! = true"), ("no", "Boolean! = false")
    head = ", ".join(f"${name}: {kind}" for name, kind in used if f"${name})" in directives)
    head = f"query ({head})" if head else "query"
    expected = ["Query.numbers"] if runs else []
    for text in (
        f"{head} {{ open numbers {directives} }}",
        f"{head} {{ open ... {directives} {{ numbers }} }}",
        f"{head} {{ open ... on Query {directives} {{ ... {{ numbers }} }} }}",
        f"{head} {{ open ...f {directives} }} fragment f on Query {{ numbers }}",
    ):
        assert coordinates(text, **variables) == expected, text


def test_a_fragment_that_is_left_out_in_one_place_counts_in_another() -> None:
    text = "{ ...f @skip(if: true) person { ...g @include(if: false) } ...f people { ...g } } "
    text += "fragment f on Query { numbers } fragment g on Person { salary }"

    assert set(coordinates(text)) == {"Query.numbers", "Person.salary"}


def test_only_the_operation_that_is_to_run_counts() -> None:
    text = "query a { open } query b { numbers } fragment f on Query { undeclared } query c { ...f }"

    assert coordinates(text, name="a") == []
    assert coordinates(text, name="b") == ["Query.numbers"]
    assert coordinates(text, name="c") == ["Query.undeclared"]


def test_all_that_is_wrong_is_told_at_once_by_the_highest_role_that_each_field_of_the_root_takes() -> None:
    text = "{ one: person { salary friend { salary } } two: people { friend { age } } numbers undeclared }"

    def told(role: Role) -> list[tuple[list[str | int] | None, str]]:
        return [
            (reason.error.path, reason.error.message.split()[0]) for reason in refused(text, caller(role))
        ]

    wrong = [
        (["one"], "Person.salary"),
        (["two"], "Person.friend"),
        (["numbers"], "Query.numbers"),
        (["undeclared"], "Query.undeclared"),
    ]
    assert sorted(told(Role.USER)) == sorted(wrong)
    assert sorted(told(Role.ANALYST)) == sorted(each for each in wrong if each[1] != "Person.friend")
    assert told(Role.ADMIN) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mutation { train { name friend { age } } }", "Mutation.train"),
        ("mutation { rename { friend { friend { age } } } }", "Person.friend"),
        ("mutation { train { salary friend { salary } } }", "Person.salary"),
        ("{ person { friend { salary } } }", "Person.salary"),
    ],
)
def test_of_fields_that_take_the_same_role_the_outermost_is_told(text: str, expected: str) -> None:
    assert coordinates(text) == [expected]


def test_no_more_reasons_are_told_than_somebody_would_read() -> None:
    kind = strawberry.type(
        type("Query", (), {"__annotations__": {f"field_{number}": int for number in range(50)}})
    )
    schema = strawberry.Schema(kind)._schema
    document = parse("{ " + " ".join(f"field{number}" for number in range(50)) + " }")
    operation: Any = document.definitions[0]

    assert len(refusals(schema, document, operation, {}, caller(Role.USER))) == MOST_REASONS == 20


def test_a_refusal_says_the_field_the_role_and_where_in_the_answer_it_would_be() -> None:
    reasons = refused(
        "{ who: person { ...rich } } fragment rich on Person { much: salary }", caller(Role.USER)
    )

    ((error, field),) = reasons
    assert error.message == "Person.salary takes the role ADMIN, yours is USER: ask an administrator."
    assert error.extensions == {"code": "FORBIDDEN", "requiredRole": "ADMIN"}
    assert (error.path, field) == (["who"], "person")


@pytest.mark.parametrize(
    ("denial", "extensions", "says"),
    [
        (None, {}, "Sign in first"),
        (Denial.INVALID, {"reason": "INVALID"}, "is no token or key of this server"),
        (Denial.EXPIRED, {"reason": "EXPIRED"}, "has expired: refresh the session"),
        (Denial.ENDED, {"reason": "ENDED"}, "has been ended: sign in again"),
    ],
)
def test_who_is_signed_out_is_told_once_and_why(
    denial: Denial | None, extensions: dict[str, str], says: str
) -> None:
    ((error, field),) = refused("{ open all: people { name } numbers }", Caller(denial=denial))

    assert error.extensions == {"code": "UNAUTHENTICATED", **extensions}
    assert says in error.message
    assert (error.path, field) == (["all"], "people")


def test_who_is_signed_out_is_told_so_without_a_field_as_well() -> None:
    error = unauthenticated(Caller(denial=Denial.EXPIRED))

    assert (error.path, error.extensions["reason"] if error.extensions else None) == (None, "EXPIRED")


@pytest.mark.parametrize("who", [SIGNED_OUT, Caller(denial=Denial.ENDED), caller(Role.USER)])
def test_introspection_is_open_to_anyone(who: Caller) -> None:
    assert refused(get_introspection_query(), who) == []
    assert refused('{ __schema { types { name } } __type(name: "Person") { fields { name } } }', who) == []


def _doubling(count: int) -> str:
    """Fragments that each spread the next one twice: 2 to the power of their number of fields."""
    chain = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(count))
    return f"{{ ...f0 }} {chain} fragment f{count} on Query {{ numbers }}"


DOCUMENTS = {
    "one fragment spread again and again": "{ "
    + "...f " * 10_000
    + "} fragment f on Query { open person { name salary } }",
    "a chain of fragments": "{ ...f0 } "
    + " ".join(f"fragment f{n} on Query {{ open ...f{n + 1} }}" for n in range(10_000))
    + " fragment f10000 on Query { numbers }",
    "fragments that double": _doubling(1_000),
    "fragments in a circle": "{ ...a } fragment a on Query { ...b numbers } fragment b on Query { ...a }",
    "deep nesting": "{ " + "... { " * 150 + "numbers" + " }" * 150 + " }",
    "many fields": "{ " + " ".join(f"a{n}: numbers" for n in range(10_000)) + " }",
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_largest_documents_are_looked_through_in_no_time(name: str) -> None:
    """Documents as they are before anything else has refused them, valid or not."""
    document = parse(DOCUMENTS[name])
    operation: Any = document.definitions[0]
    began = time.process_time()
    reasons = refusals(SCHEMA, document, operation, {}, caller(Role.USER))

    assert time.process_time() - began < 1
    assert 0 < len(reasons) <= MOST_REASONS
    assert refusals(SCHEMA, document, operation, {}, caller(Role.ADMIN)) == []


def test_a_field_is_open_as_it_says_itself_else_as_its_type_says() -> None:
    def declared(kind: str, name: str) -> Access | None:
        parent: Any = SCHEMA.type_map[kind]
        return access_to(parent.fields[name], parent)

    assert declared("Person", "age") is Access.USER
    assert declared("Person", "salary") is Access.ADMIN
    assert declared("Mutation", "train") is Access.ANALYST
    assert declared("Mutation", "rename") is Access.USER
    assert declared("Query", "open") is Access.ANYONE
    assert declared("Query", "undeclared") is None
    assert declared("Forgotten", "field") is None


def test_what_anyone_or_its_owner_may_have_takes_no_role() -> None:
    assert {each: each.role for each in Access} == {
        Access.ANYONE: None,
        Access.OWNER: None,
        Access.USER: Role.USER,
        Access.ANALYST: Role.ANALYST,
        Access.ADMIN: Role.ADMIN,
    }
