"""How stability is read."""

import pytest

from domain.terms.stability import StabilityReading, read_stability


@pytest.mark.parametrize(
    ("value", "reading"),
    [
        (0.0, StabilityReading.DISSOLVED),
        (0.5, StabilityReading.DISSOLVED),
        (0.51, StabilityReading.DOUBTFUL),
        (0.74, StabilityReading.DOUBTFUL),
        (0.75, StabilityReading.STABLE),
        (1.0, StabilityReading.STABLE),
    ],
)
def test_the_reading_is_hennigs(value: float, reading: StabilityReading) -> None:
    assert read_stability(value) is reading
