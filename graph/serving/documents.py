"""GraphQL documents: parsed, within the limits, and valid."""

from dataclasses import dataclass
from functools import lru_cache

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    ValidationContext,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from domain.settings import PREFIX, Settings
from graph.resolving.errors import (
    PARSE_FAILED,
    VALIDATION_FAILED,
    BadRequest,
    Rejected,
    TooComplex,
    with_code,
)
from graph.resolving.limits import refuse_shape

CHARACTERS_PER_TOKEN = 20
"""What bounds the text, where `max_query_tokens` bounds the tokens: long strings and white space."""

CACHED_DOCUMENTS = 128
CACHED_CHARACTERS = 4_000
"""Longer documents are not kept: a tree takes up to 280 bytes a character."""

MAX_VALIDATION_ERRORS = 20
"""Validation stops there: each error costs time, and nobody reads the twenty-first."""

MAX_COMPARISONS = 20_000
"""Budget of the rule that compares fields pair by pair, in its own unit; about 50 ms."""


class OverlappingFieldsRule(OverlappingFieldsCanBeMergedRule):
    """graphql-core's rule on a smaller budget: the time it takes grows with the square of the document."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = MAX_COMPARISONS


RULES = (
    *(rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule),
    OverlappingFieldsRule,
    MaybeNullValidationRule,
    OneOfInputValidationRule,
)


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document and its operations, by name."""

    tree: DocumentNode
    operations: dict[str | None, OperationDefinitionNode]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation of this name, or the only one there is. Raises Rejected."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        if name is None:
            raise Rejected([BadRequest("The document has several operations: name one in operationName.")])
        if name not in self.operations:
            raise Rejected([BadRequest(f"The document has no operation named {name[:100]!r}.")])
        return self.operations[name]


class Documents:
    """Reads documents of one schema; those read last are kept."""

    def __init__(self, schema: GraphQLSchema, settings: Settings) -> None:
        self._schema = schema
        self._settings = settings
        self._kept = lru_cache(maxsize=CACHED_DOCUMENTS)(self._read)

    def read(self, text: str) -> Document:
        """Parse, measure and validate a document. Raises Rejected with all that is wrong with it."""
        return self._kept(text) if len(text) <= CACHED_CHARACTERS else self._read(text)

    def _read(self, text: str) -> Document:
        tree = self._parsed(text)
        try:
            refuse_shape(tree, self._settings)
        except TooComplex as refusal:
            raise Rejected([refusal]) from None
        self._validate(tree)
        operations = (each for each in tree.definitions if isinstance(each, OperationDefinitionNode))
        return Document(tree, {each.name.value if each.name else None: each for each in operations})

    def _parsed(self, text: str) -> DocumentNode:
        tokens = self._settings.max_query_tokens
        try:
            return parse(
                text,
                max_lexical_tokens=tokens,
                max_comments=tokens,
                max_source_length=tokens * CHARACTERS_PER_TOKEN,
            )
        except GraphQLSyntaxError as error:
            if error.message.endswith("Parsing aborted."):
                raise Rejected([_too_long(error, tokens)]) from None
            raise Rejected([with_code(error, PARSE_FAILED)]) from None

    def _validate(self, tree: DocumentNode) -> None:
        errors = validate(self._schema, tree, RULES, max_errors=MAX_VALIDATION_ERRORS)
        if any(isinstance(error.original_error, ValueError) for error in errors):
            # Python does not make a number of digits without end.
            raise Rejected([BadRequest("A number in the document has too many digits.")])
        if errors:
            raise Rejected([_invalid(error) for error in errors])


def _invalid(error: GraphQLError) -> GraphQLError:
    # What graphql-core says when the budget or the stack is spent, and only then.
    if error.message == "Validation aborted.":
        return TooComplex(
            "The document repeats too many fields or fragments, or nests them too deeply, to be checked: "
            "ask for less at a time."
        )
    return with_code(error, VALIDATION_FAILED)


def _too_long(error: GraphQLError, tokens: int) -> TooComplex:
    name = f"{PREFIX}MAX_QUERY_TOKENS"
    found = error.message.removeprefix("Syntax Error: ").removesuffix(" Parsing aborted.")
    return TooComplex(
        f"{found} Send less at a time, values as variables, or have {name} raised.",
        limit=tokens,
        setting=name,
    )
