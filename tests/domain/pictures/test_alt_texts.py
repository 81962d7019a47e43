"""What a picture says to those who do not see it."""

import subprocess
import sys

import pytest

from domain.terms.algorithms import ClusterCountCriterion, StructureVerdict
from domain.terms.alt_texts import alt_text, counted, percent
from domain.terms.pictures import PictureKind, SegmentLegend
from domain.terms.segments import ClusterCountCandidate, ClusterCountSelection

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
        "from 2 to 4: 3 chosen, no knee in the inertia."
    )


def test_without_segments_an_alt_text_is_still_a_sentence() -> None:
    assert alt_text(PictureKind.SIZES, "mall.csv", ()) == (
        "Bars of how many customers of “mall.csv” are in each of 0 segments."
    )


def test_braces_in_a_title_stay_as_they_are() -> None:
    assert "“{segments}”" in alt_text(PictureKind.SIZES, "{segments}", SEGMENTS)


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.0, "0 %"),
        (0.0001, "under 0.1 %"),
        (0.0042, "0.4 %"),
        (0.0994, "9.9 %"),
        (0.0995, "10 %"),
        (0.231, "23 %"),
        (0.999, "over 99 %"),
        (1.0, "100 %"),
    ],
)
def test_a_share_is_written_for_a_reader(share: float, shown: str) -> None:
    assert percent(share) == shown


def test_a_count_goes_with_its_noun() -> None:
    assert [counted(count, "customer") for count in (0, 1, 1150)] == [
        "0 customers",
        "1 customer",
        "1,150 customers",
    ]


def test_alt_texts_do_without_matplotlib() -> None:
    script = "import sys, domain.terms.alt_texts; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
