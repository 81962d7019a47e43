"""What a picture says to those who do not see it."""

import subprocess
import sys
from dataclasses import replace

import pytest

from domain.terms.algorithms import ClusterCountCriterion, StructureVerdict
from domain.terms.alt_texts import alt_text, without_segment
from domain.terms.pictures import PictureKind, SegmentLegend, Unassigned
from domain.terms.segments import ClusterCountCandidate, ClusterCountSelection, Structure

SEGMENTS = (
    SegmentLegend(0, "Loyal big spenders", "#6883ff", 3850, 0.77),
    SegmentLegend(1, "Newcomers", "#ee6c01", 1, 0.0002),
)


@pytest.mark.parametrize("kind", [kind for kind in PictureKind if kind is not PictureKind.ELBOW])
def test_an_alt_text_tells_every_segment_with_its_share(kind: PictureKind) -> None:
    text = alt_text(kind, "mall.csv", SEGMENTS)
    assert "“mall.csv”" in text
    assert "2 segments" in text
    assert text.endswith(": Loyal big spenders, 77 % (3,850 customers); Newcomers, under 0.1 % (1 customer).")


def test_the_alt_texts_of_no_two_kinds_are_the_same() -> None:
    assert len({alt_text(kind, "mall.csv", SEGMENTS) for kind in PictureKind}) == len(PictureKind)


def test_the_alt_text_of_an_elbow_tells_what_was_chosen() -> None:
    candidates = tuple(ClusterCountCandidate(count, 1.0, 0.5, 1.0, 1.0, 0.1) for count in (2, 3, 4))
    selection = ClusterCountSelection(
        3, ClusterCountCriterion.SILHOUETTE, StructureVerdict.STRONG, "clear", None, candidates
    )
    assert alt_text(PictureKind.ELBOW, "mall.csv", SEGMENTS, selection) == (
        "Curves of inertia and silhouette by the number of segments of “mall.csv”, "
        "from 2 to 4: 3 chosen, no knee in the inertia. Clear."
    )
    told = replace(selection, reason="most are for it; none against it.", elbow=3)
    assert alt_text(PictureKind.ELBOW, "mall.csv", SEGMENTS, told).endswith(
        ": 3 chosen, the inertia's knee at 3. Most are for it; none against it. Clear."
    )


@pytest.mark.parametrize(
    ("unassigned", "told"),
    [
        (Unassigned(), ""),
        (Unassigned(noise=1), "1 customer in no segment (noise)"),
        (
            Unassigned(1200, 30, 4),
            "1,234 customers in no segment (1,200 noise, 30 outliers, 4 missing values)",
        ),
    ],
)
def test_who_is_in_no_segment_is_told_with_the_reasons(unassigned: Unassigned, told: str) -> None:
    assert without_segment(unassigned) == told
    described = alt_text(PictureKind.SCATTER, "mall.csv", SEGMENTS, unassigned=unassigned)
    assert described.endswith(f"(1 customer). {told}." if told else "(1 customer).")


def test_the_alt_text_of_a_silhouette_tells_the_verdict() -> None:
    structure = Structure(StructureVerdict.NONE, "no groups are to be seen.", 0.1, 0.1, 0.01, 20)
    described = alt_text(PictureKind.SILHOUETTE, "mall.csv", SEGMENTS, structure=structure)
    assert described.endswith("(1 customer). No groups are to be seen.")
    assert "groups" not in alt_text(PictureKind.SIZES, "mall.csv", SEGMENTS, structure=structure)


def test_without_segments_an_alt_text_is_still_a_sentence() -> None:
    assert alt_text(PictureKind.SIZES, "mall.csv", ()) == (
        "Bars of how many customers of “mall.csv” are in each of 0 segments."
    )


def test_braces_in_a_title_stay_as_they_are() -> None:
    assert "“{segments}”" in alt_text(PictureKind.SIZES, "{segments}", SEGMENTS)


def test_alt_texts_do_without_matplotlib() -> None:
    script = "import sys, domain.terms.alt_texts; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
