"""Pictures of a run."""

import strawberry

from domain.terms import pictures as terms
from graph.resolving.access import USER
from graph.resolving.enums import describe

describe(
    terms.PictureKind,
    "What a picture of a run shows.",
    DENDROGRAM="The tree of merges, and where it was cut; of hierarchical runs.",
    SCATTER="The customers on the plane of the first two principal components.",
    ELBOW="Inertia and silhouette by the number of clusters; of runs that chose it.",
    SILHOUETTE="How well each customer fits its segment.",
    PROFILE="How far each segment lies from the average, column by column.",
    SIZES="How large the segments are.",
)
describe(
    terms.PictureFormat,
    "The file format of a picture.",
    SVG="Scalable vector graphics.",
    PNG="Pixels.",
)
describe(
    terms.PictureTheme,
    "The page that a picture stands on.",
    LIGHT="A light page.",
    DARK="A dark page.",
)
PictureKind = terms.PictureKind
PictureFormat = terms.PictureFormat
PictureTheme = terms.PictureTheme


@strawberry.type(description="A picture, drawn when it is first fetched.", directives=[USER])
class Picture:
    url: str = strawberry.field(
        description="Where to fetch it; signed, so that an <img> can show it, and working for a while only."
    )
    media_type: str = strawberry.field(description="Its media type.")
    alt: str = strawberry.field(description="What it shows, in words.")
