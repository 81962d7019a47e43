"""The kinds of pictures on offer, and how one is drawn."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from matplotlib import rc_context

from domain.errors import NotFound
from domain.pictures.dendrogram import draw_dendrogram
from domain.pictures.elbow import draw_elbow
from domain.pictures.lettering import FAMILY, WEB_FONTS
from domain.pictures.profile import draw_profile
from domain.pictures.scatter import draw_scatter
from domain.pictures.sheet import Sheet
from domain.pictures.silhouette import draw_silhouette
from domain.pictures.sizes import draw_sizes
from domain.terms.pictures import PictureKind, PictureOrder, RunFigures
from domain.terms.segments import ClusterCountSelection

Figure = TypeVar("Figure")

# In force while a picture is drawn, and only then: the SVG writer has no other way to be told.
_SETTINGS: dict[Any, Any] = {
    "font.family": [*FAMILY, "sans-serif"],
    "font.sans-serif": WEB_FONTS,
    "svg.fonttype": "none",  # text stays text: to be searched, read aloud, and drawn in the reader's fonts
    "svg.hashsalt": "segmentgraph",
    "text.parse_math": False,
}

KINDS: Mapping[PictureKind, Callable[[PictureOrder, RunFigures], Sheet]] = {
    PictureKind.DENDROGRAM: lambda order, of: draw_dendrogram(order, _there(of.dendrogram, order)),
    PictureKind.SCATTER: lambda order, of: draw_scatter(order, _there(of.scatter, order)),
    PictureKind.ELBOW: lambda order, of: draw_elbow(order, _there(_tried(of.selection), order)),
    PictureKind.SILHOUETTE: lambda order, of: draw_silhouette(order, _there(of.silhouette, order)),
    PictureKind.PROFILE: lambda order, of: draw_profile(order, _there(of.profile, order)),
    PictureKind.SIZES: lambda order, of: draw_sizes(order),
}


def draw(order: PictureOrder, figures: RunFigures) -> bytes:
    """Draw a picture of a run as an SVG or PNG file; equal orders and figures give equal bytes.

    Raises NotFound where the run has no segments, or no figures for this kind.
    """
    if not order.segments and order.kind is not PictureKind.ELBOW:
        raise NotFound("this run has no segments, so there is no picture of them.", ("kind",))
    with rc_context(_SETTINGS):
        return KINDS[order.kind](order, figures).encoded(order.format)


def _tried(selection: ClusterCountSelection | None) -> ClusterCountSelection | None:
    return selection if selection and selection.candidates else None


def _there(figure: Figure | None, order: PictureOrder) -> Figure:
    if figure is None:
        raise NotFound(
            f"this run has no {order.kind} picture: its training found no figures to draw one from. "
            "Ask for another kind; SIZES is always there.",
            ("kind",),
        )
    return figure
