"""How columns are prepared for a clustering: the input, and what was done."""

from typing import Any

import strawberry

from domain.terms import preparation as terms
from graph.resolving.access import USER
from graph.resolving.enums import describe

describe(
    terms.Scaling,
    "How numeric columns come on one scale.",
    STANDARD="Mean 0, standard deviation 1.",
    ROBUST="Median 0, interquartile range 1: outliers have no say in the scale.",
    MIN_MAX="From 0 to 1.",
    NONE="As they are: the column with the largest numbers decides.",
)
describe(
    terms.Transform,
    "What is done about skewed numeric columns, such as spending, before they are scaled.",
    NONE="Nothing.",
    LOG="The logarithm of 1 + value, of every numeric column without a negative value.",
    AUTO="The logarithm where a column is clearly skewed and gets clearly less so by it.",
)
describe(
    terms.OutlierTreatment,
    "What is done about customers far from all others.",
    KEEP="Nothing: they are clustered like the rest.",
    CLIP="Values far outside are drawn in to the limit of what is usual.",
    SEPARATE="They are kept out of the clustering; their assignments say OUTLIER.",
)
describe(
    terms.MissingTreatment,
    "What is done about missing values.",
    IMPUTE="Numbers get the column's median; missing categories are a category of their own.",
    LEAVE_OUT="Customers with one are kept out of the clustering; their assignments say MISSING_VALUES.",
    REFUSE="The run fails and says where they are.",
)
describe(
    terms.CategoryBalance,
    "How much a categorical column counts beside a numeric one.",
    BALANCED="A quarter of a numeric column's variance: more, and every category becomes a segment. Huang "
    "1998.",
    UNIT="One feature a category, 0 or 1, as it is: plain one-hot encoding.",
)
Scaling = terms.Scaling
Transform = terms.Transform
OutlierTreatment = terms.OutlierTreatment
MissingTreatment = terms.MissingTreatment
CategoryBalance = terms.CategoryBalance


@strawberry.input(description="How much a column counts.")
class ColumnWeightInput:
    name: str = strawberry.field(description="The column.")
    weight: float = strawberry.field(
        description="Squared distances in it are multiplied by this, above 0; 1 for columns without a weight."
    )

    def to_term(self) -> terms.ColumnWeight:
        """Translate into the domain's terms."""
        return terms.ColumnWeight(self.name, self.weight)


@strawberry.input(
    description="How the columns are prepared. What was done is told by `ClusteringRun.preparation`."
)
class PreparationInput:
    scaling: Scaling = strawberry.field(
        default=Scaling.STANDARD, description="How numeric columns come on one scale."
    )
    transform: Transform = strawberry.field(
        default=Transform.AUTO, description="What is done about skewed numeric columns."
    )
    outliers: OutlierTreatment = strawberry.field(
        default=OutlierTreatment.KEEP, description="What is done about customers far from all others."
    )
    missing_values: MissingTreatment = strawberry.field(
        default=MissingTreatment.IMPUTE, description="What is done about missing values."
    )
    categories: CategoryBalance = strawberry.field(
        default=CategoryBalance.BALANCED,
        description="How much a categorical column counts beside a numeric one.",
    )
    weights: list[ColumnWeightInput] = strawberry.field(
        default_factory=list, description="How much single columns count."
    )

    def to_term(self) -> terms.PreparationSettings:
        """Translate into the domain's terms."""
        return terms.PreparationSettings(
            self.scaling,
            self.transform,
            self.outliers,
            self.missing_values,
            self.categories,
            tuple(weight.to_term() for weight in self.weights),
        )


def preparation_json(settings: terms.PreparationSettings) -> dict[str, Any]:
    """Write the settings in the shape of PreparationInput."""
    return {
        "scaling": settings.scaling.value,
        "transform": settings.transform.value,
        "outliers": settings.outliers.value,
        "missingValues": settings.missing.value,
        "categories": settings.categories.value,
        "weights": [{"name": weight.name, "weight": weight.weight} for weight in settings.weights],
    }


@strawberry.type(
    description="What was done to one column: a number became (value - `center`) / `scale`, after the "
    "transform, times the root of `weight`.",
    directives=[USER],
)
class PreparedColumn:
    column: str = strawberry.field(description="The column.")
    transform: Transform = strawberry.field(description="LOG where the logarithm of 1 + value was taken.")
    center: float | None = strawberry.field(
        description="What was subtracted, after the transform; null for a categorical column."
    )
    scale: float | None = strawberry.field(
        description="What it was divided by, after the transform; null for a categorical column."
    )
    weight: float = strawberry.field(description="How much it counts.")
    feature_count: int = strawberry.field(description="Features it made: one, or one a category.")
    clipped_count: int = strawberry.field(
        description="Values that were drawn in to the limit of what is usual."
    )
    imputed_count: int = strawberry.field(description="Values that were missing and filled.")
    filled_with: str | None = strawberry.field(
        description="What missing values were given instead, in words; null where none was missing."
    )


@strawberry.type(description="How the columns were prepared for the clustering.", directives=[USER])
class Preparation:
    columns: list[PreparedColumn] = strawberry.field(description="Every column that took part.")
    outlier_count: int = strawberry.field(
        description="Customers kept out because they are far from all others."
    )
    left_out_count: int = strawberry.field(description="Customers kept out because values are missing.")
