"""What a picture shows, in words, for those who do not see it."""

from collections.abc import Sequence

from domain.terms.pictures import ALL_ASSIGNED, PictureKind, SegmentLegend, Unassigned
from domain.terms.segments import ClusterCountSelection, Structure
from domain.terms.wording import counted, percent

_SHOWS: dict[PictureKind, str] = {
    PictureKind.DENDROGRAM: "Tree of how the customers of {title} merge into {segments}",
    PictureKind.SCATTER: "Map of the customers of {title}, similar ones close together, in {segments}",
    PictureKind.ELBOW: "Curves of inertia and silhouette by the number of segments of {title}",
    PictureKind.SILHOUETTE: "How well each customer of {title} fits its segment, in {segments}",
    PictureKind.PROFILE: "Table of how far {segments} of {title} lie from the average, column by column",
    PictureKind.SIZES: "Bars of how many customers of {title} are in each of {segments}",
}


def without_segment(unassigned: Unassigned) -> str:
    """Tell who is in no segment and why: "12 customers in no segment (10 noise, 2 outliers)"; "" for none."""
    counts = {
        "noise": unassigned.noise,
        "outliers": unassigned.outliers,
        "missing values": unassigned.missing_values,
    }
    found = {reason: count for reason, count in counts.items() if count}
    if not found:
        return ""
    told = found if len(found) == 1 else (f"{count:,} {reason}" for reason, count in found.items())
    return f"{counted(unassigned.total, 'customer')} in no segment ({', '.join(told)})"


def sentence(text: str) -> str:
    """Write a remark as a sentence: with a capital, and a full stop at its end; "" stays empty."""
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}." if text else ""


def alt_text(
    kind: PictureKind,
    title: str,
    segments: Sequence[SegmentLegend],
    selection: ClusterCountSelection | None = None,
    unassigned: Unassigned = ALL_ASSIGNED,
    structure: Structure | None = None,
) -> str:
    """Describe a picture to a reader of screens: what it shows, then each segment with its share.

    `title` is the dataset's name. An elbow is described by the count that was
    chosen and why, where the selection is given; a silhouette also by what it says
    of the structure. All but the elbow tell who is in no segment.
    """
    shows = _SHOWS[kind].format(title=f"“{title}”", segments=counted(len(segments), "segment"))
    if kind is PictureKind.ELBOW:
        return _joined(f"{shows}{_chosen(selection)}.", *_reasons(selection))
    listed = "; ".join(
        f"{segment.name}, {percent(segment.share)} ({counted(segment.size, 'customer')})"
        for segment in segments
    )
    verdict = structure.reason if structure and kind is PictureKind.SILHOUETTE else ""
    return _joined(f"{shows}: {listed}." if listed else f"{shows}.", without_segment(unassigned), verdict)


def _joined(*remarks: str) -> str:
    return " ".join(sentence(remark) for remark in remarks if remark)


def _reasons(selection: ClusterCountSelection | None) -> tuple[str, ...]:
    return (selection.reason, selection.verdict_reason) if selection and selection.candidates else ()


def _chosen(selection: ClusterCountSelection | None) -> str:
    if selection is None or not selection.candidates:
        return ""
    counts = [candidate.cluster_count for candidate in selection.candidates]
    knee = "no knee in the inertia" if selection.elbow is None else f"the inertia's knee at {selection.elbow}"
    return f", from {min(counts)} to {max(counts)}: {selection.chosen} chosen, {knee}"
