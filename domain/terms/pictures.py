"""The pictures of a run, and the figures that each is drawn from."""

from dataclasses import dataclass
from enum import StrEnum

from domain.terms.arrays import Labels, Matrix, Vector
from domain.terms.segments import ClusterCountSelection


class PictureKind(StrEnum):
    """What a picture of a run shows."""

    DENDROGRAM = "DENDROGRAM"
    SCATTER = "SCATTER"
    ELBOW = "ELBOW"
    SILHOUETTE = "SILHOUETTE"
    PROFILE = "PROFILE"
    SIZES = "SIZES"


class PictureFormat(StrEnum):
    """The file format of a picture."""

    SVG = "SVG"
    PNG = "PNG"


class PictureTheme(StrEnum):
    """Whether a picture stands on a light or on a dark page."""

    LIGHT = "LIGHT"
    DARK = "DARK"


MEDIA_TYPES: dict[PictureFormat, str] = {PictureFormat.SVG: "image/svg+xml", PictureFormat.PNG: "image/png"}


@dataclass(frozen=True, slots=True)
class SegmentLegend:
    """A segment as a picture names it: `name` may be the user's own, `color` is #rrggbb."""

    index: int
    name: str
    color: str
    size: int
    share: float


@dataclass(frozen=True, slots=True)
class Unassigned:
    """How many customers are in no segment: noise of the clustering, and who was kept out of it."""

    noise: int = 0
    outliers: int = 0
    missing_values: int = 0

    @property
    def total(self) -> int:
        """Count them all."""
        return self.noise + self.outliers + self.missing_values


ALL_ASSIGNED = Unassigned()


@dataclass(frozen=True, slots=True)
class ScatterFigure:
    """Up to a few thousand customers on the plane of the first two principal components.

    `points` (n_points, 2); `segments` (n_points,) holds segment indexes, -1 for
    noise; `explained` the share of the variance that each axis shows, 0..1.
    """

    points: Matrix
    segments: Labels
    explained: tuple[float, float]
    total: int


@dataclass(frozen=True, slots=True)
class DendrogramFigure:
    """The top of the merge tree, its lower part folded into at most 40 leaves.

    `merges` (n_leaves - 1, 4) is a SciPy linkage matrix over the leaves;
    `leaf_sizes` (n_leaves,) customers a leaf; `leaf_segments` (n_leaves,) the
    segment index of each leaf; `cut` the height at which the tree was cut.
    """

    merges: Matrix
    leaf_sizes: Labels
    leaf_segments: Labels
    cut: float


@dataclass(frozen=True, slots=True)
class SilhouetteFigure:
    """The silhouette of up to a few thousand customers. `values` -1..1 and `segments`, both (n_points,)."""

    values: Vector
    segments: Labels
    mean: float


@dataclass(frozen=True, slots=True)
class ProfileFigure:
    """How far each segment lies from the population, column by column.

    `deviations` (n_segments, n_features) in standard deviations of the
    population; rows by segment index. A category is a feature "column: value".
    """

    features: tuple[str, ...]
    deviations: Matrix
    segments: Labels


@dataclass(frozen=True, slots=True)
class RunFigures:
    """All that a run's pictures are drawn from; None where a picture does not apply."""

    scatter: ScatterFigure | None
    dendrogram: DendrogramFigure | None
    silhouette: SilhouetteFigure | None
    profile: ProfileFigure | None
    selection: ClusterCountSelection | None


@dataclass(frozen=True, slots=True)
class PictureOrder:
    """What the drawing job needs to know. Keys are of the storage; `title` is the dataset's name."""

    kind: PictureKind
    format: PictureFormat
    theme: PictureTheme
    title: str
    segments: tuple[SegmentLegend, ...]
    figures_key: str
    picture_key: str
    unassigned: Unassigned = ALL_ASSIGNED
