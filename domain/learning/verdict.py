"""Whether the samples fall into clusters at all, by the silhouette."""

from domain.terms.algorithms import StructureVerdict

_READINGS = (
    (0.70, StructureVerdict.STRONG, "a strong structure"),
    (0.50, StructureVerdict.STRONG, "a reasonable structure"),
    (0.25, StructureVerdict.WEAK, "a weak structure, which could be artificial: try other columns as well"),
)
_NONE = "no substantial structure: the segments divide the customers, but no gap lies between them"
_SCALE = "above 0.70 strong, above 0.50 reasonable, above 0.25 weak, otherwise none"


def judge(silhouette: float, cluster_count: int) -> tuple[StructureVerdict, str]:
    """Read the average silhouette width, -1..1, and say why in plain words.

    Strong and reasonable structure are both STRONG. Source: Kaufman & Rousseeuw
    1990, Finding Groups in Data, table 4 of chapter 2, whose limits have two
    decimals: the width is rounded to two before it is compared.
    """
    width = round(silhouette, 2)
    verdict, reading = next(
        ((verdict, reading) for limit, verdict, reading in _READINGS if width > limit),
        (StructureVerdict.NONE, _NONE),
    )
    return verdict, (
        f"The average silhouette width is {width:.2f} with {cluster_count} segments, read as {reading} "
        f"({_SCALE}; Kaufman & Rousseeuw 1990)."
    )
